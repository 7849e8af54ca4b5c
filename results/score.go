package results

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"

	"sfdalab/internal/par"
	"sfdalab/internal/suggest"
)

// A Score is what a metric says of a model on a dataset.
type Score struct {
	Dataset, Model string
	Metric         string  // or what its variant is called
	Subset         string  // of the samples; "" for all of them
	Value          float64 // NaN is missing

	Error    string // why it is missing
	Warnings []string
	Seconds  float64 // that it took; 0 where it was not computed
}

// Scores are scores of models on datasets by metrics. Tables have datasets and metrics
// in the order in which the scores name them first.
type Scores []Score

var scoreKeys = []string{"dataset", "model", "metric"}

// ScoresOf returns the scores of a frame with the columns dataset, model, metric and
// score.
func ScoresOf(frame dataframe.DataFrame) (Scores, error) {
	texts, values, err := columns(frame, scoreKeys, "score")
	if err != nil {
		return nil, fmt.Errorf("scores: %w", err)
	}
	scores := make(Scores, len(values))
	for i, v := range values {
		scores[i] = Score{Dataset: texts["dataset"][i], Model: texts["model"][i], Metric: texts["metric"][i], Value: v}
	}
	return scores, nil
}

// Frame returns the scores as a frame with the columns dataset, model, metric and
// score.
func (s Scores) Frame() dataframe.DataFrame {
	var dataset, model, metric []string
	var value []float64
	for _, score := range s {
		dataset, model = append(dataset, score.Dataset), append(model, score.Model)
		metric, value = append(metric, score.Metric), append(value, score.Value)
	}
	return dataframe.New(
		series.New(dataset, series.String, "dataset"),
		series.New(model, series.String, "model"),
		series.New(metric, series.String, "metric"),
		series.New(value, series.Float, "score"),
	)
}

// Groups returns the groups that are correlated, datasets and within them metrics in
// the order in which the scores name them. Two scores of a model by one metric on one
// dataset are an error; a missing one is left out, with a warning.
func (s Scores) Groups(truth *Truth) ([]Group, error) {
	type key struct{ dataset, metric string }
	rows := map[key]Scores{}
	var datasets, metrics ordered
	for _, score := range s {
		k := key{score.Dataset, score.Metric}
		rows[k] = append(rows[k], score)
		datasets.add(score.Dataset)
		metrics.add(score.Metric)
	}
	var groups []Group
	for _, dataset := range datasets.names {
		for _, metric := range metrics.names {
			of := rows[key{dataset, metric}]
			if of == nil {
				continue
			}
			slices.SortFunc(of, func(a, b Score) int { return cmp.Compare(a.Model, b.Model) })
			g := Group{Dataset: dataset, Metric: metric}
			var unknown, unscored []string
			for k, score := range of {
				accuracy, ok := truth.Accuracy(dataset, score.Model)
				switch {
				case k > 0 && score.Model == of[k-1].Model:
					return nil, fmt.Errorf("two scores of %s by %s on %s", score.Model, metric, dataset)
				case math.IsNaN(score.Value):
					unscored = append(unscored, score.Model)
				case !ok:
					unknown = append(unknown, score.Model)
				default:
					g.Models = append(g.Models, score.Model)
					g.Scores, g.Accuracies = append(g.Scores, score.Value), append(g.Accuracies, accuracy)
				}
			}
			g.warn(truth, unknown, unscored)
			groups = append(groups, g)
		}
	}
	return groups, nil
}

// Correlate correlates scores with accuracies by each of the measures, nil meaning
// WeightedTau alone: one row for each group of Groups and each measure. What has no
// accuracy is left out, with a warning in its row.
func (s Scores) Correlate(truth *Truth, measures []Measure, r Resampling) ([]Row, error) {
	if measures == nil {
		measures = Measures()[:1]
	}
	groups, err := s.Groups(truth)
	if err != nil {
		return nil, err
	}
	rows := make([]Row, len(groups)*len(measures))
	par.For(len(rows), func(k int) {
		g, m := groups[k/len(measures)], measures[k%len(measures)]
		c := m.Of(g.Scores, g.Accuracies)
		rows[k] = Row{Dataset: g.Dataset, Metric: g.Metric, Measure: m.Name, Value: c.Value, N: c.N, Warnings: slices.Concat(g.Warnings, c.Warnings)}
	})
	if r.OrDefault().Resamples <= 0 {
		return rows, nil
	}
	intervals, errs := Bootstraps(measures, groups, r)
	for k := range rows {
		if row := &rows[k]; !math.IsNaN(row.Value) {
			row.Interval = intervals[k]
			if errs[k] != nil {
				row.Warnings = append(row.Warnings, errs[k])
			}
		}
	}
	return rows, nil
}

// LoadScores returns the scores built in under that name, such as "supervised/tll", or
// those of a CSV file with the columns dataset, model, metric and score, or of a JSON file
// of the released code of SFDA.
func LoadScores(nameOrPath string) (dataframe.DataFrame, error) {
	scores, _, err := LoadScoresTold(nameOrPath)
	return scores, err
}

// LoadScoresTold is LoadScores, and says how a file is read where that is not plain: a
// line each.
func LoadScoresTold(nameOrPath string) (scores dataframe.DataFrame, told []string, err error) {
	for _, b := range PublishedScores() {
		if b.called(nameOrPath) {
			scores, err = ReadScores(builtIn(b.file()))
			return scores, nil, err
		}
	}
	f, err := suggest.Open(nameOrPath)
	if err != nil {
		return scores, nil, fmt.Errorf("scores: %w", err)
	}
	defer f.Close()
	if strings.EqualFold(filepath.Ext(nameOrPath), ".json") {
		released, err := ReadReleased(f, nameOrPath)
		return released.Frame(), nil, err
	}
	scores, told, err = readLong(f, scoreKeys, "score", true)
	if err != nil {
		return scores, nil, fmt.Errorf("scores %s: %w", nameOrPath, err)
	}
	for i := range told {
		told[i] = nameOrPath + " " + told[i]
	}
	return scores, told, nil
}

// ReadScores reads scores from a CSV with a header and the columns dataset, model,
// metric and score, in any order. Other columns are kept. A score that is empty or NaN
// is missing.
func ReadScores(r io.Reader) (dataframe.DataFrame, error) {
	scores, _, err := readLong(r, scoreKeys, "score", true) // see LoadScoresTold
	return scores, err
}
