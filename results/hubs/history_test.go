package hubs

import (
	"math"
	"slices"
	"testing"

	"sfdalab/results"
)

// TestHistory compares History with the history of the rule that won over hubs.
func TestHistory(t *testing.T) {
	for _, name := range []string{"supervised/tll", "back-to-basics/full"} {
		scores := map[string]string{"supervised/tll": "supervised/model-spider", "back-to-basics/full": "back-to-basics/released"}[name]
		truth := load(t, name)
		undoubted := *truth
		undoubted.Doubts = nil
		for _, d := range tasks(truth, groups(t, truth, scores)) {
			v, datasets := History([]*results.Truth{&undoubted}, d.group.Models, d.group.Dataset)
			if slices.Contains(datasets, d.group.Dataset) {
				t.Errorf("%s, %s is its own history", name, d.group.Dataset)
			}
			for i := range v.Values {
				if math.Abs(v.Values[i]-d.history[i]) > 1e-12 {
					t.Errorf("%s, %s: %v, want %v", name, d.group.Dataset, v.Values, d.history)
					break
				}
			}
			if math.Abs(v.Agreement-d.agrees) > 1e-12 {
				t.Errorf("%s, %s: agreement %v, want %v", name, d.group.Dataset, v.Agreement, d.agrees)
			}
		}
	}
}

func TestPrior(t *testing.T) {
	facts, err := results.LoadFacts("")
	if err != nil {
		t.Fatal(err)
	}
	hub := load(t, "supervised/full")
	for _, c := range []struct {
		name    string
		history []*results.Truth
		models  []string
		want    string
	}{
		{"models of a hub", []*results.Truth{hub}, hub.Models("pets"), "history"},
		{"facts alone", nil, []string{"resnet50", "densenet121", "mine"}, "ImageNet top-1"},
		{"too few for a history", []*results.Truth{hub}, []string{"resnet50", "resnet101"}, "ImageNet top-1"},
		{"nothing", []*results.Truth{hub}, []string{"a", "b"}, ""},
	} {
		v, _, ok := Prior(c.history, facts, c.models, "pets")
		if v.Source != c.want || ok != (c.want != "") || ok && !(v.Agreement > 0.3 && v.Agreement < 1) {
			t.Errorf("%s: %+v", c.name, v)
		}
	}
}
