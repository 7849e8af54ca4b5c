package files

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	library "github.com/parquet-go/parquet-go"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
)

// written writes a file of a temporary folder and returns its path.
func written(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// readRows reads a matrix as r says, with what is told.
func readRows(path string, r Reading) (*mat.Dense, notes, error) {
	var told notes
	o, err := open(role{"features", path, usualFeatures, r})
	if err != nil {
		return nil, nil, err
	}
	defer o.close()
	rows, err := o.rows(&told)
	if err != nil {
		return nil, nil, err
	}
	return features.Matrix(rows), told, nil
}

// readLabels reads labels as r says, with what is told.
func readLabels(path string, r Reading) (*features.Labels, notes, error) {
	var told notes
	o, err := open(role{"labels", path, usualLabels, r})
	if err != nil {
		return nil, nil, err
	}
	defer o.close()
	v, err := o.labels(&told)
	if err != nil {
		return nil, nil, err
	}
	l, _, err := v.decide(r, &told)
	return l, told, err
}

func wants(t *testing.T, what string, err error, told notes, want string) {
	t.Helper()
	got := strings.Join(told, "\n")
	if err != nil {
		got = err.Error()
	}
	if !strings.Contains(got, want) {
		t.Errorf("%s: said %q, want %q", what, got, want)
	}
	if len(got) > 1000 {
		t.Errorf("%s: said %d bytes", what, len(got))
	}
}

func TestColumnsOfFeatures(t *testing.T) {
	two := mat.NewDense(3, 2, []float64{1.5, 2, 3, 4.5, 5, 6})
	for _, c := range []struct {
		name, text, key string
		reading         Reading
		said            string // told or the error; the columns are read unless it begins with "!"
	}{
		{name: "plain", text: "1.5,2\n3,4.5\n5,6\n"},
		{name: "heading", text: "a,b\n1.5,2\n3,4.5\n5,6\n"},
		{name: "byte order mark and CRLF", text: "\ufeffa,b\r\n1.5,2\r\n3,4.5\r\n5,6\r\n"},
		{name: "semicolons", text: "a;b\n1.5;2\n3;4.5\n5;6\n"},
		{name: "tabs", text: "1.5\t2\n3\t4.5\n5\t6"},
		{name: "blanks", text: "# by savetxt\n1.5 2\n3 4.5\n5 6\n"},
		{name: "blanks to align", text: " 1.5   2\n 3   4.5\n 5     6\n"},
		{name: "comment that names", text: "# a,b\n1.5,2\n3,4.5\n5,6\n", key: "a,b"},
		{name: "decimal commas", text: "a;b\n1,5;2\n3;4,5\n5;6\n", said: "decimal comma"},
		{name: "decimal commas in quotes", text: "\"1,5\",2\n3,\"4,5\"\n5,6\n", said: "decimal comma"},
		{name: "thousands", text: "a;b\n1,500;2\n3;4,500\n5;6\n", said: "!thousands separated by commas"},
		{name: "points and commas", text: "a;b\n1,5;2\n3;4.5\n5;6\n", said: "!some numbers have a point and others a comma"},
		{name: "columns of one name", text: "a,a\n1.5,2\n3,4.5\n5,6\n"},
		{name: "a name that two columns have", text: "a,a\n1.5,2\n3,4.5\n5,6\n", key: "a", said: `!2 columns are named "a": give each a name of its own`},
		{name: "a pattern of one name for two columns", text: "a,a\n1.5,2\n3,4.5\n5,6\n", key: "a*"},
		{name: "index without a heading", text: ",a,b\n0,1.5,2\n1,3,4.5\n2,5,6\n", said: `column "", which numbers the rows, is left out`},
		{name: "index of pandas", text: "Unnamed: 0,a,b\n0,1.5,2\n1,3,4.5\n2,5,6\n", said: "numbers the rows"},
		{name: "index and numbers as headings", text: ",0,1\n0,1.5,2\n1,3,4.5\n2,5,6\n", said: "is left out"},
		{name: "numbers as headings", text: "0,1,2\n1.5,2,9\n3,4.5,9\n5,6,9\n", reading: Reading{Drop: []string{"2"}}},
		{name: "named index", text: "id,a,b\n0,1.5,2\n1,3,4.5\n2,5,6\n", said: "!column \"id\" looks like identifiers"},
		{name: "named index, dropped", text: "id,a,b\n0,1.5,2\n1,3,4.5\n2,5,6\n", reading: Reading{Drop: []string{"id"}}},
		{name: "index of some rows in any order", text: ",a,b\n7,1.5,2\n3,3,4.5\n12,5,6\n", said: `column "", which numbers the rows, is left out`},
		{name: "no name, no index", text: ",a,b\n7.5,1.5,2\n3,3,4.5\n12,5,6\n", said: `!column "" looks like identifiers of the samples, not like features: leave it out by --drop '""'`},
		{name: "no name, dropped", text: ",a,b\n7.5,1.5,2\n3,3,4.5\n12,5,6\n", reading: Reading{Drop: []string{""}}},
		{name: "text as index", text: ",a,b\nx,1.5,2\ny,3,4.5\nz,5,6\n", said: `column "" is taken for the names of the samples`},
		{name: "files' names under any heading", text: "Datei;a;b\nx.jpg;1,5;2\ny.JPG;3;4,5\nz.png;5;6\n", said: `column "Datei" is taken for the names of the samples`},
		{name: "separator told to Excel", text: "sep=;\r\na;b\r\n1,5;2\r\n3;4,5\r\n5;6\r\n", said: "decimal comma"},
		{name: "row names of R", text: "\"a\" \"b\"\n\"1\" 1.5 2\n\"2\" 3 4.5\n\"3\" 5 6\n", said: "as R writes them"},
		{name: "row names of R that have blanks", text: "\"a\" \"b\"\n\"Mazda RX4\" 1.5 2\n\"Fiat 128\" 3 4.5\n\"Volvo 142E\" 5 6\n", said: "as R writes them"},
		{name: "row names of R, columns by name", text: "\"a\",\"b\"\n\"1\",1.5,2\n\"2\",3,4.5\n\"3\",5,6\n", key: "a,b", said: "as R writes them"},
		{name: "a heading that lacks a name", text: "a,b\n1.5,2,1\n1.5,4.5,2\n5,6,3\n", said: "!name them all"},
		{name: "a heading that lacks two names", text: "a,b\n1.5,2,1,7\n3,4.5,2,7\n5,6,3,7\n", said: "!the heading names 2 columns, and lines have 4"},
		{name: "lists as text", text: "embedding\n\"[1.5, 2]\"\n\"[3, 4.5]\"\n", said: `!column "embedding": "[1.5, 2]" is a list written as text, which is not read; to convert it, in Python: `},
		{name: "Latin-1", text: "a;Gr\xf6\xdfe\n1,5;2\n", said: "!is text in an encoding other than UTF-8"},
		{name: "index without a name", text: "0,1.5,2\n1,3,4.5\n2,5,6\n", said: "!column \"0\" counts the rows"},
		{name: "label", text: "a,b,Label\n1.5,2,0\n3,4.5,1\n5,6,0\n", said: `!column "Label" looks like the labels: leave it out by --drop 'Label'`},
		{name: "label, dropped", text: "a,b,Label\n1.5,2,0\n3,4.5,1\n5,6,0\n", reading: Reading{Drop: []string{"La*"}}},
		{name: "named columns", text: "x,f_a,f_b,y\n9,1.5,2,0\n9,3,4.5,1\n9,5,6,0\n", key: "f_*"},
		{name: "no such column", text: "a,b\n1,2\n", key: "c", said: `!no column "c"; it has "a", "b"`},
		{name: "names of samples", text: "image,a,b\nx.jpg,1.5,2\ny.jpg,3,4.5\nz.jpg,5,6\n", said: `column "image" is taken for the names of the samples`},
		{name: "text", text: "a,b,animal\n1.5,2,cat\n3,4.5,dog\n5,6,cat\n", said: `!row 0 (line 2), column "animal": "cat" is not a number`},
		{name: "empty cell", text: "a,b\n1.5,2\n3,\n5,6\n", said: `!row 1 (line 3), column "b": is empty`},
		{name: "ragged", text: "a,b\n1.5,2\n3\n5,6\n", said: "!line 3 has 1 fields, and the first has 2"},
		{name: "long text", text: "a,b\n1.5," + strings.Repeat("x", 5000) + "\n2,3\n", said: "!…"},
		{name: "UTF-16", text: "\xff\xfea\x00", said: "!UTF-16"},
		{name: "empty quotes", text: "a,b\n\"1.5,2\n", said: "!line "},
	} {
		path := written(t, "x.csv", c.text)
		if c.key != "" {
			path += ":" + c.key
		}
		want, refused := strings.CutPrefix(c.said, "!")
		x, told, err := readRows(path, c.reading)
		if refused != (err != nil) || err == nil && !mat.Equal(x, two) {
			t.Errorf("%s: read %v, error %v", c.name, x, err)
		}
		wants(t, c.name, err, told, want)
	}
}

func TestKindsOfLabels(t *testing.T) {
	column := func(format string, n int, of func(i int) any) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format+"\n", of(i))
		}
		return b.String()
	}
	bell := []int{1, 2, 4, 7, 11, 15, 16, 14, 10, 6, 3, 1}
	var ratings []int
	for value, count := range bell {
		for range count {
			ratings = append(ratings, value+1)
		}
	}
	for _, c := range []struct {
		name, text string
		reading    Reading
		classes    int    // 0 for targets or an error
		said       string // told, or the error behind "!"
	}{
		{name: "names", text: "cat\ndog\ncat\n", classes: 2, said: "2 classes"},
		{name: "names with blanks", text: "golden retriever\nsiamese cat\ngolden retriever\n", classes: 2},
		{name: "names with underscores", text: "1_0\n10\n1_0\n10\n", classes: 2},
		{name: "heading", text: "label\ncat\ndog\n", classes: 2},
		{name: "whole numbers", text: "0\n1\n2\n1\n", classes: 3, said: "taken for 3 classes, the whole numbers 0 to 2"},
		{name: "whole numbers with decimals", text: "0.0\n1.0\n2.0\n1.0\n", said: "!are they classes or targets of regression?"},
		{name: "the same, said", text: "0.0\n1.0\n2.0\n1.0\n", reading: Reading{Labels: KindClasses}, classes: 3},
		{name: "regression", text: "0.5\n1.25\n2\n1\n", said: "targets of regression, 0.5 to 2"},
		{name: "regression by decimal commas", text: "y\n0.5\n1.25\n", said: "targets of regression"},
		{name: "whole targets, said", text: "0\n1\n2\n1\n", reading: Reading{Labels: KindTargets}, said: "targets of regression, 0 to 2"},
		{name: "gaps", text: "3\n5\n9\n3\n", said: "!with gaps between them"},
		{name: "not from 0 or 1", text: "4\n5\n6\n4\n", said: "!which do not begin at 0 or 1"},
		{name: "identifiers", text: "0\n1\n2\n3\n", said: "!a different one for each sample"},
		{name: "ratings", text: column("%d", len(ratings), func(i int) any { return ratings[i] }), said: "!as those of a measured quantity"},
		{name: "many balanced classes", text: column("%d", 400, func(i int) any { return i % 100 }), classes: 100},
		{name: "-1 and 1", text: "-1\n1\n1\n-1\n", classes: 2},
		{name: "-1", text: "-1\n0\n1\n1\n", said: "!1 of 4 samples have the label -1, which does not look like a label: leave such samples out by --ignore-label -1"},
		{name: "-100", text: "0\n1\n-100\n1\n", said: "!label -100"},
		{name: "255", text: "0\n1\n255\n1\n", said: "!label 255"},
		{name: "256 classes", text: column("%d", 512, func(i int) any { return i % 256 }), classes: 256},
		{name: "nan", text: "cat\nnan\ndog\n", said: "!label nan"},
		{name: "empty", text: "cat\n\ndog\n", said: "!label empty"},
		{name: "nan among numbers", text: "0\nnan\n1\n", said: "!nan"},
		{name: "-1, left out", text: "-1\n0\n1\n1\n", reading: Reading{Ignore: []string{"-1"}}, classes: 2, said: "1 of 4 samples are left out"},
		{name: "-1, meant", text: "-1\n0\n1\n1\n", reading: Reading{Ignore: []string{"none"}, Labels: KindClasses}, classes: 3},
		{name: "empty, left out", text: "0\n\n1\n1\n", reading: Reading{Ignore: []string{"empty"}}, classes: 2},
		{name: "nan, left out of numbers", text: "0.5\nnan\n1.25\n", reading: Reading{Ignore: []string{"nan"}}, said: "targets of regression, 0.5 to 1.25"},
		{name: "all left out", text: "0\n0\n", reading: Reading{Ignore: []string{"0"}}, said: "!no sample is left"},
		{name: "one-hot", text: "1,0,0\n0,1,0\n0,0,1\n1,0,0\n", classes: 3, said: "one-hot, taken for 3 classes"},
		{name: "one-hot with names", text: "cat,dog\n1,0\n0,1\n1,0\n", classes: 2},
		{name: "multi-label", text: "1,1,0\n0,1,0\n0,0,1\n1,0,0\n", said: "3 labels, of which a sample may have several"},
		{name: "multi-label or no label", text: "1,0,0\n0,1,0\n0,0,0\n1,0,0\n", said: "!classes of which some samples have none, or several labels at once?"},
		{name: "the same, said", text: "1,0,0\n0,1,0\n0,0,0\n1,0,0\n", reading: Reading{Labels: KindMulti}, said: "3 labels"},
		{name: "the first of several", text: "1,1,0\n0,1,0\n0,0,1\n1,0,0\n", reading: Reading{Labels: KindFirst}, classes: 3, said: "as the released code of SFDA does"},
		{name: "the first of none", text: "1,1,0\n0,1,0\n0,0,0\n1,0,0\n", reading: Reading{Labels: KindFirst}, said: "!no first one"},
		{name: "-1, 0 and 1 in columns", text: "1,-1\n0,1\n-1,1\n", said: "!name the one that holds the labels"},
		{name: "identifiers and labels", text: "id,label\n0,3\n1,1\n2,3\n", said: "!name the one that holds the labels, such as 'y.csv:label'"},
		{name: "names of samples and labels", text: "filename,label\na.jpg,1\nb.jpg,0\nc.jpg,1\n", classes: 2, said: "is taken for the names of the samples"},
		{name: "list of files", text: "cat/a.jpg 1\ncat/b.jpg 0\ndog/c.jpg 1\n", classes: 2, said: "is taken for the names of the samples"},
		{name: "names of samples alone", text: "a.jpg\nb.jpg\nc.jpg\n", said: "!these seem to be names of samples"},
		{name: "several labels as text", text: "cat\ndog|cat\ndog\ncat\n", said: `!the label "dog|cat" seems to be several`},
		{name: "one row", text: "0,1,0,0\n", said: "!one row of 4 columns, and so one sample"},
		{name: "soft labels", text: "0.5,0.5\n0.25,0.75\n", said: "!name the one that holds the labels"},
		{name: "targets in columns, said", text: "0.5,0.5\n0.25,0.75\n", reading: Reading{Labels: KindTargets}, said: "2 targets of regression"},
		{name: "unknown kind", text: "0\n1\n", reading: Reading{Labels: "class"}, said: `!the nearest is "classes"`},
	} {
		want, refused := strings.CutPrefix(c.said, "!")
		l, told, err := readLabels(written(t, "y.csv", c.text), c.reading)
		if refused != (err != nil) || err == nil && l.C() != c.classes {
			t.Errorf("%s: %+v, error %v", c.name, l, err)
		}
		wants(t, c.name, err, told, want)
	}
}

