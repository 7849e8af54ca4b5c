package compare

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"

	"sfdalab/results"
)

// Variation says how the set-up is varied. The zero value is the default.
type Variation struct {
	Times    int               // 0 means 1,000
	Models   float64           // share of models kept each time, in (0, 1]; 0 means 0.7
	Datasets float64           // share of datasets kept each time, in (0, 1]; 0 means 0.7
	Measures []results.Measure // one is drawn each time; nil means weighted τ

	// Subsets are the scores of subsets of the samples. One of them, or the scores of
	// all samples, is drawn each time. Those that lack a metric are left out.
	Subsets [][]results.Group

	Seed     uint64
	Progress results.Progress
}

// A WinRate says how stable a verdict is: in which share of the variations the mean
// value of one metric is above that of another, ties counting half.
type WinRate struct {
	Metrics []string
	Rate    [][]float64 // k×k, of row over column; ½ on the diagonal
	Times   int         // variations in which the measure had a value
	Subsets int         // of the samples, among the variations

	Models, Datasets int // that have every metric, which alone count
}

// Stability varies the set-up and counts who wins: after Agostinelli et al., "How
// stable are transferability metrics evaluations?" (ECCV 2022), who found that small
// changes of it change the winner. Every variation keeps a random share of models and
// of datasets, and draws one of the measures and one of the sample sizes. It needs two
// metrics, and three models on a dataset; only models and datasets that have every metric
// count.
func Stability(groups []results.Group, v Variation) (WinRate, error) {
	sets, metrics := complete(groups)
	if len(metrics) < 2 || len(sets) == 0 {
		return WinRate{}, errors.New("no win rates: they need two metrics with scores for the same models")
	}
	if v.Measures == nil {
		v.Measures = results.Measures()[:1]
	}
	if v.Times == 0 {
		v.Times = 1000
	}
	pool := [][]dataset{sets}
	for _, groups := range v.Subsets {
		if part, all := complete(groups); slices.Equal(all, metrics) && len(part) > 0 {
			pool = append(pool, part)
		}
	}
	var models []string
	for _, s := range sets {
		models = append(models, s.models...)
	}
	models = results.Distinct(models)
	slices.Sort(models)

	sums := make([][]float64, v.Times)
	v.Progress.For("variations", v.Times, func(t int) { sums[t] = v.draw(t, pool, models) })
	w, err := winRate(metrics, sums)
	w.Subsets, w.Models, w.Datasets = len(pool)-1, len(models), len(sets)
	return w, err
}

// draw returns the sum over the datasets of the t-th variation of each metric's values; nil
// where the measure has no value. The pool has the datasets by all samples, and then by
// subsets.
func (v Variation) draw(t int, pool [][]dataset, models []string) (sums []float64) {
	rng := rand.New(rand.NewPCG(v.Seed, uint64(t)))
	measure := v.Measures[rng.IntN(len(v.Measures))]
	sets := pool[0]
	if len(pool) > 1 {
		sets = pool[rng.IntN(len(pool))]
	}
	kept := map[string]bool{}
	for _, i := range share(rng, len(models), v.Models, 3) {
		kept[models[i]] = true
	}
	for _, d := range share(rng, len(sets), v.Datasets, 1) {
		sums = addValues(sums, sets[d], kept, measure)
	}
	return sums
}

// winRate counts in how many variations, of those with sums, one metric is above another.
func winRate(metrics []string, sums [][]float64) (WinRate, error) {
	w := WinRate{Metrics: metrics, Rate: make([][]float64, len(metrics))}
	for a := range w.Rate {
		w.Rate[a] = make([]float64, len(metrics))
	}
	for _, sum := range sums {
		if sum == nil {
			continue
		}
		w.Times++
		for a := range sum {
			for b := range sum {
				w.Rate[a][b] += side(sum[a]-sum[b], 0)/2 + 0.5
			}
		}
	}
	if w.Times == 0 {
		return w, errors.New("no win rates: the measure has no value on any subset")
	}
	for a := range w.Rate {
		for b := range w.Rate[a] {
			w.Rate[a][b] /= float64(w.Times)
		}
	}
	return w, nil
}

// share draws a share of n indices without replacement, at least least of them where
// there are as many; a share of 0 means 0.7.
func share(rng *rand.Rand, n int, share float64, least int) []int {
	if share == 0 {
		share = 0.7
	}
	size := max(int(math.Round(share*float64(n))), least)
	return rng.Perm(n)[:min(size, n)]
}

// addValues adds the values of all metrics on the kept models of a dataset to sums,
// unless one of them is NaN.
func addValues(sums []float64, s dataset, kept map[string]bool, m results.Measure) []float64 {
	values := make([]float64, len(s.scores))
	for j, all := range s.scores {
		var scores, accuracies []float64
		for i, model := range s.models {
			if kept[model] {
				scores, accuracies = append(scores, all[i]), append(accuracies, s.accuracies[i])
			}
		}
		values[j] = m.Of(scores, accuracies).Value
		if math.IsNaN(values[j]) {
			return sums
		}
		if m.Lower {
			values[j] = -values[j]
		}
	}
	if sums == nil {
		return values
	}
	for j, v := range values {
		sums[j] += v
	}
	return sums
}

// Table returns the win rates as a table, for a heat map.
func (w WinRate) Table() results.Table {
	t := results.Table{Caption: "Share of variations in which the row beats the column.", Corner: "metric", Columns: w.Metrics, Digits: 2}
	for a, metric := range w.Metrics {
		row := results.TableRow{Label: metric}
		for b := range w.Metrics {
			row.Cells = append(row.Cells, results.Cell{Value: w.Rate[a][b], Unranked: true})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
