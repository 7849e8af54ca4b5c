package experiments

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"

	"sfdalab/results"
	"sfdalab/results/compare"
)

// LoadTruth returns the ground truth of the spec.
func (s *Spec) LoadTruth() (*results.Truth, error) { return results.LoadTruth(s.truth(Entry{})) }

// Tables returns the tables of a result: one for each ground truth and measure, in
// the order of variants and measures, with variants as rows and datasets as columns.
// Variants without a ground truth are in a table of scores for each dataset.
// Intervals come with marks of what is worse than the best at level 0.05.
// Warnings are of the scores and of their correlations.
func (r *Result) Tables(intervals bool) (tables []results.Table, warnings []string, err error) {
	measures, err := r.Spec.measures()
	if err != nil {
		return nil, nil, err
	}
	warnings = r.warnings()
	var truths []string
	for _, v := range r.Variants {
		if slices.Contains(truths, v.Truth) {
			continue
		}
		truths = append(truths, v.Truth)
		scores := r.Scores(v.Truth, 0)
		if scores.Nrow() == 0 {
			continue
		}
		if v.Truth == "" {
			tables = append(tables, r.scoreTables()...)
			continue
		}
		truth, err := results.LoadTruth(v.Truth)
		if err != nil {
			return nil, nil, err
		}
		resampling := results.Resampling{Seed: r.Spec.Seed, Resamples: -1}
		if intervals {
			resampling.Resamples = 0
		}
		rows, err := results.Correlate(scores, truth, measures, resampling)
		if err != nil {
			return nil, nil, err
		}
		warnings = append(warnings, Warnings(rows)...)
		var ranges string
		if !intervals {
			if ranges, err = r.spread(rows, truth, measures, v.Truth); err != nil {
				return nil, nil, err
			}
		}
		for _, m := range measures {
			t := results.NewTable(rows, m, truth.Name)
			switch {
			case intervals:
				AddEvidence(&t, rows, m, resampling)
			case ranges != "":
				t.Intervals, t.IntervalsAre = true, ranges
			}
			tables = append(tables, t)
		}
	}
	return tables, warnings, nil
}

// AddEvidence adds what tells how sure the table of a measure is: intervals of the
// means, marks of what is worse than the best at level 0.05, and which tests were chosen,
// why, and what they say.
func AddEvidence(t *results.Table, rows []results.Row, m results.Measure, r results.Resampling) {
	t.MeanIntervals(r)
	mx, err := compare.New(rows, m)
	if err != nil {
		return // there is nothing to test
	}
	v := compare.Decide(mx, 0.05, 0.01, r.Seed)
	v.Mark(t, 0.05)
	t.Tests = slices.DeleteFunc(v.Sentences, func(s string) bool { return s == v.Worse }) // which the mark tells
}

// spread sets the interval of each row to the least and greatest value that the
// scores of the subsets of the first fraction give, and says so; "" without subsets.
func (r *Result) spread(rows []results.Row, truth *results.Truth, measures []results.Measure, name string) (ranges string, err error) {
	type key struct{ dataset, metric, measure string }
	at := make(map[key]*results.Row)
	for i, row := range rows {
		at[key{row.Dataset, row.Metric, row.Measure}] = &rows[i]
	}
	most, times := 0, make(map[*results.Row]int)
	subsets := r.subsets()
	for _, p := range subsets {
		if p.fraction != subsets[0].fraction {
			continue
		}
		scores := r.Scores(name, p.repeat)
		if scores.Nrow() == 0 {
			continue
		}
		correlated, err := results.Correlate(scores, truth, measures, results.Resampling{Resamples: -1})
		if err != nil {
			return "", err
		}
		for _, c := range correlated {
			row := at[key{c.Dataset, c.Metric, c.Measure}]
			if row == nil || math.IsNaN(c.Value) {
				continue
			}
			if math.IsNaN(row.Lo) {
				row.Lo, row.Hi = c.Value, c.Value
			}
			row.Lo, row.Hi = min(row.Lo, c.Value), max(row.Hi, c.Value)
			times[row]++
			most = max(most, times[row])
		}
	}
	if most == 0 {
		return "", nil
	}
	upTo := ""
	for _, n := range times {
		if n < most {
			upTo = "up to "
		}
	}
	return fmt.Sprintf("the range over %s%d random subsets of %g %% of the samples", upTo, most, 100*subsets[0].fraction), nil
}

// Scores returns the scores of the variants that are held against a truth, of all
// samples or of a repeat, as a frame with the columns dataset, model, metric (the
// variant's label) and score. Cells that failed are not in it. The truth is given by its name, or as
// the spec has it.
func (r *Result) Scores(truth string, repeat int) dataframe.DataFrame {
	var dataset, model, metric []string
	var score []float64
	for v, variant := range r.Variants {
		for _, c := range r.Cells {
			if c.Variant == v && c.Repeat == repeat && c.Error == "" && (variant.Truth == truth || filepath.Base(variant.Truth) == truth) {
				dataset, model = append(dataset, c.Dataset), append(model, c.Model)
				metric, score = append(metric, variant.Label), append(score, c.Score)
			}
		}
	}
	return dataframe.New(
		series.New(dataset, series.String, "dataset"),
		series.New(model, series.String, "model"),
		series.New(metric, series.String, "metric"),
		series.New(score, series.Float, "score"),
	)
}

// scoreTables returns the scores of the variants without a ground truth: a table for
// each dataset, models by variants.
func (r *Result) scoreTables() []results.Table {
	type place struct{ dataset, model, label string }
	cells := make(map[place]results.Cell)
	var datasets, models, labels []string
	for _, v := range r.Variants {
		if v.Truth == "" {
			labels = append(labels, v.Label)
		}
	}
	for _, c := range r.Cells {
		v := r.Variants[c.Variant]
		if v.Truth != "" || c.Repeat > 0 || c.Error != "" {
			continue
		}
		datasets, models = append(datasets, c.Dataset), append(models, c.Model)
		cells[place{c.Dataset, c.Model, v.Label}] = results.Cell{Value: c.Score, Lo: math.NaN(), Hi: math.NaN()}
	}
	var tables []results.Table
	for _, dataset := range distinct(datasets) {
		t := results.Table{Caption: "Scores on " + dataset + ".", Corner: "model", Columns: labels, Digits: 4}
		for _, model := range distinct(models) {
			row := results.TableRow{Label: model}
			for _, label := range labels {
				c, ok := cells[place{dataset, model, label}]
				if !ok {
					c = results.Cell{Value: math.NaN()}
				}
				row.Cells = append(row.Cells, c)
			}
			t.Rows = append(t.Rows, row)
		}
		tables = append(tables, t)
	}
	return tables
}

func distinct(names []string) []string {
	var once []string
	for _, name := range names {
		if !slices.Contains(once, name) {
			once = append(once, name)
		}
	}
	return once
}

// measures returns the measures of correlation that the spec names, the first of all
// if it names none.
func (s *Spec) measures() ([]results.Measure, error) {
	if len(s.Measures) == 0 {
		return results.Measures()[:1], nil
	}
	measures := make([]results.Measure, len(s.Measures))
	for i, name := range s.Measures {
		m, err := results.MeasureByName(name)
		if err != nil {
			return nil, err
		}
		measures[i] = m
	}
	return measures, nil
}