func TestOtherFormats(t *testing.T) {
	tokens := storedNumbers()
	tokens.Apply(func(_, _ int, v float64) float64 { return v + 1 }, tokens)
	for path, want := range map[string]mat.Matrix{
		"testdata/listed.parquet:embedding":      storedNumbers(),
		"testdata/x_columns.parquet:f1":          storedNumbers().Slice(0, 6, 1, 2),
		"testdata/x_bfloat16.safetensors":        storedNumbers(),
		"testdata/x_dict.pth:features":           storedNumbers(),
		"testdata/x_columns.parquet:f0,f1,f2":    storedNumbers(),
		"testdata/x_only.safetensors:embeddings": storedNumbers(),
	} {
		if x, _, err := readRows(path, Reading{}); err != nil || !mat.Equal(x, want) {
			t.Errorf("%s: %v, %v", path, x, err)
		}
	}
	if x, told, err := readRows("testdata/tokens.npy", Reading{Pool: PoolMean}); err != nil || !mat.EqualApprox(x, tokens, 1e-15) || !strings.Contains(strings.Join(told, ""), "3 features, the mean of 3 numbers each") {
		t.Errorf("pooled: %v, %v, %v", x, told, err)
	}
	for path, want := range map[string]string{
		"testdata/list.pt":            "it holds a list",
		"testdata/module.pt":          "object of torch.nn.modules.linear.Linear, which is not read",
		"testdata/tokens.npy":         "--pool mean, --pool cls (the first token) or --pool max",
		"testdata/other.mat":          "complex numbers, which are not read",
		"testdata/x_matlab.mat:z":     `no array "z"; it has features, labels`,
		"testdata/listed.parquet":     `column "label" looks like the labels`,
		"testdata/x_dict.pth:weights": `no array "weights"; it has`,
	} {
		_, _, err := readRows(path, Reading{})
		if err == nil {
			t.Errorf("%s: no error", path)
		}
		wants(t, path, err, nil, want)
	}
	for path, want := range map[string]string{
		"a.pkl": `numpy.save("a.npy", pickle.load(open("a.pkl", "rb")))`,
		"a.h5":  `h5py.File("a.h5")`,
		"a.doc": "unknown kind of file",
	} {
		_, _, err := readRows(path, Reading{})
		wants(t, path, err, nil, want)
	}
	for _, path := range []string{"testdata/x_dict.pth", "testdata/x_bfloat16.safetensors", "testdata/listed.parquet:label", "testdata/x_matlab.mat"} {
		if l, _, err := readLabels(path, Reading{}); err != nil || !slices.Equal(l.Index, []int{0, 1, 2, 0, 1, 2}) {
			t.Errorf("%s: %+v, %v", path, l, err)
		}
	}
}

