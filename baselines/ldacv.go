package baselines

import (
	"context"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/linalg"
	"sfdalab/internal/par"
	"sfdalab/metric"
)

// LDACV is the cross-validated accuracy of linear discriminant analysis, in
// percent: that of scikit-learn's LinearDiscriminantAnalysis in its default form,
// without shrinkage. Folds are those of Logistic.
type LDACV struct {
	Folds int    `param:"folds" default:"5" range:"2:" doc:"folds of the cross-validation"`
	Seed  uint64 `param:"seed" doc:"seed of the random folds"`
}

// Info describes the metric.
func (LDACV) Info() metric.Info {
	return metric.Info{
		Name: "lda-cv", Title: "Cross-validated LDA", Version: 7,
		Paper: metric.Paper{Authors: "Fisher", Title: "The Use of Multiple Measurements in Taxonomic Problems", Venue: "Annals of Eugenics", Year: 1936},
		Cost:  metric.CostGram, Random: true,
	}
}

// Score returns the cross-validated accuracy of s, in [0, 100]; see Logistic.Score.
func (m LDACV) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	m, err := metric.Prepare(m, s)
	if err != nil {
		return metric.Score{}, err
	}
	if s.N()*(m.Folds-1) >= s.D()*m.Folds {
		s.Groups() // of which folds take theirs, on all free cores
	}
	return crossValidate(ctx, s, m.Folds, m.Seed, m.train)
}

// train fits the classifier to the samples of the training folds.
func (LDACV) train(_ context.Context, s *features.Set) (discriminant, error) {
	if d, ok := factoredDiscriminant(s); ok {
		return d, nil
	}
	f, err := fisherSVD(features.Dense(features.Matrix(s.Features)), s.Labels.Index, s.C())
	if err != nil {
		return discriminant{}, err
	}
	return f.discriminant, nil
}

// factoredDiscriminant returns the discriminant of fisherSVD without eigenvectors of the
// covariance within classes. ok is false where that has, or may have, directions which
// fisherSVD leaves out.
//
// With S⁺ that covariance's pseudo-inverse, B the means of the classes as Groups.Between
// has them, and Y = S⁺Bᵀ, the C×C matrix BY = UΛUᵀ has the squared spreads of the class
// means along the discriminant axes, which are YUΛ^-½. So the weights of class c are
// YUUᵀe_c/√n_c, with the columns of U that count.
func factoredDiscriminant(s *features.Set) (d discriminant, ok bool) {
	g := s.Classes()
	between := g.Between()
	y, ok := solveWithin(s, between)
	if !ok {
		return d, false
	}
	var products mat.Dense
	products.Mul(between, y)
	c := s.C()
	spreads := mat.NewSymDense(c, nil)
	for i := range c {
		for j := i; j < c; j++ {
			spreads.SetSym(i, j, (products.At(i, j)+products.At(j, i))/2)
		}
	}
	values, u, err := linalg.EigenSym(spreads, true)
	if err != nil || !(values[0] > 0) {
		return d, false
	}
	r := 0
	for r < c && values[r] > rankTolerance*rankTolerance*values[0] {
		r++
	}
	axes := u.Slice(0, c, 0, r)
	var span, weights mat.Dense
	span.Mul(axes, axes.T())
	for k, n := range g.Counts {
		for i := range c {
			span.Set(i, k, span.At(i, k)/math.Sqrt(float64(n)))
		}
	}
	weights.Mul(y, &span)

	average, bias := s.Mean(), priors(g.Counts)
	for k, n := range g.Counts {
		var square float64 // of the mean of class k, from the average, along the axes
		for j, v := range values[:r] {
			square += v * u.At(k, j) * u.At(k, j) / float64(n)
		}
		bias[k] -= square/2 + floats.Dot(average, mat.Col(nil, k, &weights))
	}
	return discriminant{&weights, bias}, true
}

// solveWithin returns S⁺Bᵀ (D×k) for the covariance S within classes, over N − C, and B
// (k×D). ok is false where features less their class means, divided by their deviations
// within classes, may have a direction of deviation up to rankTolerance among the
// min(N − C, D) that they have in general.
func solveWithin(s *features.Set, b *mat.Dense) (y *mat.Dense, ok bool) {
	if s.N()-s.C() >= s.D() {
		return solveScatter(s, b)
	}
	return solveFewSamples(s, b)
}

// solveScatter is solveWithin where S has full rank. It factors the correlation matrix of
// the features within classes instead of S, because rankTolerance is relative to each
// feature's deviation.
func solveScatter(s *features.Set, b *mat.Dense) (y *mat.Dense, ok bool) {
	within := s.Groups().Within
	scale := make([]float64, s.D())
	for j := range scale {
		scale[j] = math.Sqrt(within.At(j, j) / float64(s.N()))
	}
	standard, inverse := linalg.ScaleSym(nil, 1/float64(s.N()-s.C()), within), inverses(scale)
	raw := standard.RawSymmetric()
	for i, v := range inverse {
		row := raw.Data[i*raw.Stride+i : i*raw.Stride+raw.N]
		floats.Scale(v, row)
		floats.Mul(row, inverse[i:])
		if v == 0 {
			row[0] = 1 // a feature that does not vary has no part in S⁺
		}
	}
	factor, ok := linalg.Factor(standard)
	defer factor.Free()
	if !ok {
		return nil, false
	}
	y, ok = solveAboveTolerance(factor, scaledColumns(b, inverse))
	if ok {
		scaleRows(y, inverse)
	}
	return y, ok
}

