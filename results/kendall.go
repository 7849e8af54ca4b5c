package results

import (
	"cmp"
	"math"
	"slices"
)

// WeightedTau returns the weighted Kendall's τ of x and y, in [−1, 1], as the
// field reports it: SciPy's weightedtau with its defaults. In a pair, the elements
// of rank r and s, counted from 0 at the top, weigh 1/(1+r) + 1/(1+s): additive
// and hyperbolic (Vigna, "A weighted correlation index for rankings with ties",
// WWW 2015, section 4). The result is the mean of two τ: one with ranks by falling
// x, where y breaks ties, and one with ranks by falling y, where x does. So it is
// symmetric, and the order of the elements does not matter.
//
// It is NaN when x or y is constant, and takes O(n log n).
func WeightedTau(x, y []float64) float64 {
	return (tauRankedByFirst(x, y) + tauRankedByFirst(y, x)) / 2
}

// tauRankedByFirst returns the weighted τ with ranks by falling x, where y breaks ties.
func tauRankedByFirst(x, y []float64) float64 {
	order := descending(x, y)
	weight := make([]float64, len(x))
	for r, i := range order {
		weight[i] = hyperbolic(r)
	}
	return kendall(x, y, weight, order)
}

// WeightedTauRanked is WeightedTau with given ranks, 0 being the most important:
// element i has rank[i], or i where rank is nil. Ranks may repeat and may leave
// gaps; they may not be negative. It is SciPy's weightedtau with rank an array, or
// False for nil.
func WeightedTauRanked(x, y []float64, rank []int) float64 {
	weight := make([]float64, len(x))
	for i := range weight {
		r := i
		if rank != nil {
			r = rank[i]
		}
		weight[i] = hyperbolic(r)
	}
	return kendall(x, y, weight, descending(x, y))
}

// TauB returns Kendall's τ-b of x and y, in [−1, 1], as SciPy's kendalltau: a pair
// tied in x or y is neither concordant nor discordant, and the divisor is
// √((pairs not tied in x)·(pairs not tied in y)) (Kendall 1945). It is NaN when x
// or y is constant, and takes O(n log n).
func TauB(x, y []float64) float64 {
	weight := make([]float64, len(x))
	for i := range weight {
		weight[i] = 0.5 // so that a pair weighs 1
	}
	return kendall(x, y, weight, descending(x, y))
}

// hyperbolic returns the weight of a rank, counted from 0 at the top.
func hyperbolic(rank int) float64 { return 1 / float64(1+rank) }

// descending returns the indices of x by falling x, and by falling y where x ties.
func descending(x, y []float64) []int {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		if c := cmp.Compare(x[j], x[i]); c != 0 {
			return c
		}
		if c := cmp.Compare(y[j], y[i]); c != 0 {
			return c
		}
		return i - j
	})
	return order
}

// kendall returns the τ of x and y in which a pair weighs the sum of its elements'
// weights. The order is descending(x, y); it is used up.
//
// Write T for the weight of all pairs; X, Y and XY for that of the pairs tied in x,
// in y and in both; D for that of the discordant pairs. All others are concordant:
//
//	τ = (T − X − Y + XY − 2D) / √((T − X)(T − Y))
//
// D is what sorting by y costs after sorting by x (Knight 1966).
func kendall(x, y, weight []float64, order []int) float64 {
	n := len(order)
	if n < 2 || hasNaN(x) || hasNaN(y) || constant(x) || constant(y) {
		return math.NaN()
	}
	// tied returns the weight of the pairs of neighbours in order that are the same: a run
	// of k of them has each element in k−1 pairs.
	tied := func(same func(i, j int) bool) (sum float64) {
		for from := 0; from < n; {
			to, run := from, 0.0
			for ; to < n && same(order[from], order[to]); to++ {
				run += weight[order[to]]
			}
			sum += float64(to-from-1) * run
			from = to
		}
		return sum
	}
	all := tied(func(i, j int) bool { return true })
	tiedX := tied(func(i, j int) bool { return x[i] == x[j] })
	tiedXY := tied(func(i, j int) bool { return x[i] == x[j] && y[i] == y[j] })
	discordant, _ := sortCost(order, make([]int, n), y, weight)
	tiedY := tied(func(i, j int) bool { return y[i] == y[j] })

	return ratio(all-tiedX-tiedY+tiedXY-2*discordant, all-tiedX, all-tiedY)
}

// sortCost sorts order by falling y and returns the weight of the pairs that this
// exchanges, and the weight of the elements. The scratch is as long as order.
func sortCost(order, scratch []int, y, weight []float64) (cost, sum float64) {
	if len(order) == 1 {
		return 0, weight[order[0]]
	}
	half := len(order) / 2
	costL, sumL := sortCost(order[:half], scratch[:half], y, weight)
	costR, sumR := sortCost(order[half:], scratch[half:], y, weight)
	cost = costL + costR

	copy(scratch, order)
	left, right := scratch[:half], scratch[half:]
	passed := sumL // weight of the elements that are still in left
	for k := range order {
		if len(right) > 0 && (len(left) == 0 || y[right[0]] > y[left[0]]) {
			cost += passed + float64(len(left))*weight[right[0]]
			order[k], right = right[0], right[1:]
			continue
		}
		order[k], left = left[0], left[1:]
		passed -= weight[order[k]]
		if len(left) == 0 {
			passed = 0
		}
	}
	return cost, sumL + sumR
}
