package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"

	"sfdalab/results"
	"sfdalab/results/figures"
)

// samples says how much the scores of subsets of the samples differ, and the values that
// they give.
func (e evidence) samples() (section, error) {
	s := section{Heading: "How much depends on the samples?"}
	if len(e.subsets) == 0 {
		s.say("Not known, because no subset of the samples was scored. The key subsets of a spec asks for some.")
		return s, nil
	}
	fractions := e.fractions()
	var sizes []string
	for _, f := range fractions {
		n := 0
		for _, sub := range e.subsets {
			if sub.fraction == f {
				n++
			}
		}
		sizes = append(sizes, fmt.Sprintf("%d of %g %%", n, 100*f))
	}
	s.say("The metrics scored random subsets of the samples too, with the same share of each class: %s.", strings.Join(sizes, ", "))
	s.table("score-spread", e.scoreSpread(slices.Max(fractions)))

	t := results.Table{Corner: "metric", Digits: 3, Intervals: true,
		IntervalsAre: "the least and the greatest over the subsets",
		Caption:      fmt.Sprintf("Mean %s over datasets by the share of the samples %s: the mean over subsets.", e.measure.Title, e.about())}
	for _, f := range fractions {
		t.Columns = append(t.Columns, fmt.Sprintf("%g %%", 100*f))
	}
	t.Columns = append(t.Columns, "100 %")
	var lines []figures.Line
	for _, metric := range e.metrics() {
		row, l := plainRow(metric), figures.Line{Name: metric}
		for _, f := range fractions {
			c := e.atFraction(metric, f)
			row.Cells = append(row.Cells, c)
			l.X, l.Y, l.Intervals = append(l.X, 100*f), append(l.Y, c.Value), append(l.Intervals, c.Interval)
		}
		all := mean(e.values(metric))
		row.Cells = append(row.Cells, plainRow("", all).Cells...)
		l.X, l.Y, l.Intervals = append(l.X, 100), append(l.Y, all), append(l.Intervals, results.Interval{})
		t.Rows, lines = append(t.Rows, row), append(lines, l)
	}
	s.table("subsets", t)
	s.figure("subsets", figures.Lines("Mean over datasets, by the share of the samples", "share of the samples (%)", "mean "+e.measure.Title, lines))
	return s, nil
}

