package hubs

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sfdalab/results"
)

// Agreements are the same to the last bit each time, though groups come in a map.
func TestAgreementsHaveOneOrder(t *testing.T) {
	groups := map[string][]results.Group{}
	for _, s := range results.PublishedScores() {
		for _, truth := range s.Truths {
			_, of, err := read(truth, s.Name)
			if err != nil {
				t.Fatal(err)
			}
			groups[ModelSet(truth)] = append(groups[ModelSet(truth)], of...)
		}
	}
	first := AgreementsOf(groups)
	for range 30 {
		if diff := cmp.Diff(first, AgreementsOf(groups)); diff != "" {
			t.Fatalf("−first +again:\n%s", diff)
		}
	}
}

// Of two names of one metric, the first in the alphabet is the metric that a user would have
// chosen.
func TestSingleOfTwoNames(t *testing.T) {
	d := task{
		metrics: map[string][]float64{"pactran": {1, 2, 3}, "pactran-dirichlet": {3, 2, 1}},
		group:   results.Group{Accuracies: []float64{50, 60, 70}},
	}
	for range 30 {
		if regret := d.single("metrics", []Agreement{{Metric: "pactran-dirichlet"}}); regret != 0 {
			t.Fatalf("regret %v, want that of pactran, 0", regret)
		}
	}
}
