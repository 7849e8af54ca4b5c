// Package sfda scores how well a pre-trained network will fine-tune on a labelled
// dataset by Self-challenging Fisher Discriminant Analysis (Shao et al., "Not All
// Models Are Equal: Predicting Model Transferability in a Self-challenging Fisher
// Space", ECCV 2022), and picks ensembles by it.
//
// # The score, step by step
//
// Write X for the features (N×D), y for the labels (C classes), π_c = n_c/N, and
// μ_c for the mean of class c.
//
//  1. S_w = Σ_c π_c Cov_c(X), the within-class scatter with biased covariances.
//  2. S̃_w = (1−λ) S_w + λ τ I with τ = tr(S_w)/D and shrinkage λ.
//  3. δ_c(x) = xᵀ S̃_w⁻¹ μ_c − ½ μ_cᵀ S̃_w⁻¹ μ_c + log π_c and p = softmax(δ), the
//     posterior of the Fisher discriminant.
//  4. ConfMix, the self-challenge: x̃_n = q_n x_n + (1−q_n) m, where q_n is the
//     confidence in the true class of sample n and m the plain mean of the other
//     classes' means. What the classifier is unsure of moves towards other classes.
//  5. Steps 1 to 3 on X̃, with the λ of the first time. The score is the mean
//     posterior of the true class.
//
// # Where the paper and the released code differ
//
// The defaults are those of the released code. The fields of [SFDA] give the
// paper's choices.
//
//	                paper                                        code (default)
//	λ               Eq. 3: exp(−a σ(S_w));                       max(exp(−5 σ), 1e-10), σ = σ(S_w) as
//	                Algorithm 1: 1/(1+exp(−a σ(S_b))), a = 4     three steps of power iteration give it
//	confidence q    Eq. 7: p[n, y_n]                             softmax(p)[n, y_n], softened
//	score           mean of log p̃[n, y_n]                        mean of p̃[n, y_n]
//
// # How it is computed
//
// The released code solves the generalised eigenproblem S_b E = S̃_w E Λ and
// classifies with E Eᵀ. Its E has all D columns and is S̃_w-orthonormal, so
// E Eᵀ = S̃_w⁻¹, and one Cholesky factorization with C right-hand sides gives the
// same posterior. With N < D the samples are first brought to N coordinates, in which
// differences of samples have the same inner products, and matrices are N×N.
package sfda

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"sfdalab/features"
	"sfdalab/metric"
)

// SFDA is the metric. Its zero value is SFDA as its authors released it.
type SFDA struct {
	Rounds     metric.Optional[int] `param:"rounds" default:"1" range:"0:100" doc:"how often ConfMix is applied; 0 scores without self-challenge"`
	Confidence string               `param:"confidence" default:"softened" options:"softened,raw" doc:"weights by which ConfMix mixes: softmax(p) as in the code, or p as in Eq. 7"`
	Shrinkage  string               `param:"shrinkage" default:"adaptive" options:"adaptive,eq3,algorithm1,fixed" doc:"λ as in the code, by the paper's Eq. 3 or Algorithm 1, or given as lambda"`
	Lambda     float64              `param:"lambda" range:"0:1" doc:"λ when shrinkage is fixed; 1 takes plain distances to the class means"`
	Likelihood string               `param:"likelihood" default:"probability" options:"probability,log" doc:"mean of the true class's probability or of its logarithm"`
}

// Info describes the metric.
func (SFDA) Info() metric.Info {
	return metric.Info{
		Name:    "sfda",
		Title:   "SFDA",
		Version: 5,
		Paper: metric.Paper{
			Authors: "Shao et al.",
			Title:   "Not All Models Are Equal: Predicting Model Transferability in a Self-challenging Fisher Space",
			Venue:   "ECCV",
			Year:    2022,
		},
		Cost: metric.CostGram,
	}
}

