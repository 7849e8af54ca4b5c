package metric

import (
	"context"
	"errors"
	"fmt"

	"gonum.org/v1/gonum/stat"

	"sfdalab/features"
)

// MultiLabel says how m scores multi-label data.
func MultiLabel(m Metric) string {
	switch info := m.Info(); {
	case info.MultiLabel != "":
		return info.MultiLabel
	case info.Targets:
		return "as they are: a column of targets for each label"
	}
	if _, ok := m.(GroupMetric); ok {
		return "not at all: it compares models by scores of one class each"
	}
	return "by the mean over labels: each label is scored against the rest"
}

// overLabels returns the mean over labels of what m says of each against the rest, as in
// binary relevance (Tsoumakas and Katakis, 2007). Labels that all samples have, or none,
// are left out. A metric of a group of models has no such mean: its last step is over
// scores of one meaning.
func overLabels(ctx context.Context, m Metric, s *features.Set) (Score, error) {
	if _, ok := m.(GroupMetric); ok {
		return Score{}, errors.New("is not defined for samples with several labels, because it compares a group of models: take the first of several, with --labels-are first-of-several, or another metric")
	}
	var values []float64
	mean := Score{Details: map[string]float64{}}
	told := make(map[string]bool)
	_, k := s.Labels.Targets.Dims()
	for label := range k {
		if err := ctx.Err(); err != nil {
			return Score{}, err
		}
		against, err := s.Against(label)
		if err != nil {
			continue // all samples have it, or none
		}
		score, err := m.Score(ctx, against)
		if err != nil {
			return Score{}, fmt.Errorf("label %d against the rest: %w", label, err)
		}
		values = append(values, score.Value)
		for _, w := range score.Warnings {
			if !told[w.Error()] {
				told[w.Error()] = true
				mean.Warn(fmt.Errorf("label %d against the rest: %w", label, w))
			}
		}
	}
	if len(values) == 0 {
		return Score{}, errors.New("each label is set for all samples or for none: there is nothing to score")
	}
	mean.Value = stat.Mean(values, nil)
	mean.Details["labels"] = float64(len(values))
	if left := k - len(values); left > 0 {
		mean.Warn(fmt.Errorf("%d of %d labels are left out: all samples have them, or none", left, k))
	}
	return mean, nil
}
