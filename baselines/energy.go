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
	"sfdalab/metric"
)

// Energy is the energy score of Gholami et al., "ETran: Energy-Based
// Transferability Estimation" (ICCV 2023): the mean over samples of
//
//	E(x_n) = log Σ_z exp(O[n, z])
//
// for source outputs O (N×Z). It is higher for samples like those that the model was
// trained on. Labels are not used.
//
// That is the paper's form: Input "outputs" and Percent 100. The released run
// (mgholamikn/ETran, evaluate_metric.py) takes the energy of the penultimate features in
// place of the outputs, and the mean over the 0.5 % of samples of lowest energy only:
// that is the default. It needs at least 200 samples.
type Energy struct {
	Input   string  `param:"input" default:"features" options:"features,outputs" doc:"what the energy is computed from"`
	Percent float64 `param:"percent" default:"0.5" range:"0.1:100" doc:"share of the samples that is averaged, in percent; more than one decimal is cut off"`
	Tail    string  `param:"tail" default:"low" options:"low,high" doc:"average the lowest or the highest energies"`
}

// Info describes the metric.
func (m Energy) Info() metric.Info {
	info := metric.Info{
		Name: "energy", Title: "Energy", Version: 3, Paper: etranPaper, Cost: metric.CostLinear, Targets: true,
	}
	if m.Input == "outputs" {
		info.Needs = metric.Outputs
	}
	return info
}

// Score returns the energy of s, in nats: any number. It is an error when Percent of the
// samples is less than one sample, and for Input "outputs" when these are probabilities.
func (m Energy) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	m, err := metric.Prepare(m, s)
	if err != nil {
		return metric.Score{}, err
	}
	rows := s.Features
	if m.Input == "outputs" {
		if s.OutputsAreProbabilities() {
			return metric.Score{}, errors.New("the source outputs are probabilities, but the energy needs logits: a softmax removes their scale")
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
		return metric.Score{}, fmt.Errorf("%g %% of %d samples is less than one: set a larger percent", m.Percent, s.N())
	}
	if part < s.N() {
		slices.Sort(energies)
		if m.Tail == "high" {
			energies = energies[s.N()-part:]
		}
		energies = energies[:part]
	}
	return metric.Score{Value: floats.Sum(energies) / float64(part)}, nil
}
