package baselines

import (
	"context"
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/linalg"
	"sfdalab/metric"
)

// LDA is the classification score of Gholami et al., "ETran: Energy-Based
// Transferability Estimation" (ICCV 2023): the mean probability that a linear
// discriminant gives the samples' own classes,
//
//	S = 1/N Σ_n softmax(δ(x_n))[y_n],  δ_c(x) = xᵀ M μ_c − ½ μ_cᵀ M μ_c + log π_c
//
// With U the eigenvectors of S_b u = α S̃_w u, scaled to Uᵀ S̃_w U = I, M = U Uᵀ is
// S̃_w⁻¹, the shrunk scatter within classes of SFDA:
//
//	S̃_w = (1 − λ) S_w + λ (tr S_w/D) I,  λ = max(exp(−5σ), 1e-10)
//
// with σ an estimate of the largest eigenvalue of S_w. That is Metric "within", and
// equals SFDA's first stage.
//
// The released code decomposes S̃_w⁻¹S_b, which is not symmetric, with a routine
// for symmetric matrices (numpy.linalg.eigh, which reads one triangle). Whatever
// matrix that routine is given, it returns orthonormal vectors: M = U Uᵀ = I.
// Scatters and shrinkage cancel, and the score is that of a nearest-mean
// classifier, δ_c(x) = log π_c − ½‖x − μ_c‖² + const. That is Metric "identity",
// the default. Unlike "within" it depends on the scale of the features.
type LDA struct {
	Metric string `param:"metric" default:"identity" options:"identity,within" doc:"M: identity as released, or the inverse scatter within classes as published"`
}

// Info describes the metric.
func (LDA) Info() metric.Info {
	return metric.Info{
		Name: "lda", Title: "LDA", Version: 5, Paper: etranPaper, Cost: metric.CostGram,
	}
}

// Score returns the mean probability of the samples' own classes, in [0, 1].
func (m LDA) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	m, err := metric.Prepare(m, s)
	if err != nil {
		return metric.Score{}, err
	}
	if m.Metric == "identity" {
		g := s.Classes()
		return metric.Score{Value: meanOwn(gaussian(g, mat.DenseCopyOf(g.Means.T())).probabilities(s.Features), s.Labels.Index)}, nil
	}

	span := s.Span()
	g := span.Groups
	if mat.Trace(g.Within) == 0 {
		return metric.Score{}, errors.New("the samples of each class are identical: a discriminant needs variance within classes")
	}
	lambda, err := g.AdaptiveShrinkage(span.Ones)
	if err != nil {
		return metric.Score{}, err
	}
	within, ok := linalg.Factor(features.Shrunk(nil, g.Within, s.N(), lambda, s.D()))
	defer within.Free()
	if !ok {
		return metric.Score{}, errSingularWithin
	}
	score := metric.Score{
		Value:   meanOwn(gaussian(g, within.SolveRows(g.Means)).probabilities(span.Rows), s.Labels.Index),
		Details: map[string]float64{"shrinkage": lambda},
	}
	if condition := within.Condition(); condition > maxCondition {
		score.Warn(fmt.Errorf("the within-class scatter has a condition number of %.0e or more at shrinkage %.1e: part of the score is rounding noise", condition, lambda))
	}
	return score, nil
}
