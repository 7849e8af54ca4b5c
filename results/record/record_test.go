package record

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sfdalab/results"
	"sfdalab/results/compare"
)

// newRecord returns a record of one metric on one dataset and, on a subset of the
// samples, in reverse.
func newRecord(t *testing.T, id, title string, last float64) Record {
	t.Helper()
	truth, err := results.NewTruth("mine", []results.Accuracy{
		{Dataset: "pets", Model: `a"b`, Percent: 1}, {Dataset: "pets", Model: "c", Percent: 2}, {Dataset: "pets", Model: "d,e", Percent: last},
	}...)
	if err != nil {
		t.Fatal(err)
	}
	r := Record{
		Runs:     []Run{{ID: id, Title: title}},
		Variants: []Variant{{Label: "SFDA", Metric: "sfda", Truth: truth.SHA256}, {Label: "raw", Metric: "knn"}},
		Truths:   []*results.Truth{truth},
		Subsets:  []string{"subset 1 of 0.8, seed 0", "subset 2 of 0.8, seed 0"},
	}
	for i, model := range truth.Models("pets") {
		r.Scores = append(r.Scores,
			results.Score{Dataset: "pets", Model: model, Metric: "SFDA", Value: float64(i)},
			results.Score{Dataset: "pets", Model: model, Metric: "SFDA", Value: float64(-i), Subset: r.Subsets[0]},
			results.Score{Dataset: "pets", Model: model, Metric: "SFDA", Value: float64(i), Subset: r.Subsets[1]},
			results.Score{Dataset: "pets", Model: model, Metric: "raw", Value: float64(i), Warnings: []string{"so"}})
	}
	r.Scores = append(r.Scores, results.Score{Dataset: "pets", Model: "f", Metric: "raw", Error: "no"})
	return r
}

func TestTables(t *testing.T) {
	r := newRecord(t, "1", "one", 3)
	tables, warnings, err := r.Tables(false)
	if err != nil || len(tables) != 2 {
		t.Fatalf("%d tables, %v", len(tables), err)
	}
	c := tables[0].Rows[0].Cells[0]
	spread := math.Sqrt2 * 2 // the standard deviation of 1 and −1, times √(0.8/0.2)
	if c.Value != 1 || c.Kind != results.Spread || math.Abs(c.Hi-1-spread) > 1e-12 || math.Abs(1-spread-c.Lo) > 1e-12 {
		t.Errorf("%+v, want 1 ± %v", c, spread)
	}
	if got := tables[0].IntervalsAre; got != "the standard error due to the choice of samples, estimated from 2 random subsets of 80 % of them" {
		t.Errorf("intervals are %q", got)
	}
	if rows := tables[1].Rows; len(rows) != 3 || rows[0].Label != `a"b` || rows[2].Cells[0].Value != 2 {
		t.Errorf("scores without a ground truth: %+v", rows)
	}
	if len(warnings) == 0 || warnings[0] != `a"b on pets by raw: so (and 2 more cells)` {
		t.Errorf("warnings %q", warnings)
	}
	if got := r.Failures(); len(got) != 1 || got[0] != "f on pets by raw: no" {
		t.Errorf("failures %q", got)
	}
	if tables, _, err := r.Tables(true); err != nil || tables[0].Rows[0].Cells[0].Exists() {
		t.Errorf("an interval of three models: %v", err)
	}
}

func TestJoin(t *testing.T) {
	if nothing := Join(); nothing.Variants != nil {
		t.Errorf("of no records: %+v", nothing)
	}
	one, two := newRecord(t, "1", "base", 3), newRecord(t, "2", "base", 3)
	other := newRecord(t, "3", "other", 0)
	other.Variants = other.Variants[:1]
	joined := Join(one, two, other)
	var labels []string
	for _, v := range joined.Variants {
		labels = append(labels, v.Label)
	}
	if d := cmp.Diff([]string{"SFDA (1)", "raw (1)", "SFDA (2)", "raw (2)", "SFDA (other)"}, labels); d != "" {
		t.Error(d)
	}
	if len(joined.Truths) != 2 || joined.Truths[0].Name != "mine" || !strings.HasPrefix(joined.Truths[1].Name, "mine "+other.Truths[0].SHA256[:8]) {
		t.Errorf("truths %+v", joined.Truths)
	}
	if n := len(joined.Of(one.Truths[0].SHA256, "")); n != 6 {
		t.Errorf("%d scores with the first truth, want 6", n)
	}
	tables, _, err := joined.Tables(false)
	if err != nil || len(tables) != 3 {
		t.Fatalf("%d tables, %v", len(tables), err)
	}
	if v := tables[2].Rows[0].Cells[0].Value; math.IsNaN(v) || v >= 1 {
		t.Errorf("%v with another truth", v)
	}
	if joined.Against(one.Truths[0]); len(joined.Of(one.Truths[0].SHA256, "")) != 15 {
		t.Errorf("%d scores with one truth for all", len(joined.Of(one.Truths[0].SHA256, "")))
	}
}

