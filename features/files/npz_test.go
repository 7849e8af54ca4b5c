package files

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"sfdalab/internal/memory"
	"strings"
	"testing"
	"time"
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
	defer func(usual func() int64) { memory.Free = usual }(memory.Free)
	memory.Free = func() int64 { return 100 << 20 }
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

// TestMuchInLittle opens what grows when it is read, or would take long: it is refused, or
// read at once.
func TestMuchInLittle(t *testing.T) {
	defer func(usual func() int64) { memory.Free = usual }(memory.Free)
	memory.Free = func() int64 { return 8 << 20 }
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(make([]byte, 16<<20))
	z.Close()
	var twice bytes.Buffer
	archive := zip.NewWriter(&twice)
	for range 2 {
		if _, err := archive.Create("features.npy"); err != nil {
			t.Fatal(err)
		}
	}
	archive.Close()
	gzipped := func(shape string, n int) []byte { // an .npy file without its end
		var npy, packed bytes.Buffer
		writeHeader(&npy, "<f4", shape)
		z, _ := gzip.NewWriterLevel(&packed, gzip.NoCompression)
		z.Write(append(npy.Bytes(), make([]byte, n)...))
		z.Flush()
		return packed.Bytes()
	}
	for name, c := range map[string]struct {
		bytes []byte
		want  string
	}{
		"claim.npy.gz": {gzipped("(1000000, 25000)", 1<<20), "its header claims shape [1000000 25000] of type f4, which does not fit into memory"},
		"more.npy.gz":  {gzipped("(100, 2)", 1<<20), "damaged: more is packed than the 928 bytes that its header claims"},
		"a.npy.gz":     {packed.Bytes(), "it is 8 MiB or more when unpacked"},
		"numbers.csv":  {bytes.Repeat([]byte("1,2\n"), 1<<20), "8 MiB of memory are free"},
		"blank.csv":    {append(bytes.Repeat([]byte("\n"), 1<<20), "1,2\n"...), ""},
		"two.npz":      {twice.Bytes(), "two arrays are named features"},
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, c.bytes, 0o600); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, err := new(Hashes).Identify(Paths{Features: path, Labels: "testdata/y_le_i1.npy"})
		if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
}

// TestManySides refuses an array of more dimensions than there can be, in a few words.
func TestManySides(t *testing.T) {
	sides := strings.Repeat("1, ", 20_000) + "1"
	safetensors := `{"features": {"dtype": "F32", "shape": [` + sides + `], "data_offsets": [0, 4]}}`
	var npy bytes.Buffer
	writeHeader(&npy, "<f4", "("+sides+")")
	for name, text := range map[string]string{
		"a.safetensors": string(binary.LittleEndian.AppendUint64(nil, uint64(len(safetensors)))) + safetensors + "1234",
		"a.npy":         npy.String() + "1234",
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := new(Hashes).Identify(Paths{Features: path, Labels: "testdata/y_le_i1.npy"})
		if err == nil || !strings.Contains(err.Error(), "claims 20001 dimensions") || len(err.Error()) > 300 {
			t.Errorf("%s: %.300s", name, err)
		}
	}
	of := tensor{storage: storage{kind: "FloatStorage"}, shape: make([]int, 65)}
	if _, err := of.array(new(input), nil); err == nil || !strings.Contains(err.Error(), "claims 65 dimensions") {
		t.Errorf("a tensor: %v", err)
	}
}

// TestSafetensorsFillTheirData refuses tensors that overlap, leave a hole or lie elsewhere: one
// of them would be read from the place of another.
func TestSafetensorsFillTheirData(t *testing.T) {
	const data = "0123456789abcdef"
	for _, c := range []struct{ features, other, want string }{
		{"0, 8", "8, 16", ""},
		{"8, 16", "0, 8", ""},
		{"0, 8", "0, 8", `tensor "z" is at bytes 0 to 8 of 16, and the one before it ends at 8`},
		{"0, 8", "4, 12", `tensor "z" is at bytes 4 to 12`},
		{"4, 12", "12, 16", `tensor "features" is at bytes 4 to 12 of 16, and the one before it ends at 0`},
		{"0, 8", "8, 12", "the tensors end at byte 12 of 16"},
		{"0, 8", "8, 18446744073709551615", `tensor "z" is at bytes 8 to 18446744073709551615`},
	} {
		header := `{"features": {"dtype": "F32", "shape": [2, 1], "data_offsets": [` + c.features + `]}, "z": {"dtype": "U8", "shape": [8], "data_offsets": [` + c.other + `]}}`
		path := filepath.Join(t.TempDir(), "a.safetensors")
		if err := os.WriteFile(path, []byte(string(binary.LittleEndian.AppendUint64(nil, uint64(len(header))))+header+data), 0o644); err != nil {
			t.Fatal(err)
		}
		o, err := open(role{"features", path, usualFeatures, Reading{}})
		if err == nil {
			o.close()
		}
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("features at %s, z at %s: error %v, want %q", c.features, c.other, err, c.want)
		}
	}
}
