package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"

	"sfdalab/internal/par"
	"sfdalab/results"
	"sfdalab/results/compare"
	"sfdalab/results/figures"
)

// evidence writes the sections of a report, one each.
type evidence struct {
	in      Input
	measure results.Measure
	rows    []results.Row
	groups  []results.Group
}

// values returns the values of a metric, one for each dataset that has one.
func (e evidence) values(metric string) []float64 {
	var values []float64
	for _, r := range e.rows {
		if r.Metric == metric && r.Measure == e.measure.Name {
			values = append(values, r.Value)
		}
	}
	return finite(values)
}

func (e evidence) metrics() []string {
	var metrics []string
	for _, g := range e.groups {
		if !slices.Contains(metrics, g.Metric) {
			metrics = append(metrics, g.Metric)
		}
	}
	return metrics
}

func (e evidence) overview() (section, error) {
	s := section{Heading: "At a glance"}
	t := results.NewTable(e.rows, e.measure, e.in.Truth.Name)
	if err := s.figure(figures.HeatMap("By metric and dataset: "+e.measure.Title, t)); err != nil {
		return s, err
	}
	var bars []figures.Bar
	var why error
	for _, metric := range e.metrics() {
		values := e.values(metric)
		in := results.BootstrapMean(values, e.in.Resampling)
		if in.Err != nil {
			why = in.Err
		}
		bar := figures.Bar{Label: metric, Value: math.NaN(), Lo: in.Lo, Hi: in.Hi}
		if len(values) > 0 {
			bar.Value = stat.Mean(values, nil)
		}
		bars = append(bars, bar)
	}
	if why != nil {
		s.say("A mean over datasets has no interval here: %v.", why)
	} else {
		s.say("Intervals of means are from the bootstrap over datasets.")
	}
	if err := s.figure(figures.Bars("Mean over datasets", "mean "+e.measure.Title, bars)); err != nil {
		return s, err
	}
	return s, s.figure(e.scatter(bars))
}

// scatter draws the models of each dataset by the metric with the highest mean, the
// lowest where lower is better.
func (e evidence) scatter(means []figures.Bar) figures.Figure {
	good := func(b figures.Bar) float64 {
		switch {
		case math.IsNaN(b.Value):
			return math.Inf(-1)
		case e.measure.Lower:
			return -b.Value
		}
		return b.Value
	}
	best := slices.MaxFunc(means, func(a, b figures.Bar) int { return cmp.Compare(good(a), good(b)) }).Label
	var panels []figures.Panel
	for _, g := range e.groups {
		if g.Metric == best {
			panels = append(panels, figures.Panel{Title: g.Dataset, Score: g.Scores, Accuracy: g.Accuracies})
		}
	}
	return figures.ScatterGrid("Accuracy over score of "+best+", the best in the mean", best, panels)
}

func (e evidence) tests() (section, error) {
	s := section{Heading: "Do the metrics differ?"}
	mx, err := compare.New(e.rows, e.measure)
	if err != nil {
		s.say("No test: %v.", err)
		return s, nil
	}
	v := compare.Decide(mx, e.in.Alpha, e.in.Rope, e.in.Resampling.Seed)
	s.Sentences = v.Sentences
	if len(mx.Metrics) > 2 {
		if err := s.figure(figures.CriticalDifference(mx, e.in.Alpha)); err != nil {
			return s, err
		}
	}
	if len(mx.Datasets) > 1 {
		if err := s.figure(figures.SlopeChart("Rank of each metric, from dataset to dataset", mx.Metrics, rankings(mx))); err != nil {
			return s, err
		}
	}
	t := results.Table{Corner: "against " + v.Best, Digits: 3,
		Caption: fmt.Sprintf("Each metric against %s: p of the signed-rank test, adjusted by Holm; probabilities that %s is better, the same within %g, or worse.", v.Best, v.Best, e.in.Rope),
		Columns: []string{"p (Holm)", "better", "same", "worse"}}
	counts := results.Table{Corner: t.Corner, Caption: fmt.Sprintf("Datasets on which %s wins, ties (within %g) and loses.", v.Best, e.in.Rope), Columns: []string{"wins", "ties", "losses"}}
	wins := mx.WinMatrix(e.in.Rope)[slices.Index(mx.Metrics, v.Best)]
	for _, o := range v.Others {
		w := wins[slices.Index(mx.Metrics, o.Metric)]
		t.Rows = append(t.Rows, plainRow(o.Metric, o.Adjusted, o.Posterior.Better, o.Posterior.Same, o.Posterior.Worse))
		counts.Rows = append(counts.Rows, plainRow(o.Metric, float64(w.Win), float64(w.Tie), float64(w.Loss)))
	}
	s.table(t)
	s.table(counts)
	return s, nil
}

// rankings returns how each dataset orders the metrics.
func rankings(mx compare.Matrix) []figures.Ranking {
	all := make([]figures.Ranking, len(mx.Datasets))
	for i, dataset := range mx.Datasets {
		all[i].Name = dataset
		for j := range mx.Metrics {
			all[i].Values = append(all[i].Values, mx.Metric(j)[i])
		}
	}
	return all
}

// plainRow is a row without a best.
func plainRow(label string, values ...float64) results.TableRow {
	row := results.TableRow{Label: label}
	for _, v := range values {
		row.Cells = append(row.Cells, results.Cell{Value: v, Lo: math.NaN(), Hi: math.NaN(), Unranked: true})
	}
	return row
}

