package files

import (
	"os"
	"path/filepath"
	"testing"

	"sfdalab/features"
)

// A parser may refuse any bytes but not fail on them, and what it accepts it
// must be able to read to the end.

func FuzzNpy(f *testing.F) {
	addFiles(f, "*.npy")
	f.Fuzz(func(t *testing.T, b []byte) { readAll(t, &input{path: "x.npy", format: formats[0], bytes: b}) })
}

func FuzzNpz(f *testing.F) {
	addFiles(f, "*.npz")
	f.Fuzz(func(t *testing.T, b []byte) {
		in := &input{path: "x.npz", format: formats[1], bytes: b}
		if in.openMember("", usualFeatures) == nil {
			readAll(t, in)
		}
	})
}

func FuzzCSV(f *testing.F) {
	addFiles(f, "*.csv")
	f.Fuzz(func(t *testing.T, b []byte) { readAll(t, &input{path: "x.csv", format: formats[2], bytes: b}) })
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

func readAll(t *testing.T, in *input) {
	if rows, err := in.format.rows(in); err == nil {
		n, d := rows.Dims()
		if x := features.Matrix(rows); x.RawMatrix().Rows != n || x.RawMatrix().Cols != d || n*d == 0 {
			t.Errorf("%d×%d matrix from rows that say %d×%d", x.RawMatrix().Rows, x.RawMatrix().Cols, n, d)
		}
	}
	labels, err := in.format.labels(in)
	if err != nil {
		return
	}
	for _, c := range labels.Index {
		if c < 0 || c >= labels.C() {
			t.Errorf("class %d of %d", c, labels.C())
		}
	}
}
