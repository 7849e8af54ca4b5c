package report

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"sfdalab/results"
	"sfdalab/results/compare"
)

// statistics are the citations of what a report computes besides the measure.
var statistics = []results.Citation{
	{Key: "efron1987better", Authors: "Efron, Bradley", Title: "Better bootstrap confidence intervals", Venue: "Journal of the American Statistical Association", Year: 1987},
	{Key: "hesterberg2015teachers", Authors: "Hesterberg, Tim C.", Title: "What teachers should know about the bootstrap: resampling in the undergraduate statistics curriculum", Venue: "The American Statistician", Year: 2015},
	{Key: "phipson2010permutation", Authors: "Phipson, Belinda and Smyth, Gordon K.", Title: "Permutation p-values should never be zero", Venue: "Statistical Applications in Genetics and Molecular Biology", Year: 2010},
	{Key: "demsar2006statistical", Authors: "Demšar, Janez", Title: "Statistical comparisons of classifiers over multiple data sets", Venue: "Journal of Machine Learning Research", Year: 2006},
	{Key: "benavoli2017time", Authors: "Benavoli, Alessio and Corani, Giorgio and Demšar, Janez and Zaffalon, Marco", Title: "Time for a change: a tutorial for comparing multiple classifiers through Bayesian analysis", Venue: "Journal of Machine Learning Research", Year: 2017},
	{Key: "benavoli2016should", Authors: "Benavoli, Alessio and Corani, Giorgio and Mangili, Francesca", Title: "Should we really use post-hoc tests based on mean-ranks?", Venue: "Journal of Machine Learning Research", Year: 2016},
	{Key: "agostinelli2022stable", Authors: "Agostinelli, Andrea and Pándy, Michal and Uijlings, Jasper and Mensink, Thomas and Ferrari, Vittorio", Title: "How stable are transferability metrics evaluations?", Venue: "ECCV", Year: 2022},
}

// methods returns a paragraph for a paper, with the keys of bibTeX in brackets.
func methods(in Input, parts []evidence) string {
	var b strings.Builder
	for i, e := range parts {
		opening := "We score"
		if i > 0 {
			opening = " We also score"
		}
		fmt.Fprintf(&b, "%s %s on %s with %s and correlate the scores with fine-tuned accuracies (%s) by %s.", opening,
			results.Count(len(e.models()), "model"), results.Count(len(e.datasets()), "dataset"), results.Count(len(e.metrics()), "metric"), e.part.Truth.Source, cite(e.measure))
		if n := len(e.subsets); n > 0 {
			fmt.Fprintf(&b, " Scores are repeated on %d random subsets of the samples, stratified by class.", n)
		}
	}
	b.WriteString(in.cited())
	if r := in.Resampling; r.Resamples > 0 {
		fmt.Fprintf(&b, " Intervals are BCa bootstrap intervals [efron1987better] at the %g %% level from %d resamples of the models, of means from resamples of the datasets, expanded as they are few [hesterberg2015teachers] (seed %d). One-sided p-values of single values are by permutation of the scores, of all orders up to 8 models [phipson2010permutation].", 100*r.Level, r.Resamples, r.Seed)
	}
	fmt.Fprintf(&b, " %s The stability of the verdict is the win rate over random subsets of models, datasets and samples, and over measures [agostinelli2022stable].", deciding(parts))
	b.WriteString(in.computed())
	return b.String()
}

// cited names the metrics with the keys of their papers.
func (in Input) cited() string {
	if len(in.Citations) == 0 {
		return ""
	}
	var of []string
	for _, c := range in.Citations {
		of = append(of, fmt.Sprintf("%s [%s]", c.Of, c.Key))
	}
	return fmt.Sprintf(" The metrics are %s.", strings.Join(of, ", "))
}

// computed says with what.
func (in Input) computed() string {
	if in.Facts == nil {
		return ""
	}
	var facts []string
	for _, f := range in.Facts {
		facts = append(facts, f.Name+" "+f.Value)
	}
	return fmt.Sprintf(" Computed with sfdalab (%s).", strings.Join(facts, ", "))
}

// deciding says which tests decide in the parts.
func deciding(parts []evidence) string {
	names := map[compare.Test]string{
		compare.SignedRankTest: "signed-rank tests of all pairs with Holm's correction [benavoli2016should]",
		compare.NemenyiTest:    "Nemenyi's test",
	}
	var all []string
	for _, e := range parts {
		if name := names[e.verdict.Test]; name != "" && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	if all == nil {
		return fmt.Sprintf("Whether metrics differ is not tested, as at least %d datasets are needed.", compare.LeastDatasets)
	}
	return fmt.Sprintf("Metrics are compared over datasets [demsar2006statistical] by %s (α = %g), chosen by the numbers of metrics and datasets or named before the values were seen.", strings.Join(all, " or "), parts[0].Alpha)
}

// cite names a measure, with the key of its paper where it has one.
func cite(m results.Measure) string {
	if m.Citation == nil {
		return m.Title
	}
	return fmt.Sprintf("%s [%s]", m.Title, m.Citation.Key)
}

// bibTeX returns the citations of the metrics, of the measure and of the statistics, each
// key once.
func bibTeX(metrics []results.Citation, measure *results.Citation) string {
	all := slices.Clone(metrics)
	if measure != nil {
		all = append(all, *measure)
	}
	return entries(append(all, statistics...))
}

// entries returns citations, each key once.
func entries(all []results.Citation) string {
	var b strings.Builder
	known := make(map[string]bool)
	for _, c := range all {
		if known[c.Key] {
			continue
		}
		known[c.Key] = true
		kind, field := "inproceedings", "booktitle"
		switch {
		case slices.ContainsFunc(journals, func(s string) bool { return strings.Contains(c.Venue, s) }):
			kind, field = "article", "journal"
		case c.Venue == "arXiv":
			kind, field = "misc", "howpublished"
		}
		fmt.Fprintf(&b, "@%s{%s,\n  author = {%s},\n  title = {{%s}},\n  %s = {%s},\n  year = {%d},\n}\n",
			kind, c.Key, accented(authors(c.Authors, c.Title)), accented(c.Title), field, accented(c.Venue), c.Year)
	}
	return b.String()
}

// journals are parts of the names of venues that are no conferences.
var journals = []string{"Journal", "J. ", "Biometrika", "Proceedings of the Royal", "JMLR", "TPAMI", "Annals", "Reports", "Statistic"}

// accents are LaTeX's commands for combining marks.
var accents = map[rune]string{'\u0300': "`", '\u0301': "'", '\u0302': "^", '\u0303': "~", '\u0308': `"`, '\u030a': "r", '\u030c': "v", '\u0327': "c"}

// accented is a text in LaTeX without letters beyond ASCII, which BibTeX cannot shorten.
func accented(s string) string {
	var b strings.Builder
	for _, letter := range s {
		switch marked := []rune(norm.NFD.String(string(letter))); {
		case len(marked) == 2 && accents[marked[1]] != "":
			fmt.Fprintf(&b, `{\%s{%c}}`, accents[marked[1]], marked[0])
		default:
			b.WriteString(results.EscapeLaTeX(string(letter)))
		}
	}
	return b.String()
}
