package files

import (
	"archive/zip"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sfdalab/features"
)

// A parser may refuse any bytes but not fail on them, and what it accepts it
// must be able to read to the end.

func FuzzNpy(f *testing.F) { fuzz(f, openNpy, "*.npy") }

func FuzzNpz(f *testing.F) { fuzz(f, openNpz, "*.npz") }

func FuzzText(f *testing.F) {
	for _, text := range []string{
		"\ufeffid;label\r\n1;cat\r\n2;dog\r\n", ",0,1\n0,1.5,2\n1,3,4\n", "# f0 f1\n1 2\n3 4\n", "a\tb\n1,5\t2\n", "\"a,\"\"b\"\n\"c\n", "label\n\nx\n",
	} {
		f.Add([]byte(text))
	}
	fuzz(f, openText, "*.csv")
}

func FuzzParquet(f *testing.F) { fuzz(f, openParquet, "*.parquet") }

func FuzzSafetensors(f *testing.F) { fuzz(f, openSafetensors, "*.safetensors") }

func FuzzTorch(f *testing.F) { fuzz(f, openTorch, "*.pt") }

func FuzzMatlab(f *testing.F) { fuzz(f, openMat, "*.mat") }

// FuzzUnpickle reads what is in a file of torch.save, without its checksum.
func FuzzUnpickle(f *testing.F) {
	paths, _ := filepath.Glob("testdata/*.pt")
	for _, path := range paths {
		archive, err := zip.OpenReader(path)
		if err != nil {
			f.Fatal(err)
		}
		defer archive.Close()
		for _, member := range archive.File {
			if filepath.Base(member.Name) == "data.pkl" {
				r, err := member.Open()
				if err != nil {
					f.Fatal(err)
				}
				b, err := io.ReadAll(r)
				if err != nil {
					f.Fatal(err)
				}
				f.Add(b)
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		value, err := unpickle(b)
		if err != nil {
			return
		}
		found, err := tensors(value)
		if err != nil {
			return
		}
		for _, n := range found {
			if a, err := n.tensor.array(&input{path: "x.pt"}, make([]byte, 4096)); err == nil {
				if size, ok := a.bytes(); !ok || size != len(a.data) {
					t.Errorf("shape %v of %s in %d bytes", a.shape, a.dtype.name, len(a.data))
				}
			}
		}
	})
}

func fuzz(f *testing.F, open func(*input, string, []string) (content, error), pattern string) {
	addFiles(f, pattern)
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, usual := range [][]string{usualFeatures, usualLabels} {
			if c, err := open(&input{path: "x", bytes: slices.Clone(b)}, "", usual); err == nil {
				readAll(t, c)
			}
		}
	})
}

func addFiles(f *testing.F, pattern string) {
	paths, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
}

func readAll(t *testing.T, c content) {
	var told notes
	for _, pool := range []string{"", PoolMean, PoolMax, PoolCLS} {
		rows, err := c.rows(Reading{Pool: pool}, &told)
		if err != nil {
			continue
		}
		n, d := rows.Dims()
		if n*d > 1<<20 {
			continue
		}
		if x := features.Matrix(rows); x.RawMatrix().Rows != n || x.RawMatrix().Cols != d || n*d == 0 {
			t.Errorf("%d×%d matrix from rows that say %d×%d", x.RawMatrix().Rows, x.RawMatrix().Cols, n, d)
		}
	}
	_, _ = c.samples()
	v, err := c.labels(Reading{}, &told)
	if err != nil {
		return
	}
	for _, kind := range append(kindNames(), "") {
		for _, ignore := range [][]string{nil, {"none"}, {"0", "empty"}} {
			labels, index, err := v.decide(Reading{Labels: Kind(kind), Ignore: ignore}, &told)
			if err != nil {
				continue
			}
			if want := v.n(); index == nil && labels.N() != want || index != nil && labels.N() != len(index) {
				t.Errorf("%d labels of %d, index %v", labels.N(), want, index)
			}
			for _, c := range labels.Index {
				if c < 0 || c >= labels.C() {
					t.Errorf("class %d of %d", c, labels.C())
				}
			}
		}
	}
}
