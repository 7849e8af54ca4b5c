package files

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
)

// storedNumbers is what all files testdata/x_* hold.
func storedNumbers() *mat.Dense {
	x := mat.NewDense(6, 3, nil)
	for i := range x.RawMatrix().Data {
		x.RawMatrix().Data[i] = float64(i)/8 - 1
	}
	return x
}

func TestReadRows(t *testing.T) {
	paths, err := filepath.Glob("testdata/x_*.*")
	if err != nil || len(paths) < 15 {
		t.Fatal(paths, err)
	}
	for _, path := range append(paths, "testdata/two.npz:a") {
		rows, file, err := ReadRows(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if x := features.Matrix(rows); !mat.Equal(x, storedNumbers()) {
			t.Errorf("%s: read %v", path, mat.Formatted(x))
		}
		part := make([]float64, 2*3)
		if rows.Read(part, 3, 5); !slices.Equal(part, storedNumbers().RawMatrix().Data[9:15]) {
			t.Errorf("%s: rows 3 and 4 are %v", path, part)
		}
		if file.Bytes == 0 || len(file.SHA256) != 64 || !strings.HasPrefix(file.Path, strings.TrimSuffix(path, ":a")) {
			t.Errorf("%s: identified as %+v", path, file)
		}
	}
}

func TestReadLabels(t *testing.T) {
	paths, err := filepath.Glob("testdata/y_*.*")
	if err != nil || len(paths) < 20 {
		t.Fatal(paths, err)
	}
	index := []int{0, 1, 2, 0, 1, 2}
	numbered := features.Labels{Index: index, Names: []string{"0", "1", "2"}}
	tests := map[string]features.Labels{
		"bool.npy":              {Index: []int{0, 1, 1, 0, 1, 1}, Names: []string{"0", "1"}},
		"huge.npy":              {Index: []int{1, 0, 2, 1, 0, 2}, Names: []string{"7", "9223372036854775813", "18446744073709551615"}},
		"names.npy":             {Index: []int{2, 0, 1, 2, 0, 1}, Names: []string{"cat", "dög", "ibis"}},
		"latin1.npy":            {Index: []int{1, 0, 2, 1, 0, 2}, Names: []string{"caf\xe8", "caf\xe9", "the"}},
		"names.csv":             {Index: []int{2, 0, 1, 2, 0, 1}, Names: []string{"cat", "dog", "ibis"}},
		"x_stored.npz":          numbered,
		"x_deflated.npz:other":  numbered,
		"x_deflated.npz:labels": numbered,
	}
	for _, path := range paths {
		tests[filepath.Base(path)] = numbered
	}
	for name, want := range tests {
		l, _, err := ReadLabels("testdata/"+name, Reading{Labels: KindClasses})
		if err != nil {
			t.Error(err)
		} else if !slices.Equal(l.Index, want.Index) || !slices.Equal(l.Names, want.Names) || l.Targets != nil {
			t.Errorf("%s: classes %v of %v, want %v of %v", name, l.Index, l.Names, want.Index, want.Names)
		}
	}

	x := storedNumbers()
	var multi mat.Dense
	multi.Apply(func(_, _ int, v float64) float64 {
		if v > 0 {
			return 1
		}
		return 0
	}, x)
	for name, want := range map[string]mat.Matrix{"multilabel.npy": &multi, "regression.npy": x.Slice(0, 6, 0, 1), "x_plain.csv": x} {
		l, _, err := ReadLabels("testdata/"+name, Reading{Labels: KindTargets})
		if err != nil {
			t.Error(err)
		} else if l.Targets == nil || !mat.Equal(l.Targets, want) || l.C() != 0 || l.N() != 6 {
			t.Errorf("%s: targets %v, want %v", name, l.Targets, want)
		}
	}
}

func TestSameArrayHasTheSameIdentityInAnyFile(t *testing.T) {
	want := ""
	for _, path := range []string{"testdata/x_le_f8.npy", "testdata/x_stored.npz", "testdata/x_deflated.npz", "testdata/x_only.safetensors", "testdata/x_transposed.pt", "testdata/x_UPPER.NPY"} {
		_, file, err := ReadRows(path)
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			want = file.SHA256
		}
		if file.SHA256 != want {
			t.Errorf("%s has hash %s, want that of its .npy file, %s", path, file.SHA256, want)
		}
	}
}

