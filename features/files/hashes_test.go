package files

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// mark replaces the hashes that are known, to tell them from those that are computed.
func mark(h *Hashes) {
	for s, known := range h.known {
		known.SHA256 = "known"
		h.known[s] = known
	}
}

// TestHashesOfChangedFiles holds a hash to be forgotten by whatever may change a file,
// also where size and time of modification stay.
func TestHashesOfChangedFiles(t *testing.T) {
	for name, c := range map[string]struct {
		change func(path string) error
		known  bool
	}{
		"nothing": {func(string) error { return nil }, true},
		"touched": {func(path string) error { return os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour)) }, false},
		"grown": {func(path string) error {
			text, err := os.ReadFile(path)
			return errors.Join(err, os.WriteFile(path, append(text, "7,8\n"...), 0o644))
		}, false},
		"written, and its time set back": {func(path string) error {
			info, err := os.Stat(path)
			return errors.Join(err, os.WriteFile(path, []byte("5,6\n7,8\n"), 0o644), os.Chtimes(path, info.ModTime(), info.ModTime()))
		}, false},
		"replaced, and its time set back": {func(path string) error {
			info, err := os.Stat(path)
			return errors.Join(err, os.WriteFile(path+"2", []byte("5,6\n7,8\n"), 0o644), os.Chtimes(path+"2", info.ModTime(), info.ModTime()), os.Rename(path+"2", path))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.csv")
			if err := os.WriteFile(path, []byte("1,2\n3,4\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			p := Paths{Features: path}
			var h Hashes
			before, err := h.Identify(p)
			if err != nil {
				t.Fatal(err)
			}
			mark(&h)
			time.Sleep(20 * time.Millisecond) // the kernel's clock of files has coarse ticks
			if err := c.change(path); err != nil {
				t.Fatal(err)
			}
			known := h.Known(p)[0].SHA256 == "known"
			after, err := h.Identify(p)
			if err != nil {
				t.Fatal(err)
			}
			if known != c.known || c.known != (after[0].SHA256 == "known") {
				t.Errorf("known: %v, hashed %+v, then %+v", known, before, after)
			}
		})
	}
}

func TestHashesAreKept(t *testing.T) {
	defer func(d time.Duration) { settled = d }(settled)
	path := filepath.Join(t.TempDir(), "hashes")
	p := Paths{Features: "testdata/x_stored.npz", Labels: "testdata/y_le_i1.npy", Second: "testdata/x_deflated.npz:features"}
	var first Hashes
	want, err := first.Identify(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		settled time.Duration
		known   bool
	}{{math.MaxInt64, false}, {-time.Hour, true}} {
		settled = c.settled
		if err := first.Save(path); err != nil {
			t.Fatal(err)
		}
		var second Hashes
		if err := second.Load(path); err != nil {
			t.Fatal(err)
		}
		if got := second.Known(p); slices.Equal(got, want) != c.known {
			t.Errorf("settled after %v: known %+v, of %+v", c.settled, got, want)
		}
		if c.known {
			mark(&second)
			s, err := second.Open(p)
			if err != nil || s.Files[2].Path != want[2].Path || s.Files[2].SHA256 != "known" {
				t.Errorf("opened %+v, %v: hashed anew", s.Files, err)
			}
		}
	}
	if err := new(Hashes).Load(path + "2"); err != nil {
		t.Errorf("no file of hashes: %v", err)
	}
	if err := os.WriteFile(path, []byte("[{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := new(Hashes).Load(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a damaged file of hashes: %v", err)
	}
}

// TestDamagedHashes flips each bit of a file of hashes: none is taken for what was written.
func TestDamagedHashes(t *testing.T) {
	defer func(d time.Duration) { settled = d }(settled)
	settled = -time.Hour
	path := filepath.Join(t.TempDir(), "hashes")
	var h Hashes
	if _, err := h.Identify(Paths{Features: "testdata/x_stored.npz"}); err != nil {
		t.Fatal(err)
	}
	if err := h.Save(path); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for bit := range 8 * len(whole) {
		text := slices.Clone(whole)
		text[bit/8] ^= 1 << (bit % 8)
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := new(Hashes).Load(path); err == nil {
			t.Fatalf("bit %d may be either way", bit)
		}
	}
}
