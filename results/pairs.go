package results

import "math"

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
