package baselines

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/par"
	"sfdalab/metric"
)

// warnBinary warns of what a score comes to where there are two classes, for
// metrics that say less there than their formula suggests.
func warnBinary(score *metric.Score, s *features.Set, meaning string) {
	if s.C() == 2 {
		score.Warn(errors.New("with two classes " + meaning))
	}
}

// Two class means differ in one direction, and what a linear map makes of it is R².
const binaryLinear = "the score is a function of R², the share of the label's variance that a linear map explains: H-score and EMMS rank models alike"

// warnSingles warns of classes with one sample, with what that means for the score.
func warnSingles(score *metric.Score, s *features.Set, meaning string) {
	var singles int
	for _, n := range s.Labels.Counts() {
		if n == 1 {
			singles++
		}
	}
	if singles > 0 {
		score.Warn(fmt.Errorf("%d of %d classes have one sample and %s", singles, s.C(), meaning))
	}
}

// byClass returns the samples of each class, in order.
func byClass(l *features.Labels) [][]int {
	samples := make([][]int, l.C())
	for n, c := range l.Index {
		samples[c] = append(samples[c], n)
	}
	return samples
}

// classSums returns the sum of the rows of p of each class, C×Z.
func classSums(p *mat.Dense, classes [][]int) *mat.Dense {
	_, z := p.Dims()
	sums := mat.NewDense(len(classes), z, nil)
	par.For(len(classes), func(y int) {
		for _, n := range classes[y] {
			floats.Add(sums.RawRowView(y), p.RawRowView(n))
		}
	})
	return sums
}

// gather returns the rows that samples lists as a matrix.
func gather(rows features.Rows, samples []int) *mat.Dense {
	_, d := rows.Dims()
	x := mat.NewDense(len(samples), d, nil)
	for i, n := range samples {
		rows.Read(x.RawRowView(i), n, n+1)
	}
	return x
}

// subtractRow takes v from each row of x.
func subtractRow(x *mat.Dense, v []float64) {
	for i := range x.RawMatrix().Rows {
		floats.Sub(x.RawRowView(i), v)
	}
}

// squareSums returns the sum of squares of each column, less its mean, in each
// group of rows (G×D); index says the group of each row and its row of means.
func squareSums(rows features.Rows, index []int, means *mat.Dense) *mat.Dense {
	sums := mat.NewDense(means.RawMatrix().Rows, means.RawMatrix().Cols, nil)
	features.Blocks(features.Centred(rows, index, means), func(lo int, x *mat.Dense) {
		addSquares(sums, x, index[lo:])
	})
	return sums
}

// addSquares adds the squares of each row of x to the sums of its group, which index says.
func addSquares(sums, x *mat.Dense, index []int) {
	const stripe = 128 // columns that a core adds up at a time
	n, d := x.Dims()
	par.For((d+stripe-1)/stripe, func(p int) {
		from, to := p*stripe, min((p+1)*stripe, d)
		for i := range n {
			sum := sums.RawRowView(index[i])[from:to]
			for j, v := range x.RawRowView(i)[from:to] {
				sum[j] += v * v
			}
		}
	})
}

// deviations returns the mean and the standard deviation (over N) of each
// column. A column that is constant to rounding has deviation 0.
func deviations(rows features.Rows) (mean, deviation []float64) {
	n, _ := rows.Dims()
	_, means := features.GroupMeans(rows, make([]int, n), 1)
	mean, deviation = means.RawRowView(0), squareSums(rows, make([]int, n), means).RawRowView(0)
	for j, square := range deviation {
		deviation[j] = math.Sqrt(square / float64(n))
		if deviation[j] <= float64(n)*math.Abs(mean[j])*0x1p-52 {
			deviation[j] = 0
		}
	}
	return mean, deviation
}
