package baselines

import (
	"context"
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/linalg"
)

// HScore is the H-score of Bao et al., "An Information-Theoretic Approach to
// Transferability in Task Transfer Learning" (ICIP 2019), Definition 2:
//
//	H = tr(cov(X)⁺ cov(G)),  G[n] = μ_{y_n}
//
// It lies between 0 and min(C − 1, D), and is the same after any invertible
// affine map of the features.
//
// With T the scatter of all samples this is Σ_c n_c (μ_c − μ)ᵀ T⁺ (μ_c − μ), from
// one Cholesky factorization. Where T is singular, directions with less than
// max(N, D) · 2⁻⁵² of its largest eigenvalue count as empty. The released code cuts
// at 1e-15 instead, below the rounding of its own singular values, so that noise
// may enter there. Without a spare sample (N ≤ D, rows in general position) the
// features tell all samples apart and H is C − 1 whatever the labels.
type HScore struct{}

// Info describes the metric.
func (HScore) Info() features.Info {
	return features.Info{
		Name: "hscore", Title: "H-score", Version: 3,
		Paper: features.Paper{Authors: "Bao et al.", Title: "An Information-Theoretic Approach to Transferability in Task Transfer Learning", Venue: "ICIP", Year: 2019},
		Cost:  features.CostGram,
	}
}

// Score returns the H-score of s, in [0, min(C − 1, D)].
func (HScore) Score(ctx context.Context, s *features.Set) (features.Score, error) {
	if s.C() == 0 {
		return features.Score{}, errNoClasses
	}
	b := s.Groups().Between()
	var score features.Score
	warnBinary(&score, s, binaryLinear)
	if s.N() > s.D() { // else the scatter is singular, whatever rounding makes of its pivots
		if quotient, ok := traceQuotient(s.OwnTotal(), b); ok {
			score.Value = quotient
			return score, nil
		}
	}
	value, rank, err := pseudoTraceQuotient(s.Total(), b, max(s.N(), s.D()))
	if err != nil {
		return features.Score{}, err
	}
	score.Value = value
	score.Details = map[string]float64{"rank": float64(rank)}
	if rank >= s.N()-1 {
		score.Value = float64(s.C() - 1) // else rounding would rank models
		score.Warn(fmt.Errorf("%d samples span at most %d directions and the features fill them: the H-score is C − 1 whatever the labels", s.N(), s.N()-1))
	} else {
		score.Warn(fmt.Errorf("the covariance has rank %d of %d: the H-score leaves out the empty directions", rank, s.D()))
	}
	return score, nil
}

// HScoreShrunk is the H-score with a shrunk covariance of Ibrahim et al., "Newer
// is not always better: Rethinking transferability metrics, their peculiarities,
// stability and performance" (ECML PKDD 2022):
//
//	H_α = tr(Σ_α⁻¹ (1 − α) cov(G)),  Σ_α = (1 − α) Σ + α (tr Σ / D) I
//
// with α the intensity of Ledoit and Wolf (2004) and G as in HScore. As in the
// implementation of thuml's Transfer-Learning-Library, Σ is the covariance with
// 1/N (scikit-learn's LedoitWolf) and cov(G) the one with 1/(N−1).
type HScoreShrunk struct{}

// Info describes the metric.
func (HScoreShrunk) Info() features.Info {
	return features.Info{
		Name: "hscore-shrunk", Title: "Shrinkage H-score", Version: 2,
		Paper: features.Paper{Authors: "Ibrahim et al.", Title: "Newer is not always better: Rethinking transferability metrics, their peculiarities, stability and performance", Venue: "ECML PKDD", Year: 2022},
		Cost:  features.CostGram,
	}
}

// Score returns the shrinkage H-score of s, at least 0. Its details hold the
// shrinkage α.
func (HScoreShrunk) Score(ctx context.Context, s *features.Set) (features.Score, error) {
	if s.C() == 0 {
		return features.Score{}, errNoClasses
	}
	shrunk, n, d := s.OwnTotal(), float64(s.N()), float64(s.D())
	alpha := ledoitWolf(s.Features, s.Mean(), shrunk)
	ridge := alpha * mat.Trace(shrunk) / n / d
	linalg.ScaleSym(shrunk, (1-alpha)/n, shrunk)
	for j := range s.D() {
		shrunk.SetSym(j, j, shrunk.At(j, j)+ridge)
	}
	quotient, ok := traceQuotient(shrunk, s.Groups().Between())
	if !ok {
		return features.Score{}, fmt.Errorf("the shrunk covariance is singular (shrinkage %.3g): there are too few samples, or all vary alike", alpha)
	}
	return features.Score{
		Value:   (1 - alpha) * quotient / (n - 1),
		Details: map[string]float64{"shrinkage": alpha},
	}, nil
}

// traceQuotient returns tr(A⁻¹ BᵀB) for symmetric A (D×D), whose memory it takes
// over, and B (C×D); ok is false when A is not safely positive definite.
func traceQuotient(a *mat.SymDense, b *mat.Dense) (value float64, ok bool) {
	factor, ok := linalg.Factor(a)
	defer factor.Free()
	if !ok || factor.Condition() > maxCondition {
		return 0, false
	}
	x := factor.SolveRows(b)
	c, _ := b.Dims()
	for k := range c {
		value += mat.Dot(b.RowView(k), x.ColView(k))
	}
	return value, true
}

// maxCondition is the condition number from which a Cholesky factor is not trusted:
// with a bound from below as its only witness, half of the digits are the most to risk.
const maxCondition = 1e9

// pseudoTraceQuotient returns tr(A⁺ BᵀB) and the rank of A, whose eigenvalues
// below size · 2⁻⁵² of the largest count as zero.
func pseudoTraceQuotient(a mat.Symmetric, b *mat.Dense, size int) (value float64, rank int, err error) {
	values, v, err := linalg.EigenSym(a, true)
	if err != nil {
		return 0, 0, err
	}
	if values[0] <= 0 {
		return 0, 0, errConstant
	}
	floor := values[0] * float64(size) * 0x1p-52
	for rank < len(values) && values[rank] > floor {
		rank++
	}
	var q mat.Dense
	q.Mul(b, v.Slice(0, len(values), 0, rank))
	c, _ := b.Dims()
	for k := range c {
		for j, x := range q.RawRowView(k) {
			value += x * x / values[j]
		}
	}
	return value, rank, nil
}

// ledoitWolf returns the shrinkage intensity of Ledoit and Wolf, "A
// well-conditioned estimator for large-dimensional covariance matrices" (J.
// Multivariate Analysis, 2004), for samples with the given mean and scatter t
// about it:
//
//	α = min(b, δ)/δ,  δ = (‖Σ‖² − (tr Σ)²/D)/D,  b = (1/N Σ_n ‖x_n − μ‖⁴ − ‖Σ‖²)/(N D)
func ledoitWolf(rows features.Rows, mean []float64, t *mat.SymDense) float64 {
	var fourth float64
	features.Blocks(rows, func(_ int, x *mat.Dense) {
		subtractRow(x, mean)
		for i := range x.RawMatrix().Rows {
			row := x.RowView(i)
			square := mat.Dot(row, row)
			fourth += square * square
		}
	})
	rowCount, columns := rows.Dims()
	n, d := float64(rowCount), float64(columns)
	norm, trace := mat.Norm(t, 2)/n, mat.Trace(t)/n
	delta := (norm*norm - trace*trace/d) / d
	b := (fourth/n - norm*norm) / (n * d)
	if delta <= 0 {
		return 0
	}
	return max(0, min(b, delta)) / delta
}

var errConstant = errors.New("all features are constant: there is nothing to score")
