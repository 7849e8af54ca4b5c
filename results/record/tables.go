package record

import (
	"fmt"
	"math"
	"slices"

	"sfdalab/results"
	"sfdalab/results/compare"
)

// Tables returns the tables of a record: one for each ground truth and measure, in the
// order of variants and measures, with variants as rows and datasets as columns.
// Variants without a ground truth are in a table of scores for each dataset. Intervals
// come with letters of what differs at level 0.05; without them a value has the standard
// error due to the choice of samples, where subsets of them were scored. Baselines and ceilings
// that were recorded are below the metrics. Warnings are of the scores and of their
// correlations.
func (r *Record) Tables(intervals bool) (tables []results.Table, warnings []string, err error) {
	warnings = r.ScoreWarnings()
	resampling := results.Resampling{Seed: r.Seed, Resamples: -1, Progress: r.Progress}
	if intervals {
		resampling.Resamples = 0
	}
	measures := r.TableMeasures()
	for _, sha := range r.truths() {
		if sha == "" {
			tables = append(tables, r.scoreTables()...)
			continue
		}
		rows, spread, err := r.Rows(sha, resampling)
		if err != nil {
			return nil, nil, err
		}
		groups, err := r.Of(sha, "").Groups(r.Truth(sha))
		if err != nil {
			return nil, nil, err
		}
		warnings = append(warnings, Warnings(rows)...)
		for _, m := range measures {
			t := results.NewTable(rows, m, r.Truth(sha).Name)
			t.Caption += r.AboutImages(t.Columns...)
			switch {
			case intervals:
				AddEvidence(&t, rows, m, r.Test, resampling)
			case spread != "":
				t.Intervals, t.IntervalsAre = true, spread
			}
			r.References(sha).AddTo(&t, groups, m, resampling)
			tables = append(tables, t)
		}
	}
	return tables, warnings, nil
}

// Rows correlates the scores with a truth, by the measures of tables. Without resamples,
// the interval of a value is its spread over subsets of the samples, and spread says of
// which.
func (r *Record) Rows(truth string, resampling results.Resampling) (rows []results.Row, spread string, err error) {
	t, measures := r.Truth(truth), r.TableMeasures()
	if rows, err = r.Of(truth, "").Correlate(t, measures, resampling); err != nil || resampling.Resamples >= 0 {
		return rows, "", err
	}
	spread, err = r.spread(rows, t, measures)
	return rows, spread, err
}

// TableMeasures returns the measures of tables: the first of all unless others are named.
func (r *Record) TableMeasures() []results.Measure {
	if len(r.Measures) == 0 {
		return results.Measures()[:1]
	}
	return r.Measures
}

// truths returns the truths that variants with scores name, "" for none, in their order.
func (r *Record) truths() []string {
	scored := make(map[string]bool)
	for _, s := range r.Scores {
		if s.Subset == "" && s.Error == "" {
			scored[s.Metric] = true
		}
	}
	var all []string
	for _, v := range r.Variants {
		if scored[v.Label] && !slices.Contains(all, v.Truth) {
			all = append(all, v.Truth)
		}
	}
	return all
}

// References returns what the scores that are correlated with a truth are compared with
// besides each other, as far as it was recorded.
func (r *Record) References(truth string) compare.References {
	refs := compare.References{Baselines: r.Baselines[truth], Spread: r.Truth(truth).SD}
	for _, other := range r.Protocols {
		if other.SHA256 != truth {
			refs.Ceilings = append(refs.Ceilings, other)
		}
	}
	return refs
}

// AddEvidence adds what tells how sure the table of a measure is: intervals of the means,
// letters of what differs at level 0.05 by the deciding test, and what that says.
func AddEvidence(t *results.Table, rows []results.Row, m results.Measure, test compare.Test, r results.Resampling) {
	t.MeanIntervals(m, r)
	mx, err := compare.New(rows, m)
	if err != nil {
		return // there is nothing to test
	}
	quick := results.Resampling{Seed: r.Seed, Resamples: -1} // intervals of differences are not shown
	v := compare.DecideBy(test, mx, 0.05, 0.01, quick)
	v.Mark(t, len(t.Columns)-1)
	t.Tests = mx.LeftOut
}

// spread sets the interval of each row to its spread over the subsets of the first
// fraction, and says so; "" without two subsets.
func (r *Record) spread(rows []results.Row, truth *results.Truth, measures []results.Measure) (string, error) {
	type key struct{ dataset, metric, measure string }
	values := make(map[key][]float64)
	of := make(map[string]results.Scores) // of each subset: they may be many
	for _, s := range r.Scores {
		of[s.Subset] = append(of[s.Subset], s)
	}
	var first float64
	for i, sub := range r.Subsets {
		fraction, _ := Fraction(sub)
		if i == 0 {
			first = fraction
		}
		if fraction != first {
			continue
		}
		correlated, err := r.among(of[sub], truth.SHA256, sub).Correlate(truth, measures, results.Resampling{Resamples: -1})
		if err != nil {
			return "", err
		}
		for _, c := range correlated {
			if k := (key{c.Dataset, c.Metric, c.Measure}); !math.IsNaN(c.Value) {
				values[k] = append(values[k], c.Value)
			}
		}
	}
	most, least := 0, math.MaxInt
	for i, row := range rows {
		of := values[key{row.Dataset, row.Metric, row.Measure}]
		if rows[i].Interval = results.SampleSpread(row.Value, of, first); rows[i].Exists() {
			most, least = max(most, len(of)), min(least, len(of))
		}
	}
	if most == 0 {
		return "", nil
	}
	upTo := ""
	if least < most {
		upTo = "up to "
	}
	return fmt.Sprintf("the standard error due to the choice of samples, estimated from %s%d random subsets of %g %% of them", upTo, most, 100*first), nil
}

// scoreTables returns the scores of the variants without a ground truth: a table for
// each dataset, models by variants.
func (r *Record) scoreTables() []results.Table {
	type place struct{ dataset, model, label string }
	values := make(map[place]float64)
	var datasets, models, labels []string
	for _, v := range r.Variants {
		if v.Truth == "" {
			labels = append(labels, v.Label)
		}
	}
	seen := make(map[[2]string]bool)
	once := func(list *[]string, kind, name string) {
		if !seen[[2]string{kind, name}] {
			seen[[2]string{kind, name}], *list = true, append(*list, name)
		}
	}
	for _, s := range r.Of("", "") {
		once(&datasets, "dataset", s.Dataset)
		once(&models, "model", s.Model)
		values[place{s.Dataset, s.Model, s.Metric}] = s.Value
	}
	var tables []results.Table
	for _, dataset := range datasets {
		t := results.Table{Caption: "Scores on " + dataset + "." + r.AboutImages(dataset), Corner: "model", Columns: labels, Digits: 4}
		for _, model := range models {
			row := results.TableRow{Label: model}
			for _, label := range labels {
				v, ok := values[place{dataset, model, label}]
				if !ok {
					v = math.NaN()
				}
				row.Cells = append(row.Cells, results.Cell{Value: v})
			}
			t.Rows = append(t.Rows, row)
		}
		tables = append(tables, t)
	}
	return tables
}
