package tracking

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What is packed lies to each other as it did, with the bytes that the run read.
func TestPack(t *testing.T) {
	lab := t.TempDir()
	sum := func(text string) string {
		s := sha256.Sum256([]byte(text))
		return hex.EncodeToString(s[:])
	}
	put := func(path, text string) string {
		path = filepath.Join(lab, filepath.FromSlash(path))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	spec := put("specs/zoo.yaml", "edited since")
	inputs := map[string]string{
		put("zoo/a.npy", "features"):            sum("features"),
		put("zoo/b.npz", "archive") + ":resnet": sum("archive"),
		put("zoo/changed.npy", "other bytes"):   sum("what was read"),
		filepath.Join(lab, "zoo", "gone.npy"):   sum("gone"),
		filepath.Join(lab, "zoo"):               sum("a folder"),
		"zoo/relative.npy":                      sum("relative"),
	}
	put("zoo/relative.npy", "relative")
	s := newStore(t)
	id := logRun(t, s, Run{Spec: "metrics: [sfda]\n", SpecPath: spec, Inputs: inputs, Environment: Environment{Go: "any", Dir: lab}}, cell("a", 1))

	path := filepath.Join(t.TempDir(), "all.zip")
	runs, cells, missing, err := s.Pack(Query{}, path)
	if err != nil || runs != 1 || cells != 1 {
		t.Fatalf("%d runs, %d cells, %v", runs, cells, err)
	}
	want := []string{filepath.Join(lab, "zoo"), filepath.Join(lab, "zoo", "changed.npy"), filepath.Join(lab, "zoo", "gone.npy")}
	if !slices.Equal(missing, want) {
		t.Errorf("missing %v, want %v", missing, want)
	}
	packed, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	for name, want := range map[string]string{
		"inputs/specs/zoo.yaml": "metrics: [sfda]\n", "inputs/zoo/a.npy": "features", "inputs/zoo/b.npz": "archive", "inputs/zoo/relative.npy": "relative",
	} {
		if text, err := fs.ReadFile(packed, name); err != nil || string(text) != want {
			t.Errorf("%s is %q, %v; want %q", name, text, err, want)
		}
	}
	if n := len(packed.File); n != 5 {
		t.Errorf("%d files, want the store, the spec and three inputs", n)
	}
	store, err := fs.ReadFile(packed, PackedStore)
	if err != nil {
		t.Fatal(err)
	}
	part := filepath.Join(t.TempDir(), "part.db")
	if err := os.WriteFile(part, store, 0o644); err != nil {
		t.Fatal(err)
	}
	if opened, err := Open(part); err != nil {
		t.Error(err)
	} else if r, err := opened.Run(id); err != nil || r.Cells != 1 {
		t.Errorf("the packed run: %+v, %v", r, err)
	}
	if left, _ := filepath.Glob(path + ".*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if _, _, _, err := s.Pack(Query{}, path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file: %v", err)
	}
}

// Of a file that another program made, no more is written than a store may have.
func TestUnpackIsBounded(t *testing.T) {
	for name, c := range map[string]struct {
		member string
		size   int
		want   string
	}{
		"bomb":     {PackedStore, leastRefused + 1, "its store has more than 67108864 bytes"},
		"no store": {"other.db", 1, "want a file that \"sfdalab export\" wrote"},
		"outside":  {"../" + PackedStore, 1, "a place outside"},
		"absolute": {"/" + PackedStore, 1, "a place outside"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "part.zip")
			f, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			out := zip.NewWriter(f)
			w, err := out.Create(c.member)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(make([]byte, c.size)); err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(out.Close(), f.Close()); err != nil {
				t.Fatal(err)
			}
			if err := Unpack(path, io.Discard); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}
