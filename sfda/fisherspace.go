package sfda

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/linalg"
	"sfdalab/metric"
)

// Projection is the Fisher space of a Set: the directions that separate classes
// best for the scatter within them.
type Projection struct {
	// Samples are the samples in Fisher space, N×K with K ≤ C−1. In it, S̃_w is
	// the identity, and the columns are in descending order of Ratios.
	Samples *mat.Dense

	// Ratios are the K ratios of between-class to within-class scatter, uᵀS_b u
	// over uᵀS̃_w u.
	Ratios []float64

	Shrinkage float64 // λ
}

// Project returns the Fisher space of s after the rounds of self-challenge that m
// has.
//
// The directions solve S_b u = ω S̃_w u (Shao et al. 2022, Eq. 2). With S_b = HᵀH
// of rank at most C−1 and the Cholesky factor S̃_w = LLᵀ they follow from the C×C
// problem HS̃_w⁻¹Hᵀ v = ω v as u = S̃_w⁻¹Hᵀv/√ω. The released code adds λ(tr S_t −
// tr S_w)/D times the identity to S_b, by which its directions differ slightly.
func (m SFDA) Project(s *features.Set) (*Projection, error) {
	m, err := metric.Prepare(m, s)
	if err != nil {
		return nil, err
	}
	stage := firstStage(s)
	lambda, err := m.lambda(stage)
	if err != nil {
		return nil, err
	}
	if m.Rounds.Value() > 0 {
		before := m.round(s, lambda, m.Rounds.Value()-1)
		if before.err != nil {
			return nil, before.err
		}
		stage = before.challenge(m.confidence(before.posterior))
	}
	return stage.project(lambda)
}

// project returns the Fisher space of the stage with shrinkage λ, see Project. The stage's
// scatter is used up unless it is shared.
func (s *stage) project(lambda float64) (*Projection, error) {
	within, err := s.factorize(lambda)
	if err != nil {
		return nil, err
	}
	defer within.Free()
	h := s.between()
	c, d := h.Dims()
	inverse := within.SolveRows(h) // S̃_w⁻¹Hᵀ
	var product mat.Dense
	product.Mul(h, inverse)
	gram := mat.NewSymDense(c, nil)
	for i := range c { // symmetric but for rounding
		for j := i; j < c; j++ {
			gram.SetSym(i, j, (product.At(i, j)+product.At(j, i))/2)
		}
	}
	ratios, v, err := linalg.EigenSym(gram, true)
	if err != nil {
		return nil, fmt.Errorf("the Fisher space: %w", err)
	}
	ratios = ratios[:rank(ratios, c-1)]
	if len(ratios) == 0 {
		return nil, errors.New("the Fisher space is empty: all class means are equal")
	}

	directions := mat.NewDense(d, len(ratios), nil)
	directions.Mul(inverse, v.Slice(0, c, 0, len(ratios)))
	for k, ratio := range ratios {
		column := mat.Col(nil, k, directions)
		floats.Scale(1/math.Sqrt(ratio), column)
		directions.SetCol(k, column)
	}
	n, _ := s.rows.Dims()
	samples := mat.NewDense(n, len(ratios), nil)
	features.Multiply(s.rows, directions, func(lo int, product *mat.Dense) {
		samples.Slice(lo, n, 0, len(ratios)).(*mat.Dense).Copy(product)
	})
	return &Projection{samples, ratios, lambda}, nil
}

// rank returns how many of the descending values, at most limit, are more than
// rounding of the first.
func rank(values []float64, limit int) int {
	k := 0
	for k < limit && values[k] > 1e-12*values[0] && values[k] > 0 {
		k++
	}
	return k
}
