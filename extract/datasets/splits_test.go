package datasets_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sfdalab/extract/datasets"
)

// TestHoldOut draws a validation split: a fifth of each class, the same for the same seed,
// wherever the folder is, and another for another seed.
func TestHoldOut(t *testing.T) {
	list := make(map[string]string)
	for _, class := range []string{"a", "b"} {
		for i := range 10 {
			list[fmt.Sprintf("train/%s/%d.png", class, i)] = ""
		}
		list["test/"+class+"/0.png"] = ""
	}
	drawn := func(seed uint64, share float64) (paths []string, d *datasets.Dataset) {
		d, err := datasets.Source{Images: tree(t, list)}.OpenSplits(datasets.Splits{Seed: seed, HoldOut: share})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range d.Samples {
			if s.Split == "val" {
				paths = append(paths, s.Path)
			}
		}
		return paths, d
	}
	first, d := drawn(0, 0)
	again, _ := drawn(0, 0)
	other, _ := drawn(1, 0)
	if len(first) != 4 || !cmp.Equal(first, again) || cmp.Equal(first, other) {
		t.Errorf("drawn are %v, then %v, and with another seed %v", first, again, other)
	}
	if len(d.Samples) != 22 || len(d.Notes) == 0 || !strings.Contains(d.Notes[len(d.Notes)-1], "4 images of train, 20 % of each class drawn with seed 0") {
		t.Errorf("%d samples, notes %q", len(d.Samples), d.Notes)
	}
	if half, _ := drawn(0, 0.5); len(half) != 10 || !strings.HasPrefix(strings.Join(half, " "), "train/a/") {
		t.Errorf("drawn are %v", half)
	}
}

func TestOpenSplits(t *testing.T) {
	root := tree(t, map[string]string{
		"list.csv": "path,class,split\n1.png,x,train\n2.png,y,train\n3.png,x,dev\n4.png,y,test\n", "1.png": "", "2.png": "", "3.png": "", "4.png": "",
		"one/train/a/1.png": "", "one/test/a/1.png": "", "two/train/a/1.png": "", "two/test/b/1.png": "", "flat/a/1.png": "",
	})
	list := filepath.Join(root, "list.csv")
	d, err := datasets.Source{Images: list}.OpenSplits(datasets.Splits{Validation: "dev"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range d.Samples {
		got = append(got, s.Path+" "+s.Split)
	}
	if diff := cmp.Diff([]string{"1.png train", "2.png train", "3.png dev", "4.png test"}, got); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct {
		images string
		splits datasets.Splits
		want   string
	}{
		{list, datasets.Splits{Validation: "val"}, `no images of split "val"`},
		{list, datasets.Splits{Test: "final"}, `no images of split "final"`},
		{list, datasets.Splits{}, "class x has one image in split train"},
		{list, datasets.Splits{Validation: "test"}, "want three different ones"},
		{filepath.Join(root, "one"), datasets.Splits{}, "class a has one image"},
		{filepath.Join(root, "two"), datasets.Splits{}, "the splits train and test have different classes"},
		{filepath.Join(root, "flat"), datasets.Splits{}, "has no folders named [train val test]"},
	} {
		if _, err := (datasets.Source{Images: c.images}).OpenSplits(c.splits); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", filepath.Base(c.images), err, c.want)
		}
	}
}
