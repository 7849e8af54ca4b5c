package baselines

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/metric"
)

// EMMS is the multi-task model selector of Meng et al., "Foundation Model is
// Efficient Multimodal Multitask Model Selector" (NeurIPS 2023): how well a linear
// map takes features to label embeddings. With X the features and Y (N×E) the
// embedding of each sample's class, both with columns of mean 0 and deviation 1,
//
//	EMMS = −(E/N) min_W ‖XW − Y‖²
//
// The embeddings are the Set's, one for each class, or one-hot vectors when it has
// none.
//
// The paper weighs several embeddings Y_k by t ∈ simplex, found together with W.
// A Set has one, whose weight is 1 whatever the data. In the released code the
// factor is E/N, where N·E in the denominator seems meant; for one dataset it is
// the same for all models. A column of Y without deviation counts as 0.
type EMMS struct{}

// Info describes the metric.
func (EMMS) Info() metric.Info {
	return metric.Info{
		Name: "emms", Title: "EMMS", Version: 4, Uses: metric.Embeddings,
		Paper: metric.Paper{Authors: "Meng et al.", Title: "Foundation Model is Efficient Multimodal Multitask Model Selector", Venue: "NeurIPS", Year: 2023},
		Cost:  metric.CostGram,
	}
}

// Score returns the EMMS of s, in [−E², 0]. The detail "explained" is the part of
// the embeddings' variance that the features explain.
func (m EMMS) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	if _, err := metric.Prepare(m, s); err != nil {
		return metric.Score{}, err
	}
	n, d := float64(s.N()), s.D()
	y, power := standardEmbeddings(s)
	if power == 0 {
		return metric.Score{}, errors.New("all label embeddings are the same")
	}
	_, e := y.Dims()

	// A scale of X's columns changes nothing but how well their scatter T is conditioned.
	mean, deviation := deviations(s.Features)
	for j, v := range deviation {
		if v == 0 {
			deviation[j] = 1
		}
	}
	var score metric.Score
	if s.Embeddings == nil {
		warnBinary(&score, s, binaryLinear)
	}
	var explained float64
	var rank int
	var err error
	if s.N() <= d {
		samples := mat.NewDense(e, s.N(), nil)
		samples.Apply(func(j, n int, _ float64) float64 { return y.At(s.Labels.Index[n], j) }, samples)
		explained, rank, err = spanned(features.RowGram(scaled{s.Features, mean, deviation}), samples, d)
	} else {
		explained, rank, err = explainedByScatter(s, y, mean, deviation)
	}
	if err != nil {
		return metric.Score{}, err
	}
	if rank >= s.N()-1 {
		explained = power // else rounding would rank models
		score.Warn(fmt.Errorf("%d samples and %d features: a linear map meets any labels, and the score is 0 whatever they are", s.N(), d))
	}
	score.Value = float64(e) / n * min(explained-power, 0)
	score.Details = map[string]float64{"explained": explained / power}
	return score, nil
}

// explainedByScatter returns tr(YᵀX T⁻¹ XᵀY), the part of ‖Y‖² that X explains, and the
// rank of T, for the embedding y of each class (C×E). XᵀY is Σ_c n_c (μ_c − μ) y_cᵀ.
func explainedByScatter(s *features.Set, y *mat.Dense, mean, deviation []float64) (explained float64, rank int, err error) {
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
	weighted := mat.DenseCopyOf(g.Means)
	for c, size := range g.Counts {
		row := weighted.RawRowView(c)
		floats.Sub(row, mean)
		floats.Div(row, deviation)
		floats.Scale(float64(size), row)
	}
	var products mat.Dense // YᵀX, E×D
	products.Mul(y.T(), weighted)
	if explained, ok := traceQuotient(scatter(), &products, &products); ok {
		return explained, s.D(), nil
	}
	return pseudoTraceQuotient(scatter(), &products, s.N())
}

// standardEmbeddings returns the embedding of each class (C×E), with mean 0 and
// deviation 1 over the samples, and the sum of their squares over the samples.
func standardEmbeddings(s *features.Set) (y *mat.Dense, power float64) {
	if s.Embeddings != nil {
		y = features.Matrix(s.Embeddings)
	} else {
		y = mat.NewDense(s.C(), s.C(), nil)
		for c := range s.C() {
			y.Set(c, c, 1)
		}
	}
	counts := s.Labels.Counts()
	_, e := y.Dims()
	for j := range e {
		var mean, variance float64
		for c, n := range counts {
			mean += float64(n) * y.At(c, j) / float64(s.N())
		}
		for c, n := range counts {
			v := y.At(c, j) - mean
			variance += float64(n) * v * v / float64(s.N())
		}
		deviation := math.Sqrt(variance)
		for c, n := range counts {
			v := 0.0
			if deviation > 0 {
				v = (y.At(c, j) - mean) / (deviation + emmsEpsilon)
			}
			y.Set(c, j, v)
			power += float64(n) * v * v
		}
	}
	return y, power
}

const emmsEpsilon = 1e-8 // added to deviations in the released code
