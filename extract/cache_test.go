package extract_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sfdalab/extract"
	"sfdalab/extract/datasets"
	"sfdalab/extract/onnx/onnxtest"
	"sfdalab/extract/transform"
)

func TestCachedFindsFeaturesByWhatTheyAreMadeOf(t *testing.T) {
	networks := t.TempDir()
	onnxtest.Classifier(1).Write(t, networks, "a.onnx")
	onnxtest.Classifier(2).Write(t, networks, "b.onnx")
	images := onnxtest.Photos(t, 3, "cat", "dog")
	o := options(t, networks)
	cached := func() (found []extract.Extracted, reused int) {
		t.Helper()
		d, err := datasets.Folder(images)
		if err != nil {
			t.Fatal(err)
		}
		d.Name = "photos"
		o.Say = func(text string) {
			if strings.HasSuffix(text, "there already") {
				reused++
			}
		}
		found, err = extract.Cached(t.Context(), d, o)
		if err != nil || len(found) != 2 || found[0].Err != nil || found[1].Err != nil {
			t.Fatalf("%v, %v", found, err)
		}
		return found, reused
	}
	first, reused := cached()
	if reused != 0 || first[0].Paths.Model != "a" || first[0].Paths.Outputs == "" {
		t.Errorf("%d were there; %+v", reused, first[0].Paths)
	}
	if again, reused := cached(); reused != 2 || !cmp.Equal(first, again) {
		t.Errorf("the second time %d of 2 were found: %s", reused, cmp.Diff(first, again))
	}

	plain := o.Transform
	o.Transform = func(network string) (transform.Transform, error) {
		t, err := plain(network)
		t.Mean = [3]float64{}
		return t, err
	}
	other, reused := cached()
	if reused != 0 || slices.Equal(read(t, first[0].Paths.Features), read(t, other[0].Paths.Features)) {
		t.Errorf("another transform: %d were found", reused)
	}
	o.Transform = plain
	if again, reused := cached(); reused != 2 || !cmp.Equal(first, again) {
		t.Errorf("the first transform again: %d of 2 were found", reused)
	}

	// The same images in the same order, one of another class.
	if err := os.Rename(filepath.Join(images, "dog", "000.png"), filepath.Join(images, "cat", "003.png")); err != nil {
		t.Fatal(err)
	}
	if moved, reused := cached(); reused != 0 || slices.Equal(read(t, first[0].Paths.Labels), read(t, moved[0].Paths.Labels)) {
		t.Error("other classes have the same labels")
	}
}
