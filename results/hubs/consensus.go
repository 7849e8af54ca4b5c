package hubs

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"sfdalab/results"
)

// A Vote is what one source says of the models of a dataset: a metric's scores, a fact, or
// the models' history.
type Vote struct {
	Source string
	Values []float64 // one a model, higher is better; NaN where the source is silent

	// Agreement is the mean weighted τ of the source with accuracies on other datasets.
	// A source counts with its square; one that disagrees, or is not known to agree, not
	// at all.
	Agreement float64
}

// weight is what the source counts with.
func (v Vote) weight() float64 { return max(v.Agreement, 0) * max(v.Agreement, 0) }

// Consensus returns a value for each model, higher is better: the mean of the models'
// standard ranks by each source, weighted by the square of its agreement. A source that is
// silent of a model is taken to say what the others predict: their mean times its
// correlation with it over the models that it knows, at least 0. So a model is not put
// first, or last, for being known to fewer sources. A model of which all are silent has
// NaN, and all have 0 where no source counts.
func Consensus(votes []Vote) []float64 {
	if len(votes) == 0 {
		return nil
	}
	ranks := make([][]float64, len(votes))
	var total float64
	for k, v := range votes {
		ranks[k] = standardRanks(v.Values)
		total += v.weight()
	}
	values := make([]float64, len(votes[0].Values))
	for i := range values {
		var sum, weights float64
		known := false
		for k, v := range votes {
			if z := ranks[k][i]; !math.IsNaN(z) {
				known = true
				sum += v.weight() * z
				weights += v.weight()
			}
		}
		switch {
		case !known:
			values[i] = math.NaN()
		case weights > 0:
			mean := sum / weights
			for k, v := range votes {
				if math.IsNaN(ranks[k][i]) {
					sum += v.weight() * predictable(votes, ranks, k) * mean
				}
			}
			values[i] = sum / total
		}
	}
	return values
}

// Together ranks models by metrics, each with the same weight, and by what is known of the
// models beforehand, nil for nothing: the [Consensus] of the two. The metrics count with
// their agreement. A model that no metric scores has NaN. Values are rounded to nine
// digits, so that rounding errors do not break ties.
func Together(metrics [][]float64, agreement float64, prior *Vote) []float64 {
	votes := make([]Vote, len(metrics))
	for i, values := range metrics {
		votes[i] = Vote{Values: values, Agreement: 1}
	}
	of := rounded(Consensus(votes))
	if prior == nil {
		return of
	}
	values := rounded(Consensus([]Vote{*prior, {Source: "metrics", Values: of, Agreement: agreement}}))
	for i, v := range of {
		if math.IsNaN(v) {
			values[i] = v
		}
	}
	return values
}

// rounded rounds values, in place, to nine digits after the point.
func rounded(values []float64) []float64 {
	for i, v := range values {
		values[i] = math.Round(v*1e9) / 1e9
	}
	return values
}

// predictable is how well the weighted mean of the other sources predicts source k: their
// correlation over the models that all know, at least 0.
func predictable(votes []Vote, ranks [][]float64, k int) float64 {
	var x, y []float64
	for i := range ranks[k] {
		var others float64
		for j, v := range votes {
			if j != k {
				others += v.weight() * ranks[j][i]
			}
		}
		if z := ranks[k][i]; !math.IsNaN(z) && !math.IsNaN(others) {
			x, y = append(x, others), append(y, z)
		}
	}
	if len(x) < 2 || constant(x) || constant(y) {
		return 0
	}
	return max(stat.Correlation(x, y, nil), 0)
}

// constant reports whether all values are equal.
func constant(x []float64) bool { return slices.Max(x) == slices.Min(x) }

// standardRanks returns the ranks of values, brought to mean 0 and standard deviation 1;
// all 0 where they are equal, and NaN for NaN.
func standardRanks(values []float64) []float64 {
	out := make([]float64, len(values))
	var at []int
	var present []float64
	for i, v := range values {
		if math.IsNaN(v) {
			out[i] = math.NaN()
			continue
		}
		at, present = append(at, i), append(present, v)
	}
	ranks := results.Ranks(present)
	mean, sd := stat.PopMeanStdDev(ranks, nil)
	for k, i := range at {
		if sd > 0 {
			out[i] = (ranks[k] - mean) / sd
		}
	}
	return out
}
