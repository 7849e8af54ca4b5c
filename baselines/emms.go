package baselines

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/linalg"
	"sfdalab/metric"
)

// EMMS is the multi-task model selector of Meng et al., "Foundation Model is
// Efficient Multimodal Multitask Model Selector" (NeurIPS 2023): how well a linear
// map takes features to label embeddings. With X the features and Y (N×E) the
// embedding of each sample's class, both with columns of mean 0 and deviation 1,
//
//	EMMS = −(E/N) min_W ‖XW − Y‖²
//
// The embeddings (C×E, one for each class) are the Set's, or one-hot vectors when it has
// none. As released, columns of Y are divided by their deviation plus 1e-8.
//
// Several embeddings Y_k (Count of them, side by side in the columns of the Set's) are
// weighed by t in the simplex. As released, W is that of their mean and is not fitted
// again, t are the least-squares weights of the Y_k for XW, projected on the simplex
// (sparsemax of Martins and Astudillo, 2016), and the norm is that of XW − Σ_k t_k Y_k.
// The released run has three, of CLIP, BERT and GPT-2.
//
// In the released code the factor is E/N, where N·E in the denominator seems meant; for
// one dataset it is the same for all models. A column of Y without deviation counts as 0.
// Where samples are no more than features, a linear map meets any labels: the score is
// then 0 for all models, where rounding ranks them in the released code.
type EMMS struct {
	Count int `param:"count" default:"1" range:"1:" added:"later" doc:"label embeddings, of equal size, side by side in the columns of the embeddings"`
}

// Info describes the metric.
func (EMMS) Info() metric.Info {
	return metric.Info{
		Name: "emms", Title: "EMMS", Version: 5, Uses: metric.Embeddings,
		Paper: metric.Paper{Authors: "Meng et al.", Title: "Foundation Model is Efficient Multimodal Multitask Model Selector", Venue: "NeurIPS", Year: 2023},
		Cost:  metric.CostGram,
	}
}

// Score returns the EMMS of s, in [−E², 0], or in [−4E², 0] for several embeddings. The
// detail "explained" is the part of the embeddings' variance that the features explain;
// "weight-1" and so on are t. It is an error when all label embeddings are the same.
func (m EMMS) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	m, err := metric.Prepare(m, s)
	if err != nil {
		return metric.Score{}, err
	}
	y, counts := standardEmbeddings(s), s.Labels.Counts()
	_, columns := y.Dims()
	if columns%m.Count != 0 {
		return metric.Score{}, fmt.Errorf("%d columns of label embeddings cannot be split into %d embeddings of equal size: set another count", columns, m.Count)
	}
	e := columns / m.Count
	gram := innerProducts(m.Count, y.T(), weighted(y, counts).T()) // of the embeddings, over the samples
	power := mat.Trace(gram)
	if power == 0 {
		return metric.Score{}, errors.New("all label embeddings are the same")
	}

	var score metric.Score
	if s.Embeddings == nil {
		warnBinary(&score, s, binaryLinear)
	}
	fitted, rank, err := m.fitted(s, y)
	if err != nil {
		return metric.Score{}, err
	}
	if rank >= s.N()-1 {
		score.Details = map[string]float64{"explained": 1}
		score.Warn(fmt.Errorf("%d samples have %d features: a linear map fits any labels, so the score is 0 whatever they are", s.N(), s.D()))
		return score, nil
	}
	score.Details = map[string]float64{"explained": mat.Trace(fitted) / power}
	if m.Count == 1 {
		score.Value = -float64(e) / float64(s.N()) * max(power-fitted.At(0, 0), 0)
		return score, nil
	}
	loss, weights, err := mixedLoss(gram, fitted)
	for k, w := range weights {
		score.Details[fmt.Sprintf("weight-%d", k+1)] = w
	}
	score.Value = -float64(e) / float64(s.N()) * max(loss, 0)
	return score, err
}

// fitted returns the inner products of what the best linear maps of the features make of
// each embedding, K×K, and how many directions of the features count.
//
// With T = XᵀX and XᵀY = Σ_c n_c (μ_c − μ) y_cᵀ these are YᵀX T⁻¹ XᵀY, and ‖XW − Y‖² is
// least at ‖Y‖² less that. A scale of X's columns changes nothing but how well T is
// conditioned.
func (m EMMS) fitted(s *features.Set, y *mat.Dense) (products *mat.Dense, rank int, err error) {
	mean, deviation := deviations(s.Features)
	for j, v := range deviation {
		if v == 0 {
			deviation[j] = 1
		}
	}
	if s.N() <= s.D() && m.Count == 1 { // in most cases a map meets any labels: an N×N matrix tells
		_, e := y.Dims()
		samples := mat.NewDense(e, s.N(), nil)
		samples.Apply(func(j, n int, _ float64) float64 { return y.At(s.Labels.Index[n], j) }, samples)
		explained, rank, err := spanned(features.RowGram(scaled{s.Features, mean, deviation}), samples, s.D())
		return mat.NewDense(1, 1, []float64{explained}), rank, err
	}
	scatter := func() *mat.SymDense {
		t := s.OwnTotal()
		for i := range s.D() {
			for j := i; j < s.D(); j++ {
				t.SetSym(i, j, t.At(i, j)/deviation[i]/deviation[j])
			}
		}
		return t
	}
	g := s.Groups()
	means := mat.DenseCopyOf(g.Means)
	for c := range g.Counts {
		row := means.RawRowView(c)
		floats.Sub(row, mean)
		floats.Div(row, deviation)
	}
	across := new(mat.Dense) // YᵀX, KE×D
	across.Mul(y.T(), weighted(means, g.Counts))

	if s.N() > s.D() { // else the scatter is singular, whatever rounding makes of its pivots
		factor, ok := linalg.Factor(scatter())
		defer factor.Free()
		if ok && factor.Condition() <= maxCondition {
			return innerProducts(m.Count, across, factor.SolveRows(across).T()), s.D(), nil
		}
	}
	values, basis, err := support(scatter(), max(s.N(), s.D()))
	if err != nil {
		return nil, 0, err
	}
	half := new(mat.Dense)
	half.Mul(across, basis)
	half.Apply(func(_, j int, v float64) float64 { return v / math.Sqrt(values[j]) }, half)
	return innerProducts(m.Count, half, half), len(values), nil
}

