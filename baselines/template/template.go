// Package template is a metric to start a new one from: copy template.go and its
// test to the folder above, as ADDING.md there explains.
package template

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/metric"
)

// ScatterRatio is the ratio of the scatter between classes to that within, of
// Authors et al., "Title" (Venue Year), Eq. 1:
//
//	R = (tr S_b / tr S_w)^p
//
// Say here where released code and paper differ, and which is the default.
type ScatterRatio struct {
	Power float64 `param:"power" default:"1" range:"1e-3:1e3" doc:"p, the exponent"`
}

// Info describes the metric.
func (ScatterRatio) Info() metric.Info {
	return metric.Info{
		Name: "scatter-ratio", Title: "Scatter ratio", Version: 1,
		Paper: metric.Paper{Authors: "Authors et al.", Title: "Title", Venue: "Venue", Year: 2026},
		Cost:  metric.CostGram,
	}
}

// Score returns the ratio for s, at least 0. Higher is better.
func (m ScatterRatio) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	m, err := metric.Prepare(m, s)
	if err != nil {
		return metric.Score{}, err
	}
	within := mat.Trace(s.Groups().Within)
	between := mat.Trace(s.Total()) - within
	if within == 0 {
		return metric.Score{}, errors.New("the samples of each class are identical")
	}
	score := metric.Score{
		Value:   math.Pow(max(between, 0)/within, m.Power),
		Details: map[string]float64{"within": within},
	}
	for c, n := range s.Labels.Counts() {
		if n == 1 {
			score.Warn(fmt.Errorf("class %s has one sample, which adds nothing to the scatter within", s.Labels.Names[c]))
		}
	}
	return score, nil
}
