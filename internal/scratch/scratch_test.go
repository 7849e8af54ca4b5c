package scratch

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sfdalab/internal/process"
)

// TestMain makes this program the one that is killed in TestKilled.
func TestMain(m *testing.M) {
	if path := os.Getenv("SCRATCH_KILLED"); path != "" {
		err := Write(path, func(f *os.File) error {
			f.WriteString("half")
			fmt.Println("writing")
			time.Sleep(time.Hour)
			return nil
		})
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// names lists a folder.
func names(t *testing.T, folder string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func write(path, text string) error {
	return Write(path, func(f *os.File) error {
		_, err := f.WriteString(text)
		return err
	})
}

// TestWrite replaces a file, leaves it as it was where writing fails, and leaves nothing else.
func TestWrite(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.csv")
	for _, text := range []string{"first", "second"} {
		if err := write(path, text); err != nil {
			t.Fatal(err)
		}
	}
	full := errors.New("full")
	if err := Write(path, func(f *os.File) error { f.WriteString("third"); return full }); !errors.Is(err, full) {
		t.Error(err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "second" {
		t.Errorf("%q, %v", text, err)
	}
	if got := names(t, folder); len(got) != 1 {
		t.Errorf("%q are left", got)
	}
	err := write(filepath.Join(folder, "none", "a.csv"), "x")
	if !errors.Is(err, fs.ErrNotExist) || strings.Contains(err.Error(), "part-") {
		t.Error(err)
	}
}

// TestNowhere makes folders where none can be made: the error names the file to write, or the
// folder for temporary files, and what to do, and is the same each time.
func TestNowhere(t *testing.T) {
	if os.PathSeparator != '/' {
		t.Skip("skipped: the system has other words, and another name for TMPDIR")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", file)
	want := "temporary files: make a folder in " + file + ": not a directory: let TMPDIR name a folder that you may write to"
	if _, _, err := Temporary(); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	path := filepath.Join(file, "out.db")
	if _, _, err := Beside(path); err == nil || err.Error() != "write "+path+": not a directory" {
		t.Error(err)
	}
	gone := filepath.Join(filepath.Dir(file), "gone")
	if err := os.Mkdir(gone, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(gone)
	if err := os.Remove(gone); err != nil {
		t.Skip("skipped: ", err) // a system that keeps a folder that is used
	}
	if err := write("out.db", "x"); err == nil || err.Error() != "write out.db: no such file or directory" {
		t.Error(err)
	}
}

// TestKilled kills a process that writes a file: the next that writes it removes what is left,
// and nothing of one that lives, of another file, of another machine, or of other programs.
func TestKilled(t *testing.T) {
	if !process.CanLock {
		t.Skip("skipped: no file can be locked here")
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "out.db")
	start := func(path string) *exec.Cmd {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), "SCRATCH_KILLED="+path)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); line != "writing\n" {
			t.Fatalf("%q, %v", line, err)
		}
		t.Cleanup(func() { c.Process.Kill(); c.Wait() })
		return c
	}
	start(path)
	for _, p := range []string{path, path + "2"} {
		c := start(p)
		c.Process.Kill()
		c.Wait()
	}
	for name, text := range map[string]string{"out.db.part-1/lock": "", "out.db.part-2/lock": "another machine", "out.db.part-3/mine": "x"} {
		p := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(folder, "out.db.part-4"), []byte("a file"), 0o644); err != nil {
		t.Fatal(err)
	}
	before := names(t, folder)
	if len(before) != 7 {
		t.Fatalf("%q", before)
	}
	if err := write(path, "whole"); err != nil {
		t.Fatal(err)
	}
	after := names(t, folder)
	if len(after) != 7 || after[0] != "out.db" { // the file in the place of one folder
		t.Errorf("%q are left of %q", after, before)
	}
}