// TestDatesInParquet refuses dates and times as numbers, which they are stored as.
func TestDatesInParquet(t *testing.T) {
	type row struct {
		F    float64 `parquet:"f"`
		Day  int32   `parquet:"day,date"`
		At   int64   `parquet:"at,timestamp(microsecond)"`
		Time int32   `parquet:"time,time(millisecond)"`
	}
	path := filepath.Join(t.TempDir(), "x.parquet")
	if err := library.WriteFile(path, []row{{1.5, 18000, 1 << 50, 7}, {2.5, 18003, 1 << 51, 9}}); err != nil {
		t.Fatal(err)
	}
	times := []string{"day", "at", "time"}
	for k, name := range times {
		others := Reading{Drop: slices.Delete(slices.Clone(times), k, k+1)}
		want := fmt.Sprintf("column %q holds dates or times, not numbers", name)
		_, _, err := readRows(path, others)
		wants(t, name, err, nil, want+": leave the column out by --drop '"+name+"'")
		_, _, err = readRows(path+":"+name, Reading{})
		wants(t, path+":"+name, err, nil, want)
	}
	if x, _, err := readRows(path, Reading{Drop: times}); err != nil || !mat.Equal(x, mat.NewDense(2, 1, []float64{1.5, 2.5})) {
		t.Errorf("without them: %v, %v", x, err)
	}
}

