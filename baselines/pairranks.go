package baselines

import (
	"slices"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/par"
)

// A dissimilarity 1 − v, v in [−1, 1], is a multiple of 2⁻⁵³ in [0, 2]: v itself is
// one from ½ on, and what is above ½ has no finer digits. So pairs are ranked by
// integers of 54 bits. The first of these say which part of [0, 2] a pair belongs to;
// the others share a word with a number that the caller gives the pair, its id.
const (
	partBits = 15
	lowBits  = 54 - partBits
	idBits   = 64 - lowBits

	parts     = 1<<partBits + 1 // the last for 2 itself
	maxPairs  = 1 << idBits     // which take half a GiB
	dealtSize = 1 << 20         // pairs, about, that are dealt to parts together
)

// eachRank ranks the pairs of rows i < j, at most maxPairs, by their dissimilarity
// 1 − x_i·x_j. For each run of equals in ascending order it calls fn with twice the
// mean of their ranks, counted from 1, and with the pairs, of which idOf tells the
// id. It returns the sum of tieLoss over runs.
func eachRank(rows features.Rows, id func(i, j int) uint32, fn func(twice int, run []uint64)) (loss float64) {
	n, _ := rows.Dims()
	values := make([]uint64, n*(n-1)/2)
	ofRow := func(i int) []uint64 { return values[pairNumber(i, i+1, n):][:n-1-i] }
	features.PairProducts(rows, func(lo int, products *mat.Dense) {
		par.For(products.RawMatrix().Rows, func(r int) {
			to := ofRow(lo + r)
			for k, v := range products.RawRowView(r)[r+1:] {
				to[k] = uint64(dissimilarity(v) * 0x1p53)
			}
		})
	})
	words, ends := dealToParts(n, ofRow, id)
	par.For(parts, func(p int) { slices.Sort(words[ends[p]:ends[p+1]]) })

	for p := range parts {
		for lo, end := ends[p], ends[p+1]; lo < end; {
			hi := lo + 1
			for hi < end && words[hi]>>idBits == words[lo]>>idBits {
				hi++
			}
			fn(lo+hi+1, words[lo:hi])
			loss += tieLoss(hi - lo)
			lo = hi
		}
	}
	return loss
}

// dealToParts returns the low bits and the ids of all pairs by part: those of part p
// are words[ends[p]:ends[p+1]], in no order. ofRow returns the values of row i with
// those that follow.
func dealToParts(n int, ofRow func(i int) []uint64, id func(i, j int) uint32) (words []uint64, ends []int) {
	pairs := n * (n - 1) / 2
	groups := pairs/dealtSize + 1 // of rows, which find places for their pairs at once
	next := make([][]int, groups) // for each group and part, where its next pair goes
	eachRow := func(fn func(next []int, i int)) {
		par.For(groups, func(g int) {
			for i := g; i < n; i += groups {
				fn(next[g], i)
			}
		})
	}
	for g := range next {
		next[g] = make([]int, parts)
	}
	eachRow(func(count []int, i int) {
		for _, v := range ofRow(i) {
			count[v>>lowBits]++
		}
	})
	ends = make([]int, parts+1)
	for p := range parts {
		total := ends[p]
		for g := range next {
			next[g][p], total = total, total+next[g][p]
		}
		ends[p+1] = total
	}
	words = make([]uint64, pairs)
	eachRow(func(next []int, i int) {
		for k, v := range ofRow(i) {
			at := &next[v>>lowBits]
			words[*at] = v<<idBits | uint64(id(i, i+1+k))
			*at++
		}
	})
	return words, ends
}

// idOf returns the id of a pair of a run.
func idOf(word uint64) uint32 { return uint32(word & (1<<idBits - 1)) }

// pairNumber counts the pairs of n rows before i < j.
func pairNumber(i, j, n int) int { return i*(2*n-i-1)/2 + j - i - 1 }

// tieLoss is what a run of ties takes from 12 times the sum of squared deviations
// of ranks, which is n³ − n without ties.
func tieLoss(run int) float64 {
	t := float64(run)
	return t*t*t - t
}
