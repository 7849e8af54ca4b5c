package results

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// TestReadings holds what the comment of Readings says to what it computes.
func TestReadings(t *testing.T) {
	want := []struct {
		part string
		ours float64
	}{
		{"models: ", 33}, {"downstream tasks: ", 11},
		{"12 self-supervised", 59.3}, {"11 supervised", 16.1}, {"both groups", 31.3}, {"gains by dataset", 29.8}, {"aircraft", 2.8}, {"voc2007", 9.1},
	}
	got := Readings()
	for _, f := range got[len(want):] {
		if !math.IsNaN(f.Ours) || !strings.Contains(f.Note, "machine") {
			t.Errorf("%+v: a reading that this test does not know", f)
		}
	}
	got = got[:len(want)]
	for i, w := range want {
		if !strings.Contains(got[i].What, w.part) || !near(got[i].Ours, w.ours, 0.05) {
			t.Errorf("%s: %v, want %v", got[i].What, got[i].Ours, w.ours)
		}
	}
}

// TestAgainstPublished recomputes published figures from the raw scores of Model
// Spider, which are of ten of the eleven models and of other features.
func TestAgainstPublished(t *testing.T) {
	scores, err := LoadScores("model-spider")
	if err != nil {
		t.Fatal(err)
	}
	truth, err := LoadTruth("supervised")
	if err != nil {
		t.Fatal(err)
	}
	groups, err := Groups(scores, truth)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]Finding{}
	for _, f := range AgainstPublished(groups, truth) {
		found[f.What] = f
	}
	if len(found) != 55 {
		t.Errorf("%d findings, want 55", len(found))
	}
	// 0.429 and 0.411 by SciPy's weightedtau and by the table.
	if f := found["LogME on pets"]; !near(f.Difference(), 0.4285-0.411, 0.0005) || !strings.HasPrefix(f.Note, "ours is of 10 of the 11 models (0.249 to 0.444 with resnet34)") || strings.Contains(f.Note, "other features") {
		t.Errorf("%+v", f)
	}
	if f := found["NLEEP on aircraft"]; !strings.Contains(f.Note, "other features or software") {
		t.Errorf("one more model cannot turn the order upside down: %+v", f)
	}
	if f := found["LEEP on pets"]; !strings.Contains(f.Note, "no logarithm") {
		t.Errorf("%+v", f)
	}
	if f := found["SFDA on pets"]; !math.IsNaN(f.Ours) || f.Note != "no scores of sfda" {
		t.Errorf("%+v", f)
	}
}

// TestWithOneMore holds the range to all places that a score can have.
func TestWithOneMore(t *testing.T) {
	g := Group{Scores: []float64{3, 1, 2, 2}, Accuracies: []float64{80, 70, 75, 90}}
	lo, hi := withOneMore(g, 85)
	for s := 0.0; s <= 4; s += 0.25 {
		tau := WeightedTau(append(slices.Clone(g.Scores), s), append(slices.Clone(g.Accuracies), 85))
		if tau < lo || tau > hi {
			t.Errorf("%v with a score of %v, beyond %v to %v", tau, s, lo, hi)
		}
	}
}