// Score returns the mean posterior of the true class after self-challenge, in
// (0, 1], or its mean logarithm. Its details are
//
//	shrinkage    λ
//	regfda       mean posterior of the true class before any self-challenge
//	condition    lower bound of the condition number of S̃_w in the first stage
//
// A class of one sample adds nothing to S_w and otherwise counts as any other. It
// is an error when the samples of each class are identical: S_w is then zero.
func (m SFDA) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	m, err := metric.Prepare(m, s)
	if err != nil {
		return metric.Score{}, err
	}
	lambda, err := m.sharedLambda(s)
	if err != nil {
		return metric.Score{}, err
	}
	// λ is that of the original features in every round, as in the released code.
	first := m.round(s, lambda, 0)
	last := first
	for r := range m.Rounds.Value() {
		if err := ctx.Err(); err != nil {
			return metric.Score{}, err
		}
		last = m.round(s, lambda, r+1)
	}
	if last.err != nil {
		return metric.Score{}, last.err
	}

	score := metric.Score{
		Value: meanExp(last.logs),
		Details: map[string]float64{
			"shrinkage": lambda,
			"regfda":    meanExp(first.logs),
			"condition": first.condition,
		},
	}
	if m.Likelihood == "log" {
		score.Value = floats.Sum(last.logs) / float64(len(last.logs))
	}
	if s.N()-s.C() < s.D() {
		score.Warn(fmt.Errorf("%d samples in %d classes are too few for %d features: the within-class scatter is rank deficient, so the posterior is near 1 for any network", s.N(), s.C(), s.D()))
	}
	if first.condition > illConditioned {
		score.Warn(fmt.Errorf("the within-class scatter has a condition number of %.1g or more at shrinkage %.1g: the score may be rounding noise; set a larger shrinkage (shrinkage=fixed lambda=…)", first.condition, lambda))
	}
	return score, nil
}

// sharedLambda returns the shrinkage λ for s. Variants of the metric that agree so
// far share it.
func (m SFDA) sharedLambda(s *features.Set) (float64, error) {
	type key struct {
		shrinkage string
		fixed     float64
	}
	type result struct {
		lambda float64
		err    error
	}
	r := features.Shared(s, key{m.Shrinkage, m.Lambda}, func() result {
		lambda, err := m.lambda(firstStage(s))
		return result{lambda, err}
	})
	return r.lambda, r.err
}

// illConditioned is the condition number from which rounding may take more than
// half of the digits of S̃_w⁻¹. Adaptive shrinkage at its floor reaches it when
// S_w is rank deficient.
const illConditioned = 1e8

// round is a stage with its posterior.
type round struct {
	*stage
	*posterior
	err error
}

// round returns the stage after r rounds of self-challenge. Variants of the
// metric that agree so far share it.
func (m SFDA) round(s *features.Set, lambda float64, r int) round {
	type key struct {
		lambda     float64
		confidence string
		r          int
	}
	k := key{lambda, m.Confidence, r}
	if r == 0 { // nothing has been mixed yet, so all confidences share this round
		k.confidence = ""
	}
	return features.Shared(s, k, func() round {
		stage := firstStage(s)
		if r > 0 {
			before := m.round(s, lambda, r-1)
			if before.err != nil {
				return before
			}
			stage = before.challenge(m.confidence(before.posterior))
		}
		p, err := stage.classify(lambda)
		if err != nil && r > 0 {
			err = fmt.Errorf("after %d rounds of self-challenge: %w", r, err)
		}
		return round{stage.withoutScatter(), p, err}
	})
}

// confidence returns q_n of each sample.
func (m SFDA) confidence(p *posterior) []float64 {
	if m.Confidence == "softened" {
		return p.softened
	}
	q := make([]float64, len(p.logs))
	for n, l := range p.logs {
		q[n] = math.Exp(l)
	}
	return q
}

// meanExp returns the mean of exp x, for x ≤ 0. Of terms near 1 it adds what they lack of
// it, so that a mean which rounds to 1 does so in any order of the terms: networks that
// fit all samples are tied, rather than ranked by rounding.
func meanExp(x []float64) float64 {
	var sum, lack float64
	for _, v := range x {
		if v > -math.Ln2 {
			sum++
			lack -= math.Expm1(v)
		} else {
			sum += math.Exp(v)
		}
	}
	n := float64(len(x))
	return sum/n - lack/n
}
