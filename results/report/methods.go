package report

import (
	"fmt"
	"slices"
	"strings"

	"sfdalab/results"
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
func methods(in Input, groups []results.Group) string {
	var datasets, models, metrics []string
	for _, g := range groups {
		datasets, metrics = append(datasets, g.Dataset), append(metrics, g.Metric)
		models = append(models, g.Models...)
	}
	count := func(names []string) int {
		slices.Sort(names)
		return len(slices.Compact(names))
	}
	s := fmt.Sprintf("We score %d models on %d datasets with %d metrics and hold the scores against fine-tuned accuracies (%s) by %s [vigna2015weighted].",
		count(models), count(datasets), count(metrics), in.Truth.Source, in.Measures[0].Title)
	if r := in.Resampling; r.Resamples > 0 {
		s += fmt.Sprintf(" Intervals are BCa bootstrap intervals [efron1987better] at the %g %% level from %d resamples of the models (seed %d).", 100*r.Level, r.Resamples, r.Seed)
	}
	s += fmt.Sprintf(" Metrics are compared over datasets [demsar2006statistical] by Friedman's test, Nemenyi's critical difference, and signed-rank tests with Holm's correction (α = %g), and by the Bayesian signed-rank test with a region of practical equivalence of %g [benavoli2017time]. The stability of the verdict is the win rate over random subsets of models and datasets [agostinelli2022stable].", in.Alpha, in.Rope)
	if in.Facts != nil {
		var facts []string
		for _, f := range in.Facts {
			facts = append(facts, f.Name+" "+f.Value)
		}
		s += " Computed with sfdalab (" + strings.Join(facts, ", ") + ")."
	}
	return s
}

// bibTeX returns the citations of the metrics and of the statistics.
func bibTeX(metrics []Citation) string {
	var b strings.Builder
	for _, c := range slices.Concat(metrics, statistics) {
		kind, field := "inproceedings", "booktitle"
		if strings.Contains(c.Venue, "Journal") {
			kind, field = "article", "journal"
		}
		fmt.Fprintf(&b, "@%s{%s,\n  author = {%s},\n  title = {{%s}},\n  %s = {%s},\n  year = {%d},\n}\n", kind, c.Key, c.Authors, c.Title, field, c.Venue, c.Year)
	}
	return b.String()
}
