package baselines

import (
	"cmp"
	"context"
	"errors"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/par"
	"sfdalab/metric"
)

// NCTI is the neural-collapse transferability index of Wang et al., "How Far
// Pre-trained Models Are from Neural Collapse on the Target Dataset Informs
// their Transferability" (ICCV 2023). Features are reduced to 64 principal
// components, and a linear discriminant of those gives axes Z (N×(C−1), centred)
// and class probabilities p. Three parts measure how far the features are from
// the collapse that fine-tuning drives them to:
//
//	semantic geometry      seli = ‖Z‖_*
//	nearest class centre   ncc  = 1/N Σ_n p[n, y_n]
//	variability within     vc   = log Σ_c ‖p_c‖_*,  p_c the rows of p of class c
//
// ‖·‖_* is the nuclear norm, the sum of singular values. Each part is scaled to
// run from 0 to 1 over the models of one dataset, and
//
//	NCTI = ncc + seli − vc
//
// As released, the discriminant is shrunk by λ = exp(−v), v the sum of the first
// 32 variances; where λ ≤ 1e-10 it is not shrunk, and directions without
// variance within classes are left out. The released code leaves the principal
// components to a randomised solver; here they are exact, and those without
// variance are zero, where rounding leaves the released code a direction that it
// scales up to those with variance. Features or samples fewer than 64 are an error
// there, and here reduce to as many as there are.
type NCTI struct{}

const (
	nctiDims   = 64    // principal components kept
	nctiSpread = 32    // of which so many set the shrinkage
	nctiFloor  = 1e-10 // shrinkage that counts as none
)

// Info describes the metric.
func (NCTI) Info() metric.Info {
	return metric.Info{
		Name: "ncti", Title: "NCTI", Version: 6,
		Paper: metric.Paper{Authors: "Wang et al.", Title: "How Far Pre-trained Models Are from Neural Collapse on the Target Dataset Informs their Transferability", Venue: "ICCV", Year: 2023},
		Cost:  metric.CostGram,
	}
}

// Score returns the three parts of s as the details "seli", "ncc" and "vc", and
// "shrinkage", λ or 0. The value is ncc, in [0, 1], until Combine has seen the group.
func (m NCTI) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	if _, err := metric.Prepare(m, s); err != nil {
		return metric.Score{}, err
	}
	reduced := s.Principal(nctiDims)
	rows := features.Dense(reduced.Projected)
	g := features.Group(rows, s.Labels.Index, s.C())
	total := mat.NewSymDense(len(reduced.Values), nil)
	for i, v := range reduced.Values {
		total.SetSym(i, i, v)
	}

	spread := floats.Sum(reduced.Values[:min(nctiSpread, len(reduced.Values))]) / float64(s.N()-1)
	lambda := math.Exp(-spread)
	fit := func() (*fisher, error) { return fisherShrunk(g, total, lambda) }
	if lambda <= nctiFloor {
		lambda = 0
		fit = func() (*fisher, error) { return fisherSVD(rows, s.Labels.Index, s.C()) }
	}
	f, err := fit()
	if err != nil {
		return metric.Score{}, err
	}

	p := f.probabilities(rows)
	ncc := meanOwn(p, s.Labels.Index)
	seli, err := projectedNorm(reduced.Values, f.axes)
	if err != nil {
		return metric.Score{}, err
	}
	norms, err := classNorms(p, s.Labels)
	if err != nil {
		return metric.Score{}, err
	}
	score := metric.Score{
		Value:   ncc,
		Details: map[string]float64{"seli": seli, "ncc": ncc, "vc": math.Log(floats.Sum(norms)), "shrinkage": lambda},
	}
	warnBinary(&score, s, "there is one discriminant axis, and seli is the spread along it alone")
	return score, nil
}

// Combine returns the scores of a group, the models of one dataset, in [−1, 2].
func (NCTI) Combine(group []metric.Score) ([]metric.Score, error) {
	return combine(group, []part{{"seli", 1}, {"ncc", 1}, {"vc", -1}})
}

// projectedNorm returns the nuclear norm of principal components with the given
// sums of squares (D), projected on axes (D×r). The components are orthogonal, so
// it is that of the axes with each row times the length of its component.
func projectedNorm(squares []float64, axes *mat.Dense) (float64, error) {
	scaled := mat.DenseCopyOf(axes)
	for j, square := range squares {
		floats.Scale(math.Sqrt(max(square, 0)), scaled.RawRowView(j))
	}
	var svd mat.SVD
	if !svd.Factorize(scaled, mat.SVDNone) {
		return 0, errors.New("singular values of the discriminant projection did not converge")
	}
	return floats.Sum(svd.Values(nil)), nil
}

// classNorms returns the nuclear norm of the rows of p (N×C) of each class.
func classNorms(p *mat.Dense, labels *features.Labels) ([]float64, error) {
	classes := byClass(labels)
	norms, errs := make([]float64, len(classes)), make([]error, len(classes))
	par.For(len(classes), func(c int) {
		var svd mat.SVD
		if !svd.Factorize(gather(features.Dense(p), classes[c]), mat.SVDNone) {
			errs[c] = errors.New("singular values of the class probabilities did not converge")
			return
		}
		norms[c] = floats.Sum(svd.Values(nil))
	})
	return norms, cmp.Or(errs...)
}