// TestTorchMembersTwice refuses an archive of two members of one name, or of two pickles:
// which one is read would decide what the numbers are.
func TestTorchMembersTwice(t *testing.T) {
	archive, err := zip.OpenReader("testdata/x_dict.pth")
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	for more, want := range map[string]string{
		"":               "",
		"/data/0":        "two of its members are named ",
		"/data.pkl":      "two of its members are named ",
		"/more/data.pkl": "it has more than one data.pkl",
	} {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for _, f := range archive.File {
			if err := w.Copy(f); err != nil {
				t.Fatal(err)
			}
		}
		if root, _, _ := strings.Cut(archive.File[0].Name, "/"); more != "" {
			if _, err := w.Create(root + more); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		_, _, err := readRows(written(t, "x.pth", b.String())+":features", Reading{})
		if (err == nil) != (want == "") {
			t.Errorf("with %q: error %v", more, err)
		}
		wants(t, more, err, nil, want)
	}
}

func TestPooling(t *testing.T) {
	numbers := make([]byte, 0, 2*3*2*2*8)
	values := make([]float64, 2*3*2*2)
	for i := range values {
		values[i] = float64(i * i % 7)
		numbers = appendFloat(numbers, values[i])
	}
	f8, err := parseType("'<f8'")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		shape []int
		at    func(n, d, p int) int // where number p of feature d is
		d, p  int
	}{
		{[]int{2, 3, 2, 2}, func(n, d, p int) int { return n*12 + d*4 + p }, 3, 4},
		{[]int{2, 2, 2, 3}, func(n, d, p int) int { return n*12 + p*3 + d }, 3, 4},
		{[]int{2, 4, 3}, func(n, d, p int) int { return n*12 + p*3 + d }, 3, 4},
		{[]int{2, 1, 4, 3}, func(n, d, p int) int { return n*12 + p*3 + d }, 3, 4},
	} {
		a := &array{input: &input{path: "x"}, dtype: f8, shape: c.shape, data: numbers}
		for _, how := range []string{PoolMean, PoolMax, PoolCLS} {
			var told notes
			rows, err := a.rows(Reading{Pool: how}, &told)
			if err != nil {
				if how != PoolCLS || len(squeeze(c.shape)) == 3 {
					t.Errorf("%v, %s: %v", c.shape, how, err)
				}
				continue
			}
			x := features.Matrix(rows)
			for n := range 2 {
				for d := range c.d {
					sum, largest := 0., 0.
					for p := range c.p {
						v := values[c.at(n, d, p)]
						sum, largest = sum+v, max(largest, v)
					}
					want := map[string]float64{PoolMean: sum / float64(c.p), PoolMax: largest, PoolCLS: values[c.at(n, d, 0)]}[how]
					if x.At(n, d) != want {
						t.Errorf("%v, %s: feature %d of sample %d is %g, want %g", c.shape, how, d, n, x.At(n, d), want)
					}
				}
			}
		}
	}
}

