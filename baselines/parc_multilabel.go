package baselines

import (
	"errors"
	"fmt"
	"math/big"
	"math/bits"
	"slices"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/metric"
)

// withSomeLabels returns the samples of multi-label data that have some label and lack
// some, and warns of the others.
func withSomeLabels(s *features.Set, score *metric.Score) (*features.Set, error) {
	_, k := s.Labels.Targets.Dims()
	var index []int
	for i := range s.N() {
		if of := int(mat.Sum(s.Labels.Targets.RowView(i))); 0 < of && of < k {
			index = append(index, i)
		}
	}
	switch left := s.N() - len(index); {
	case left == 0:
		return s, nil
	case len(index) < 2:
		return nil, errors.New("each sample has none of the labels or all of them: there is nothing to compare")
	default:
		score.Warn(fmt.Errorf("%d of %d samples are left out: they have none of the labels or all of them, so they correlate with no other", left, s.N()))
		return s.Subset(index)
	}
}

// levelsOfRows returns the level of samples i < j by the dissimilarity 1 − corr(y_i, y_j)
// of their rows of labels (N×K, 0 or 1), and how many levels there are. With a and b
// labels of two samples, of which they share s,
//
//	corr = (K s − a b) / √(a (K − a) b (K − b))
//
// whose sign and square are fractions of whole numbers, so that equal dissimilarities are
// known to be equal.
func levelsOfRows(y *mat.Dense) (of func(i, j int) uint32, count int) {
	n, k := y.Dims()
	words := (k + 63) / 64
	rows, sizes := make([][]uint64, n), make([]int, n)
	for i := range n {
		rows[i] = make([]uint64, words)
		for c, v := range y.RawRowView(i) {
			if v == 1 {
				rows[i][c/64] |= 1 << (c % 64)
				sizes[i]++
			}
		}
	}
	known := slices.Compact(slices.Sorted(slices.Values(sizes)))
	place := make([]int, n) // of the size of each row among those known
	for i, size := range sizes {
		place[i], _ = slices.BinarySearch(known, size)
	}
	shares := known[len(known)-1] + 1
	kind := func(i, j int) int { // of a pair: both sizes, and what they share
		shared := 0
		for w, word := range rows[i] {
			shared += bits.OnesCount64(word & rows[j][w])
		}
		return (place[i]*len(known)+place[j])*shares + shared
	}

	level := make([]uint32, len(known)*len(known)*shares)
	type found struct {
		kind        int
		correlation *big.Rat // its square, with its sign
	}
	var all []found
	seen := make([]bool, len(level))
	for j := range n {
		for i := range j {
			at := kind(i, j)
			if seen[at] {
				continue
			}
			seen[at] = true
			a, b := sizes[i], sizes[j]
			above := int64(k*(at%shares) - a*b)
			square := big.NewRat(above, int64(a*(k-a)))
			square.Mul(square, big.NewRat(max(above, -above), int64(b*(k-b))))
			all = append(all, found{at, square})
		}
	}
	slices.SortFunc(all, func(a, b found) int { return b.correlation.Cmp(a.correlation) })
	for n, f := range all {
		if n > 0 && f.correlation.Cmp(all[n-1].correlation) != 0 {
			count++
		}
		level[f.kind] = uint32(count)
	}
	return func(i, j int) uint32 { return level[kind(i, j)] }, count + 1
}
