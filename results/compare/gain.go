package compare

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"

	"sfdalab/results"
)

// A Gain is by how much a metric exceeds the baseline that is best in the mean on the same
// models and datasets. As the best is chosen on them, a gain is rather too small.
type Gain struct {
	Over     string           // title of the baseline; "" where none ranks these models
	Mean     float64          // of the differences over datasets; above 0 the metric is better
	Interval results.Interval // of Mean, by the bootstrap over datasets
	N        int              // datasets
	P        float64          // of the signed-rank test; NaN with fewer than LeastDatasets
}

// GainOver returns the gain of a metric, which has a group for each dataset, by a measure.
// Datasets on which the metric has no value do not count, nor does a baseline that cannot
// rank the models of one.
func GainOver(baselines []results.Baseline, groups []results.Group, m results.Measure, r results.Resampling) Gain {
	var values []float64
	var of []results.Group
	for _, g := range groups {
		if v := m.Of(g.Scores, g.Accuracies).Value; !math.IsNaN(v) {
			values, of = append(values, v), append(of, g)
		}
	}
	g := Gain{Mean: math.NaN(), P: math.NaN()}
	best := math.Inf(-1)
	var rival []float64
	for _, b := range baselines {
		theirs, ok := valuesOf(b, of, m)
		if !ok {
			continue
		}
		mean := stat.Mean(theirs, nil)
		if m.Lower {
			mean = -mean
		}
		if mean > best {
			best, rival, g.Over = mean, theirs, b.Title
		}
	}
	if rival == nil {
		return g
	}
	g.N = len(rival)
	differences := make([]float64, g.N)
	for i := range rival {
		differences[i] = values[i] - rival[i]
		if m.Lower {
			differences[i] = -differences[i]
		}
	}
	g.Mean = stat.Mean(differences, nil)
	if r.OrDefault().Resamples > 0 {
		g.Interval, _ = results.BootstrapMean(differences, r)
	}
	if g.N >= LeastDatasets {
		g.P = orOne(Wilcoxon(differences, make([]float64, g.N)).P)
	}
	return g
}

// valuesOf returns what the measure says of a baseline on the models of each group; false
// where it does not know one of them, or ranks nothing.
func valuesOf(b results.Baseline, groups []results.Group, m results.Measure) ([]float64, bool) {
	var values []float64
	for _, g := range groups {
		ranks := make([]float64, len(g.Models))
		for i, model := range g.Models {
			v, ok := b.Of(g.Dataset, model)
			if !ok {
				return nil, false
			}
			ranks[i] = v
		}
		v := m.Of(ranks, g.Accuracies).Value
		if math.IsNaN(v) {
			return nil, false
		}
		values = append(values, v)
	}
	return values, len(values) > 0
}

// HolmGains adjusts the p-values of gains for their number, by Holm's method.
func HolmGains(gains []Gain) {
	var p []float64
	for _, g := range gains {
		if !math.IsNaN(g.P) {
			p = append(p, g.P)
		}
	}
	adjusted, k := Holm(p), 0
	for i := range gains {
		if !math.IsNaN(gains[i].P) {
			gains[i].P = adjusted[k]
			k++
		}
	}
}

// Mark is what stands behind a difference: p and n, and first of all a tilde where no
// difference is shown at level alpha, as benchstat prints them.
func Mark(p float64, n int, alpha float64) string {
	switch {
	case math.IsNaN(p):
		return fmt.Sprintf(" ~ (n=%d)", n)
	case p >= alpha:
		return fmt.Sprintf(" ~ (p=%.3f n=%d)", p, n)
	case p < 0.001:
		return fmt.Sprintf(" (p<0.001 n=%d)", n)
	}
	return fmt.Sprintf(" (p=%.3f n=%d)", p, n)
}
