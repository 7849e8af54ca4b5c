package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"sfdalab/results"
	"sfdalab/results/compare"
	"sfdalab/results/figures"
)

// short is what a reader should know who reads no further: the question, the verdict, the
// figure that shows it and the table behind both.
func (e evidence) short() (section, error) {
	do := "do"
	if len(e.metrics()) == 1 {
		do = "does"
	}
	s := section{Open: true, Heading: fmt.Sprintf("How well %s %s predict which of %s fine-tunes best?", do, results.Count(len(e.metrics()), "metric"), results.Count(len(e.models()), "model"))}
	gain := e.gain()
	if strings.HasPrefix(gain, "No metric ") || strings.HasPrefix(gain, "Not compared ") { // else a name, which stays as it is
		gain = "n" + gain[1:]
	}
	verdict := "In short: " + gain
	if e.untested == nil {
		verdict += " " + e.verdict.Sentence
	}
	s.say("%s", verdict)
	s.say("Scores of %s on %s are correlated with fine-tuned accuracies by %s. Ground truth: %s.",
		results.Count(len(e.models()), "model"), results.Count(len(e.datasets()), "dataset"), e.measure.Title, describe(e.part.Truth))
	t := e.table(0)
	s.figure("means", e.means(t))
	heat := 0
	if !e.measure.Share && !e.measure.Lower { // a correlation
		heat = valueColumns(t)
	}
	s.Blocks = append(s.Blocks, block{name: e.measure.Name, table: &t, heat: heat})
	s.Blocks = append(s.Blocks, block{name: "heat-map", paper: heat > 0,
		figure: new(figures.HeatMap(results.Capital(e.measure.Title)+" by metric and dataset", results.NewTable(e.rows, e.measure, e.part.Truth.Name)))})
	return s, nil
}

// table is the table of the i-th measure, with baselines and ceilings; of the first, with
// intervals.
func (e evidence) table(i int) results.Table {
	m, r := e.Measures[i], e.Resampling
	t := results.NewTable(e.rows, m, e.part.Truth.Name)
	t.Caption += e.Images
	if i == 0 {
		t.MeanIntervals(m, r)
	} else {
		r.Resamples = -1
	}
	if mx, err := compare.New(e.rows, m); err == nil { // else the tests say why not
		compare.DecideBy(e.Test, mx, e.Alpha, e.Rope, results.Resampling{Seed: r.Seed, Resamples: -1}).Mark(&t, len(t.Columns)-1)
	}
	e.part.References.AddTo(&t, e.groups, m, r)
	return t
}

// valueColumns returns how many columns of a table are values of a measure: datasets and
// their mean.
func valueColumns(t results.Table) int {
	if i := slices.Index(t.Columns, results.MeanColumn); i >= 0 {
		return i + 1
	}
	return 1
}

// mostDots is how many metrics the figure of means shows one by one.
const mostDots = 12

// means draws what the table of the first measure says of metrics, baselines and ceilings
// on one axis.
func (e evidence) means(t results.Table) figures.Figure {
	last := valueColumns(t) - 1
	groups := []figures.DotGroup{{Name: "metrics"}}
	for i, row := range t.Rows {
		label := row.Label
		if row.Apart && i > 0 {
			kind, _, _ := strings.Cut(label, ": ")
			groups = append(groups, figures.DotGroup{Name: kind + "s"})
		}
		g := &groups[len(groups)-1]
		if len(groups) > 1 {
			_, label, _ = strings.Cut(label, ": ")
		}
		c := row.Cells[last]
		d := figures.Dot{Label: label, Value: c.Value, Interval: c.Interval}
		for _, part := range row.Cells[:last] {
			d.Parts = append(d.Parts, part.Value)
		}
		g.Dots = append(g.Dots, d)
	}
	for i := range groups {
		dots := groups[i].Dots
		slices.SortStableFunc(dots, func(a, b figures.Dot) int { return cmp.Compare(e.good(b.Value), e.good(a.Value)) })
		if groups[i].Name == "baselines" {
			dots[0].Line = true
		}
		if more := len(dots) - mostDots; more > 1 {
			others := figures.Dot{Label: fmt.Sprintf("%d more", more), Value: math.NaN()}
			for _, d := range dots[mostDots:] {
				others.Parts = append(others.Parts, d.Value)
			}
			groups[i].Dots = append(dots[:mostDots:mostDots], others)
		}
	}
	what, heading := e.measure.Title, results.Capital(e.measure.Title)
	if last > 0 {
		what, heading = "mean "+what, "Mean "+what+", and the value on each dataset (small dots)"
		if slices.ContainsFunc(t.Rows, func(r results.TableRow) bool { return r.Cells[last].Exists() }) {
			heading = "Mean " + e.measure.Title + " with its interval (line), and the value on each dataset (small dots)"
		}
	}
	if len(groups) > 1 && groups[1].Name == "baselines" {
		heading += "; the dashed line is the best baseline"
	}
	return figures.DotPlot(heading, what, groups)
}

// sure says how far the verdict can be trusted.
func (e evidence) sure() (section, error) {
	s := section{Heading: "How sure is that?"}
	for _, sentence := range []string{e.leader(), e.width(), e.rival(), e.findings()} {
		if sentence != "" {
			s.List = append(s.List, sentence)
		}
	}
	for _, metric := range e.metrics() {
		if _, err := results.MeanInterval(e.measure, e.values(metric), e.Resampling); err != nil {
			s.List = append(s.List, fmt.Sprintf("A mean over datasets has %v.", err))
			break
		}
	}
	return s, nil
}

