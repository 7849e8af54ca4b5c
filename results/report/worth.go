package report

import (
	"fmt"
	"math"
	"slices"

	"sfdalab/results"
	"sfdalab/results/compare"
	"sfdalab/results/figures"
	"sfdalab/results/record"
)

// consensus compares rankings by several metrics with the one metric that did best elsewhere.
func (e evidence) consensus() (section, error) {
	s := section{Heading: "Would a combination of metrics do better?"}
	rows, err := compare.Combine(e.groups, e.measure)
	if err != nil {
		s.say("%s.", results.Capital(err.Error()))
		return s, nil
	}
	s.say("“best-elsewhere” is the single metric that did best on the other datasets: what one would have used here. A combination is worth its cost where it beats that one.")
	t := results.NewTable(rows, e.measure, e.part.Truth.Name)
	t.Corner = "ranking"
	t.Caption = fmt.Sprintf("%s of rankings by several metrics, and of the single metric that did best elsewhere %s.", results.Capital(e.measure.Title), e.about())
	if mx, err := compare.New(rows, e.measure); err == nil && mx.Metrics[0] == compare.BestElsewhere {
		s.say("%s", outOfSample(mx, e.Alpha))
	}
	s.table("consensus", t)
	return s, nil
}

// outOfSample says whether a combination beats the single metric, which is the first of
// the matrix.
func outOfSample(mx compare.Matrix, alpha float64) string {
	best, bestMean := 1, math.Inf(-1)
	single := mx.Metric(0)
	var p []float64
	for j := 1; j < len(mx.Metrics); j++ {
		if m := mean(mx.Metric(j)); m > bestMean {
			best, bestMean = j, m
		}
		test := compare.Wilcoxon(mx.Metric(j), single).P
		if math.IsNaN(test) {
			test = 1 // no difference at all
		}
		p = append(p, test)
	}
	verdict := "no combination beats it on average"
	if bestMean > mean(single) {
		verdict = "the best combination does better on average"
	}
	shown := fmt.Sprintf("signed-rank test with Holm's correction for %d combinations: p %s", len(p), compare.P(compare.Holm(p)[best-1]))
	if least := math.Pow(2, float64(1-len(single))) * float64(len(p)); least > alpha {
		shown = fmt.Sprintf("%s: too few for a test", results.Count(len(single), "dataset"))
	}
	return fmt.Sprintf("On datasets that it was not chosen on, %s: %s wins, ties and loses against best-elsewhere on %s datasets (%s).", verdict, mx.Metrics[best], mx.WinMatrix(0)[best][0], shown)
}

// cost sets the time of each metric beside its mean value.
func (e evidence) cost() (section, error) {
	s := section{Heading: "How long does a better metric take?"}
	models := len(e.models())
	var costs []compare.Cost
	for _, metric := range e.metrics() {
		if seconds, ok := e.part.Seconds[metric]; ok {
			costs = append(costs, compare.Cost{Metric: metric, Seconds: seconds, Value: mean(e.values(metric))})
		}
	}
	if costs == nil {
		s.say("Not known: these scores were not timed.")
		return s, nil
	}
	extraction := e.part.Extraction
	t := results.Table{Corner: "metric", Columns: []string{"ms a model", "mean", "break-even, ms"}, Digits: 2,
		Caption: fmt.Sprintf("Time for a model and mean %s %s, quickest first. Break-even: where one fine-tuning takes longer than this, it is quicker to score all models and fine-tune the best than to fine-tune all.", e.measure.Title, e.about())}
	if extraction > 0 {
		t.Caption += " It counts the extraction of features, which metrics share."
		s.say("The features of a model took %.3g s to extract, on average over networks and datasets.", extraction)
	}
	front := false
	for _, c := range compare.Pareto(costs) {
		even, err := compare.BreakEven(c.Seconds+extraction, models, 1)
		if err != nil {
			even = math.NaN()
		}
		row := plainRow(c.Metric, 1000*c.Seconds, c.Value, 1000*even)
		if c.Front {
			row.Cells[1].Mark, front = "*", true
		}
		row.Cells[1].Text = fmt.Sprintf("%.3f", c.Value)
		t.Rows = append(t.Rows, row)
	}
	if front {
		t.Notes = []string{"* no metric is both quicker and better: the Pareto front"}
	}
	s.table("cost", t)
	s.figure("cost", figures.CostQuality("Cost against quality", "mean "+e.measure.Title, costs, extraction))
	return s, nil
}

// published compares the values with those that papers print.
func (e evidence) published() (section, error) {
	groups := slices.Clone(e.groups)
	for i, g := range groups {
		if name, ok := e.part.Names[g.Metric]; ok {
			groups[i].Metric = name
		}
	}
	findings := results.AgainstPublished(groups, e.part.Truth)
	findings = slices.DeleteFunc(findings, func(f results.Finding) bool { return math.IsNaN(f.Ours) })
	s := section{Heading: "Beside published results"}
	if len(findings) == 0 {
		s.say("No published figure that is built in is of these metrics and datasets with the ground truth %s.", e.part.Truth.Name)
		return s, nil
	}
	s.say("Reasons are known of some differences.")
	t := results.Table{Caption: "Weighted τ as published by " + findings[0].Source + " and here " + e.about() + ".", Corner: "metric and dataset", Columns: []string{"published", "here", "difference"}, Digits: 3}
	for _, f := range findings {
		t.Rows = append(t.Rows, plainRow(f.What, f.Published, f.Ours, f.Difference()))
	}
	s.List = reasons(findings)
	s.table("published", t)
	return s, nil
}

// reasons lists why figures differ from those that are published, each reason once.
func reasons(findings []results.Finding) []string {
	var why record.Tally
	for _, f := range findings {
		if f.Note != "" {
			why.Add(f.Note+".", f.What)
		}
	}
	return why.Lines()
}
