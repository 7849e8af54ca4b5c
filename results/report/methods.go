package report

import (
	"fmt"
	"slices"
	"strings"
)

// A Citation is an entry of a bibliography.
type Citation struct {
	Key     string // such as "shao2022sfda"
	Authors string
	Title   string
	Venue   string
	Year    int
}

// statistics are the citations of what this package itself computes.
var statistics = []Citation{
	{"vigna2015weighted", "Vigna, Sebastiano", "A weighted correlation index for rankings with ties", "WWW", 2015},
	{"efron1987better", "Efron, Bradley", "Better bootstrap confidence intervals", "Journal of the American Statistical Association", 1987},
	{"demsar2006statistical", "Demšar, Janez", "Statistical comparisons of classifiers over multiple data sets", "Journal of Machine Learning Research", 2006},
	{"benavoli2017time", "Benavoli, Alessio and Corani, Giorgio and Demšar, Janez and Zaffalon, Marco", "Time for a change: a tutorial for comparing multiple classifiers through Bayesian analysis", "Journal of Machine Learning Research", 2017},
	{"agostinelli2022stable", "Agostinelli, Andrea and Pándy, Michal and Uijlings, Jasper and Mensink, Thomas and Ferrari, Vittorio", "How stable are transferability metrics evaluations?", "ECCV", 2022},
}

// methods returns a paragraph for a paper, with the keys of bibTeX in brackets.
func methods(in Input, parts []evidence) string {
	var b strings.Builder
	for i, e := range parts {
		opening := "We score"
		if i > 0 {
			opening = " We also score"
		}
		fmt.Fprintf(&b, "%s %s on %s with %s and hold the scores against fine-tuned accuracies (%s) by %s [vigna2015weighted].", opening,
			count(len(e.models()), "model"), count(len(e.datasets()), "dataset"), count(len(e.metrics()), "metric"), e.part.Truth.Source, e.measure.Title)
		if n := len(e.subsets); n > 0 {
			fmt.Fprintf(&b, " Scores are repeated on %d random subsets of the samples, stratified by class.", n)
		}
	}
	if r := in.Resampling; r.Resamples > 0 {
		fmt.Fprintf(&b, " Intervals are BCa bootstrap intervals [efron1987better] at the %g %% level from %d resamples of the models (seed %d).", 100*r.Level, r.Resamples, r.Seed)
	}
	fmt.Fprintf(&b, " Metrics are compared over datasets [demsar2006statistical] by Friedman's test, Nemenyi's critical difference, and signed-rank tests with Holm's correction (α = %g), and by the Bayesian signed-rank test with a region of practical equivalence of %g [benavoli2017time]. The stability of the verdict is the win rate over random subsets of models, datasets and samples, and over measures [agostinelli2022stable].", in.Alpha, in.Rope)
	if in.Facts != nil {
		var facts []string
		for _, f := range in.Facts {
			facts = append(facts, f.Name+" "+f.Value)
		}
		fmt.Fprintf(&b, " Computed with sfdalab (%s).", strings.Join(facts, ", "))
	}
	return b.String()
}

// bibTeX returns the citations of the metrics and of the statistics.
func bibTeX(metrics []Citation) string {
	var b strings.Builder
	for _, c := range slices.Concat(metrics, statistics) {
		kind, field := "inproceedings", "booktitle"
		if strings.Contains(c.Venue, "Journal") {
			kind, field = "article", "journal"
		}
		fmt.Fprintf(&b, "@%s{%s,\n  author = {%s},\n  title = {{%s}},\n  %s = {%s},\n  year = {%d},\n}\n", kind, c.Key, strings.Replace(c.Authors, " et al.", " and others", 1), c.Title, field, c.Venue, c.Year)
	}
	return b.String()
}
