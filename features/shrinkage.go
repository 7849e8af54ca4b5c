package features

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"

	"sfdalab/internal/linalg"
)

// Shrunk sets dst to (1−λ)S + λ(tr S/d) I, where scatter is that of n samples and
// S = scatter/n, and returns it. It may overwrite scatter; a nil dst stands for a new
// matrix. d is the number of features, which is more than the scatter has where that is
// in the span of the samples.
func Shrunk(dst, scatter *mat.SymDense, n int, lambda float64, d int) *mat.SymDense {
	variance := mat.Trace(scatter) / float64(n) / float64(d)
	dst = linalg.ScaleSym(dst, (1-lambda)/float64(n), scatter)
	for i := range scatter.SymmetricDim() {
		dst.SetSym(i, i, dst.At(i, i)+lambda*variance)
	}
	return dst
}

// leastShrinkage is the least that AdaptiveShrinkage returns.
const leastShrinkage = 1e-10

// AdaptiveShrinkage returns the λ of the released code of SFDA and ETran, which grows as
// the largest eigenvalue σ of S_w falls, the scatter within classes over N:
//
//	λ = max(exp(−5σ), 1e-10)
//
// There σ is an estimate: from x = S_w 1, three times y = S_w x/‖S_w x‖ and
// x = S_w y/‖S_w y‖, and then xᵀ S_w y. ones is the D-vector of ones in the coordinates of
// the Groups. It is an error when S_w 1 is zero.
func (g *Groups) AdaptiveShrinkage(ones []float64) (float64, error) {
	n := 0
	for _, count := range g.Counts {
		n += count
	}
	times := func(v *mat.VecDense) *mat.VecDense {
		var w mat.VecDense
		w.MulVec(g.Within, v)
		w.ScaleVec(1/float64(n), &w)
		return &w
	}
	unit := func(v *mat.VecDense) *mat.VecDense {
		v.ScaleVec(1/mat.Norm(v, 2), v)
		return v
	}
	var y *mat.VecDense
	x := times(mat.NewVecDense(len(ones), ones))
	for range 3 {
		y = unit(times(x))
		x = unit(times(y))
	}
	sigma := mat.Dot(x, times(y))
	if math.IsNaN(sigma) {
		return 0, errors.New("the adaptive shrinkage is undefined: the rows of the within-class scatter sum to zero")
	}
	return max(math.Exp(-5*sigma), leastShrinkage), nil
}
