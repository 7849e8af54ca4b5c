package results

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Pearson returns the linear correlation of x and y, in [−1, 1]. It is NaN when x
// or y is constant.
func Pearson(x, y []float64) float64 { return correlation(x, y, nil) }

// Spearman returns Spearman's ρ of x and y, in [−1, 1]: the Pearson correlation of
// their ranks, tied elements having the mean of their ranks. It is NaN when x or y
// is constant, and takes O(n log n).
func Spearman(x, y []float64) float64 { return correlation(Ranks(x), Ranks(y), nil) }

// WeightedPearson returns the field's weighted Pearson correlation of scores and
// accuracies, in [−1, 1]: among n models, the one with the r-th highest score weighs
// n + 1 − r. It comes with SFDA's released code (Shao et al., ECCV 2022; utils.py,
// wpearson) and was handed on to that of PED, NCTI, ETran and EMMS. There a model's
// weight falls with its place in the file of scores, which the scripts write in
// falling order of score; here it is the score itself that says the order, and
// models with equal scores share the mean of their weights. The released code
// rounds to four digits, we do not.
//
// It is not symmetric: accuracies come second. It is NaN when either is constant,
// and takes O(n log n).
func WeightedPearson(score, accuracy []float64) float64 {
	return correlation(score, accuracy, Ranks(score)) // of n models, the r-th highest is the (n+1−r)-th lowest
}

// correlation returns Pearson's r with weights, nil meaning that all are equal; NaN where x or
// y is constant, or not a number.
func correlation(x, y, weights []float64) float64 {
	if hasNaN(x) || hasNaN(y) {
		return math.NaN()
	}
	return correlationOf(slices.Clone(x), slices.Clone(y), weights)
}

// correlationOf is correlation of numbers, which it scales in place.
func correlationOf(x, y, weights []float64) float64 {
	if len(x) < 2 || constant(x) || constant(y) {
		return math.NaN()
	}
	scale(x)
	scale(y)
	return max(-1, min(stat.Correlation(x, y, weights), 1))
}

// scale divides x by the power of two that takes its largest value to below 1. No
// correlation changes by a bit, and the squares of values near 1e-200 or 1e200 are numbers
// too.
func scale(x []float64) {
	var largest float64
	for _, v := range x {
		largest = max(largest, math.Abs(v))
	}
	_, exponent := math.Frexp(largest)
	half := exponent / 2 // as one factor may be no number
	by, then := math.Ldexp(1, -half), math.Ldexp(1, half-exponent)
	for i, v := range x {
		x[i] = v * by * then
	}
}

// countedPearson is Pearson of resamples.
func countedPearson(x, y []float64) func(octet) [lanes]float64 {
	return countedCorrelation(x, y, as, as, nil)
}

// countedSpearman is Spearman of resamples.
func countedSpearman(x, y []float64) func(octet) [lanes]float64 {
	return countedCorrelation(x, y, asRanks, asRanks, nil)
}

// countedWeightedPearson is WeightedPearson of resamples.
func countedWeightedPearson(score, accuracy []float64) func(octet) [lanes]float64 {
	return countedCorrelation(score, accuracy, as, as, asRanks)
}

// countedCorrelation is correlation of what is made of x and y, with the weights made of x, in
// resamples: the models of each in their order, so that no bit differs.
func countedCorrelation(x, y []float64, ofX, ofY, weights func([]float64) inResample) func(octet) [lanes]float64 {
	if hasNaN(x) || hasNaN(y) {
		return undefined
	}
	made := []inResample{ofX(x), ofY(y)}
	if weights != nil {
		made = append(made, weights(x))
	}
	var models []int
	drawn := make([][]float64, 3)
	return oneByOne(func(counts []uint8) float64 {
		models = models[:0]
		for i, c := range counts {
			for range c {
				models = append(models, i)
			}
		}
		for k, of := range made {
			values := of(counts)
			drawn[k] = drawn[k][:0]
			for _, i := range models {
				drawn[k] = append(drawn[k], values[i])
			}
		}
		return correlationOf(drawn[0], drawn[1], drawn[2])
	})
}

// inResample returns a value of each model in a resample; those that it does not hold may have
// any.
type inResample func(counts []uint8) []float64

// as are values that do not depend on the resample.
func as(x []float64) inResample {
	return func([]uint8) []float64 { return x }
}

// asRanks are Ranks of resamples of x, with nothing to sort.
func asRanks(x []float64) inResample {
	order := descending(x, x)
	slices.Reverse(order)
	group := groups(x, order)
	size, rank := make([]int, len(x)), make([]float64, len(x)) // of a group
	ranks := make([]float64, len(x))
	return func(counts []uint8) []float64 {
		clear(size)
		for i, c := range counts {
			size[group[i]] += int(c)
		}
		below := 0
		for g, of := range size {
			rank[g] = float64(2*below+1+of) / 2
			below += of
		}
		for i, g := range group {
			ranks[i] = rank[g]
		}
		return ranks
	}
}

// Ranks returns the ranks of x from 1 for the lowest; tied elements have the mean
// of their ranks.
func Ranks(x []float64) []float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(x[i], x[j]) })
	ranks := make([]float64, len(x))
	for from := 0; from < len(x); {
		to := from
		for to < len(x) && x[order[to]] == x[order[from]] {
			to++
		}
		for _, i := range order[from:max(to, from+1)] {
			ranks[i] = float64(from+1+max(to, from+1)) / 2
		}
		from = max(to, from+1)
	}
	return ranks
}

// hasNaN reports whether a value is NaN.
func hasNaN(x []float64) bool { return slices.ContainsFunc(x, math.IsNaN) }

// constant reports whether all values are equal.
func constant(x []float64) bool {
	return !slices.ContainsFunc(x, func(v float64) bool { return v != x[0] })
}
