package baselines

import (
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
)

// standardised is another matrix with columns of mean 0 and variance 1 and then
// rows of length 1, so that inner products of rows are cosines; with rows of mean
// 0 as well when correlate is set, so that they are correlations.
//
// Columns that are constant to rounding become 0, as do rows of which nothing is
// left.
type standardised struct {
	features.Rows
	mean, scale []float64
	correlate   bool
}

// standardise takes the mean and the deviation of each column.
func standardise(rows features.Rows, correlate bool) standardised {
	mean, deviation := deviations(rows)
	scale := make([]float64, len(mean))
	for j, v := range deviation {
		if v > 0 {
			scale[j] = 1 / v
		}
	}
	return standardised{rows, mean, scale, correlate}
}

// Read reads rows i to j−1, standardised.
func (s standardised) Read(dst []float64, i, j int) {
	s.Rows.Read(dst, i, j)
	d := len(s.mean)
	for ; i < j; i++ {
		row := dst[:d]
		dst = dst[d:]
		floats.Sub(row, s.mean)
		floats.Mul(row, s.scale)
		if s.correlate {
			floats.AddConst(-floats.Sum(row)/float64(d), row)
		}
		if length := floats.Norm(row, 2); length > float64(d)*0x1p-52 {
			floats.Scale(1/length, row)
		} else {
			clear(row)
		}
	}
}

// eachPair calls fn with 1 − x_i·x_j for all pairs of rows i < j.
func eachPair(rows features.Rows, fn func(i, j int, dissimilarity float64)) {
	features.PairProducts(rows, func(lo int, products *mat.Dense) {
		size, width := products.Dims()
		for i := range size {
			row := products.RawRowView(i)
			for j := i + 1; j < width; j++ {
				fn(lo+i, lo+j, dissimilarity(row[j]))
			}
		}
	})
}

// dissimilarity returns 1 − v for an inner product of rows of length 1.
func dissimilarity(v float64) float64 { return 1 - max(-1, min(v, 1)) }
