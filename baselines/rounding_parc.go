package baselines

import (
	"math"

	"sfdalab/internal/par"
)

// labelRounding repeats the roundings of NumPy's corrcoef on one-hot labels, on
// one core of an x86 processor with AVX-512 (OpenBLAS 0.3, kernel SkylakeX). Up to
// rounding, labels are at distance 0 from their like and at C/(C − 1) from others.
//
// corrcoef multiplies the N×C matrix E of centred labels, of entries 1 − 1/C and
// −1/C, by its own transpose, scales products by 1/(C − 1) and divides them by the
// deviation of either label. The product of samples i ≤ j is one chain of fused
// multiply-adds over the classes in order, with this exception. OpenBLAS makes the
// product in tiles of 16 rows j, and the N mod 16 rows left over in tiles of 8, 4,
// 2 and 1. Where the last three meet 12 columns i, there is room for more than one
// class in a register, and lanes adds up every second or every fourth class apart.
type labelRounding struct {
	index   []int // class of each sample
	classes int
	last    int // first row of the last block of rows
}

const (
	blasBlock = 192 // rows that OpenBLAS multiplies at a time
	blasDepth = 384 // classes likewise
	blasPanel = 32  // columns of a panel along the diagonal
	blasTile  = 12  // columns of a tile
)

// newLabelRounding finds where the last block of rows begins: OpenBLAS takes blocks of
// blasBlock rows, and splits what is less than two of them in halves.
func newLabelRounding(index []int, classes int) labelRounding {
	r := labelRounding{index: index, classes: classes}
	for rows := len(index); rows > blasBlock; rows = len(index) - r.last {
		if rows >= 2*blasBlock {
			r.last += blasBlock
		} else { // two blocks of about one size
			r.last += (rows/2 + blasPanel - 1) / blasPanel * blasPanel
		}
	}
	return r
}

// lanes returns how many sums make up the product of samples i ≤ j.
func (r labelRounding) lanes(i, j int) int {
	n := len(r.index)
	at := j - r.tail()
	if at < 0 {
		return 1
	}
	// Columns left of the last block of rows are one range, the others panels.
	column, width := i, r.last
	if i >= r.last {
		column = (i - r.last) % blasPanel
		width = min(blasPanel, n-(i-column))
	}
	switch {
	case column >= width/blasTile*blasTile:
		return 1
	case at < n&4:
		return 2
	default:
		return 4
	}
}

// tail is the first row past the tiles of 16 and 8 rows.
func (r labelRounding) tail() int { return len(r.index) / 8 * 8 }

// dissimilarities returns 1 − corr(e_{y_i}, e_{y_j}) of samples i < j: classes
// (C×C) holds those of the classes of i and j where j is before the tail, and tail
// those of the samples of the tail with all before them.
func (r labelRounding) dissimilarities() (classes []float64, tail [][]float64) {
	c, scale := r.classes, 1/float64(r.classes-1)
	deviations := make([][]float64, 5) // by lanes, then class
	for _, lanes := range []int{1, 2, 4} {
		deviations[lanes] = make([]float64, c)
		for class := range c {
			deviations[lanes][class] = math.Sqrt(r.product(class, class, lanes) * scale)
		}
	}
	dissimilarity := func(product, first, second float64) float64 {
		return 1 - max(-1, min(product*scale/first/second, 1))
	}

	classes = make([]float64, c*c)
	par.For(c, func(a int) {
		for b := a; b < c; b++ {
			product, first, second := r.product(a, b, 1), deviations[1][a], deviations[1][b]
			classes[a*c+b] = dissimilarity(product, first, second)
			classes[b*c+a] = dissimilarity(product, second, first)
		}
	})
	tail = make([][]float64, len(r.index)-r.tail())
	par.For(len(tail), func(t int) {
		j := r.tail() + t
		tail[t] = make([]float64, j)
		second := deviations[r.lanes(j, j)][r.index[j]]
		for i := range j {
			first := deviations[r.lanes(i, i)][r.index[i]]
			tail[t][i] = dissimilarity(r.product(r.index[i], r.index[j], r.lanes(i, j)), first, second)
		}
	})
	return classes, tail
}

// product returns the inner product of centred one-hot labels of classes a and b.
func (r labelRounding) product(a, b, lanes int) float64 {
	mean := 1 / float64(r.classes)
	entry := func(class, k int) float64 {
		if k == class {
			return 1 - mean
		}
		return -mean
	}
	var total float64
	for lo, hi := 0, 0; lo < r.classes; lo = hi {
		switch left := r.classes - lo; {
		case left >= 2*blasDepth:
			hi = lo + blasDepth
		case left > blasDepth:
			hi = lo + (left+1)/2
		default:
			hi = r.classes
		}
		var sums [4]float64
		whole := lo + (hi-lo)/lanes*lanes
		for l := range lanes {
			for k := lo + l; k < whole; k += lanes {
				sums[l] = math.FMA(entry(a, k), entry(b, k), sums[l])
			}
		}
		sum := (sums[0] + sums[1]) + (sums[2] + sums[3])
		for k := whole; k < hi; k++ {
			sum = math.FMA(entry(a, k), entry(b, k), sum)
		}
		total += sum
	}
	return total
}
