package baselines

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/par"
	"sfdalab/metric"
)

// TransRate is the difference of coding rates of Huang et al., "Frustratingly Easy
// Transferability Estimation" (ICML 2022), as its code listing has it:
//
//	TrR = R(Z) − 1/C Σ_c R(Z_c),  R(Z) = ½ log det(I + ZᵀZ/(m ε))
//
// with Z the features less their mean, Z_c the m = n_c rows of class c among them
// (not centred again), and ε the distortion.
//
// The average over classes weighs each alike, as the listing does; with weights
// n_c/N it would be the rate reduction of Yu et al. (2020). The two are the same
// for classes of one size.
type TransRate struct {
	Distortion float64 `param:"distortion" default:"1e-4" range:"1e-12:" doc:"distortion ε of the code"`
}

// Info describes the metric.
func (TransRate) Info() metric.Info {
	return metric.Info{
		Name: "transrate", Title: "TransRate", Version: 3,
		Paper: metric.Paper{Authors: "Huang et al.", Title: "Frustratingly Easy Transferability Estimation", Venue: "ICML", Year: 2022},
		Cost:  metric.CostGram,
	}
}

// Score returns the TransRate of s, in nats. It is an error where float64 cannot tell
// I + ZᵀZ/(m ε) from a singular matrix: ε is then too small for the features.
func (m TransRate) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	m, err := metric.Prepare(m, s)
	if err != nil {
		return metric.Score{}, err
	}
	whole, err := wholeRate(s, m.Distortion)
	if err != nil {
		return metric.Score{}, err
	}
	classes := byClass(s.Labels)
	rates, errs := make([]float64, len(classes)), make([]error, len(classes))
	par.For(len(classes), func(c int) {
		z := gather(s.Features, classes[c])
		subtractRow(z, s.Mean())
		rates[c], errs[c] = codingRate(smallGram(z), len(classes[c]), m.Distortion)
	})
	score := metric.Score{Value: whole}
	for c, rate := range rates {
		if errs[c] != nil {
			return metric.Score{}, fmt.Errorf("class %s: %w", s.Labels.Names[c], errs[c])
		}
		score.Value -= rate / float64(len(classes))
	}
	return score, nil
}

// wholeRate returns the coding rate of all samples of s.
func wholeRate(s *features.Set, distortion float64) (float64, error) {
	if s.N() < s.D() {
		return codingRate(s.RowGram(), s.N(), distortion)
	}
	return codingRate(s.Total(), s.N(), distortion)
}

// smallGram returns the smaller of ZᵀZ and ZZᵀ. Their non-zero eigenvalues are
// the same, and so is log det(I + ·).
func smallGram(z *mat.Dense) *mat.SymDense {
	n, d := z.Dims()
	gram := mat.NewSymDense(min(n, d), nil)
	if n < d {
		gram.SymOuterK(1, z)
	} else {
		gram.SymOuterK(1, z.T())
	}
	return gram
}

// codingRate returns ½ log det(I + gram/(n ε)).
func codingRate(gram *mat.SymDense, n int, distortion float64) (float64, error) {
	k := gram.SymmetricDim()
	a := mat.NewSymDense(k, nil)
	a.ScaleSym(1/(float64(n)*distortion), gram)
	for i := range k {
		a.SetSym(i, i, a.At(i, i)+1)
	}
	var chol mat.Cholesky
	if !chol.Factorize(a) {
		return 0, fmt.Errorf("no coding rate: I + ZᵀZ/(nε) is not positive definite in float64; raise the distortion above %g", distortion)
	}
	return chol.LogDet() / 2, nil
}
