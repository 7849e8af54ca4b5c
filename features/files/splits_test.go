package files

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sfdalab/features"
	"sfdalab/internal/process"
)

func TestDiffering(t *testing.T) {
	for paths, want := range map[string]string{
		"a_train.npy b_test.npy":          "a_train b_test",
		"r50_train.npy r50_test.npy":      "train test",
		"train.npy test.npy":              "train test",
		"d/train/y.npy d/test/y.npy":      "train test",
		"y_2007_val.npy y_2012_val.npy":   "2007 2012",
		"x.csv:a x_more.csv:a":            "x x_more",
		"y_train.csv.gz y_val.csv:label":  "train val",
		"p/y-train.npz:y p/y-valid.npz:y": "train valid",
	} {
		if got := strings.Join(differing(strings.Fields(paths)), " "); got != want {
			t.Errorf("%s: %q, want %q", paths, got, want)
		}
	}
}

func TestSplitsOfSamples(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	for name, text := range map[string]string{
		"x_train.csv":   "f0,f1\n1,2\n3,4\n5,7\n",
		"x_test.csv":    "f0,f1\n5,6\n7,9\n",
		"y_train.csv":   "label\na\nb\n-1\n",
		"y_test.csv":    "label\nb\na\n",
		"samples.csv":   "path,split\n1.jpg,train\n2.jpg,val\n3.jpg,train\n4.jpg,val\n5.jpg,val\n",
		"with.csv":      "label,split,f0\na,train,1\nb,val,2\nb,val,4\na,val,8\n",
		"unnamed_y.csv": "label\na\nb\nb\na\na\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	both := "x_train.csv+x_test.csv"
	for name, c := range map[string]struct {
		paths Paths
		want  string
	}{
		"joined":             {Paths{Features: both, Labels: "y_train.csv+y_test.csv", Reading: Reading{Ignore: []string{"-1"}}}, "train train test test"},
		"table of samples":   {Paths{Features: both, Labels: "unnamed_y.csv", Samples: "samples.csv"}, "train val train val val"},
		"column by labels":   {Paths{Features: "with.csv:f0", Labels: "with.csv:label"}, "train val val val"},
		"nothing tells them": {Paths{Features: both, Labels: "unnamed_y.csv"}, ""},
	} {
		var h Hashes
		set, err := h.Open(c.paths)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := strings.Join(set.Splits, " "); got != c.want {
			t.Errorf("%s: splits %q, want %q", name, got, c.want)
		}
		if _, err := h.Identify(c.paths); err != nil {
			t.Fatal(err)
		}
		if got, want := h.Splits(c.paths), countSplits(set.Splits); !slices.Equal(got, want) {
			t.Errorf("%s: counted %v, want %v", name, got, want)
		}
		if half, err := set.Subset([]int{set.N() - 1, 0, 1}); err != nil || set.Splits != nil && half.Splits[0] != set.Splits[set.N()-1] {
			t.Errorf("%s: a subset has splits %v, %v", name, half, err)
		}
		set.Close()
	}
}

func TestSources(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"a.csv": "f,label\n1,x\n2,y\n", "b.csv": "f,label\n3,x\n4,y\n"} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var h Hashes
	files, err := h.Identify(Paths{Features: "a.csv:f+b.csv:f", Labels: "a.csv:label+b.csv:label"})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		sums, err := h.Sources(f)
		a, _ := process.HashFile("a.csv")
		if err != nil || len(sums) != 2 || sums["a.csv"] != a {
			t.Errorf("%s is made of %v, %v", f.Path, sums, err)
		}
	}
	_, plain, err := ReadLabels("a.csv:label", Reading{})
	if err != nil {
		t.Fatal(err)
	}
	if sums, err := h.Sources(plain); err != nil || len(sums) != 1 {
		t.Errorf("%s is made of %v, %v", plain.Path, sums, err)
	}
	whole := features.File{Path: "a.csv"}
	if whole.SHA256, err = process.HashFile("a.csv"); err != nil {
		t.Fatal(err)
	}
	if sums, err := h.Sources(whole); err != nil || sums != nil {
		t.Errorf("a whole file is made of %v, %v", sums, err)
	}
}
