package results

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"

	"sfdalab/internal/par"
)

// A Row is what one measure says of one metric on one dataset.
type Row struct {
	Dataset, Metric, Measure string

	Value    float64 // NaN where Warnings says why
	Lo, Hi   float64 // interval of Value by the bootstrap over models; NaN without
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
	return json.Marshal(struct {
		Dataset  string   `json:"dataset"`
		Metric   string   `json:"metric"`
		Measure  string   `json:"measure"`
		Value    *float64 `json:"value"`
		Lo       *float64 `json:"lo"`
		Hi       *float64 `json:"hi"`
		N        int      `json:"n"`
		Warnings []string `json:"warnings"`
	}{r.Dataset, r.Metric, r.Measure, number(r.Value), number(r.Lo), number(r.Hi), r.N, sentences(r.Warnings)})
}

func sentences(warnings []error) []string {
	out := make([]string, len(warnings))
	for i, w := range warnings {
		out[i] = w.Error()
	}
	return out
}

var scoreKeys = []string{"dataset", "model", "metric"}

// LoadScores returns the scores built in under that name, such as "supervised/tll", or
// those of a CSV file with the columns dataset, model, metric and score.
func LoadScores(nameOrPath string) (dataframe.DataFrame, error) {
	for _, b := range PublishedScores() {
		if b.called(nameOrPath) {
			return ReadScores(builtIn(b.file()))
		}
	}
	f, err := os.Open(nameOrPath)
	if err != nil {
		return dataframe.DataFrame{}, err
	}
	defer f.Close()
	scores, err := ReadScores(f)
	if err != nil {
		return scores, fmt.Errorf("scores %s: %w", nameOrPath, err)
	}
	return scores, nil
}

// ReadScores reads scores from a CSV with a header and the columns dataset, model,
// metric and score, in any order. Other columns are kept. A score that is empty or NaN
// is missing.
func ReadScores(r io.Reader) (dataframe.DataFrame, error) {
	return readLong(r, scoreKeys, "score", true)
}

// Correlate holds scores against accuracies with each of the measures, nil meaning
// WeightedTau alone: one row for each dataset and metric of the scores and each
// measure, datasets and metrics in the order in which the scores name them.
//
// The frame of scores has the columns dataset, model, metric and score; a model may
// come once for a dataset and metric, and a score of NaN counts as missing. What
// cannot be held against an accuracy is left out with a warning in its row.
func Correlate(scores dataframe.DataFrame, truth *Truth, measures []Measure, r Resampling) ([]Row, error) {
	if measures == nil {
		measures = Measures()[:1]
	}
	groups, err := Groups(scores, truth)
	if err != nil {
		return nil, err
	}
	draws := map[int][][]uint8{} // by number of models
	for _, g := range groups {
		if n := len(g.Models); n >= few && draws[n] == nil {
			draws[n] = drawCounts(n, r)
		}
	}
	rows := make([]Row, len(groups)*len(measures))
	par.For(len(rows), func(k int) {
		g, m := groups[k/len(measures)], measures[k%len(measures)]
		c := m.Of(g.Scores, g.Accuracies)
		row := Row{Dataset: g.Dataset, Metric: g.Metric, Measure: m.Name, Value: c.Value, N: c.N}
		row.Warnings = slices.Concat(g.Warnings, c.Warnings)
		row.Lo, row.Hi = math.NaN(), math.NaN()
		if r.OrDefault().Resamples > 0 && !math.IsNaN(c.Value) {
			in := bootstrap(m, g.Scores, g.Accuracies, r, draws[c.N])
			row.Lo, row.Hi = in.Lo, in.Hi
			if in.Err != nil {
				row.Warnings = append(row.Warnings, in.Err)
			}
		}
		rows[k] = row
	})
	return rows, nil
}

// Frame returns rows as a frame with the columns dataset, metric, measure, value, lo,
// hi, n and warnings, the last joined by semicolons.
func Frame(rows []Row) dataframe.DataFrame {
	var dataset, metric, measure, warnings []string
	var value, lo, hi []float64
	var n []int
	for _, r := range rows {
		dataset, metric, measure = append(dataset, r.Dataset), append(metric, r.Metric), append(measure, r.Measure)
		value, lo, hi, n = append(value, r.Value), append(lo, r.Lo), append(hi, r.Hi), append(n, r.N)
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