func TestSeveralFilesAsOne(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"part-10.csv": "5,6.5\n", "part-2.csv": "3,4\n", "part-1.csv": "1,2\n", "._part-1.csv": "?", ".DS_Store": "?", "notes.md": "?"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := mat.NewDense(3, 2, []float64{1, 2, 3, 4, 5, 6.5})
	for _, path := range []string{folder, filepath.Join(folder, "part-*.csv")} {
		x, told, err := readRows(path, Reading{})
		if err != nil || !mat.Equal(x, want) {
			t.Errorf("%s: %v, %v", path, x, err)
		}
		wants(t, path, err, told, "3 files, one after the other: part-1.csv to part-10.csv")
	}
	var h Hashes
	p := Paths{Features: folder}
	first, err := h.Identify(p)
	if err != nil {
		t.Fatal(err)
	}
	if known := h.Known(p); !slices.Equal(known, first) {
		t.Errorf("known %v, want %v", known, first)
	}
	if err := os.WriteFile(filepath.Join(folder, "part-3.csv"), []byte("7,8\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if second, err := h.Identify(p); err != nil || second[0].SHA256 == first[0].SHA256 {
		t.Errorf("identity after another part %v, %v", second, err)
	}
	if _, _, err := readRows(filepath.Join(folder, "part-*.npy"), Reading{}); err == nil || !strings.Contains(err.Error(), "no file that can be read matches") {
		t.Errorf("error %v", err)
	}
}

// TestReadingIsPartOfTheIdentity holds a score to be computed again when its files are
// read in another way.
func TestReadingIsPartOfTheIdentity(t *testing.T) {
	x := written(t, "x.csv", "id,a,b\n7,1.5,2\n8,3,4.5\n9,5,6\n4,5,7\n")
	y := written(t, "y.csv", "0\n1\n0\n1\n")
	seen := make(map[string]string)
	for _, p := range []Paths{
		{Features: x, Labels: y},
		{Features: x, Labels: y, Reading: Reading{Drop: []string{"id"}}},
		{Features: x + ":a", Labels: y},
		{Features: x + ":a,b", Labels: y},
		{Features: x, Labels: y, Reading: Reading{Labels: KindTargets}},
		{Features: x, Labels: y, Reading: Reading{Ignore: []string{"none"}}},
		{Features: x, Labels: y, Reading: Reading{Pool: PoolMean}},
	} {
		found, err := new(Hashes).Identify(p)
		if err != nil {
			t.Fatal(err)
		}
		id := found[0].SHA256 + found[1].SHA256
		if other, ok := seen[id]; ok {
			t.Errorf("%+v has the identity of %s", p, other)
		}
		seen[id] = fmt.Sprintf("%+v", p)
	}
}

func TestSamplesLeftOutEverywhere(t *testing.T) {
	x := written(t, "x.csv", "1.5,2\n3,4.5\n5,6\n4,4\n")
	y := written(t, "y.csv", "0\n-1\n1\n1\n")
	s, err := Open(Paths{Features: x, Outputs: x, Labels: y, Reading: Reading{Ignore: []string{"-1"}}})
	if err != nil {
		t.Fatal(err)
	}
	want := mat.NewDense(3, 2, []float64{1.5, 2, 5, 6, 4, 4})
	if !mat.Equal(features.Matrix(s.Features), want) || !mat.Equal(features.Matrix(s.Outputs), want) || s.C() != 2 || s.N() != 3 {
		t.Errorf("%d samples of %d classes: %v", s.N(), s.C(), features.Matrix(s.Features))
	}
}

func TestNamesOfSamplesMustAgree(t *testing.T) {
	table := func(a, b, c string) string {
		return written(t, "x.csv", fmt.Sprintf("sample,a,b\n%s,1.5,2\n%s,3,4.5\n%s,5,6\n", a, b, c))
	}
	labels := written(t, "y.csv", "sample,label\na,0\nb,1\nc,0\n")
	plain := written(t, "y.csv", "0\n1\n0\n")
	open := func(h *Hashes, features, labels string) error {
		s, err := h.Open(Paths{Features: features, Labels: labels, Dataset: "d"})
		if err == nil {
			s.Close()
		}
		return err
	}
	var h Hashes
	if err := open(&h, table("a", "b", "c"), labels); err != nil {
		t.Error(err)
	}
	wants(t, "another order than the labels", open(&h, table("a", "c", "b"), labels), nil, "the same samples in another order")
	wants(t, "other samples than the labels", open(&h, table("a", "b", "d"), labels), nil, "they are other samples")
	if err := open(&h, table("a", "b", "c"), plain); err != nil {
		t.Error(err)
	}
	wants(t, "another order than the first network", open(&h, table("c", "b", "a"), plain), nil, "the same samples in another order")
}

func TestLabelOfTheSameTable(t *testing.T) {
	path := written(t, "all.csv", "a,b,label\n1.5,2,0\n3,4.5,1\n5,6,0\n")
	s, err := Open(Paths{Features: path, Labels: path + ":label"})
	if err != nil || s.D() != 2 || s.C() != 2 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestFeaturesHoldNoLabels(t *testing.T) {
	var table, classes, targets strings.Builder
	table.WriteString("a,species,weight\n")
	for i := range 12 {
		fmt.Fprintf(&table, "%g,%d,%g\n", float64(i*i)/7, 10*(i%3), float64(i)/3)
		fmt.Fprintf(&classes, "%c\n", "xyz"[i%3])
		fmt.Fprintf(&targets, "%g\n", float64(i)/3)
	}
	path := written(t, "x.csv", table.String())
	for labels, column := range map[string]string{classes.String(): "species", targets.String(): "weight"} {
		y := written(t, "y.txt", labels)
		_, err := Open(Paths{Features: path, Labels: y})
		wants(t, column, err, nil, fmt.Sprintf(`column %q is the label of each sample: leave it out by --drop '%s'`, column, column))
		for _, said := range []Paths{{Features: path, Labels: y, Reading: Reading{Drop: []string{column}}}, {Features: path + ":a,species,weight", Labels: y}} {
			s, err := Open(said)
			if err != nil {
				t.Fatal(err)
			}
			s.Close()
		}
	}
}

// A slip of the pen in a pattern leaves a column among the features.
func TestDropOfNoColumn(t *testing.T) {
	x, y := written(t, "x.csv", "age,a,b\n31.5,1.5,2\n27.25,3,4.5\n31,5,6\n"), written(t, "y.csv", "0\n1\n0\n")
	for _, c := range []struct{ drop, told string }{
		{"agee", `x.csv: no column is like "agee", which is to be dropped`},
		{"age", ""}, {"a*", ""},
	} {
		var told []string
		s, err := Open(Paths{Features: x, Labels: y, Reading: Reading{Drop: []string{c.drop}}, Told: func(text string) { told = append(told, text) }})
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
		if said := strings.Join(told, "\n"); strings.Contains(said, "to be dropped") != (c.told != "") || !strings.Contains(said, c.told) {
			t.Errorf("--drop %s: told %q, want %q", c.drop, said, c.told)
		}
	}
}

func TestNatural(t *testing.T) {
	names := []string{"b1", "a10", "a9", "a09", "a", "a9b", "a9a"}
	slices.SortFunc(names, natural)
	if want := []string{"a", "a09", "a9", "a9a", "a9b", "a10", "b1"}; !slices.Equal(names, want) {
		t.Errorf("sorted %v, want %v", names, want)
	}
}

func appendFloat(b []byte, v float64) []byte {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
}

func TestJoined(t *testing.T) {
	write := func(name, text string) string { return written(t, name, text) }
	train, test := write("train.csv", "1,2\n3,4\n"), write("test.csv", "5,6\n7,8\n9,9\n")
	y, z := write("y.csv", "0\n1\n"), write("z.csv", "1\n0\n0\n")
	var told []string
	s, err := Open(Paths{Features: train + "+" + test, Labels: y + "+" + z, Told: func(text string) { told = append(told, text) }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if x := features.Matrix(s.Features); s.N() != 5 || x.At(4, 0) != 9 || !slices.Equal(s.Labels.Index, []int{0, 1, 1, 0, 0}) {
		t.Errorf("%v, %v", x, s.Labels.Index)
	}
	wants(t, "joined", nil, told, "2 files, one after the other: train.csv to test.csv")
	_, err = Open(Paths{Features: train + "+" + test, Labels: z + "+" + y})
	wants(t, "another order", err, nil, "must follow in the same order")
	plus := write("a.csv+b.csv", "1\n")
	for path, want := range map[string][]string{
		plus: {plus}, "a+b.npy": {"a+b.npy"}, "a.npy+b.npz:x+c.csv": {"a.npy", "b.npz:x", "c.csv"}, "a.npy+": {"a.npy+"}, "": {""},
	} {
		if got := Joined(path); !slices.Equal(got, want) {
			t.Errorf("%q is joined of %q, want %q", path, got, want)
		}
	}
}