// innerProducts returns the sums over e of the products of row e of each of count blocks
// of a with row e of each block of b, count×count.
func innerProducts(count int, a, b mat.Matrix) *mat.Dense {
	rows, _ := a.Dims()
	products, left, right := mat.NewDense(count, count, nil), mat.DenseCopyOf(a), mat.DenseCopyOf(b)
	e := rows / count
	for k := range count {
		for l := range count {
			for i := range e {
				products.Set(k, l, products.At(k, l)+floats.Dot(left.RawRowView(k*e+i), right.RawRowView(l*e+i)))
			}
		}
	}
	return products
}

// weighted returns x with row c times the size of class c.
func weighted(x *mat.Dense, counts []int) *mat.Dense {
	y := mat.DenseCopyOf(x)
	for c, n := range counts {
		floats.Scale(float64(n), y.RawRowView(c))
	}
	return y
}

// mixedLoss returns ‖XW − Σ_k t_k Y_k‖² and t, of K embeddings with inner products gram
// (K×K) whose fits by linear maps have the inner products fitted (K×K).
//
// As XW is the fit of the mean embedding, XW·Y_k is the mean of row k of fitted, and ‖XW‖²
// the mean of all of it. The least-squares weights are gram⁻¹ (XW·Y_k)_k, in the directions
// that gram has.
func mixedLoss(gram, fitted *mat.Dense) (loss float64, t []float64, err error) {
	k, _ := gram.Dims()
	meets := make([]float64, k) // XW·Y_k, with W that of the mean
	for i := range meets {
		meets[i] = floats.Sum(fitted.RawRowView(i)) / float64(k)
	}
	values, basis, err := support(symmetric(gram), k)
	if err != nil {
		return 0, nil, err
	}
	var part, least mat.VecDense
	part.MulVec(basis.T(), mat.NewVecDense(k, meets))
	for j, v := range values {
		part.SetVec(j, part.AtVec(j)/v)
	}
	least.MulVec(basis, &part)
	t = sparsemax(least.RawVector().Data)
	mixed := mat.NewVecDense(k, t)
	loss = floats.Sum(meets)/float64(k) - 2*floats.Dot(t, meets) + mat.Inner(mixed, gram, mixed)
	return loss, t, nil
}

// symmetric returns the upper triangle of a as a symmetric matrix.
func symmetric(a *mat.Dense) *mat.SymDense {
	n, _ := a.Dims()
	s := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			s.SetSym(i, j, a.At(i, j))
		}
	}
	return s
}

// sparsemax returns the point of the simplex nearest to z (Martins and Astudillo, "From
// Softmax to Sparsemax", ICML 2016).
func sparsemax(z []float64) []float64 {
	sorted := slices.Sorted(slices.Values(z))
	slices.Reverse(sorted)
	var sum, threshold float64
	for i, v := range sorted {
		sum += v
		if 1+float64(i+1)*v > sum {
			threshold = (sum - 1) / float64(i+1)
		}
	}
	p := make([]float64, len(z))
	for i, v := range z {
		p[i] = max(0, v-threshold)
	}
	return p
}

// standardEmbeddings returns the embeddings of each class (C×KE), one-hot vectors where
// the Set has none, each column with mean 0 and deviation 1 over the samples.
func standardEmbeddings(s *features.Set) *mat.Dense {
	var y *mat.Dense
	if s.Embeddings != nil {
		y = features.Matrix(s.Embeddings)
	} else {
		y = mat.NewDense(s.C(), s.C(), nil)
		for c := range s.C() {
			y.Set(c, c, 1)
		}
	}
	counts := s.Labels.Counts()
	_, columns := y.Dims()
	for j := range columns {
		var mean, variance float64
		for c, n := range counts {
			mean += float64(n) * y.At(c, j) / float64(s.N())
		}
		for c, n := range counts {
			v := y.At(c, j) - mean
			variance += float64(n) * v * v / float64(s.N())
		}
		deviation := math.Sqrt(variance)
		for c := range counts {
			v := 0.0
			if deviation > 0 {
				v = (y.At(c, j) - mean) / (deviation + emmsEpsilon)
			}
			y.Set(c, j, v)
		}
	}
	return y
}

const emmsEpsilon = 1e-8 // added to deviations in the released code
