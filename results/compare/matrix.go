// Package compare tells whether one metric is better than another over many
// datasets, and how sure one can be of it.
//
// It follows Demšar, "Statistical comparisons of classifiers over multiple data sets"
// (JMLR 2006): a dataset is one observation, because the models of a dataset are not
// independent trials. [New] takes the values of a measure, metrics by datasets, into a
// [Matrix]; [Friedman] asks whether the metrics differ at all,
// [Matrix.CriticalDifference] and [Wilcoxon] with [Holm] which do, [SignedRank] how
// probable it is that one is better, worse or practically the same.
package compare

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"sfdalab/results"
)

// A Matrix holds the value of a measure for each of N datasets and k metrics.
type Matrix struct {
	Measure  results.Measure
	Datasets []string    // N
	Metrics  []string    // k
	Values   [][]float64 // N×k

	// LeftOut says, in sentences, what is not in the matrix, and why.
	LeftOut []string
}

// New returns the matrix of one measure. Comparison needs every value, so metrics
// that lack more than half of the datasets are left out, and then the datasets that
// one of the others lacks. It is an error when fewer than two metrics or no dataset
// stay.
func New(rows []results.Row, m results.Measure) (Matrix, error) {
	values := map[[2]string]float64{}
	mx := Matrix{Measure: m}
	for _, r := range rows {
		if r.Measure != m.Name {
			continue
		}
		mx.Datasets, mx.Metrics = append(mx.Datasets, r.Dataset), append(mx.Metrics, r.Metric)
		if !math.IsNaN(r.Value) {
			values[[2]string{r.Dataset, r.Metric}] = r.Value
		}
	}
	mx.Datasets, mx.Metrics = results.Distinct(mx.Datasets), results.Distinct(mx.Metrics)
	has := func(dataset, metric string) bool { _, ok := values[[2]string{dataset, metric}]; return ok }

	var thin, gaps []string
	mx.Metrics = slices.DeleteFunc(mx.Metrics, func(metric string) bool {
		var n int
		for _, d := range mx.Datasets {
			if has(d, metric) {
				n++
			}
		}
		if 2*n >= len(mx.Datasets) {
			return false
		}
		thin = append(thin, metric)
		return true
	})
	mx.Datasets = slices.DeleteFunc(mx.Datasets, func(dataset string) bool {
		if !slices.ContainsFunc(mx.Metrics, func(metric string) bool { return !has(dataset, metric) }) {
			return false
		}
		gaps = append(gaps, dataset)
		return true
	})
	if thin != nil {
		mx.LeftOut = append(mx.LeftOut, "Left out, without a value on more than half of the datasets: "+strings.Join(thin, ", ")+".")
	}
	if gaps != nil {
		mx.LeftOut = append(mx.LeftOut, "Left out, as a metric has no value there: "+strings.Join(gaps, ", ")+".")
	}
	if len(mx.Metrics) < 2 {
		return mx, fmt.Errorf("a comparison needs two metrics that have values of %s, and there are %d", m.Title, len(mx.Metrics))
	}
	if len(mx.Datasets) == 0 {
		return mx, errors.New("no dataset has a value for every metric")
	}
	for _, d := range mx.Datasets {
		row := make([]float64, len(mx.Metrics))
		for j, metric := range mx.Metrics {
			row[j] = values[[2]string{d, metric}]
		}
		mx.Values = append(mx.Values, row)
	}
	return mx, nil
}

// Metric returns the N values of metric j, negated where lower is better: higher is
// better in what it returns.
func (mx Matrix) Metric(j int) []float64 {
	column := make([]float64, len(mx.Values))
	for i, row := range mx.Values {
		column[i] = row[j]
		if mx.Measure.Lower {
			column[i] = -row[j]
		}
	}
	return column
}

// Ranks returns the rank of each metric on each dataset, N×k: 1 for the best, the
// mean of their ranks for tied ones.
func (mx Matrix) Ranks() [][]float64 {
	ranks := make([][]float64, len(mx.Values))
	for i, row := range mx.Values {
		low := slices.Clone(row) // the best is the lowest
		if !mx.Measure.Lower {
			for j := range low {
				low[j] = -low[j]
			}
		}
		ranks[i] = results.Ranks(low)
	}
	return ranks
}

// AverageRanks returns the mean over datasets of each metric's rank.
func (mx Matrix) AverageRanks() []float64 {
	means := make([]float64, len(mx.Metrics))
	for _, row := range mx.Ranks() {
		for j, r := range row {
			means[j] += r / float64(len(mx.Values))
		}
	}
	return means
}

// Wins counts the datasets on which a metric beats, equals and loses to another;
// two values no further apart than rope are equal.
type Wins struct{ Win, Tie, Loss int }

// String returns wins, ties and losses, such as "7/1/3".
func (w Wins) String() string { return fmt.Sprintf("%d/%d/%d", w.Win, w.Tie, w.Loss) }

// WinMatrix returns the Wins of each metric over each other, k×k.
func (mx Matrix) WinMatrix(rope float64) [][]Wins {
	wins := make([][]Wins, len(mx.Metrics))
	for a := range wins {
		wins[a] = make([]Wins, len(mx.Metrics))
		for b := range wins[a] {
			x, y := mx.Metric(a), mx.Metric(b)
			for i := range x {
				switch d := x[i] - y[i]; {
				case d > rope:
					wins[a][b].Win++
				case d < -rope:
					wins[a][b].Loss++
				default:
					wins[a][b].Tie++
				}
			}
		}
	}
	return wins
}
