package features

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/internal/par"
	"sfdalab/internal/softmax"
)

// probabilities is SourceProbabilities where there are source outputs.
func (s *Set) probabilities() *mat.Dense {
	p := Matrix(s.Outputs)
	if !s.readOutputs().probabilities {
		par.For(p.RawMatrix().Rows, func(i int) { softmax.Row(p.RawRowView(i)) })
	}
	return p
}

// outputKind tells what source outputs are.
type outputKind struct {
	probabilities bool // no number is negative, and each row sums to 1, within 1e-3

	// Where all numbers are from 0 to 1, and still they are not probabilities: the first
	// row of another sum, and that; −1 otherwise.
	odd int
	sum float64
}

// readOutputs reads the source outputs once for all who ask what they are.
func (s *Set) readOutputs() outputKind {
	return Shared(s, statistic("outputs"), func() outputKind {
		n, z := s.Outputs.Dims()
		row := make([]float64, z)
		above, odd, sum := false, -1, 0.
		for i := range n {
			s.Outputs.Read(row, i, i+1)
			if v := floats.Sum(row); odd < 0 && !(math.Abs(v-1) <= 1e-3) { // the rounding of float16
				odd, sum = i, v
			}
			above = above || floats.Max(row) > 1
			if floats.Min(row) < 0 || above && odd >= 0 {
				return outputKind{odd: -1}
			}
		}
		return outputKind{odd < 0, odd, sum}
	})
}

// doubtfulOutputs returns a warning where no output is negative or above 1, and still
// they are not probabilities.
func (s *Set) doubtfulOutputs() []error {
	if s.Outputs == nil {
		return nil
	}
	kind := s.readOutputs()
	if kind.odd < 0 {
		return nil
	}
	return []error{fmt.Errorf("all source outputs are from 0 to 1, but row %d sums to %.4g: they are taken for logits, not for probabilities", kind.odd, kind.sum)}
}
