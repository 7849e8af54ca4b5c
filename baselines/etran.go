package baselines

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"sfdalab/features"
	"sfdalab/metric"
)

var etranPaper = metric.Paper{Authors: "Gholami et al.", Title: "ETran: Energy-Based Transferability Estimation", Venue: "ICCV", Year: 2023}

// ETran combines the energy and LDA scores of Gholami et al., "ETran:
// Energy-Based Transferability Estimation" (ICCV 2023), over the models of one
// dataset: each part is scaled so that the lowest model has 0 and the highest 1,
// and then
//
//	ETran = w · energy + (1 − w) · LDA
//
// The released evaluation has w = 0.15 (tw.py), and takes the energy of the features, over
// the 0.5 % of samples where it is lowest; the paper takes that of the source outputs, over
// all samples. Defaults are as released; Input, Percent and Tail are those of Energy, and
// Metric is that of LDA.
type ETran struct {
	Weight  metric.Optional[float64] `param:"weight" default:"0.15" range:"0:1" doc:"w, the weight of the energy"`
	Metric  string                   `param:"metric" default:"identity" options:"identity,within" doc:"as in lda"`
	Input   string                   `param:"input" default:"features" options:"features,outputs" doc:"as in energy"`
	Percent float64                  `param:"percent" default:"0.5" range:"0.1:100" doc:"as in energy"`
	Tail    string                   `param:"tail" default:"low" options:"low,high" doc:"as in energy"`
}

// Info describes the metric.
func (m ETran) Info() metric.Info {
	info := metric.Info{Name: "etran", Title: "ETran", Version: 6, Paper: etranPaper, Cost: metric.CostGram}
	info.Needs = m.energy().Info().Needs
	return info
}

// energy returns the metric of the energy part, with the same parameters.
func (m ETran) energy() Energy { return Energy{Input: m.Input, Percent: m.Percent, Tail: m.Tail} }

// Score returns the two parts of s as the details "energy" and "lda". The value
// is the LDA score until Combine has seen the group.
func (m ETran) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	m, err := metric.Prepare(m, s)
	if err != nil {
		return metric.Score{}, err
	}
	energy, err := m.energy().Score(ctx, s)
	if err != nil {
		return metric.Score{}, err
	}
	score, err := LDA{Metric: m.Metric}.Score(ctx, s)
	if err != nil {
		return metric.Score{}, err
	}
	if score.Details == nil {
		score.Details = make(map[string]float64)
	}
	score.Details["energy"], score.Details["lda"] = energy.Value, score.Value
	return score, nil
}

// Combine returns the scores of a group, the models of one dataset, in [0, 1].
func (m ETran) Combine(group []metric.Score) ([]metric.Score, error) {
	m, err := metric.WithDefaults(m)
	if err != nil {
		return nil, err
	}
	w := m.Weight.Value()
	return combine(group, []part{{"energy", w}, {"lda", 1 - w}})
}

// part is a detail of a score that is combined over a group.
type part struct {
	name   string
	weight float64
}

// combine scales each part so that it runs from 0 to 1 over the group, and sets
// the values to the weighted sums. A part that is the same for all models counts as 0, with
// a warning, and so does a model alone.
func combine(group []metric.Score, parts []part) ([]metric.Score, error) {
	combined := slices.Clone(group)
	for i := range combined {
		combined[i].Value = 0
		combined[i].Warnings = slices.Clone(group[i].Warnings)
	}
	for _, part := range parts {
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, score := range group {
			v, ok := score.Details[part.name]
			if !ok {
				return nil, fmt.Errorf("a score of the group has no detail %q", part.name)
			}
			lo, hi = min(lo, v), max(hi, v)
		}
		for i := range combined {
			switch {
			case lo != hi:
				combined[i].Value += part.weight * (group[i].Details[part.name] - lo) / (hi - lo)
			case len(group) > 1:
				combined[i].Warn(fmt.Errorf("%s is the same for all %d models of the group and counts as 0", part.name, len(group)))
			}
		}
	}
	if len(group) == 1 {
		combined[0].Warn(errors.New("this metric compares the models of a group: the score of one model alone is 0"))
	}
	return combined, nil
}
