package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"sfdalab/results"
	"sfdalab/results/compare"
)

// short is what a reader should know who reads no further.
func (e evidence) short() (section, error) {
	s := section{Heading: "In short"}
	s.say("The scores of %s for %s on %s, correlated with fine-tuned accuracies by %s. Ground truth: %s.",
		results.Count(len(e.metrics()), "metric"), results.Count(len(e.models()), "model"), results.Count(len(e.datasets()), "dataset"), e.measure.Title, describe(e.part.Truth))
	add := func(sentence string) {
		if sentence != "" {
			s.List = append(s.List, sentence)
		}
	}
	add(e.leader())
	add(e.gain())
	add(e.width())
	if e.untested == nil {
		add(e.verdict.Sentence)
	}
	add(e.rival())
	add(e.findings())
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
	if e.untested == nil {
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
		return "Not compared with any baseline that sees no target data: none is known for these models."
	}
	if best.Mean <= 0 {
		return fmt.Sprintf("No metric exceeds the best baseline, which sees no target data: %s is nearest, %.3f below %s.", name, -best.Mean, best.Over)
	}
	compare.HolmGains(gains)
	verdict := "is shown to exceed the best baseline, which sees no target data"
	if !(gains[at].P < e.Alpha) {
		verdict = "exceeds the best baseline, which sees no target data, but that is not shown"
	}
	return fmt.Sprintf("%s %s: by %.3f over %s on %s.", name, verdict, best.Mean, best.Over, results.Count(best.N, "dataset"))
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
	return fmt.Sprintf("On a single dataset, the %g %% interval is %.2f wide in the mean, around values of %.2f: a difference far below that says nothing.",
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
	return fmt.Sprintf("In %d variations of the set-up, %s beats %s, its closest rival, in %.0f %%.", e.rates.Times, e.verdict.Best, rival, 100*least)
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
	return fmt.Sprintf("Beyond chance at the level of %g by the permutation test: %d of %s; with Holm's correction for their number, %d.",
		e.Alpha, below(p), results.Count(len(p), "value"), below(compare.Holm(p)))
}