// TestBaselinesAreOfTheRecord makes sure that tables have the baselines that were recorded,
// and those of another ground truth where one is named.
func TestBaselinesAreOfTheRecord(t *testing.T) {
	r := newRecord(t, "1", "one", 3)
	truth := r.Truths[0]
	size := results.Baseline{Name: "params_m", Title: "parameters", Values: map[string]map[string]float64{"": {`a"b`: 3, "c": 2, "d,e": 1}}}
	r.Baselines = map[string][]results.Baseline{truth.SHA256: {size}}
	tables, _, err := r.Tables(false)
	if err != nil {
		t.Fatal(err)
	}
	rows := tables[0].Rows
	if last := rows[len(rows)-1]; last.Label != "baseline: parameters" || !last.Apart || last.Cells[0].Value != -1 {
		t.Errorf("the last row is %+v", last)
	}
	if gain := rows[0].Cells[1]; tables[0].Columns[1] != "gain" || gain.Value != 2 || gain.Mark != " ~ (n=1)" {
		t.Errorf("gain %+v", gain)
	}
	other, err := results.NewTruth("other", results.Accuracy{Dataset: "pets", Model: `a"b`, Percent: 9}, results.Accuracy{Dataset: "pets", Model: "c", Percent: 2}, results.Accuracy{Dataset: "cars", Model: "c", Percent: 2})
	if err != nil {
		t.Fatal(err)
	}
	r.Against(other)
	var names []string
	for _, b := range r.References(other.SHA256).Baselines {
		names = append(names, b.Name)
	}
	if d := cmp.Diff([]string{"params_m", "history"}, names); d != "" {
		t.Error(d)
	}
	r.Baselines = nil
	if tables, _, err := r.Tables(false); err != nil || len(tables[0].Columns) != 1 {
		t.Errorf("without baselines: %v, %v", tables[0].Columns, err)
	}
}

// TestManyReasons tallies more reasons than anybody reads, and one in many places.
func TestManyReasons(t *testing.T) {
	var tally Tally
	for i := range 1000 {
		tally.Add("is broken", fmt.Sprint(i))
		tally.Add(fmt.Sprint("reason ", i), "here")
	}
	lines := tally.Lines()
	tally = Tally{}
	for i := range mostLines + 1 {
		tally.Add(fmt.Sprint("reason ", i), "here")
	}
	if last := tally.Lines()[mostLines]; last != "and for 1 other reason" {
		t.Errorf("the last line is %q", last)
	}
	if n := len(lines); n != 101 || lines[0] != "0, 1, 2 and 997 more: is broken" || lines[100] != "and for 901 other reasons" {
		t.Errorf("%d lines, from %q to %q", n, lines[0], lines[n-1])
	}
}

// A test that is named decides on several records only where all name it.
func TestJoinOfTests(t *testing.T) {
	for _, c := range []struct {
		tests []compare.Test
		want  compare.Test
	}{
		{[]compare.Test{compare.NemenyiTest, compare.NemenyiTest}, compare.NemenyiTest},
		{[]compare.Test{compare.NemenyiTest, compare.SignedRankTest}, compare.ByRule},
		{[]compare.Test{compare.ByRule, compare.NemenyiTest, compare.NemenyiTest}, compare.ByRule},
	} {
		var records []Record
		for i, test := range c.tests {
			r := newRecord(t, fmt.Sprint(i), "run", 3)
			r.Test = test
			records = append(records, r)
		}
		if joined := Join(records...); joined.Test != c.want {
			t.Errorf("%q come to %q, want %q", c.tests, joined.Test, c.want)
		}
	}
}

// The best metric has a value on each dataset: means over other datasets are not compared.
func TestHeadlineIsOverAllDatasets(t *testing.T) {
	var accuracies []results.Accuracy
	for _, dataset := range []string{"pets", "cars", "dtd"} {
		for i, model := range []string{"a", "b", "c"} {
			accuracies = append(accuracies, results.Accuracy{Dataset: dataset, Model: model, Percent: float64(i)})
		}
	}
	truth, err := results.NewTruth("mine", accuracies...)
	if err != nil {
		t.Fatal(err)
	}
	r := Record{Truths: []*results.Truth{truth}}
	add := func(metric string, sign float64, datasets ...string) {
		r.Variants = append(r.Variants, Variant{Label: metric, Truth: truth.SHA256})
		for _, dataset := range datasets {
			for i, model := range []string{"a", "b", "c"} {
				r.Scores = append(r.Scores, results.Score{Dataset: dataset, Model: model, Metric: metric, Value: sign * float64(i)})
			}
		}
	}
	add("easy", 1, "pets", "cars")
	add("other", -1, "cars", "dtd")
	if h, ok := r.Headline(); ok {
		t.Errorf("%+v is of no metric that has all datasets", h)
	}
	add("whole", -1, "pets", "cars", "dtd")
	if h, ok := r.Headline(); !ok || h.Metric != "whole" || h.Datasets != 3 || h.Mean != -1 {
		t.Errorf("%+v, want the metric that has all datasets", h)
	}
}
