package results

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// Fidelity returns whether models whose scores lie far apart have accuracies that do: the
// Pearson correlation of |sᵢ − sⱼ| and |aᵢ − aⱼ| over all pairs of models, in [−1, 1]
// (after Singh et al., arXiv 2510.06448). It takes differences without their sign: with
// it, over pairs in either order, the value is Pearson's r of scores and accuracies
// itself. It is NaN where all pairs lie as far apart, as with two models, and takes O(n²).
func Fidelity(score, accuracy []float64) float64 {
	return countedFidelity(score, accuracy)(once(len(score)))
}

// countedFidelity is Fidelity of resamples. A pair of two copies of a model is none.
func countedFidelity(score, accuracy []float64) func(counts []uint8) float64 {
	if hasNaN(score) || hasNaN(accuracy) {
		return func([]uint8) float64 { return math.NaN() }
	}
	score, accuracy = scaled(score), scaled(accuracy)
	var x, y []float64
	for i := range score {
		for j := range i {
			x, y = append(x, math.Abs(score[i]-score[j])), append(y, math.Abs(accuracy[i]-accuracy[j]))
		}
	}
	weights := make([]float64, len(x))
	return func(counts []uint8) float64 {
		pair, lo, hi := 0, [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
		for i := range counts {
			for j := range i {
				weights[pair] = float64(counts[i]) * float64(counts[j])
				if weights[pair] > 0 {
					lo[0], hi[0] = min(lo[0], x[pair]), max(hi[0], x[pair])
					lo[1], hi[1] = min(lo[1], y[pair]), max(hi[1], y[pair])
				}
				pair++
			}
		}
		if !(lo[0] < hi[0] && lo[1] < hi[1]) {
			return math.NaN()
		}
		return max(-1, min(stat.Correlation(x, y, weights), 1))
	}
}

// PairAccuracy returns the share of pairs of models that the scores order rightly, of
// those whose accuracies lie more than so many points apart, which noise of fine-tuning
// would hardly order the other way; equal scores count half. Twice the share less 1 is
// Kendall's τ restricted to these pairs. It is NaN without such a pair, and takes O(n²).
func PairAccuracy(beyond float64, score, accuracy []float64) float64 {
	return countedPairAccuracy(beyond, score, accuracy)(once(len(score)))
}

// countedPairAccuracy is PairAccuracy of resamples.
func countedPairAccuracy(beyond float64, score, accuracy []float64) func(counts []uint8) float64 {
	if hasNaN(score) || hasNaN(accuracy) {
		return func([]uint8) float64 { return math.NaN() }
	}
	return func(counts []uint8) float64 {
		var right, all float64
		for i := range counts {
			for j := range i {
				d := accuracy[i] - accuracy[j]
				if w := float64(counts[i]) * float64(counts[j]); w > 0 && math.Abs(d) > beyond {
					all += w
					right += w * (1 + sign(d)*sign(score[i]-score[j])) / 2
				}
			}
		}
		return right / all
	}
}

// Unordered returns the share of pairs of models that accuracies with normal noise of the
// given standard deviation, in points, do not order at the level of 0.05: their difference
// is below 1.96·√2·sd. NaN for fewer than two models.
func Unordered(accuracy []float64, sd float64) float64 {
	var below, all float64
	for i := range accuracy {
		for j := range i {
			all++
			if math.Abs(accuracy[i]-accuracy[j]) < Resolution(sd) {
				below++
			}
		}
	}
	return below / all
}

// Resolution returns how far two accuracies with normal noise of the given standard
// deviation must lie apart to differ at the level of 0.05: 1.96·√2·sd.
func Resolution(sd float64) float64 { return 1.959963984540054 * math.Sqrt2 * sd }
