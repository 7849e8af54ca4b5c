package files

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// zeros writes an .npz file of one array with a shape of n zeros, of which it holds so many
// bytes.
func zeros(t *testing.T, n, bytesHeld int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "zeros.npz")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := zip.NewWriter(f)
	w, err := z.Create("x.npy")
	if err != nil {
		t.Fatal(err)
	}
	header := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 1024), }", n/1024)
	header += strings.Repeat(" ", 117-len(header)) + "\n"
	fmt.Fprintf(w, "\x93NUMPY\x01\x00%c\x00%s", len(header), header)
	for block := bytes.Repeat([]byte{0}, 1<<20); bytesHeld > 0; bytesHeld -= len(block) {
		w.Write(block[:min(bytesHeld, len(block))])
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestLargeInLittle opens small files of large arrays: one that memory has no room for is
// refused, one whose header is not that of its bytes too, and neither is unpacked.
func TestLargeInLittle(t *testing.T) {
	defer func(usual func() int64) { freeMemory = usual }(freeMemory)
	freeMemory = func() int64 { return 100 << 20 }
	for _, c := range []struct {
		path, want string
	}{
		{zeros(t, 64<<20, 256<<20), "it is 256 MiB when unpacked, and 100 MiB of memory are free"},
		{zeros(t, 1<<40, 256<<20), "truncated: shape"},
		{zeros(t, 1<<10, 256<<20), "damaged: shape"},
		{zeros(t, 16<<20, 64<<20), ""},
	} {
		_, err := new(Hashes).Identify(Paths{Features: c.path, Labels: "testdata/y_le_i1.npy"})
		if c.want == "" != (err == nil) || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}
