package features

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/internal/par"
	"sfdalab/internal/softmax"
)

func probabilities(outputs Rows) *mat.Dense {
	p := Matrix(outputs)
	if !areProbabilities(outputs) {
		par.For(p.RawMatrix().Rows, func(i int) { softmax.Row(p.RawRowView(i)) })
	}
	return p
}

// areProbabilities tells whether each row has no negative number and sums to 1,
// within 1e-3.
func areProbabilities(outputs Rows) bool {
	n, z := outputs.Dims()
	row := make([]float64, z)
	for i := range n {
		outputs.Read(row, i, i+1)
		if floats.Min(row) < 0 || math.Abs(floats.Sum(row)-1) > 1e-3 {
			return false
		}
	}
	return true
}