// fractions returns the sizes of the subsets, smallest first.
func (e evidence) fractions() []float64 {
	var all []float64
	for _, s := range e.subsets {
		all = append(all, s.fraction)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// atFraction is the mean value of a metric over datasets: its mean over the subsets of
// that size, the least and the greatest.
func (e evidence) atFraction(metric string, fraction float64) results.Cell {
	c := plainRow("", math.NaN()).Cells[0]
	var means []float64
	for _, s := range e.subsets {
		if values := valuesOf(s.rows, metric, e.measure); s.fraction == fraction && len(values) > 0 {
			means = append(means, stat.Mean(values, nil))
		}
	}
	if len(means) > 0 {
		c.Value = stat.Mean(means, nil)
		for _, m := range means {
			c.Include(m)
		}
	}
	return c
}

// scoreSpread is the spread of scores over the subsets of a size, against their spread
// over models.
func (e evidence) scoreSpread(fraction float64) results.Table {
	t := results.Table{Corner: "metric", Columns: e.datasets(), Digits: 3,
		Caption: fmt.Sprintf("Spread of a score over subsets of %g %% of the samples %s: its standard deviation, averaged over models, divided by the standard deviation between models. Far below 1, the choice of samples hardly matters.", 100*fraction, e.about())}
	for _, metric := range e.metrics() {
		row := plainRow(metric)
		for _, dataset := range e.datasets() {
			row.Cells = append(row.Cells, plainRow("", e.relativeSpread(metric, dataset, fraction)).Cells...)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// relativeSpread is NaN where it is not known.
func (e evidence) relativeSpread(metric, dataset string, fraction float64) float64 {
	scores := map[string][]float64{} // of each model
	for _, s := range e.subsets {
		for _, g := range s.groups {
			if s.fraction == fraction && g.Metric == metric && g.Dataset == dataset {
				for i, model := range g.Models {
					scores[model] = append(scores[model], g.Scores[i])
				}
			}
		}
	}
	var within, between []float64
	for _, model := range e.models() {
		if of := scores[model]; len(of) > 1 {
			within, between = append(within, stat.StdDev(of, nil)), append(between, stat.Mean(of, nil))
		}
	}
	if len(between) < 2 || stat.StdDev(between, nil) == 0 {
		return math.NaN()
	}
	return stat.Mean(within, nil) / stat.StdDev(between, nil)
}

// stability says how often one metric is above another when the set-up is varied.
func (e evidence) stability() (section, error) {
	s := section{Heading: "How stable is the verdict?"}
	if e.unstable != nil {
		s.say("%s.", results.Capital(e.unstable.Error()))
		return s, nil
	}
	w := e.rates
	var names []string
	for _, m := range e.Measures {
		names = append(names, m.Title)
	}
	samples := "all samples"
	if w.Subsets > 0 {
		samples += " or of one of " + results.Count(w.Subsets, "subset") + " of them"
	}
	s.say("The set-up was varied %d times: each variation takes 70 %% of the models and of the datasets, one of the measures (%s), and the scores of %s. The table shows in which share of them the row beats the column. Near ½, the verdict depends on the set-up.", w.Times, strings.Join(names, ", "), samples)
	if w.Models < len(e.models()) || w.Datasets < len(e.datasets()) {
		s.say("A model counts on a dataset where every metric has a score: that is %s, on %s.", results.Count(w.Models, "model"), results.Count(w.Datasets, "dataset"))
	}
	if out := len(e.subsets) - w.Subsets; out > 0 {
		s.say("The scores of %s are left out, as they lack a metric.", results.Count(out, "subset"))
	}
	t := w.Table()
	t.Caption = fmt.Sprintf("Win rate of the row over the column %s.", e.about())
	s.both("win-rates", figures.HeatMapAround("Win rate of the row over the column", t, 0.5), t)
	return s, nil
}

// truth says how much hangs on the accuracies: on their last digits, and on how the
// models were fine-tuned.
func (e evidence) truth() (section, error) {
	s := section{Heading: "How much depends on the ground truth?"}
	source := fmt.Sprintf("of %g points", e.Noise)
	if slices.ContainsFunc(e.datasets(), func(d string) bool { _, ok := e.part.Truth.Noise(d); return ok }) {
		source = "as large as the spread over seeds that the ground truth states"
		if slices.ContainsFunc(e.datasets(), func(d string) bool { return e.part.Truth.Seeds[d] > 1 }) {
			source += ", divided by the root of their number where accuracies are means"
		}
	}
	s.say("Fine-tuning with another seed gives another accuracy. The table shows the mean %s over datasets with the accuracies as they are; between which values a dataset's lies in %g %% of draws of normal noise %s, averaged over datasets; and the mean when accuracies that differ by at most twice that count as ties.", e.measure.Title, 100*e.Resampling.Level, source)
	var unordered []float64
	for _, dataset := range e.datasets() {
		g := e.groups[slices.IndexFunc(e.groups, func(g results.Group) bool { return g.Dataset == dataset })]
		unordered = append(unordered, results.Unordered(g.Accuracies, e.noise(dataset)))
	}
	s.say("With such noise, the ground truth cannot order %.0f %% of the pairs of models, averaged over datasets: their accuracies differ by less than 1.96·√2 times the noise.", 100*mean(unordered))
	t := results.Table{Corner: "metric", Columns: []string{"as is", "noise, low", "noise, high", "ties merged"}, Digits: 3,
		Caption: fmt.Sprintf("Sensitivity of the mean %s to noise in the ground truth %s.", e.measure.Title, e.about())}
	r := e.Resampling
	r.Resamples = 1000
	plain, merged := make([]float64, len(e.groups)), make([]float64, len(e.groups))
	noisy := make([]results.Interval, len(e.groups))
	r.Progress.For("values under noise", len(e.groups), func(i int) {
		g := e.groups[i]
		sd := e.noise(g.Dataset)
		plain[i] = e.measure.Of(g.Scores, g.Accuracies).Value
		noisy[i], _ = results.UnderNoise(e.measure, g.Scores, g.Accuracies, sd, r)
		merged[i] = e.measure.Of(g.Scores, results.MergeTies(g.Accuracies, 2*sd)).Value
	})
	for _, metric := range e.metrics() {
		var of, lo, hi, ofMerged []float64
		for i, g := range e.groups {
			if g.Metric != metric {
				continue
			}
			of, ofMerged = append(of, plain[i]), append(ofMerged, merged[i])
			if noisy[i].Exists() {
				lo, hi = append(lo, noisy[i].Lo), append(hi, noisy[i].Hi)
			}
		}
		t.Rows = append(t.Rows, plainRow(metric, mean(of), mean(lo), mean(hi), mean(ofMerged)))
	}
	s.table("noise", t)
	for _, other := range e.part.Protocols {
		e.protocol(&s, other)
	}
	if len(e.part.Protocols) == 0 {
		s.say("No accuracies of another way to fine-tune are known. The key protocols of a spec names ground truths of the same models; and metrics that train a linear classifier, such as logistic, give one.")
	}
	return s, nil
}

// noise is the standard deviation of the accuracies on a dataset, in points.
func (e evidence) noise(dataset string) float64 {
	if sd, ok := e.part.Truth.Noise(dataset); ok {
		return sd
	}
	return e.Noise
}

// protocol correlates the scores with the accuracies of another way to fine-tune.
func (e evidence) protocol(s *section, other *results.Truth) {
	t := results.Table{Corner: "metric", Columns: []string{e.part.Truth.Name, other.Name}, Digits: 3, Lower: e.measure.Lower}
	for _, metric := range e.metrics() {
		if metric == other.Name {
			continue
		}
		var here, there []float64
		for _, g := range e.groups {
			if g.Metric != metric {
				continue
			}
			scores, own, others := common(g, other)
			a, b := e.measure.Of(scores, own).Value, e.measure.Of(scores, others).Value
			if !math.IsNaN(a) && !math.IsNaN(b) {
				here, there = append(here, a), append(there, b)
			}
		}
		row := plainRow(metric, mean(here), mean(there))
		for i := range row.Cells {
			row.Cells[i].Unranked = false
		}
		t.Rows = append(t.Rows, row)
	}
	var agreement []float64
	models, datasets := 0, 0
	for _, dataset := range e.datasets() {
		g := e.groups[slices.IndexFunc(e.groups, func(g results.Group) bool { return g.Dataset == dataset })]
		_, own, others := common(g, other)
		if v := e.measure.Of(own, others).Value; !math.IsNaN(v) {
			agreement, models, datasets = append(agreement, v), max(models, len(own)), datasets+1
		}
	}
	if datasets == 0 {
		s.say("The ground truth %s has no two of these models on any of the datasets.", other.Name)
		return
	}
	t.Caption = fmt.Sprintf("Mean %s with the accuracies of %s, and with those of another way to fine-tune: %s (%s on %s that both have). Between the two ground truths themselves, it is %.3f.",
		e.measure.Title, e.part.Truth.Name, describe(other), results.Count(models, "model"), results.Count(datasets, "dataset"), mean(agreement))
	s.table("protocol-"+other.Name, t)
}

// common returns the scores and accuracies of the models of g that another truth has.
func common(g results.Group, other *results.Truth) (scores, own, others []float64) {
	for i, model := range g.Models {
		if a, ok := other.Accuracy(g.Dataset, model); ok {
			scores, own, others = append(scores, g.Scores[i]), append(own, g.Accuracies[i]), append(others, a)
		}
	}
	return scores, own, others
}