func TestOpen(t *testing.T) {
	p := Paths{Features: "testdata/x_le_f2.npy", Labels: "testdata/y_le_i1.npy", Outputs: "testdata/x_stored.npz:features", Second: "testdata/x_fortran.npy",
		Embeddings: "testdata/x_le_f4.npy", Model: "m", Dataset: "d"}
	if _, err := Open(p); err == nil || !strings.Contains(err.Error(), "embeddings (testdata/x_le_f4.npy): 6 rows, but 3 classes in labels (testdata/y_le_i1.npy)") {
		t.Errorf("embeddings of 6 rows: error %v", err)
	}
	p.Embeddings = ""
	s, err := Open(p)
	if err != nil {
		t.Fatal(err)
	}
	if s.N() != 6 || s.D() != 3 || s.C() != 3 || s.Model != "m" || s.Dataset != "d" || s.Outputs == nil || s.Second == nil {
		t.Errorf("opened %+v", s.Data)
	}
	files, err := new(Hashes).Identify(p)
	if err != nil || !slices.Equal(files, s.Files) {
		t.Errorf("Identify %v, %v, want %v", files, err, s.Files)
	}
	if roles := []string{files[0].Role, files[1].Role, files[2].Role, files[3].Role}; !slices.Equal(roles, []string{"features", "labels", "outputs", "second"}) {
		t.Errorf("roles %v", roles)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestErrorsSayWhatAndWhere(t *testing.T) {
	dir := t.TempDir()
	write := func(name, contents string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(contents), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	npyWith := func(dict string, data int) string {
		size := binary.LittleEndian.AppendUint16(nil, uint16(len(dict)))
		return "\x93NUMPY\x01\x00" + string(size) + dict + strings.Repeat("\x00", data)
	}
	npyShape := func(shape string) string {
		return npyWith("{'descr': '<f8', 'fortran_order': False, 'shape': "+shape+", }", 48)
	}
	for name, contents := range map[string]string{
		"empty.npy":      "",
		"text.npy":       "1,2,3",
		"version9.npy":   "\x93NUMPY\x09\x00\x00\x00{}",
		"short.npy":      npyShape("(3, 3)"),
		"long.npy":       npyShape("(3, 1)"),
		"tera.npy":       npyShape("(1000000000, 1000)"),
		"overflow.npy":   npyShape("(4294967296, 4294967296, 8)"),
		"digits.npy":     npyShape("(99999999999999999999, 1)"),
		"negative.npy":   npyShape("(-3, 2)"),
		"noshape.npy":    npyWith("{'descr': '<f8', 'fortran_order': False}", 48),
		"nodict.npy":     npyWith("import os", 48),
		"twice.npy":      npyWith("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), 'fortran_order': True}", 48),
		"cut.npy":        npyShape("(3, 2)")[:40],
		"header4g.npy":   "\x93NUMPY\x02\x00\xff\xff\xff\xff{",
		"none.npy":       npyWith("{'descr': '<f8', 'fortran_order': False, 'shape': (0, 2), }", 0),
		"cut.npz":        "PK\x03\x04 and no more",
		"words.csv":      "1,2\n3,x\n",
		"ragged.csv":     "1,2\n3\n",
		"noline.csv":     "a,b\n",
		"unlabelled.csv": "cat\n\"\"\n",
		"features.pt":    "?",
	} {
		write(name, contents)
	}
	stored, err := os.ReadFile("testdata/x_only.npz")
	if err != nil {
		t.Fatal(err)
	}
	i := bytes.Index(stored, []byte("\x93NUMPY")) + 200
	stored[i] ^= 1
	write("flipped.npz", string(stored))

	for path, want := range map[string]string{
		"empty.npy":                  "is empty",
		"text.npy":                   "not an .npy file",
		"version9.npy":               "version 9 is not known",
		"short.npy":                  "truncated: shape [3 3] of type f8 is 72 bytes, but 48 follow",
		"long.npy":                   "damaged: shape [3 1] of type f8 is 24 bytes, but 48 follow",
		"tera.npy":                   "truncated: shape [1000000000 1000] of type f8 is 8000000000000 bytes, but 48 follow",
		"overflow.npy":               "claims shape [4294967296 4294967296 8], more than any file holds",
		"digits.npy":                 "claims shape (99999999999999999999, 1)",
		"negative.npy":               "claims shape (-3, 2)",
		"noshape.npy":                "not a dictionary of descr, fortran_order and shape",
		"nodict.npy":                 "not a dictionary of descr, fortran_order and shape",
		"twice.npy":                  "damaged: its header has fortran_order twice",
		"cut.npy":                    "truncated: ends within its header",
		"header4g.npy":               "claims a header of 4294967295 bytes",
		"none.npy":                   "shape [0 2]: no numbers",
		"cut.npz":                    "damaged or truncated",
		"flipped.npz":                "checksum",
		"words.csv":                  `row 1 (line 2), column "1": "x" is not a number`,
		"ragged.csv":                 "line 2 has 1 fields, and the first has 2",
		"noline.csv":                 "has no line of numbers",
		"features.pt":                "not a file of torch.save",
		"testdata/objects.npy":       "pickled Python objects",
		"testdata/complex.npy":       "holds type '<c16', not real numbers",
		"testdata/complex2.npy":      "file does not exist; the nearest name in its folder is complex.npy",
		"nowhere/x.npy":              "nowhere: file does not exist",
		"testdata/records.npy":       "holds records",
		"testdata/names.npy":         "holds text, not numbers",
		"testdata/maps.npy":          "shape [6 3 2 2], taken for N×C×H×W (maps), not N×D: say how to pool it, by --pool mean or --pool max",
		"testdata/two.npz":           "name one of its arrays behind it, as in FILE:a; it has a, b",
		"testdata/two_lists.parquet": `has 2 columns that may be features, "a", "b", one of them of lists: name those that are, such as 'two_lists.parquet:a'`,
		"testdata/nested.parquet":    `column "tokens": lists in lists, as of tokens or maps, are not read`,
		"testdata/two.npz:c":         `no array "c"; it has a, b`,
	} {
		if !strings.HasPrefix(path, "testdata") {
			path = filepath.Join(dir, path)
		}
		_, _, err := ReadRows(path)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), strings.TrimSuffix(filepath.Base(path), ":c")) && !strings.Contains(path, "nowhere") {
			t.Errorf("%s: error %v, want one with %q", path, err, want)
		}
	}
	if _, _, err := ReadLabels(filepath.Join(dir, "unlabelled.csv"), Reading{}); err == nil || !strings.Contains(err.Error(), "1 of 2 samples have the label empty") {
		t.Errorf("error %v, want one that counts it", err)
	}
	if _, _, err := ReadRows("testdata/complex2.npy"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v is not fs.ErrNotExist", err)
	}
}

func TestFileCutShortWhileMapped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.npy")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	const n, d = 50000, 40
	x := mat.NewDense(n, d, nil)
	x.Set(0, 0, 1)
	if err := errors.Join(WriteRows(f, features.Dense(x), Float32), f.Close()); err != nil {
		t.Fatal(err)
	}
	rows, _, err := ReadRows(path)
	if err != nil {
		t.Fatal(err)
	}
	labels := make([]int64, n)
	labels[0] = 1
	s, err := features.New(features.Data{Features: rows, Labels: features.Classes(labels)})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 4096); err != nil {
		t.Skip("mapped files cannot be cut here: ", err)
	}
	want := path + " cannot be read any more"
	if _, err := features.New(s.Data); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("New: error %v, want one with %q", err, want)
	}
	defer func() {
		if err, ok := recover().(error); !ok || !strings.Contains(err.Error(), want) {
			t.Errorf("Groups: recovered %v, want an error with %q", err, want)
		}
	}()
	s.Groups()
}

