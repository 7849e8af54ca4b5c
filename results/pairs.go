package results

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Fidelity returns whether models whose scores lie far apart have accuracies that do: the
// Pearson correlation of |sᵢ − sⱼ| and |aᵢ − aⱼ| over all pairs of models, in [−1, 1]
// (after Singh et al., arXiv 2510.06448). It takes differences without their sign: with
// it, over pairs in either order, the value is Pearson's r of scores and accuracies
// itself. It is NaN where all pairs lie as far apart, as with two models, and takes O(n²).
func Fidelity(score, accuracy []float64) float64 {
	return fidelity(score, accuracy)(slices.Repeat([]uint8{1}, len(score)))
}

// countedFidelity is Fidelity of resamples.
func countedFidelity(score, accuracy []float64) func(octet) [lanes]float64 {
	return oneByOne(fidelity(score, accuracy))
}

// fidelity returns Fidelity of resamples, each said by how often it holds each model. A pair
// of two copies of a model is none.
func fidelity(score, accuracy []float64) func(counts []uint8) float64 {
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
// Kendall's τ restricted to these pairs. It is NaN without such a pair, and takes
// O(n log n).
func PairAccuracy(beyond float64, score, accuracy []float64) float64 {
	return countedPairAccuracy(beyond, score, accuracy)(once(len(score)))[0]
}

// countedPairAccuracy is PairAccuracy of resamples.
func countedPairAccuracy(beyond float64, score, accuracy []float64) func(octet) [lanes]float64 {
	n := len(score)
	if n < 2 || hasNaN(score) || hasNaN(accuracy) {
		return undefined
	}
	byScore := descending(score, accuracy)
	group := groups(score, byScore)
	groupCount := group[byScore[n-1]] + 1
	byAccuracy := descending(accuracy, score)

	// earlier are the models that lie so far above the one in turn, by group of score.
	earlier, size := make(fenwick, groupCount+1), make([]packed, groupCount)
	return func(o octet) (values [lanes]float64) {
		clear(earlier)
		clear(size)
		var all packed
		var right, pairs [lanes]int // right counts halves
		next := 0
		for k, i := range byAccuracy {
			for ; next < k && accuracy[byAccuracy[next]]-accuracy[i] > beyond; next++ {
				j := byAccuracy[next]
				c := pack(o[j])
				earlier.add(group[j], c)
				size[group[j]] = size[group[j]].plus(c)
				all = all.plus(c)
			}
			less := earlier.before(group[i])
			halves := less.plus(less).plus(size[group[i]])
			c := pack(o[i])
			for l := range values {
				pairs[l] += c.of(l) * all.of(l)
				right[l] += c.of(l) * halves.of(l)
			}
		}
		for l := range values {
			values[l] = float64(right[l]) / 2 / float64(pairs[l])
		}
		return values
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
