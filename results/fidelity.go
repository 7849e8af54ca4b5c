package results

import (
	"math"
	"slices"
)

// Fidelity returns whether models whose scores lie far apart have accuracies that do: the
// Pearson correlation of |sᵢ − sⱼ| and |aᵢ − aⱼ| over all pairs of models, in [−1, 1]
// (after Singh et al., arXiv 2510.06448). It takes differences without their sign: with
// it, over pairs in either order, the value is Pearson's r of scores and accuracies
// itself. It is NaN where all pairs lie as far apart, as with two models, and takes
// O(n log n).
func Fidelity(score, accuracy []float64) float64 {
	return fidelity(score, accuracy)(slices.Repeat([]uint8{1}, len(score)))
}

// countedFidelity is Fidelity of resamples.
func countedFidelity(score, accuracy []float64) func(octet) [lanes]float64 {
	return oneByOne(fidelity(score, accuracy))
}

// fidelity returns Fidelity of resamples, each said by how often it holds each model. A pair
// of two copies of a model is none.
//
// Let P be the number of pairs, A and B the sums of their distances in x and in y, AA and BB
// those of the squares, and AB that of the products. Then
//
//	fidelity = (P·AB − A·B) / √((P·AA − A²)(P·BB − B²))
//
// Moments give AA, BB and the sum of (xᵢ−xⱼ)(yᵢ−yⱼ), which is AB less twice the part of the
// discordant pairs. That part, A and B are sums over the models before each.
func fidelity(score, accuracy []float64) func(counts []uint8) float64 {
	n := len(score)
	if n < 3 || hasNaN(score) || hasNaN(accuracy) {
		return func([]uint8) float64 { return math.NaN() }
	}
	score, accuracy = slices.Clone(score), slices.Clone(accuracy)
	scale(score)
	scale(accuracy)
	byX, byY := descending(score, accuracy), descending(accuracy, score)
	fromLowest := slices.Clone(byY)
	slices.Reverse(fromLowest)
	groupX, groupY := groups(score, byX), groups(accuracy, fromLowest)
	earlier := make([]moments, groupY[byY[0]]+2) // a Fenwick tree of those higher in x, by group of y
	x, y, held := make([]float64, n), make([]float64, n), make([]float64, n)
	return func(counts []uint8) float64 {
		var all moments
		var squares float64
		models := 0
		lo, hi := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
		for i, c := range counts {
			held[i] = float64(c)
			if c == 0 {
				continue
			}
			all.add(held[i], score[i], accuracy[i])
			squares += held[i] * held[i]
			models++
			lo[0], hi[0] = min(lo[0], score[i]), max(hi[0], score[i])
			lo[1], hi[1] = min(lo[1], accuracy[i]), max(hi[1], accuracy[i])
		}
		if models < 3 || lo[0] == hi[0] || lo[1] == hi[1] {
			return math.NaN()
		}
		meanX, meanY := all.x/all.n, all.y/all.n
		clear(x)
		clear(y)
		for i, c := range held {
			if c > 0 {
				x[i], y[i] = score[i]-meanX, accuracy[i]-meanY
			}
		}
		scale(x)
		scale(y)
		all = moments{}
		var xx, yy float64
		for i, c := range held {
			all.add(c, x[i], y[i])
			xx, yy = xx+c*x[i]*x[i], yy+c*y[i]*y[i]
		}

		clear(earlier)
		var discordant float64
		for from, to := 0, 0; from < n; from = to {
			for to = from; to < n && groupX[byX[to]] == groupX[byX[from]]; to++ {
				if i := byX[to]; held[i] > 0 {
					var m moments
					for k := groupY[i]; k > 0; k &= k - 1 {
						m.plus(&earlier[k])
					}
					discordant += held[i] * (y[i]*m.x - m.xy - x[i]*y[i]*m.n + x[i]*m.y)
				}
			}
			for _, i := range byX[from:to] {
				if held[i] > 0 {
					for k := groupY[i] + 1; k < len(earlier); k += k & -k {
						earlier[k].add(held[i], x[i], y[i])
					}
				}
			}
		}
		pairs := (all.n*all.n - squares) / 2
		a, b := distances(x, held, byX), distances(y, held, byY)
		ab := all.n*all.xy - all.x*all.y + 2*discordant
		aa, bb := all.n*xx-all.x*all.x, all.n*yy-all.y*all.y
		return ratio(pairs*ab-a*b, pairs*aa-a*a, pairs*bb-b*b)
	}
}

// distances returns the sum of xᵢ − xⱼ over all pairs of elements, element i being held so often
// and i before j in the order, which is by falling x.
func distances(x, held []float64, order []int) (sum float64) {
	var above, count float64
	for _, i := range order {
		sum += held[i] * (above - count*x[i])
		above, count = above+held[i]*x[i], count+held[i]
	}
	return sum
}

// moments are sums over elements.
type moments struct{ n, x, y, xy float64 }

// add adds an element that is held so often.
func (m *moments) add(held, x, y float64) {
	m.n, m.x, m.y, m.xy = m.n+held, m.x+held*x, m.y+held*y, m.xy+held*x*y
}

// plus adds the sums over other elements.
func (m *moments) plus(o *moments) {
	m.n, m.x, m.y, m.xy = m.n+o.n, m.x+o.x, m.y+o.y, m.xy+o.xy
}
