package baselines

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/metric"
)

// SA is the spread-and-attract perturbation of Khoba et al., "Feature Space
// Perturbation: A Panacea to Enhanced Transferability Estimation" (WACV 2025). It
// makes features harder to tell apart and scores them with another metric,
// Base: a model whose score withstands that is robust. Features are first reduced
// to 64 principal components.
//
//	spread   x_n + (x_n − μ_c)/‖x_n − μ_c‖, c = y_n: each sample away from its class mean
//	attract  each pair of classes towards each other by α g_ij, g_ij = ‖μ_i − μ_j‖ − σ (R_i + R_j)
//
// with R_c the root of class c's summed variances, α = Alpha and σ = Sigma. That
// is Variant "described".
//
// The released code does otherwise, in two ways that its tables rest on: the
// spread samples are overwritten before use, so that nothing spreads; and the
// sign of the second operation is that of the PED code it grew from, so that
// classes with a gap (g > 0) move apart and those that overlap move closer. That
// is Variant "released", the default.
//
// As released, features are only perturbed where exp(−5v) < 1e-9 for v the mean
// of the two largest eigenvalues of their covariance, that is v > 4.14; others are
// scored as they are. The authors use α = 0.005 for supervised and 0.1 for
// self-supervised models. Their principal components come from a randomised
// solver; here they are exact.
type SA struct {
	Base    metric.Metric            `param:"-"`
	Alpha   metric.Optional[float64] `param:"alpha" default:"0.005" range:"0:1" doc:"α, how far two classes move, as a fraction of the gap between them"`
	Sigma   metric.Optional[float64] `param:"sigma" default:"0.6" range:"0:" doc:"σ, the size of a class in its radii"`
	Variant string                   `param:"variant" default:"released" options:"released,described" doc:"operations as in the released code or as the paper describes them"`
}

const (
	saDims  = 64
	saFloor = 1e-9
)

// Info describes the metric, together with that of its base.
func (m SA) Info() metric.Info {
	return wrapped(metric.Info{
		Name: "sa", Title: "SA", Version: 5,
		Paper: metric.Paper{Authors: "Khoba et al.", Title: "Feature Space Perturbation: A Panacea to Enhanced Transferability Estimation", Venue: "WACV", Year: 2025},
		Cost:  metric.CostGram,
	}, m.Base)
}

// Score returns the score that Base gives s with its features perturbed. The
// detail "perturbed" is 1, or 0 for features that are scored as they are.
func (m SA) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	m, err := metric.Prepare(m, s)
	if err != nil {
		return metric.Score{}, err
	}
	reduced := s.Principal(saDims)
	var largest float64
	for _, v := range reduced.Values[:min(2, len(reduced.Values))] {
		largest += v / float64(s.N()) / 2
	}
	if math.Exp(-5*largest) >= saFloor {
		score, err := m.Base.Score(ctx, s)
		score.Warn(fmt.Errorf("the features were not perturbed: their two largest variances are %.2g on average, and the method perturbs only above 4.14", largest))
		return withDetail(score, "perturbed", 0), err
	}

	rows := features.Dense(reduced.Projected)
	index, alpha, sign := s.Labels.Index, m.Alpha.Value(), 1.0
	if m.Variant == "described" {
		rows, sign = features.Dense(spread(reduced.Projected, index, s.C())), -1
	}
	shift := newClusters(rows, index, s.C()).shifts(m.Sigma.Value(), func(gap float64) float64 { return sign * alpha * gap })
	shift.Scale(-1, shift)
	return scoreMoved(ctx, m.Base, s, features.Centred(rows, index, shift), map[string]float64{"perturbed": 1})
}

// spread returns x with each row a unit further from the mean of its class. A row
// at that mean stays.
func spread(x *mat.Dense, index []int, c int) *mat.Dense {
	rows := features.Dense(x)
	_, means := features.GroupMeans(rows, index, c)
	away := features.Matrix(features.Centred(rows, index, means))
	for n := range index {
		row := away.RawRowView(n)
		if length := floats.Norm(row, 2); length > 0 {
			floats.Scale(1/length, row)
		}
	}
	away.Add(away, x)
	return away
}
