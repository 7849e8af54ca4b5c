package baselines

import (
	"context"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/metric"
)

// PED is the potential-energy descent of Li et al., "Exploring Model
// Transferability through the Lens of Potential Energy" (ICCV 2023). It moves the
// classes apart as fine-tuning would, and scores the moved features with another
// metric, Base.
//
// Classes are balls of radius R_c, the root of a class's summed variances. Those that
// overlap push each other away; with r = R_i + R_j and σ = Sigma,
//
//	force  F_ij = max(σ r − ‖μ_i − μ_j‖, 0)
//	move   Δ_i = Σ_j ½ τ² F_ij (μ_i − μ_j)/‖μ_i − μ_j‖,  τ = Step
//
// for all samples of class i alike. Moves are repeated, six times at most, while
// a move is longer (in the 1-norm, over all classes) than Exit of the first; a
// shorter one is not made.
//
// Motion takes place in rescaled features, less a mean and divided by a
// deviation (at least 1e-3). The authors take both from the source model's
// features of ImageNet; here they are the target's own, since no others are
// given. The released code caps a pair's move at F_ij, which binds only for τ above
// √2: Step stays below.
type PED struct {
	Base  metric.Metric            `param:"-"`
	Sigma metric.Optional[float64] `param:"sigma" default:"0.6" range:"0:" doc:"σ, the size of a class in its radii (0.6 or 0.3 in the paper)"`
	Step  metric.Optional[float64] `param:"step" default:"0.1" range:"0:1.4" doc:"τ, the time step"`
	Exit  metric.Optional[float64] `param:"exit" default:"0.5" range:"0:1" doc:"samples stop when they move less than this fraction of their first move"`
}

const (
	pedSteps = 6
	pedFloor = 1e-3 // least deviation of a feature
)

// Info describes the metric, together with that of its base.
func (m PED) Info() metric.Info {
	return wrapped(metric.Info{
		Name: "ped", Title: "PED", Version: 2,
		Paper: metric.Paper{Authors: "Li et al.", Title: "Exploring Model Transferability through the Lens of Potential Energy", Venue: "ICCV", Year: 2023},
		Cost:  metric.CostLinear,
	}, m.Base)
}

// Score returns the score that Base gives s with its classes moved apart. The detail
// "steps" is the number of moves, and "moved" the root mean square of how far classes
// moved, in the features' unit.
func (m PED) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	m, err := metric.Prepare(m, s)
	if err != nil {
		return metric.Score{}, err
	}
	mean, deviation := deviations(s.Features)
	for j, v := range deviation {
		deviation[j] = max(v, pedFloor)
	}
	sigma, step, exit := m.Sigma.Value(), m.Step.Value(), m.Exit.Value()
	balls := newClusters(scaled{s.Features, mean, deviation}, s.Labels.Index, s.C())

	// All samples of a class move alike, so that radii stay and only centres
	// need to be moved.
	moved, steps := mat.NewDense(s.C(), s.D(), nil), 0
	for first := 0.0; steps < pedSteps; steps++ {
		shift := balls.shifts(sigma, func(gap float64) float64 { return step * step / 2 * max(-gap, 0) })
		length := floats.Norm(shift.RawMatrix().Data, 1)
		if steps == 0 {
			first = length
		}
		if length == 0 || length/first <= exit {
			break
		}
		moved.Add(moved, shift)
		balls.centres.Add(balls.centres, shift)
	}

	back := mat.NewDense(s.C(), s.D(), nil) // in features as they were, and reversed
	back.Apply(func(_, j int, v float64) float64 { return -v * deviation[j] }, moved)
	rows := features.Centred(s.Features, s.Labels.Index, back)
	details := map[string]float64{"steps": float64(steps), "moved": mat.Norm(back, 2) / math.Sqrt(float64(s.C()))}
	return scoreMoved(ctx, m.Base, s, rows, details)
}

// scaled is features less a mean, divided by a deviation.
type scaled struct {
	features.Rows
	mean, deviation []float64 // D
}

// Read reads rows i to j−1, scaled.
func (r scaled) Read(dst []float64, i, j int) {
	r.Rows.Read(dst, i, j)
	for len(dst) > 0 && i < j {
		row := dst[:len(r.mean)]
		floats.Sub(row, r.mean)
		floats.Div(row, r.deviation)
		dst, i = dst[len(r.mean):], i+1
	}
}
