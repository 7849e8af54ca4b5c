package baselines

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/linalg"
	"sfdalab/metric"
)

// The metrics of this file use no labels: baselines for those that do.

// RankMe is the effective rank of features of Garrido et al., "RankMe: Assessing the
// Downstream Performance of Pretrained Self-Supervised Representations by Their Rank"
// (ICML 2023), after Roy and Vetterli (2007): with σ the min(N, D) singular values of the
// features, not centred,
//
//	RankMe = exp(−Σ_k p_k log p_k),  p_k = σ_k/Σ_j σ_j + 1e-7
//
// Labels are not used. The authors released no code of it.
type RankMe struct{}

const rankMeSpare = 1e-7 // added to shares, in the paper

// Info describes the metric.
func (RankMe) Info() metric.Info {
	return metric.Info{
		Name: "rankme", Title: "RankMe", Version: 2,
		Paper: metric.Paper{Authors: "Garrido et al.", Title: "RankMe: Assessing the Downstream Performance of Pretrained Self-Supervised Representations by Their Rank", Venue: "ICML", Year: 2023},
		Cost:  metric.CostGram, Targets: true,
	}
}

// Score returns the effective rank of s, in [1, min(N, D)] but for what the 1e-7 adds.
func (m RankMe) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	if _, err := metric.Prepare(m, s); err != nil {
		return metric.Score{}, err
	}
	values, err := singularValues(s)
	if err != nil {
		return metric.Score{}, err
	}
	sum := floats.Sum(values)
	if sum == 0 {
		return metric.Score{}, errors.New("all features are 0: there is nothing to score")
	}
	var entropy float64
	for _, v := range values {
		p := v/sum + rankMeSpare
		entropy -= p * math.Log(p)
	}
	return metric.Score{Value: math.Exp(entropy)}, nil
}

// singularValues returns those of the features, in descending order.
func singularValues(s *features.Set) ([]float64, error) {
	const large = 512 // fewer are found soon enough
	if min(s.N(), s.D()) >= large {
		if values, ok, err := gramRoots(s); ok || err != nil {
			return values, err
		}
	}
	var x mat.Matrix = features.Matrix(s.Features)
	if s.N() < s.D() {
		x = mat.DenseCopyOf(x.T())
	}
	var svd mat.SVD
	if !svd.Factorize(x, mat.SVDNone) {
		return nil, errors.New("the singular values did not converge")
	}
	return svd.Values(nil), nil
}

// gramRoots returns the singular values of the features as roots of the eigenvalues of XᵀX or
// XXᵀ; ok is false where that may leave RankMe fewer than nine digits.
func gramRoots(s *features.Set) (values []float64, ok bool, err error) {
	var gram *mat.SymDense
	if s.N() < s.D() {
		gram = plainRowGram(s)
	} else {
		gram = s.OwnGram()
	}
	zeros := 0 // of singular values, at least
	for i := range gram.SymmetricDim() {
		if gram.At(i, i) == 0 {
			zeros++
		}
	}
	squares, _, err := linalg.EigenSym(gram, false)
	if err != nil {
		return nil, false, err
	}
	values = make([]float64, len(squares))
	var sum, inverses float64
	for i, square := range squares[:len(squares)-zeros] {
		values[i] = math.Sqrt(max(square, 0))
		sum += values[i]
		inverses += 1 / values[i]
	}
	// Rounding errors of signs by chance leave an error e in each eigenvalue, e/2σ in its root
	// and, as log p_k is at least −16, 8e Σ(1/σ)/Σσ in the entropy.
	e := 0x1p-52 * math.Sqrt(float64(len(squares))) * squares[0]
	return values, 8*e*inverses <= 1e-9*sum, nil
}

// AlphaReQ is how near to 1 the exponent α of the eigenvalues of the covariance is,
// which fall as λ_k ∝ k^−α: Agrawal et al., "α-ReQ: Assessing Representation Quality in
// Self-Supervised Learning by measuring eigenspectrum decay" (NeurIPS 2022), who find
// features good when α is near 1:
//
//	score = −|α − 1|
//
// The paper does not say how α is fitted. Released code does, and so do we: log λ_k is
// regressed on log k with weights 1/k over k from 4 to 100, or as many eigenvalues as
// are more than rounding of the first. Labels are not used. The score −|α − 1| is our
// choice: the authors compare networks by α.
type AlphaReQ struct{}

const (
	alphaFirst = 4 // rank of the first eigenvalue that counts
	alphaLast  = 100
)

// Info describes the metric.
func (AlphaReQ) Info() metric.Info {
	return metric.Info{
		Name: "alpha-req", Title: "α-ReQ", Version: 2,
		Paper: metric.Paper{Authors: "Agrawal et al.", Title: "α-ReQ: Assessing Representation Quality in Self-Supervised Learning by measuring eigenspectrum decay", Venue: "NeurIPS", Year: 2022},
		Cost:  metric.CostGram, Targets: true,
	}
}

// Score returns −|α − 1| of s, at most 0. The detail "alpha" is α, "eigenvalues" how
// many it was fitted to. It needs features that vary in at least 5 directions.
func (m AlphaReQ) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	if _, err := metric.Prepare(m, s); err != nil {
		return metric.Score{}, err
	}
	values := s.Spectrum()
	last := 0
	for last < min(len(values), alphaLast) && values[last] > values[0]*float64(max(s.N(), s.D()))*0x1p-52 {
		last++
	}
	if last < alphaFirst+1 {
		return metric.Score{}, fmt.Errorf("the features vary in %d directions: a fit needs %d", last, alphaFirst+1)
	}
	var w, x, y, xx, xy float64 // weighted sums, of x = log k and y = log λ
	for k := alphaFirst; k <= last; k++ {
		weight, logK, logV := 1/float64(k), math.Log(float64(k)), math.Log(values[k-1])
		w, x, y = w+weight, x+weight*logK, y+weight*logV
		xx, xy = xx+weight*logK*logK, xy+weight*logK*logV
	}
	alpha := -(w*xy - x*y) / (w*xx - x*x)
	return metric.Score{
		Value:   -math.Abs(alpha - 1),
		Details: map[string]float64{"alpha": alpha, "eigenvalues": float64(last - alphaFirst + 1)},
	}, nil
}
