package results

import (
	"encoding/json"
	"math"
	"strings"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"
)

// A Row is what one measure says of one metric on one dataset.
type Row struct {
	Dataset, Metric, Measure string

	Value    float64 // NaN where Warnings says why
	Interval         // of Value
	N        int     // models that have both a score and an accuracy
	Warnings []error
}

// MarshalJSON writes what is NaN as null.
func (r Row) MarshalJSON() ([]byte, error) {
	number := func(v float64) *float64 {
		if math.IsNaN(v) {
			return nil
		}
		return &v
	}
	lo, hi := r.ends()
	return json.Marshal(struct {
		Dataset  string   `json:"dataset"`
		Metric   string   `json:"metric"`
		Measure  string   `json:"measure"`
		Value    *float64 `json:"value"`
		Lo       *float64 `json:"lo"`
		Hi       *float64 `json:"hi"`
		N        int      `json:"n"`
		Warnings []string `json:"warnings"`
	}{r.Dataset, r.Metric, r.Measure, number(r.Value), number(lo), number(hi), r.N, sentences(r.Warnings)})
}

// sentences returns what warnings say.
func sentences(warnings []error) []string {
	out := make([]string, len(warnings))
	for i, w := range warnings {
		out[i] = w.Error()
	}
	return out
}

// Correlate is Scores.Correlate of a frame with the columns dataset, model, metric and
// score.
func Correlate(scores dataframe.DataFrame, truth *Truth, measures []Measure, r Resampling) ([]Row, error) {
	typed, err := ScoresOf(scores)
	if err != nil {
		return nil, err
	}
	return typed.Correlate(truth, measures, r)
}

// Frame returns rows as a frame with the columns dataset, metric, measure, value, lo,
// hi, n and warnings, the last joined by semicolons.
func Frame(rows []Row) dataframe.DataFrame {
	var dataset, metric, measure, warnings []string
	var value, lo, hi []float64
	var n []int
	for _, r := range rows {
		dataset, metric, measure = append(dataset, r.Dataset), append(metric, r.Metric), append(measure, r.Measure)
		value, n = append(value, r.Value), append(n, r.N)
		from, to := r.ends()
		lo, hi = append(lo, from), append(hi, to)
		warnings = append(warnings, strings.Join(sentences(r.Warnings), "; "))
	}
	return dataframe.New(
		series.New(dataset, series.String, "dataset"),
		series.New(metric, series.String, "metric"),
		series.New(measure, series.String, "measure"),
		series.New(value, series.Float, "value"),
		series.New(lo, series.Float, "lo"),
		series.New(hi, series.Float, "hi"),
		series.New(n, series.Int, "n"),
		series.New(warnings, series.String, "warnings"),
	)
}
