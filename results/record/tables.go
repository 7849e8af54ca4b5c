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
// come with marks of what is worse than the best at level 0.05; without them a value has
// the range over subsets of the samples, where some were scored. Warnings are of the
// scores and of their correlations.
func (r *Record) Tables(intervals bool) (tables []results.Table, warnings []string, err error) {
	warnings = r.ScoreWarnings()
	resampling := results.Resampling{Seed: r.Seed, Resamples: -1}
	if intervals {
		resampling.Resamples = 0
	}
	measures := r.TableMeasures()
	for _, sha := range r.truths() {
		if sha == "" {
			tables = append(tables, r.scoreTables()...)
			continue
		}
		rows, ranges, err := r.Rows(sha, resampling)
		if err != nil {
			return nil, nil, err
		}
		warnings = append(warnings, Warnings(rows)...)
		for _, m := range measures {
			t := results.NewTable(rows, m, r.Truth(sha).Name)
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

// Rows correlates the scores with a truth, by the measures of tables. Without resamples,
// the interval of a value is the range over subsets of the samples, and ranges says of
// which.
func (r *Record) Rows(truth string, resampling results.Resampling) (rows []results.Row, ranges string, err error) {
	t, measures := r.Truth(truth), r.TableMeasures()
	if rows, err = r.Of(truth, "").Correlate(t, measures, resampling); err != nil || resampling.Resamples >= 0 {
		return rows, "", err
	}
	ranges, err = r.spread(rows, t, measures)
	return rows, ranges, err
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

// spread sets the interval of each row to the range of what the scores of the subsets of
// the first fraction give, and says so; "" without subsets.
func (r *Record) spread(rows []results.Row, truth *results.Truth, measures []results.Measure) (string, error) {
	type key struct{ dataset, metric, measure string }
	at := make(map[key]*results.Row)
	for i, row := range rows {
		at[key{row.Dataset, row.Metric, row.Measure}] = &rows[i]
	}
	most, times := 0, make(map[*results.Row]int)
	var first float64
	for i, sub := range r.Subsets {
		fraction, _ := Fraction(sub)
		if i == 0 {
			first = fraction
		}
		if fraction != first {
			continue
		}
		correlated, err := r.Of(truth.SHA256, sub).Correlate(truth, measures, results.Resampling{Resamples: -1})
		if err != nil {
			return "", err
		}
		for _, c := range correlated {
			row := at[key{c.Dataset, c.Metric, c.Measure}]
			if row == nil || math.IsNaN(c.Value) {
				continue
			}
			row.Include(c.Value)
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
	return fmt.Sprintf("the range over %s%d random subsets of %g %% of the samples", upTo, most, 100*first), nil
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
		t := results.Table{Caption: "Scores on " + dataset + ".", Corner: "model", Columns: labels, Digits: 4}
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
