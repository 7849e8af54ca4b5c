package metric

import (
	"context"
	"errors"
	"fmt"
	"math"

	"sfdalab/features"
	"sfdalab/internal/fault"
)

// A Score is what a metric says of a Set: higher predicts a better fine-tuned
// accuracy.
type Score struct {
	Value float64

	// Warnings are reasons to trust Value less. They are shown with it.
	Warnings []error

	// Details are named quantities that led to Value, such as "shrinkage" or
	// "iterations".
	Details map[string]float64
}

// Warn adds a warning.
func (s *Score) Warn(err error) { s.Warnings = append(s.Warnings, err) }

// Evaluate returns what m says of s. A Set that lacks what the metric needs, a panic
// of the metric, and a score that is not a finite number are errors.
func Evaluate(ctx context.Context, m Metric, s *features.Set) (score Score, err error) {
	defer fault.Catch(&err)
	if info := m.Info(); s.Labels.Multi && !info.takesSeveral() {
		score, err = overLabels(ctx, m, s)
	} else if err = info.check(s); err == nil {
		score, err = m.Score(ctx, s)
	}
	if err == nil && (math.IsNaN(score.Value) || math.IsInf(score.Value, 0)) {
		err = fmt.Errorf("the score is %g: features may be too large or too small in scale", score.Value)
	}
	return score, err
}

// Prepare returns m with its defaults in place of zero values. It is an error when a
// parameter has a value that it may not have, or when s lacks what m needs: classes,
// source outputs, second features or label embeddings.
func Prepare[M Metric](m M, s *features.Set) (M, error) {
	m, err := WithDefaults(m)
	if err != nil {
		return m, err
	}
	return m, m.Info().check(s)
}

// What a Set may lack.
var (
	errNoClasses    = errors.New("needs one class for each sample, but these labels are regression targets or multi-label")
	errNoOutputs    = errors.New("needs source outputs, but there are none")
	errNoSecond     = errors.New("needs a second feature set, but there is none")
	errNoEmbeddings = errors.New("needs label embeddings, but there are none")
)

// takesSeveral reports whether the metric itself scores samples with several labels.
func (i Info) takesSeveral() bool { return i.Targets || i.MultiLabel != "" }

// check reports what s lacks.
func (i Info) check(s *features.Set) error {
	switch {
	case s.C() == 0 && !i.Targets && !(s.Labels.Multi && i.takesSeveral()):
		return errNoClasses
	case s.Outputs == nil && i.Needs&Outputs != 0:
		return errNoOutputs
	case s.Second == nil && i.Needs&Second != 0:
		return errNoSecond
	case s.Embeddings == nil && i.Needs&Embeddings != 0:
		return errNoEmbeddings
	}
	return nil
}
