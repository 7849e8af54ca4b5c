package experiments

import (
	"strings"
	"testing"

	"sfdalab/results"
	"sfdalab/results/record"
	"sfdalab/results/report"
	"sfdalab/tracking"
)

// Runs that are joined keep their subsets of the samples: those of one seed are the same.
func TestJoinKeepsSubsets(t *testing.T) {
	store := newStore(t)
	var all []record.Record
	for _, text := range []string{
		"metrics: [sfda]\nsubsets: {count: 2, fraction: [0.5, 0.25]}\n",
		"metrics: [logme]\nsubsets: {count: 1, fraction: 0.5}\nprotocols: [vit]\n",
		"metrics: [hscore]\nseed: 3\nsubsets: {count: 1, fraction: 0.5}\n",
		"metrics: [ncm]\n",
	} {
		r := run(t, parse(t, onZoo+text), Options{Store: store})
		stored, err := store.Run(r.Run)
		if err != nil {
			t.Fatal(err)
		}
		cells, err := store.Cells(r.Run)
		if err != nil {
			t.Fatal(err)
		}
		s := tracking.Selection{Run: stored, Cells: cells}
		all = append(all, s.Record())
	}
	joined := record.Join(all...)
	in, err := report.Of(joined)
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		fraction float64
		metrics  string
	}{{0.5, "SFDA LogME"}, {0.5, "SFDA"}, {0.25, "SFDA"}, {0.25, "SFDA"}, {0.5, "H-score"}}
	part := in.Parts[0]
	if len(part.Subsets) != len(want) {
		t.Fatalf("%d subsets, want %d", len(part.Subsets), len(want))
	}
	for i, s := range part.Subsets {
		if got := strings.Join(results.Distinct(s.Scores.Frame().Col("metric").Records()), " "); s.Fraction != want[i].fraction || got != want[i].metrics {
			t.Errorf("subset %d: %g of %s, want %+v", i+1, s.Fraction, got, want[i])
		}
	}
	if len(part.Protocols) != 1 || part.Protocols[0].Name != "vit/full" {
		t.Errorf("protocols %+v", part.Protocols)
	}
	tables, _, err := joined.Tables(false)
	if err != nil || !strings.Contains(tables[0].IntervalsAre, "from 2 random subsets of 50 %") {
		t.Errorf("tables %+v: %v", tables, err)
	}
}