// solveFewSamples is solveWithin where S is singular. With Z the contrasts within classes,
// divided by the features' deviations, and B scaled likewise, K = ZZᵀ/(N − C) has the
// eigenvalues of S but for zeros, and S⁺Bᵀ = ZᵀK⁻²ZBᵀ/(N − C). Both products are those of
// the rows of Z and B.
func solveFewSamples(s *features.Set, b *mat.Dense) (y *mat.Dense, ok bool) {
	d, degrees := s.D(), s.N()-s.C()
	if degrees == 0 {
		return nil, false
	}
	k, _ := b.Dims()
	memory, free := linalg.Scratch((degrees + k) * d)
	defer free()
	rows := mat.NewDense(degrees+k, d, memory)
	z := rows.Slice(0, degrees, 0, d).(*mat.Dense)
	features.Contrasts(z, s.Features, s.Labels.Index, s.Classes().Means)
	rows.Slice(degrees, degrees+k, 0, d).(*mat.Dense).Copy(b)
	squares := mat.NewDense(1, d, nil)
	addSquares(squares, z, make([]int, degrees))
	scale := squares.RawRowView(0)
	for j, square := range scale {
		scale[j] = math.Sqrt(square / float64(s.N()))
	}
	inverse := inverses(scale)
	par.For(degrees+k, func(i int) { floats.Mul(rows.RawRowView(i), inverse) })

	products := features.RowGram(features.Dense(rows))
	linalg.ScaleSym(products, 1/float64(degrees), products)
	raw := products.RawSymmetric()
	var projected mat.Dense // ZBᵀ/(N − C)
	projected.SetRawMatrix(blas64.General{Rows: degrees, Cols: k, Data: raw.Data[degrees:], Stride: raw.Stride})
	factor, ok := linalg.Factor(products.SliceSym(0, degrees).(*mat.SymDense))
	defer factor.Free()
	if !ok {
		return nil, false
	}
	once, ok := solveAboveTolerance(factor, projected.T())
	if !ok {
		return nil, false
	}
	y = mat.NewDense(d, k, nil)
	y.Mul(z.T(), factor.SolveRows(mat.DenseCopyOf(once.T())))
	scaleRows(y, inverse)
	return y, true
}

// solveAboveTolerance returns A⁻¹Bᵀ for the factored A. ok is false unless all
// eigenvalues of A are above rankTolerance².
//
// The test is that of Dixon, "Estimating extremal eigenvalues and condition numbers of
// matrices" (SIAM J. Numerical Analysis, 1983): ‖A⁻¹v‖ for a standard normal v is at
// least |g|/λ, λ the least eigenvalue and g its eigenvector's part of v, which is
// standard normal. Of eight, one is 0.1 or more but for 1 case in 10⁸.
func solveAboveTolerance(factor linalg.Cholesky, b mat.Matrix) (x *mat.Dense, ok bool) {
	const probes, least = 8, 0.1
	k, n := b.Dims()
	with := mat.NewDense(k+probes, n, nil)
	with.Slice(0, k, 0, n).(*mat.Dense).Copy(b)
	random := rand.New(rand.NewPCG(uint64(n), probes))
	for i := k; i < k+probes; i++ {
		for j := range n {
			with.Set(i, j, random.NormFloat64())
		}
	}
	x = factor.SolveRows(with)
	for i := k; i < k+probes; i++ {
		if !(mat.Norm(x.ColView(i), 2)*rankTolerance*rankTolerance < least) {
			return nil, false
		}
	}
	return mat.DenseCopyOf(x.Slice(0, n, 0, k)), true
}

// inverses returns 1/v of each number, or 0 for 0.
func inverses(x []float64) []float64 {
	inverse := make([]float64, len(x))
	for i, v := range x {
		if v > 0 {
			inverse[i] = 1 / v
		}
	}
	return inverse
}

// scaledColumns returns m with each column times its factor.
func scaledColumns(m *mat.Dense, factors []float64) *mat.Dense {
	scaled := mat.DenseCopyOf(m)
	for i := range scaled.RawMatrix().Rows {
		floats.Mul(scaled.RawRowView(i), factors)
	}
	return scaled
}

// scaleRows multiplies each row of m by its factor.
func scaleRows(m *mat.Dense, factors []float64) {
	for i, f := range factors {
		floats.Scale(f, m.RawRowView(i))
	}
}
