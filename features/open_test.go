package features

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"codeberg.org/sbinet/npyio/npy"
	"gonum.org/v1/gonum/mat"
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
		if x := Matrix(rows); !mat.Equal(x, storedNumbers()) {
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
	numbered := Labels{Index: index, Names: []string{"0", "1", "2"}}
	tests := map[string]Labels{
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
		l, _, err := ReadLabels("testdata/" + name)
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
		l, _, err := ReadLabels("testdata/" + name)
		if err != nil {
			t.Error(err)
		} else if l.Targets == nil || !mat.Equal(l.Targets, want) || l.C() != 0 || l.N() != 6 {
			t.Errorf("%s: targets %v, want %v", name, l.Targets, want)
		}
	}
}

func TestSameArrayHasTheSameIdentityInAnyFile(t *testing.T) {
	want := ""
	for _, path := range []string{"testdata/x_le_f8.npy", "testdata/x_stored.npz", "testdata/x_deflated.npz"} {
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
		"empty.npy":             "is empty",
		"text.npy":              "not an .npy file",
		"version9.npy":          "version 9 is not known",
		"short.npy":             "truncated: shape [3 3] of type f8 is 72 bytes, but 48 follow",
		"long.npy":              "damaged: shape [3 1] of type f8 is 24 bytes, but 48 follow",
		"tera.npy":              "truncated: shape [1000000000 1000] of type f8 is 8000000000000 bytes, but 48 follow",
		"overflow.npy":          "claims shape [4294967296 4294967296 8], more than any file holds",
		"digits.npy":            "claims shape (99999999999999999999, 1)",
		"negative.npy":          "claims shape (-3, 2)",
		"noshape.npy":           "no dictionary of descr, fortran_order and shape",
		"nodict.npy":            "no dictionary of descr, fortran_order and shape",
		"cut.npy":               "truncated: ends within its header",
		"header4g.npy":          "claims a header of 4294967295 bytes",
		"none.npy":              "shape [0 2]: no numbers",
		"cut.npz":               "damaged or truncated",
		"flipped.npz":           "checksum",
		"words.csv":             `line 2, column 2: "x" is not a number`,
		"ragged.csv":            "wrong number of fields",
		"noline.csv":            "no line of numbers",
		"features.pt":           ".npy, .npz and .csv can be read",
		"testdata/objects.npy":  "pickled Python objects",
		"testdata/complex.npy":  "holds type '<c16', not real numbers",
		"testdata/complex2.npy": "file does not exist; the nearest names there are complex.npy",
		"nowhere/x.npy":         "file does not exist, nor is its folder",
		"testdata/records.npy":  "holds records",
		"testdata/names.npy":    "holds text, not numbers",
		"testdata/maps.npy":     "shape [6 3 2 2], not N×D",
		"testdata/two.npz":      "name one of its arrays behind it, as in file.npz:key; it has a, b",
		"testdata/two.npz:c":    `no array "c"; it has a, b`,
	} {
		if !strings.HasPrefix(path, "testdata") {
			path = filepath.Join(dir, path)
		}
		_, _, err := ReadRows(path)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), strings.TrimSuffix(filepath.Base(path), ":c")) {
			t.Errorf("%s: error %v, want one with %q", path, err, want)
		}
	}
	if _, _, err := ReadLabels(filepath.Join(dir, "unlabelled.csv")); err == nil || !strings.Contains(err.Error(), "line 2: no label") {
		t.Errorf("error %v, want one that names line 2", err)
	}
	if _, _, err := ReadRows("testdata/complex2.npy"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v is not fs.ErrNotExist", err)
	}
}

