package features

import (
	"fmt"
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

// doubtfulOutputs returns a warning where no output is negative or above 1, and still
// they are not probabilities.
func (s *Set) doubtfulOutputs() []error {
	if s.Outputs == nil {
		return nil
	}
	n, z := s.Outputs.Dims()
	row := make([]float64, z)
	odd, sum := -1, 0.
	for i := range n {
		s.Outputs.Read(row, i, i+1)
		if floats.Min(row) < 0 || floats.Max(row) > 1 {
			return nil
		}
		if v := floats.Sum(row); odd < 0 && !isOne(v) {
			odd, sum = i, v
		}
	}
	if odd < 0 {
		return nil
	}
	return []error{fmt.Errorf("all source outputs are from 0 to 1, but row %d sums to %.4g: they are taken for logits, not for probabilities", odd, sum)}
}

// isOne tells whether a sum of probabilities is 1 but for the rounding of float16.
func isOne(sum float64) bool { return math.Abs(sum-1) <= 1e-3 }

// areProbabilities tells whether each row has no negative number and sums to 1,
// within 1e-3.
func areProbabilities(outputs Rows) bool {
	n, z := outputs.Dims()
	row := make([]float64, z)
	for i := range n {
		outputs.Read(row, i, i+1)
		if floats.Min(row) < 0 || !isOne(floats.Sum(row)) {
			return false
		}
	}
	return true
}
