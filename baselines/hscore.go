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
// may enter there. With N ≤ D the inner products of the samples, N×N, tell as much:
// see spanned. Without a spare sample (N ≤ D, rows in general position) the
// features tell all samples apart and H is C − 1 whatever the labels.
//
// Samples with several labels: G is then the linear least-squares prediction of the
// features from the K labels, 0 or 1 each. With one label for each sample it is the mean
// of the class, so that both are one definition; H is the sum of the squared canonical
// correlations of features and labels. The mean over samples with the same labels, which
// Definition 2 read to the letter would ask for, says nothing where most sets of labels
// are those of one sample.
type HScore struct{}

// Info describes the metric.
func (HScore) Info() metric.Info {
	return metric.Info{
		Name: "hscore", Title: "H-score", Version: 5,
		Paper: metric.Paper{Authors: "Bao et al.", Title: "An Information-Theoretic Approach to Transferability in Task Transfer Learning", Venue: "ICIP", Year: 2019},
		Cost:  metric.CostGram, MultiLabel: predictedFromLabels,
	}
}

const predictedFromLabels = "as they are: features are predicted from all labels at once, where else they are from the class"

// Score returns the H-score of s, in [0, min(C − 1, D)], or [0, min(K, D)] with K labels
// of which a sample may have several. The detail "rank" is that of T,
// where it is singular.
func (m HScore) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	if _, err := metric.Prepare(m, s); err != nil {
		return metric.Score{}, err
	}
	var score metric.Score
	warnBinary(&score, s, binaryLinear)
	var rank int
	var err error
	if s.N() <= s.D() {
		score.Value, rank, err = spanned(s.RowGram(), indicators(s.Labels), s.D())
	} else {
		b := labelMeans(s)
		if quotient, ok := traceQuotient(s.OwnTotal(), b, b); ok {
			score.Value = quotient
			return score, nil
		}
		score.Value, rank, err = pseudoTraceQuotient(s.Total(), b, s.N())
	}
	if err != nil {
		return metric.Score{}, err
	}
	score.Details = map[string]float64{"rank": float64(rank)}
	if rank >= s.N()-1 {
		most := "C − 1"
		if score.Value = float64(s.C() - 1); s.Labels.Multi { // else rounding would rank models
			score.Value, most = float64(indicators(s.Labels).RawMatrix().Rows), "the rank of the labels"
		}
		score.Warn(fmt.Errorf("%d samples span at most %d directions, and these features span all of them: the H-score is %s whatever the labels", s.N(), s.N()-1, most))
	} else {
		score.Warn(fmt.Errorf("the covariance has rank %d of %d: the H-score leaves out directions without variance", rank, s.D()))
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
//
// With X the samples less their mean and B = PX the means of the classes as in
// indicators, X(XᵀX + tI)⁻¹ = (XXᵀ + tI)⁻¹X: where N ≤ D, tr(B (XᵀX + tI)⁻¹ Bᵀ) is
// tr(P (XXᵀ + tI)⁻¹ XBᵀ), from N×N matrices.
type HScoreShrunk struct{}

// Info describes the metric.
func (HScoreShrunk) Info() metric.Info {
	return metric.Info{
		Name: "hscore-shrunk", Title: "Shrinkage H-score", Version: 4,
		Paper: metric.Paper{Authors: "Ibrahim et al.", Title: "Newer is not always better: Rethinking transferability metrics, their peculiarities, stability and performance", Venue: "ECML PKDD", Year: 2022},
		Cost:  metric.CostGram, MultiLabel: predictedFromLabels,
	}
}

// Score returns the shrinkage H-score of s, at least 0. The detail "shrinkage" is α, in
// [0, 1]. It is an error when the shrunk covariance is singular.
func (m HScoreShrunk) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	if _, err := metric.Prepare(m, s); err != nil {
		return metric.Score{}, err
	}
	n, d := float64(s.N()), float64(s.D())
	var gram *mat.SymDense // XᵀX or XXᵀ, whose traces and norms are the same
	var fourth float64     // Σ_n ‖x_n − μ‖⁴
	if s.N() <= s.D() {
		gram = linalg.ScaleSym(nil, 1, s.RowGram())
		for i := range s.N() {
			fourth += gram.At(i, i) * gram.At(i, i)
		}
	} else {
		gram, fourth = s.OwnTotal(), fourthPowers(s.Features, s.Mean())
	}
	alpha := ledoitWolf(n, d, gram, fourth)
	ridge := alpha * mat.Trace(gram) / n / d
	linalg.ScaleSym(gram, (1-alpha)/n, gram)
	for j := range gram.SymmetricDim() {
		gram.SetSym(j, j, gram.At(j, j)+ridge)
	}
	var quotient float64
	var ok bool
	if s.N() <= s.D() {
		quotient, ok = traceQuotient(gram, indicators(s.Labels), betweenProducts(s))
	} else {
		b := labelMeans(s)
		quotient, ok = traceQuotient(gram, b, b)
	}
	if !ok {
		return metric.Score{}, fmt.Errorf("the shrunk covariance is singular (shrinkage %.3g): there are too few samples, or all features vary together", alpha)
	}
	return metric.Score{
		Value:   (1 - alpha) * quotient / (n - 1),
		Details: map[string]float64{"shrinkage": alpha},
	}, nil
}

