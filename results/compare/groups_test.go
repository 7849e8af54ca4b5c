package compare

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sfdalab/internal/par"
	"sfdalab/results"
)

func TestConsensus(t *testing.T) {
	// Three metrics on three models: two say a > b > c, one says b > c > a.
	values := [][]float64{{3, 2, 1}, {30, 20, 10}, {1, 3, 2}}
	approx := cmpopts.EquateApprox(0, 1e-12)
	if diff := cmp.Diff([]float64{4. / 3, 4. / 3, 1. / 3}, Borda(values, nil), approx); diff != "" {
		t.Errorf("Borda (−want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]float64{0, 2, 1}, Borda(values, []float64{0, 0, 1}), approx); diff != "" {
		t.Errorf("weighted Borda (−want +got):\n%s", diff)
	}
	want := []float64{(2./61 + 1./63) / 3, (2./62 + 1./61) / 3, (2./63 + 1./62) / 3}
	if diff := cmp.Diff(want, ReciprocalRank(values), approx); diff != "" {
		t.Errorf("reciprocal rank (−want +got):\n%s", diff)
	}
	got, err := Kemeny(values)
	if diff := cmp.Diff([]float64{2, 1, 0}, got); diff != "" || err != nil {
		t.Errorf("Kemeny (−want +got): %v\n%s", err, diff)
	}
	if _, err := Kemeny([][]float64{make([]float64, 13)}); err == nil {
		t.Error("Kemeny of 13 models is tried")
	}
	g := readGolden(t)
	for i, c := range g.Consensus {
		if diff := cmp.Diff(c.Borda, Borda(c.Values, nil), approx); diff != "" {
			t.Errorf("Borda, case %d (−%s +got):\n%s", i, g.Origin, diff)
		}
		if diff := cmp.Diff(c.RRF, ReciprocalRank(c.Values), approx); diff != "" {
			t.Errorf("reciprocal rank, case %d (−%s +got):\n%s", i, g.Origin, diff)
		}
	}
}

// TestKemenyDisagreesLeast holds the dynamic programme to all orders of five models.
func TestKemenyDisagreesLeast(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for range 20 {
		values := make([][]float64, 4)
		for j := range values {
			for range 5 {
				values[j] = append(values[j], float64(rng.IntN(6)))
			}
		}
		disagreement := func(order []float64) (n int) {
			for _, row := range values {
				for a := range row {
					for b := range row {
						if order[a] > order[b] && row[a] < row[b] {
							n++
						}
					}
				}
			}
			return n
		}
		got, err := Kemeny(values)
		if err != nil {
			t.Fatal(err)
		}
		least := math.MaxInt
		var try func(order []float64, used int)
		try = func(order []float64, used int) {
			if len(order) == 5 {
				least = min(least, disagreement(order))
			}
			for p := range 5 {
				if used&(1<<p) == 0 {
					try(append(order, float64(p)), used|1<<p)
				}
			}
		}
		try(make([]float64, 0, 5), 0)
		if d := disagreement(got); d != least {
			t.Errorf("%v: %v disagrees %d times, the best order %d", values, got, d, least)
		}
	}
}

// zoo returns groups in which "good" orders nine models as they are, "noise" does not.
func zoo() []results.Group {
	rng := rand.New(rand.NewPCG(4, 4))
	var groups []results.Group
	for _, d := range []string{"d", "e", "f"} {
		good := results.Group{Dataset: d, Metric: "good"}
		noise := results.Group{Dataset: d, Metric: "noise"}
		for i := range 9 {
			model := string(rune('a' + i))
			a := float64(i) + rng.NormFloat64()/10
			for _, g := range []*results.Group{&good, &noise} {
				g.Models, g.Accuracies = append(g.Models, model), append(g.Accuracies, a)
			}
			good.Scores, noise.Scores = append(good.Scores, float64(i)), append(noise.Scores, rng.NormFloat64())
		}
		groups = append(groups, good, noise)
	}
	return groups
}

func TestCombineChoosesOutOfSample(t *testing.T) {
	rows, err := Combine(zoo(), results.Measures()[0])
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 3*5 {
		t.Fatalf("%d rows, want 15", len(rows))
	}
	for _, r := range rows {
		if r.Metric == "best-elsewhere" && r.Value < 0.99 {
			t.Errorf("on %s another than the good metric is chosen: %+v", r.Dataset, r)
		}
	}
	if _, err := Combine(zoo()[:2], results.Measures()[0]); err == nil {
		t.Error("one dataset is combined")
	}
}

// A metric without a value is not the best one elsewhere, though others are below zero; where
// it has values on a part of the datasets, their mean counts.
func TestCombineChoosesByMeans(t *testing.T) {
	group := func(dataset, metric string, scores ...float64) results.Group {
		return results.Group{Dataset: dataset, Metric: metric, Models: []string{"a", "b", "c", "d"}, Accuracies: []float64{1, 2, 3, 4}, Scores: scores}
	}
	var groups []results.Group
	for _, d := range []string{"d", "e", "f"} {
		groups = append(groups, group(d, "flat", 1, 1, 1, 1), group(d, "bad", 4, 3, 2, 1))
	}
	rows, err := Combine(groups, results.Measures()[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.Metric == BestElsewhere && r.Value != -1 {
			t.Errorf("on %s the best elsewhere has %v, want the value of bad, −1", r.Dataset, r.Value)
		}
	}
	nan := math.NaN()
	if chosen, weights := elsewhere([][]float64{{0.6, 0.4, nan}, {nan, 0.4, nan}, {nan, 0.4, nan}}); chosen != 0 || !cmp.Equal(weights, []float64{0.6, 0.4, 0}, cmpopts.EquateApprox(0, 1e-12)) {
		t.Errorf("metric %d with the weights %v, want the first, of the mean 0.6", chosen, weights)
	}
}

func TestStability(t *testing.T) {
	defer par.SetLimit(par.Limit())
	var rates []WinRate
	for _, workers := range []int{1, 2} {
		par.SetLimit(workers)
		w, err := Stability(zoo(), Variation{Times: 200, Seed: 1, Measures: results.Measures()})
		if err != nil {
			t.Fatal(err)
		}
		rates = append(rates, w)
	}
	if !cmp.Equal(rates[0], rates[1]) {
		t.Errorf("win rates depend on the number of workers: %v, %v", rates[0], rates[1])
	}
	w := rates[0]
	if w.Rate[0][1] < 0.8 || w.Rate[0][0] != 0.5 || !near(w.Rate[0][1]+w.Rate[1][0], 1, 1e-12) || w.Times == 0 {
		t.Errorf("%+v", w)
	}
	if got := w.Table(); got.Rows[0].Cells[1].Value != w.Rate[0][1] {
		t.Errorf("table %+v", got)
	}
	opposite := zoo() // on subsets of the samples, as it were
	for i := range opposite {
		opposite[i].Scores = slices.Clone(opposite[i].Scores)
		for j := range opposite[i].Scores {
			opposite[i].Scores[j] *= -1
		}
	}
	varied, err := Stability(zoo(), Variation{Times: 400, Seed: 1, Subsets: [][]results.Group{opposite, opposite[:1]}})
	if err != nil || varied.Subsets != 1 || varied.Rate[0][1] < 0.4 || varied.Rate[0][1] > 0.6 {
		t.Errorf("half of the time upside down: %+v, %v", varied, err)
	}
	if _, err := Stability(zoo()[:1], Variation{}); err == nil {
		t.Error("one metric is stable")
	}
}

func TestPareto(t *testing.T) {
	got := Pareto([]Cost{{"slow and good", 9, 0.9, false}, {"quick", 1, 0.5, false}, {"slow and bad", 9, 0.4, false}, {"none", 1, math.NaN(), false}})
	want := []Cost{{"quick", 1, 0.5, true}, {"slow and good", 9, 0.9, true}, {"slow and bad", 9, 0.4, false}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("−want +got:\n%s", diff)
	}
	for _, c := range Pareto([]Cost{{"one", 1, 0.5, false}, {"two", 1, 0.5, false}}) {
		if !c.Front {
			t.Errorf("%s is not on the front, and its twin is", c.Metric)
		}
	}
	if s, err := BreakEven(3, 10, 4); s != 5 || err != nil { // 10·3 + 4·5 = 10·5
		t.Errorf("break-even %v, %v", s, err)
	}
	if _, err := BreakEven(3, 10, 10); err == nil {
		t.Error("fine-tuning all saves something")
	}
}