func TestWrite(t *testing.T) {
	x := storedNumbers()
	for _, p := range []Precision{Float16, Float32, Float64} {
		path := filepath.Join(t.TempDir(), "x.npy")
		var b bytes.Buffer
		if err := errors.Join(WriteRows(&b, features.Dense(x), p), os.WriteFile(path, b.Bytes(), 0o644)); err != nil {
			t.Fatal(err)
		}
		rows, _, err := ReadRows(path)
		if err != nil {
			t.Fatal(err)
		}
		if !mat.Equal(features.Matrix(rows), x) {
			t.Errorf("%s: read back %v", p, features.Matrix(rows))
		}
	}
	var b bytes.Buffer
	if err := WriteRows(&b, features.Dense(x), "f3"); err == nil {
		t.Error("wrote a type that does not exist")
	}
}

// TestWriteAgreesWithNumPy compares what is written here with what numpy.save wrote.
func TestWriteAgreesWithNumPy(t *testing.T) {
	for path, write := range map[string]func(io.Writer) error{
		"testdata/x_le_f2.npy": func(w io.Writer) error { return WriteRows(w, features.Dense(storedNumbers()), Float16) },
		"testdata/x_le_f4.npy": func(w io.Writer) error { return WriteRows(w, features.Dense(storedNumbers()), Float32) },
		"testdata/x_le_f8.npy": func(w io.Writer) error { return WriteRows(w, features.Dense(storedNumbers()), Float64) },
		"testdata/y_le_i8.npy": func(w io.Writer) error { return WriteInts(w, []int64{0, 1, 2, 0, 1, 2}) },
	} {
		var got bytes.Buffer
		want, err := os.ReadFile(path)
		if err := errors.Join(err, write(&got)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s: wrote %q, want %q", path, got.Bytes(), want)
		}
	}
}
