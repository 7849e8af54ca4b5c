package baselines

import (
	"context"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/par"
	"sfdalab/metric"
)

// LEEP is the log expected empirical prediction of Nguyen et al., "LEEP: A New
// Measure to Evaluate Transferability of Learned Representations" (ICML 2020):
//
//	LEEP = 1/N Σ_n log Σ_z P̂(y_n | z) P[n, z]
//	P̂(y | z) = P̂(y, z) / P̂(z),  P̂(y, z) = 1/N Σ_{n: y_n = y} P[n, z]
//
// with P (N×Z) the softmax of the source outputs, or these themselves where they are
// probabilities. It is at most 0.
//
// The LEEP and NCE of the LogME paper (You et al., ICML 2021) follow from its
// released functions only with the two arguments swapped (thuml/LogME, issue
// 14): the target label as source, the most probable source class as target.
// Both are then −H(z | y). Swapped asks for that; it is not a measure of
// transferability to y.
//
// SFDA's released code leaves out the logarithm, as its NLEEP does: its LEEP, and that
// of ETran and EMMS, which grew from it, is the mean probability of the true class.
// Likelihood "probability" is that.
type LEEP struct {
	Likelihood string `param:"likelihood" default:"log" options:"log,probability" added:"later" doc:"mean of the logarithm as published, or of the probability as in SFDA's released code"`
	Swapped    bool   `param:"swapped" doc:"source and target swapped, as in the LogME paper's tables"`
}

// Info describes the metric.
func (LEEP) Info() metric.Info {
	return metric.Info{
		Name: "leep", Title: "LEEP", Version: 2,
		Paper: metric.Paper{Authors: "Nguyen et al.", Title: "LEEP: A New Measure to Evaluate Transferability of Learned Representations", Venue: "ICML", Year: 2020},
		Needs: metric.Outputs, Cost: metric.CostLinear,
	}
}

// Score returns the LEEP of s, in (−∞, 0], or the mean probability, in [0, 1]. With Swapped
// it is in [−log Z, 0], and Likelihood has no effect.
func (m LEEP) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	m, err := metric.Prepare(m, s)
	if err != nil {
		return metric.Score{}, err
	}
	p, err := s.SourceProbabilities()
	if err != nil {
		return metric.Score{}, err
	}
	if m.Swapped {
		return metric.Score{Value: -conditionalEntropy(mostProbable(s.Outputs), s.Labels.Index)}, nil
	}
	var sum float64
	for _, v := range empiricalPrediction(p, s.Labels) {
		if m.Likelihood == "log" {
			v = math.Log(v)
		}
		sum += v
	}
	return metric.Score{Value: sum / float64(s.N())}, nil
}

// empiricalPrediction returns, for each sample, Σ_z P̂(y_n | z) p[n, z]: the
// probability that it gives its own class when clusters z, with memberships p
// (N×Z), stand for classes in the shares in which the samples show them.
func empiricalPrediction(p *mat.Dense, labels *features.Labels) []float64 {
	classes := byClass(labels)
	given := classSums(p, classes) // N·P̂(y, z), then P̂(y | z)
	total := columnSums(given)
	prediction := make([]float64, labels.N())
	par.For(len(classes), func(y int) {
		row := given.RawRowView(y)
		for k := range row {
			if total[k] > 0 {
				row[k] /= total[k]
			}
		}
		for _, n := range classes[y] {
			prediction[n] = floats.Dot(row, p.RawRowView(n))
		}
	})
	return prediction
}
