package ui

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"sfdalab/results"
	"sfdalab/tracking"
)

// A facet is something that not all of the compared runs have alike.
type facet struct {
	What   string
	Values []string // of each run
}

// facets returns what runs were asked to do, and by what, where they differ.
func facets(all []tracking.Selection) []facet {
	// list returns how many names there are, and which of them not all runs have.
	list := func(names []string, of func(tracking.Run) []string) string {
		var own []string
		for _, name := range names {
			if slices.ContainsFunc(all, func(s tracking.Selection) bool { return !slices.Contains(of(s.Run), name) }) {
				own = append(own, name)
			}
		}
		if own == nil {
			return fmt.Sprint(len(names))
		}
		return fmt.Sprintf("%d, among them %s", len(names), strings.Join(own, ", "))
	}
	datasets := func(r tracking.Run) []string { return r.Datasets }
	models := func(r tracking.Run) []string { return r.Models }
	metrics := func(r tracking.Run) []string { return r.Metrics }
	var differ []facet
	for _, f := range []struct {
		what string
		of   func(r tracking.Run) string
	}{
		{"experiment", func(r tracking.Run) string { return r.Experiment }},
		{"datasets", func(r tracking.Run) string { return list(r.Datasets, datasets) }},
		{"models", func(r tracking.Run) string { return list(r.Models, models) }},
		{"metrics", func(r tracking.Run) string { return list(r.Metrics, metrics) }},
		{"ground truths", func(r tracking.Run) string {
			var names []string
			for _, t := range r.Truths {
				names = append(names, t.Name+" "+t.SHA256[:min(8, len(t.SHA256))])
			}
			return strings.Join(names, ", ")
		}},
		{"seed", func(r tracking.Run) string { return fmt.Sprint(r.Seed) }},
		{"revision", func(r tracking.Run) string { return r.Environment.Revision[:min(10, len(r.Environment.Revision))] }},
		{"program", func(r tracking.Run) string { return r.Environment.Program[:min(10, len(r.Environment.Program))] }},
		{"Go", func(r tracking.Run) string { return r.Environment.Go }},
		{"host", func(r tracking.Run) string { return r.Environment.Host }},
		{"outcome", func(r tracking.Run) string { return string(r.Outcome) }},
	} {
		values := make([]string, len(all))
		for i, s := range all {
			values[i] = f.of(s.Run)
		}
		if slices.ContainsFunc(values, func(v string) bool { return v != values[0] }) {
			differ = append(differ, facet{f.what, values})
		}
	}
	return differ
}

// meansByRun returns the mean of each variant in each run beside one ground truth, those
// that differ the most first; false where no two runs have a variant in common.
func (s *server) meansByRun(all []tracking.Selection, truth *results.Truth) (t results.Table, ok bool, err error) {
	t = results.Table{Corner: "variant", Digits: 3}
	var labels []string
	means := make(map[string][]float64)
	for i, sel := range all {
		rec := s.recordOf([]tracking.Selection{sel})
		if rec.Truth(truth.SHA256) == nil {
			rec.Against(truth)
		}
		measure := rec.TableMeasures()[0]
		t.Lower = measure.Lower
		t.Caption = fmt.Sprintf("Mean %s over datasets by run (%s). The variants that differ the most come first.", measure.Title, truth.Name)
		t.Columns = append(t.Columns, title(sel.Run))
		rows, err := rec.Of(truth.SHA256, "").Correlate(truth, []results.Measure{measure}, results.Resampling{Resamples: -1})
		if err != nil {
			return t, false, err
		}
		for _, row := range results.NewTable(rows, measure, truth.Name).Rows {
			if means[row.Label] == nil {
				labels = append(labels, row.Label)
				means[row.Label] = slices.Repeat([]float64{math.NaN()}, len(all))
			}
			means[row.Label][i] = row.Cells[len(row.Cells)-1].Value
		}
	}
	spread := make(map[string]float64)
	for label, values := range means {
		known := slices.DeleteFunc(slices.Clone(values), math.IsNaN)
		if len(known) < 2 {
			delete(means, label)
			continue
		}
		spread[label] = slices.Max(known) - slices.Min(known)
	}
	labels = slices.DeleteFunc(labels, func(l string) bool { return means[l] == nil })
	slices.SortStableFunc(labels, func(a, b string) int { return cmp.Compare(spread[b], spread[a]) })
	t.Columns = append(t.Columns, "largest difference")
	for _, label := range labels {
		row := results.TableRow{Label: label}
		for _, v := range append(means[label], spread[label]) {
			row.Cells = append(row.Cells, results.Cell{Value: v, Unranked: true})
		}
		if spread[label] == 0 {
			row.Cells[len(all)].Text = "none"
		}
		t.Rows = append(t.Rows, row)
	}
	return t, len(labels) > 0, nil
}