// indicators returns the C×N matrix P that takes centred samples to the class means of
// Groups.Between: 1/√n_c for the samples of class c and 0 for others, less √n_c/N, the
// mean of its row. Of several labels for a sample it is an orthonormal basis of what the
// centred columns of labels span.
func indicators(l *features.Labels) *mat.Dense {
	if l.Multi {
		return labelBasis(l.Targets)
	}
	p := mat.NewDense(l.C(), l.N(), nil)
	for c, count := range l.Counts() {
		root, row := math.Sqrt(float64(count)), p.RawRowView(c)
		for n, k := range l.Index {
			if k == c {
				row[n] = 1 / root
			}
			row[n] -= root / float64(l.N())
		}
	}
	return p
}

// labelBasis returns the orthonormal basis of the centred columns of y (N×K) as rows, r×N.
// Directions with less than max(N, K) · 2⁻⁵² of the largest square count as empty.
func labelBasis(y *mat.Dense) *mat.Dense {
	n, k := y.Dims()
	centred := mat.DenseCopyOf(y)
	for j := range k {
		mean := mat.Sum(y.ColView(j)) / float64(n)
		for i := range n {
			centred.Set(i, j, y.At(i, j)-mean)
		}
	}
	var svd mat.SVD
	if !svd.Factorize(centred.T(), mat.SVDThin) {
		panic("SVD of zeros and ones did not converge")
	}
	values := svd.Values(nil)
	rank := 0
	for rank < len(values) && values[rank]*values[rank] > values[0]*values[0]*float64(max(n, k))*0x1p-52 {
		rank++
	}
	var v mat.Dense // N×min(N, K)
	svd.VTo(&v)
	return mat.DenseCopyOf(v.Slice(0, n, 0, max(rank, 1)).T())
}

// labelMeans returns the product of indicators and the centred samples, C×D: the means of
// classes as Groups.Between has them.
func labelMeans(s *features.Set) *mat.Dense {
	if !s.Labels.Multi {
		return s.Groups().Between()
	}
	centred := features.Centred(s.Features, nil, mat.NewDense(1, s.D(), s.Mean()))
	return mat.DenseCopyOf(transposedProduct(centred, mat.DenseCopyOf(indicators(s.Labels).T())).T())
}

// betweenProducts returns BXᵀ (C×N) for the centred samples X and B as Groups.Between has
// it.
func betweenProducts(s *features.Set) *mat.Dense {
	if s.Labels.Multi {
		var products mat.Dense
		products.Mul(indicators(s.Labels), s.RowGram())
		return &products
	}
	products := mat.NewDense(s.C(), s.N(), nil)
	centred := features.Centred(s.Features, nil, mat.NewDense(1, s.D(), s.Mean()))
	features.Multiply(centred, s.Classes().Between().T(), func(lo int, product *mat.Dense) {
		n, c := product.Dims()
		products.Slice(0, c, lo, lo+n).(*mat.Dense).Copy(product.T())
	})
	return products
}