// leader names the metrics of the best mean and of the best average rank.
func (e evidence) leader() string {
	metrics := e.metrics()
	best := slices.MaxFunc(metrics, func(a, b string) int { return cmp.Compare(e.good(mean(e.values(a))), e.good(mean(e.values(b)))) })
	bestMean := mean(e.values(best))
	if math.IsNaN(bestMean) {
		return fmt.Sprintf("No metric has a value of %s.", e.measure.Title)
	}
	var ties []string
	for _, metric := range metrics {
		if metric != best && mean(e.values(metric)) == bestMean {
			ties = append(ties, metric)
		}
	}
	text := fmt.Sprintf("%s has the best mean %s, %.3f", best, e.measure.Title, bestMean)
	if ties != nil {
		text += ", as have " + strings.Join(ties, ", ")
	}
	switch {
	case e.untested != nil:
	case e.verdict.Best == best && len(e.verdict.Ties) == 0:
		text += ", and the best average rank"
	default:
		text += fmt.Sprintf("; the best average rank is that of %s", strings.Join(append([]string{e.verdict.Best}, e.verdict.Ties...), ", "))
	}
	return text + "."
}

// gain compares the metric of the best gain with what sees no target data.
func (e evidence) gain() string {
	best, name, at := compare.Gain{Mean: math.Inf(-1)}, "", 0
	var gains []compare.Gain
	for _, metric := range e.metrics() {
		groups := slices.DeleteFunc(slices.Clone(e.groups), func(g results.Group) bool { return g.Metric != metric })
		quick := results.Resampling{Seed: e.Resampling.Seed, Resamples: -1}
		if g := compare.GainOver(e.part.References.Baselines, groups, e.measure, quick); g.Over != "" {
			if g.Mean > best.Mean {
				best, name, at = g, metric, len(gains)
			}
			gains = append(gains, g)
		}
	}
	if name == "" {
		return "Not compared with a baseline: neither accuracies on other datasets, nor on ImageNet, nor sizes are known for these models."
	}
	const baseline = "the best baseline, which sees no target data"
	datasets := results.Count(best.N, "dataset")
	compare.HolmGains(gains)
	switch difference := fmt.Sprintf("%.3f", math.Abs(best.Mean)); {
	case difference == "0.000":
		return fmt.Sprintf("No metric exceeds %s by 0.001 or more. The nearest is %s, within 0.001 of %s.", baseline, name, best.Over)
	case best.Mean < 0:
		return fmt.Sprintf("No metric exceeds %s. The nearest is %s, %s below %s.", baseline, name, difference, best.Over)
	case !(gains[at].P < e.Alpha):
		return fmt.Sprintf("No metric is shown to exceed %s. %s is %s above %s on %s, which may be chance.", baseline, name, difference, best.Over, datasets)
	default:
		return fmt.Sprintf("%s is shown to exceed %s: by %s over %s on %s.", name, baseline, difference, best.Over, datasets)
	}
}

// good is higher for a better value, and lowest for none.
func (e evidence) good(value float64) float64 {
	switch {
	case math.IsNaN(value):
		return math.Inf(-1)
	case e.measure.Lower:
		return -value
	}
	return value
}

// width says how wide the intervals are beside what they are of.
func (e evidence) width() string {
	var widths, values []float64
	for _, r := range e.rows {
		if r.Measure == e.measure.Name && r.Exists() {
			widths, values = append(widths, r.Hi-r.Lo), append(values, r.Value)
		}
	}
	if len(widths) == 0 {
		return fmt.Sprintf("No value on a single dataset has an interval; with %s, an order says little.", results.Count(len(e.models()), "model"))
	}
	return fmt.Sprintf("On a single dataset, the %g %% interval is %.2f wide on average, and the values are %.2f on average: a difference far below that width says nothing.",
		100*e.Resampling.Level, mean(widths), mean(values))
}

// rival says how often the best by average rank beats the metric that beats it the most.
func (e evidence) rival() string {
	if e.untested != nil || e.unstable != nil {
		return ""
	}
	i := slices.Index(e.rates.Metrics, e.verdict.Best)
	if i < 0 {
		return ""
	}
	rival, least := "", math.Inf(1)
	for j, metric := range e.rates.Metrics {
		if rate := e.rates.Rate[i][j]; j != i && rate < least {
			rival, least = metric, rate
		}
	}
	return fmt.Sprintf("%s beats %s, its closest rival, in %.0f of %d variations of the set-up, of %s and %s. They have most of them in common, so this is no probability.", e.verdict.Best, rival, least*float64(e.rates.Times), e.rates.Times, results.Count(e.rates.Models, "model"), results.Count(e.rates.Datasets, "dataset"))
}

// findings says how many values chance would hardly bring.
func (e evidence) findings() string {
	var p []float64
	for _, v := range e.chances {
		if !math.IsNaN(v) {
			p = append(p, v)
		}
	}
	if len(p) == 0 {
		return ""
	}
	below := func(p []float64) (n int) {
		for _, v := range p {
			if v < e.Alpha {
				n++
			}
		}
		return n
	}
	return fmt.Sprintf("Shown to be above chance, by the permutation test at the level of %g: %d of %s; with Holm's correction for their number, %d.",
		e.Alpha, below(p), results.Count(len(p), "value"), below(compare.Holm(p)))
}
