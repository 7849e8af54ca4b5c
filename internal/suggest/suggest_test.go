package suggest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestNear suggests what may be meant, and nothing else.
func TestNear(t *testing.T) {
	known := []string{"go.sum", "notebooks", "sfda", "LogME", "supervised/full", "supervised/tll", "x_feature.npy", "m0", "s.csv"}
	for name, want := range map[string]string{
		"sfad": "sfda", "sfdaa": "sfda", "logme": "LogME", "supervized": "supervised/tll", "x_features.npz": "x_feature.npy", "note": "notebooks", "sfda.py": "sfda",
		"m0.npy": "m0", "s.yaml": "s.csv",
		"nothing.yaml": "", "zzzzz": "", "": "",
	} {
		got := strings.Join(Names(name, known, 1), "")
		if got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// TestManyMissing asks for thousands of files that are missing among thousands: the folder
// is read once, and few names are compared.
func TestManyMissing(t *testing.T) {
	folder := t.TempDir()
	for i := range 2000 {
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("f%04d.npy", i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(folder, old, old); err != nil {
		t.Fatal(err)
	}
	const most = 2000
	start := time.Now()
	for i := range most {
		err := File(filepath.Join(folder, fmt.Sprintf("f%04d.npz", i)))
		if want := fmt.Sprintf("f%04d.npy", i); !strings.Contains(err.Error(), want) {
			t.Fatalf("%v, want %s", err, want)
		}
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}

// TestFolderChanges sees a file at once that is new.
func TestFolderChanges(t *testing.T) {
	folder := t.TempDir()
	for i, name := range []string{"a.npy", "b.npy", "c.npy"} {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if names, err := InFolder(folder); err != nil || len(names) != i+1 {
			t.Errorf("%v, %v, want %d", names, err, i+1)
		}
	}
}
