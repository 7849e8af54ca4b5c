package results

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
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
	if len(x) < 2 || hasNaN(x) || hasNaN(y) || constant(x) || constant(y) {
		return math.NaN()
	}
	return max(-1, min(stat.Correlation(scaled(x), scaled(y), weights), 1))
}

// scaled returns x divided by the power of two that takes its largest value to below 1.
// No correlation changes by a bit, and the squares of values near 1e-200 or 1e200 are
// numbers too.
func scaled(x []float64) []float64 {
	_, exponent := math.Frexp(floats.Norm(x, math.Inf(1)))
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = math.Ldexp(v, -exponent)
	}
	return y
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
