package extract_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sfdalab/extract"
	"sfdalab/extract/datasets"
	"sfdalab/extract/onnx/onnxtest"
)

// TestMain runs an extraction that never ends where a test asks for it, to be killed.
func TestMain(m *testing.M) {
	images := os.Getenv("SFDALAB_TEST_IMAGES")
	if images == "" {
		os.Exit(m.Run())
	}
	d, err := datasets.Folder(images)
	if err == nil {
		err = extract.Run(context.Background(), d, extract.Options{
			Networks: os.Getenv("SFDALAB_TEST_NETWORKS"), Folder: os.Getenv("SFDALAB_TEST_FOLDER"),
			Transform: small, Runtime: os.Getenv("SFDALAB_TEST_RUNTIME"),
			Progress: func(done, _ int) {
				if done == 300 { // in the second block
					fmt.Println("ready")
					select {}
				}
			},
		})
	}
	fmt.Println(err)
	os.Exit(1)
}

// killed starts an extraction of 400 images and kills it in the second of two blocks.
func killed(t *testing.T, images string, o extract.Options) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "SFDALAB_TEST_IMAGES="+images, "SFDALAB_TEST_NETWORKS="+o.Networks,
		"SFDALAB_TEST_FOLDER="+o.Folder, "SFDALAB_TEST_RUNTIME="+o.Runtime)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	if line != "ready\n" {
		t.Fatalf("the extraction said %q", line)
	}
}

func TestKilledRunGoesOn(t *testing.T) {
	networks := t.TempDir()
	onnxtest.Classifier(1).Write(t, networks, "a.onnx")
	images := onnxtest.Photos(t, 200, "cat", "dog")
	whole := options(t, networks)
	mustRun(t, images, whole)
	want := read(t, filepath.Join(whole.Folder, "a_photos_feature.npy"))

	for _, c := range []struct {
		name   string
		damage func(block string) error
		first  int // images that need not be computed again
	}{
		{"killed", func(string) error { return nil }, 256},
		{"cut short", func(block string) error { return os.Truncate(block, 1000) }, 0},
		{"damaged", func(block string) error {
			data, err := os.ReadFile(block)
			if err != nil {
				return err
			}
			data[len(data)/2] ^= 1
			return os.WriteFile(block, data, 0o644)
		}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := options(t, networks)
			killed(t, images, o)
			if err := c.damage(filepath.Join(o.Folder, ".a_photos.blocks", "000000.block")); err != nil {
				t.Fatal(err)
			}
			first := -1
			o.Progress = func(done, _ int) {
				if first < 0 {
					first = done
				}
			}
			mustRun(t, images, o)
			if first != c.first {
				t.Errorf("goes on at image %d, not %d", first, c.first)
			}
			if !bytes.Equal(want, read(t, filepath.Join(o.Folder, "a_photos_feature.npy"))) {
				t.Error("other bits than without the kill")
			}
			left, err := filepath.Glob(filepath.Join(o.Folder, ".*"))
			if err != nil || len(left) > 0 {
				t.Errorf("left behind: %q, %v", left, err)
			}
		})
	}
}

// An extraction that is interrupted says what is kept, before the first block too.
func TestInterrupted(t *testing.T) {
	networks := t.TempDir()
	onnxtest.Classifier(1).Write(t, networks, "a.onnx")
	images := onnxtest.Photos(t, 200, "cat", "dog")
	d, err := datasets.Folder(images)
	if err != nil {
		t.Fatal(err)
	}
	o := options(t, networks)
	for _, c := range []struct {
		at   int // images
		want string
	}{
		{0, "interrupted before any features were computed"},
		{100, "interrupted before the first 256 of 400 images of a were computed"},
		{300, "interrupted; 256 of 400 images of a are kept"},
		{350, "interrupted; 256 of 400 images of a are kept"},
	} {
		ctx, cancel := context.WithCancel(context.Background())
		if c.at == 0 {
			cancel()
		}
		o.Progress = func(done, _ int) {
			if done == c.at {
				cancel()
			}
		}
		err := extract.Run(ctx, d, o)
		if !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), c.want) || !strings.Contains(err.Error(), "the same command") {
			t.Errorf("at image %d: error %v, want %q", c.at, err, c.want)
		}
	}
	o.Progress = nil
	mustRun(t, images, o)
}

// TestFullDisk fills the disk that features are written to: a run says so, and goes on
// once there is room.
func TestFullDisk(t *testing.T) {
	networks := t.TempDir()
	onnxtest.Classifier(1).Write(t, networks, "a.onnx")
	images := onnxtest.Photos(t, 20, "cat", "dog")
	o := options(t, networks)
	o.Folder = t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", o.Folder).CombinedOutput(); err != nil {
		t.Skipf("no small disk can be mounted: %s", bytes.TrimSpace(out))
	}
	t.Cleanup(func() { _ = exec.Command("umount", o.Folder).Run() })
	filler := filepath.Join(o.Folder, "filler")
	if err := os.WriteFile(filler, make([]byte, 1<<20), 0o644); err == nil {
		t.Fatal("the disk is not full")
	}
	if _, err := run(t, images, o); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Fatalf("error %v", err)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	mustRun(t, images, o)
}