func TestNewFindsWhatIsWrong(t *testing.T) {
	labels := Classes([]string{"a", "b", "a"})
	good := mat.NewDense(3, 2, []float64{1, 2, 3, 4, 5, 6})
	bad := mat.NewDense(3, 2, []float64{1, 2, 3, math.NaN(), math.Inf(1), 6})
	large := mat.NewDense(3, 2, []float64{1, 2, 3, 4, 5, -1e80})
	alike := mat.NewDense(3, 2, []float64{1, 2, 1, 2, 1, 2})
	for want, data := range map[string]Data{
		"no features": {Labels: labels},
		"no labels":   {Features: Dense(good)},
		"labels: 4 labels, but 3 rows in features":                                   {Features: Dense(good), Labels: Classes([]int64{0, 1, 2, 3})},
		"labels: 1 class, but at least two":                                          {Features: Dense(good), Labels: Classes([]int64{1, 1, 1})},
		"labels: class b has no sample":                                              {Features: Dense(good), Labels: &Labels{Index: []int{0, 0, 2}, Names: []string{"a", "b", "c"}}},
		"labels: row 1 has class index 3, which is not in 0 to 1":                    {Features: Dense(good), Labels: &Labels{Index: []int{0, 3, 1}, Names: []string{"a", "b"}}},
		"features: 2 of 6 numbers are NaN or infinite, the first in row 1, column 1": {Features: Dense(bad), Labels: labels},
		"features: 1 of 6 numbers are 1.6e+60 or more in size and overflow when they are squared and added up, the first in row 2, column 1": {Features: Dense(large), Labels: labels},
		"features: all samples are alike":             {Features: Dense(alike), Labels: labels},
		"labels: 2 of 6 numbers are NaN":              {Features: Dense(good), Labels: &Labels{Targets: bad}},
		"outputs: 2 of 6 numbers are NaN":             {Features: Dense(good), Outputs: Dense(bad), Labels: labels},
		"second: 2 rows, but 3 rows in features":      {Features: Dense(good), Second: Dense(mat.NewDense(2, 2, nil)), Labels: labels},
		"embeddings: 3 rows, but 2 classes in labels": {Features: Dense(good), Embeddings: Dense(good), Labels: labels},
	} {
		if _, err := New(data); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

func TestDoubtfulOutputs(t *testing.T) {
	for _, c := range []struct {
		name    string
		outputs []float64
		warning string // part of it; "" for none
	}{
		{"logits", []float64{1, -2, 0.5, 0.5, 0, 1}, ""},
		{"probabilities", []float64{1, 0, 0.5, 0.5, 0.25, 0.75}, ""},
		{"one row is not", []float64{1, 0, 0.5, 0.5, 0.25, 0.5}, "row 2 sums to 0.75: they are taken for logits"},
		{"sigmoids", []float64{1, 1, 0, 0, 0.25, 0.5}, "row 0 sums to 2"},
	} {
		s, err := New(Data{Features: Dense(mat.NewDense(3, 2, []float64{1, 2, 3, 4, 5, 6})), Outputs: Dense(mat.NewDense(3, 2, c.outputs)), Labels: Classes([]int64{0, 1, 0})})
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprint(s.Warnings())
		if found := strings.Contains(got, "source outputs"); found != (c.warning != "") || !strings.Contains(got, c.warning) {
			t.Errorf("%s: warnings %s, want %q", c.name, got, c.warning)
		}
	}
}

func TestFirstBadNumberOfManyBlocks(t *testing.T) {
	x := mat.NewDense(300000, 10, nil)
	for _, i := range []int{299999, 123456, 200000} {
		x.Set(i, 7, math.Inf(-1))
	}
	_, err := inspect(Dense(x))
	if err == nil || !strings.Contains(err.Error(), "3 of 3000000 numbers are NaN or infinite, the first in row 123456, column 7") {
		t.Error(err)
	}
}

func TestWarnings(t *testing.T) {
	x := mat.NewDense(5, 3, []float64{1, 7, 1, 2, 7, 2, 3, 7, 3, 4, 7, 4, 5, 7, 5})
	s, err := New(Data{Features: Dense(x), Labels: Classes([]string{"a", "b", "a", "c", "a"})})
	if err != nil {
		t.Fatal(err)
	}
	want := errors.Join(errors.New("2 of 3 classes have one sample only: b, c"), errors.New("1 of 3 features are constant, the first is column 1"))
	if got := errors.Join(s.Warnings()...); got.Error() != want.Error() {
		t.Errorf("warnings %v, want %v", got, want)
	}
	if clean := randomSet(t, 60, 7, 3); len(clean.Warnings()) > 0 {
		t.Errorf("warnings %v, want none", clean.Warnings())
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
	if err := errors.Join(WriteRows(f, Dense(x), Float32), f.Close()); err != nil {
		t.Fatal(err)
	}
	rows, _, err := ReadRows(path)
	if err != nil {
		t.Fatal(err)
	}
	labels := make([]int64, n)
	labels[0] = 1
	s, err := New(Data{Features: rows, Labels: Classes(labels)})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 4096); err != nil {
		t.Skip("mapped files cannot be cut here: ", err)
	}
	want := path + " cannot be read any more"
	if _, err := New(s.Data); err == nil || !strings.Contains(err.Error(), want) {
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
		if err := errors.Join(WriteRows(&b, Dense(x), p), os.WriteFile(path, b.Bytes(), 0o644)); err != nil {
			t.Fatal(err)
		}
		rows, _, err := ReadRows(path)
		if err != nil {
			t.Fatal(err)
		}
		if !mat.Equal(Matrix(rows), x) {
			t.Errorf("%s: read back %v", p, Matrix(rows))
		}
	}
	var b bytes.Buffer
	if err := WriteRows(&b, Dense(x), "f3"); err == nil {
		t.Error("wrote a type that does not exist")
	}
}

// TestWriteAgreesWithNpyio reads with another library what is written here.
func TestWriteAgreesWithNpyio(t *testing.T) {
	var b bytes.Buffer
	if err := WriteRows(&b, Dense(storedNumbers()), Float64); err != nil {
		t.Fatal(err)
	}
	var x mat.Dense
	if err := npy.Read(&b, &x); err != nil || !mat.Equal(&x, storedNumbers()) {
		t.Errorf("read %v, error %v", x, err)
	}
	want := []int64{3, -1, 1 << 60}
	if err := WriteInts(&b, want); err != nil {
		t.Fatal(err)
	}
	var got []int64
	if err := npy.Read(&b, &got); err != nil || !slices.Equal(got, want) {
		t.Errorf("read %v, error %v, want %v", got, err, want)
	}
}
