package baselines

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"slices"

	"sfdalab/features"
	"sfdalab/internal/regular"
	"sfdalab/internal/strict"
	"sfdalab/metric"
)

// SourceAccuracy is a model's accuracy on the task it was trained for, read from a
// CSV file with the columns model and accuracy: a baseline that uses no target data,
// after Kornblith et al., "Do Better ImageNet Models Transfer Better?" (CVPR 2019).
// Other columns are ignored. A model may have several lines if they say the same.
type SourceAccuracy struct {
	File string `param:"file" path:"true" doc:"CSV file with the columns model and accuracy"`
}

// Info describes the metric.
func (SourceAccuracy) Info() metric.Info {
	return metric.Info{
		Name: "accuracy-source", Title: "Source accuracy", Version: 1,
		Paper: metric.Paper{Authors: "Kornblith et al.", Title: "Do Better ImageNet Models Transfer Better?", Venue: "CVPR", Year: 2019},
		Cost:  metric.CostLinear, Targets: true,
	}
}

// Score returns the accuracy that the file has for the model of s, in the file's unit. It
// is an error when the file has no line for the model, no finite number in it, or two numbers.
func (m SourceAccuracy) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	m, err := metric.Prepare(m, s)
	if err != nil {
		return metric.Score{}, err
	}
	if m.File == "" {
		return metric.Score{}, errors.New("needs a CSV file of source accuracies: set file")
	}
	f, err := regular.Open(m.File)
	if err != nil {
		return metric.Score{}, err
	}
	defer f.Close()
	records, err := csv.NewReader(strict.WithoutMark(f)).ReadAll()
	if err != nil {
		return metric.Score{}, fmt.Errorf("%s: %w", m.File, strict.Table(err))
	}
	if len(records) == 0 {
		return metric.Score{}, fmt.Errorf("%s is empty", m.File)
	}
	model, accuracy := slices.Index(records[0], "model"), slices.Index(records[0], "accuracy")
	if model < 0 || accuracy < 0 {
		return metric.Score{}, fmt.Errorf("%s: the first line names the columns %q; model and accuracy are needed", m.File, records[0])
	}
	found := math.NaN()
	for i, record := range records[1:] {
		if record[model] != s.Model {
			continue
		}
		value, err := strict.Number(record[accuracy])
		if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
			return metric.Score{}, fmt.Errorf("%s, record %d: %q is not a number", m.File, i+2, record[accuracy])
		}
		if !math.IsNaN(found) && value != found {
			return metric.Score{}, fmt.Errorf("%s, record %d: model %q has the accuracy %g, and %g before: keep one", m.File, i+2, s.Model, value, found)
		}
		found = value
	}
	if math.IsNaN(found) {
		return metric.Score{}, fmt.Errorf("%s has no accuracy of model %q", m.File, s.Model)
	}
	return metric.Score{Value: found}, nil
}
