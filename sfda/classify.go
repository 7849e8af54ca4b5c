package sfda

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/linalg"
	"sfdalab/internal/softmax"
)

// posterior is what the Fisher discriminant of a stage says of each sample's own
// class.
type posterior struct {
	logs      []float64 // N, log p[n, y_n]
	softened  []float64 // N, softmax(p)[n, y_n]
	condition float64   // of S̃_w, at least
}

// classify returns the posterior of the stage with shrinkage λ. The stage's scatter
// is used up unless it is shared.
func (s *stage) classify(lambda float64) (*posterior, error) {
	within, err := s.factorize(lambda)
	if err != nil {
		return nil, err
	}
	defer within.Free()
	n, _ := s.rows.Dims()

	// With m_c = μ_c − μ, δ_c(x) = w_cᵀ(x − μ) − ½ m_cᵀw_c + log π_c, w_c = S̃_w⁻¹m_c. That is
	// the discriminant without what all classes have in common, of which an offset of the
	// features would make a large number.
	mean, means := s.groups.Mean(), mat.DenseCopyOf(s.groups.Means)
	for c := range s.groups.Counts {
		floats.Sub(means.RawRowView(c), mean)
	}
	weights := within.SolveRows(means)
	bias := make([]float64, len(s.groups.Counts))
	w := make([]float64, weights.RawMatrix().Rows)
	for c, size := range s.groups.Counts {
		mat.Col(w, c, weights)
		bias[c] = math.Log(float64(size)/float64(n)) - floats.Dot(means.RawRowView(c), w)/2 - floats.Dot(mean, w)
	}

	p := &posterior{
		logs:      make([]float64, n),
		softened:  make([]float64, n),
		condition: within.Condition(),
	}
	features.Multiply(s.rows, weights, func(lo int, delta *mat.Dense) {
		for i := range delta.RawMatrix().Rows {
			row := delta.RawRowView(i)
			floats.Add(row, bias)
			p.logs[lo+i], p.softened[lo+i] = ownClass(row, s.index[lo+i])
		}
	})
	return p, nil
}

// ownClass returns log p_y and softmax(p)_y for p = softmax(δ). It overwrites δ. What p_y
// lacks of 1 keeps its digits, however little it is.
func ownClass(delta []float64, y int) (logP, softened float64) {
	own := delta[y]
	logP = own - softmax.Row(delta)
	// log p_y = log(1 − Σ of the others): near p_y = 1 the sum is small and has all its
	// digits, 1 − p_y would have few.
	if others := floats.Sum(delta[:y]) + floats.Sum(delta[y+1:]); others < 0.5 {
		logP = math.Log1p(-others)
	}
	softmax.Row(delta)
	return logP, delta[y]
}

// tau is tr(S_w)/D.
func (s *stage) tau() float64 {
	n, _ := s.rows.Dims()
	return mat.Trace(s.groups.Within) / float64(n) / float64(s.dim)
}

// factorize returns the Cholesky factorization of S̃_w with shrinkage λ.
func (s *stage) factorize(lambda float64) (linalg.Cholesky, error) {
	n, _ := s.rows.Dims()
	dst := s.groups.Within
	if s.shared {
		dst = nil
	}
	factor, ok := linalg.Factor(features.Shrunk(dst, s.groups.Within, n, lambda, s.dim))
	if !ok {
		return factor, fmt.Errorf("the within-class scatter is singular at shrinkage λ = %.3g: set a larger λ (shrinkage=fixed lambda=…), drop repeated features, or add samples", lambda)
	}
	return factor, nil
}
