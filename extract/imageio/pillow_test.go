package imageio

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// python is Debian's, for which the Makefile installs Pillow.
const python = "/usr/bin/python3"

// TestPillow makes files of every kind with Pillow, cjpeg and by hand, and compares pixels.
func TestPillow(t *testing.T) {
	if out, err := exec.Command(python, "-c", "import PIL").CombinedOutput(); err != nil {
		t.Skipf("install python3-pil to compare with Pillow: %v\n%s", err, out)
	}
	if _, err := exec.LookPath("cjpeg"); err != nil {
		t.Log("without cjpeg (libjpeg-turbo-progs) its JPEG kinds are not compared")
	}
	dir := t.TempDir()
	if out, err := exec.Command(python, "testdata/images.py", dir).CombinedOutput(); err != nil {
		t.Fatalf("images.py: %v\n%s", err, out)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.*"))
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, name := range names {
		if strings.HasSuffix(name, ".rgb") || strings.HasSuffix(name, ".refused") {
			continue
		}
		compared++
		t.Run(filepath.Base(name), func(t *testing.T) {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Decode(data)
			want, missing := os.ReadFile(name + ".rgb")
			if missing != nil {
				if err == nil {
					t.Fatal("decoded, though it must be refused")
				}
				t.Log(err)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			compare(t, got, pillowRGB(want))
			if upright, err := os.ReadFile(name + ".upright.rgb"); err == nil {
				compare(t, got.Orient(Orientation(data)), pillowRGB(upright))
			}
		})
	}
	if compared < 300 {
		t.Errorf("only %d files were made", compared)
	}
}

func pillowRGB(data []byte) *RGB {
	return &RGB{int(binary.LittleEndian.Uint32(data)), int(binary.LittleEndian.Uint32(data[4:])), data[8:]}
}

func compare(t *testing.T, got, want *RGB) {
	t.Helper()
	if got.Width != want.Width || got.Height != want.Height {
		t.Fatalf("%d×%d pixels, Pillow has %d×%d", got.Width, got.Height, want.Width, want.Height)
	}
	if bytes.Equal(got.Pix, want.Pix) {
		return
	}
	count, largest, first := 0, 0, -1
	for i, v := range got.Pix {
		if d := max(int(v)-int(want.Pix[i]), int(want.Pix[i])-int(v)); d > 0 {
			count, largest = count+1, max(largest, d)
			if first < 0 {
				first = i
			}
		}
	}
	t.Errorf("%d of %d samples differ from Pillow's, by at most %d, first at x=%d y=%d",
		count, len(got.Pix), largest, first/3%got.Width, first/3/got.Width)
}