// spanned returns ‖PV‖² for P (k×N), whose rows sum to 0, and the rank r of centred
// samples X (N×D, N ≤ D), of which gram is XXᵀ; V (N×r) is an orthonormal basis of X's
// columns. Eigenvalues of gram below D · 2⁻⁵² of the largest count as zero. With
// B = PX, ‖PV‖² is tr(B (XᵀX)⁺ Bᵀ).
//
// A Cholesky factorization shows whether the rank is N − 1; V then has all vectors that
// sum to 0, and ‖PV‖² = ‖P‖².
func spanned(gram *mat.SymDense, p *mat.Dense, d int) (value float64, rank int, err error) {
	n, trace := gram.SymmetricDim(), mat.Trace(gram)
	if trace <= 0 {
		return 0, 0, errConstant
	}
	filled := linalg.ScaleSym(nil, 1, gram) // and the one direction that is empty: 11ᵀ
	mean := trace / float64(n) / float64(n)
	raw := filled.RawSymmetric()
	for i := range n {
		floats.AddConst(mean, raw.Data[i*raw.Stride+i:i*raw.Stride+n])
	}
	factor, ok := linalg.Factor(filled)
	full := ok && factor.Condition() <= maxCondition
	factor.Free()
	if full {
		norm := mat.Norm(p, 2)
		return norm * norm, n - 1, nil
	}
	values, v, err := linalg.EigenSym(gram, true)
	if err != nil {
		return 0, 0, err
	}
	for rank < n && values[rank] > values[0]*float64(d)*0x1p-52 {
		rank++
	}
	var q mat.Dense
	q.Mul(p, v.Slice(0, n, 0, rank))
	norm := mat.Norm(&q, 2)
	return norm * norm, rank, nil
}

// traceQuotient returns tr(B A⁻¹ Eᵀ) for symmetric A (m×m), whose memory it takes
// over, and B and E (k×m); ok is false when A is not safely positive definite.
func traceQuotient(a *mat.SymDense, b, e *mat.Dense) (value float64, ok bool) {
	factor, ok := linalg.Factor(a)
	defer factor.Free()
	if !ok || factor.Condition() > maxCondition {
		return 0, false
	}
	x := factor.SolveRows(e)
	rows, _ := b.Dims()
	for k := range rows {
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
	values, basis, err := support(a, size)
	if err != nil {
		return 0, 0, err
	}
	var q mat.Dense
	q.Mul(b, basis)
	c, _ := b.Dims()
	for k := range c {
		for j, x := range q.RawRowView(k) {
			value += x * x / values[j]
		}
	}
	return value, len(values), nil
}

// support returns the eigenvalues of a that are not below size · 2⁻⁵² of the largest, and
// their eigenvectors as columns.
func support(a mat.Symmetric, size int) (values []float64, basis mat.Matrix, err error) {
	values, v, err := linalg.EigenSym(a, true)
	if err != nil {
		return nil, nil, err
	}
	if values[0] <= 0 {
		return nil, nil, errConstant
	}
	floor, rank := values[0]*float64(size)*0x1p-52, 0
	for rank < len(values) && values[rank] > floor {
		rank++
	}
	return values[:rank], v.Slice(0, len(values), 0, rank), nil
}

// ledoitWolf returns the shrinkage intensity of Ledoit and Wolf, "A
// well-conditioned estimator for large-dimensional covariance matrices" (J.
// Multivariate Analysis, 2004), for N samples of D features, whose scatter about
// their mean has the trace and norm of gram:
//
//	α = min(b, δ)/δ,  δ = (‖Σ‖² − (tr Σ)²/D)/D,  b = (1/N Σ_n ‖x_n − μ‖⁴ − ‖Σ‖²)/(N D)
//
// fourth is Σ_n ‖x_n − μ‖⁴.
func ledoitWolf(n, d float64, gram *mat.SymDense, fourth float64) float64 {
	norm, trace := mat.Norm(gram, 2)/n, mat.Trace(gram)/n
	delta := (norm*norm - trace*trace/d) / d
	b := (fourth/n - norm*norm) / (n * d)
	if delta <= 0 {
		return 0
	}
	return max(0, min(b, delta)) / delta
}

// fourthPowers returns Σ_n ‖x_n − mean‖⁴.
func fourthPowers(rows features.Rows, mean []float64) (sum float64) {
	features.Blocks(rows, func(_ int, x *mat.Dense) {
		subtractRow(x, mean)
		for i := range x.RawMatrix().Rows {
			row := x.RowView(i)
			square := mat.Dot(row, row)
			sum += square * square
		}
	})
	return sum
}

var errConstant = errors.New("all features are constant: there is nothing to score")
