package sfda

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"sfdalab/internal/linalg"
)

// lambda returns the shrinkage λ for all stages, found on the first.
func (m SFDA) lambda(s *stage) (float64, error) {
	if s.tau() == 0 {
		return 0, errors.New("the within-class scatter is zero: the samples of each class are identical")
	}
	switch m.Shrinkage {
	case "fixed":
		return m.Lambda, nil
	case "adaptive":
		lambda, err := s.groups.AdaptiveShrinkage(s.ones)
		if err != nil {
			err = fmt.Errorf("%w; set shrinkage=fixed lambda=…", err)
		}
		return lambda, err
	case "eq3":
		n, _ := s.rows.Dims()
		sigma, err := largest(s.groups.Within)
		return math.Exp(-4 * sigma / float64(n)), err
	case "algorithm1":
		// HᵀH and HHᵀ have the same largest eigenvalue, and HHᵀ is C×C.
		var gram mat.SymDense
		gram.SymOuterK(1, s.between())
		sigma, err := largest(&gram)
		return 1 / (1 + math.Exp(-4*sigma)), err
	}
	return 0, fmt.Errorf("unknown shrinkage %q: adaptive, eq3, algorithm1 or fixed", m.Shrinkage)
}

// largest returns the largest eigenvalue of a.
func largest(a *mat.SymDense) (float64, error) {
	values, _, err := linalg.EigenTop(a, 1)
	if err != nil {
		return 0, err
	}
	return values[0], nil
}
