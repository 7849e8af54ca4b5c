package baselines

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/softmax"
)

// Energy is the energy score of Gholami et al., "ETran: Energy-Based
// Transferability Estimation" (ICCV 2023): the mean over samples of
//
//	E(x_n) = log Σ_z exp(O[n, z])
//
// for source outputs O. A model that finds the samples in its distribution has a
// higher one. No target label enters.
//
// The released function takes the mean over a part of the samples only, those of
// lowest energy, and the released run calls it on the penultimate features in place
// of the outputs, with the lowest 0.5 %. That is Input "features", Percent 0.5,
// Tail "low". The default is all samples and the outputs.
type Energy struct {
	Input   string  `param:"input" options:"outputs,features" doc:"what the energy is taken of"`
	Percent float64 `param:"percent" range:"0.1:100" doc:"share of samples that is averaged, in percent"`
	Tail    string  `param:"tail" options:"low,high" doc:"which end of the energies that share is"`
}

// Info describes the metric.
func (m Energy) Info() features.Info {
	info := features.Info{
		Name: "energy", Title: "Energy", Version: 2, Paper: etranPaper, Cost: features.CostLinear, Targets: true,
	}
	if m.Input == "outputs" {
		info.Needs = features.Outputs
	}
	return info
}

// Score returns the energy of s.
func (m Energy) Score(ctx context.Context, s *features.Set) (features.Score, error) {
	rows := s.Features
	if m.Input == "outputs" {
		if s.Outputs == nil {
			return features.Score{}, errNoOutputs
		}
		if s.OutputsAreProbabilities() {
			return features.Score{}, errors.New("the source outputs are probabilities: the energy needs logits, whose size a softmax takes away")
		}
		rows = s.Outputs
	}
	energies := make([]float64, s.N())
	features.Parts(rows, func(lo int, x *mat.Dense) {
		for i := range x.RawMatrix().Rows {
			energies[lo+i] = softmax.LogSum(x.RawRowView(i))
		}
	})
	// In tenths of a percent, rounded down at the low end and up at the high one, as
	// released.
	part := int(m.Percent*10) * s.N()
	if m.Tail == "high" {
		part += 999
	}
	part /= 1000
	if part == 0 {
		return features.Score{}, fmt.Errorf("%g %% of %d samples is none: give a larger percent", m.Percent, s.N())
	}
	if part < s.N() {
		slices.Sort(energies)
		if m.Tail == "high" {
			energies = energies[s.N()-part:]
		}
		energies = energies[:part]
	}
	return features.Score{Value: floats.Sum(energies) / float64(part)}, nil
}