// chance says which values chance could have brought, and which model carries them.
func (e evidence) chance() (section, error) {
	s := section{Heading: "Could it be chance, or one model?"}
	s.say("p: how often scores in random order would do as well. Influence: by how much the value moves, at most, when one model is left out, and which.")
	t := results.Table{Caption: "Chance and influence, by " + e.measure.Title + ".", Corner: "metric, dataset", Columns: []string{"value", "p", "influence"}, Digits: 3}
	p := make([]float64, len(e.groups))
	par.For(len(p), func(i int) {
		p[i] = results.Permutation(e.measure, e.groups[i].Scores, e.groups[i].Accuracies, e.in.Resampling).P
	})
	for i, g := range e.groups {
		value := e.measure.Of(g.Scores, g.Accuracies).Value
		if math.IsNaN(value) {
			continue
		}
		influence, model := 0.0, ""
		for j, without := range results.Jackknife(e.measure, g.Scores, g.Accuracies) {
			if d := value - without; math.Abs(d) > math.Abs(influence) {
				influence, model = d, g.Models[j]
			}
		}
		row := plainRow(g.Metric+", "+g.Dataset, value, p[i], influence)
		row.Cells[2].Mark = " " + model
		t.Rows = append(t.Rows, row)
	}
	s.table(t)
	return s, nil
}

func (e evidence) stability() (section, error) {
	s := section{Heading: "How stable is the verdict?"}
	v := compare.Variation{Seed: e.in.Resampling.Seed, Measures: e.in.Measures}
	w, err := compare.Stability(e.groups, v)
	if err != nil {
		s.say("%s.", err)
		return s, nil
	}
	var names []string
	for _, m := range e.in.Measures {
		names = append(names, m.Title)
	}
	s.say("In %d variations of the set-up, each with 70 %% of the models and of the datasets and one of %s: in which share does the row beat the column? Near ½, the verdict hangs on the set-up.", w.Times, strings.Join(names, ", "))
	return s, s.figure(figures.HeatMap("Win rate of the row over the column", w.Table()))
}

// truth says how much hangs on the last digits of the accuracies.
func (e evidence) truth() (section, error) {
	s := section{Heading: "How much hangs on the ground truth?"}
	s.say("Another seed of fine-tuning moves an accuracy. The mean %s over datasets, with accuracies as they are; the range of a dataset's value under normal noise of %g points, in the mean over datasets; and with accuracies no further than %g apart made ties.", e.measure.Title, e.in.Noise, 2*e.in.Noise)
	t := results.Table{Caption: "Sensitivity to the ground truth.", Corner: "metric", Columns: []string{"as is", "noise, low", "noise, high", "ties merged"}, Digits: 3}
	r := e.in.Resampling
	r.Resamples = 1000
	for _, metric := range e.metrics() {
		var plain, lo, hi, merged []float64
		for _, g := range e.groups {
			if g.Metric != metric {
				continue
			}
			in := results.UnderNoise(e.measure, g.Scores, g.Accuracies, e.in.Noise, r)
			plain, lo, hi = append(plain, e.measure.Of(g.Scores, g.Accuracies).Value), append(lo, in.Lo), append(hi, in.Hi)
			merged = append(merged, e.measure.Of(g.Scores, results.MergeTies(g.Accuracies, 2*e.in.Noise)).Value)
		}
		var means []float64
		for _, values := range [][]float64{plain, lo, hi, merged} {
			means = append(means, stat.Mean(finite(values), nil))
		}
		t.Rows = append(t.Rows, plainRow(metric, means...))
	}
	s.table(t)
	return s, nil
}

func (e evidence) consensus() (section, error) {
	s := section{Heading: "Would a combination of metrics do better?"}
	rows, err := compare.Combine(e.groups, e.measure)
	if err != nil {
		s.say("%s.", err)
		return s, nil
	}
	s.say("“best-elsewhere” is the single metric that did best on the other datasets: what one would have used here. A combination is worth its cost where it beats that one.")
	s.table(results.NewTable(rows, e.measure, e.in.Truth.Name))
	return s, nil
}

func (e evidence) cost() (section, error) {
	s := section{Heading: "What does quality cost?"}
	if len(e.in.Seconds) == 0 {
		s.say("Not known: no metric was timed, as these scores were computed elsewhere.")
		return s, nil
	}
	var costs []compare.Cost
	models := 0
	for _, g := range e.groups {
		models = max(models, len(g.Models))
	}
	for _, metric := range e.metrics() {
		seconds, ok := e.in.Seconds[metric]
		values := e.values(metric)
		if !ok || len(values) == 0 {
			continue
		}
		costs = append(costs, compare.Cost{Metric: metric, Seconds: seconds, Value: stat.Mean(values, nil)})
		if even, err := compare.BreakEven(seconds, models, 1); err == nil {
			s.say("%s takes %.3g s a model: quicker than fine-tuning all %d as soon as one takes more than %.3g s.", metric, seconds, models, even)
		}
	}
	return s, s.figure(figures.CostQuality("Cost against quality", "mean "+e.measure.Title, costs))
}

func (e evidence) published() (section, error) {
	findings := results.AgainstPublished(e.rows, e.in.Truth)
	findings = slices.DeleteFunc(findings, func(f results.Finding) bool { return math.IsNaN(f.Ours) })
	s := section{Heading: "Against the published"}
	if len(findings) == 0 {
		s.say("No published figure that is built in is of these metrics and datasets with the ground truth %s.", e.in.Truth.Name)
		return s, nil
	}
	t := results.Table{Caption: "Weighted τ as published and here.", Corner: "metric and dataset", Columns: []string{"published", "here", "difference"}, Digits: 3}
	notes := map[string]bool{}
	for _, f := range findings {
		t.Rows = append(t.Rows, plainRow(f.What, f.Published, f.Ours, f.Difference()))
		if f.Note != "" && !notes[f.Note] {
			notes[f.Note] = true
			s.say("%s: %s.", f.Source, f.Note)
		}
	}
	s.table(t)
	return s, nil
}
