package report

import (
	"fmt"
	"strings"

	"sfdalab/results"
	"sfdalab/results/record"
)

// rankingSections tell a ranking of models whose accuracies are not known.
func rankingSections(r record.Ranking) []section {
	t, warnings := r.Table(0)
	intro, rest, _ := strings.Cut(t.Caption, "\n")
	t.Caption = intro
	s := section{Heading: "Ranking for " + r.Dataset, Open: true}
	if rest != "" {
		s.Sentences = strings.Split(rest, "\n")
	}
	s.table("ranking-"+r.Dataset, t)
	what := section{Heading: "What follows", Below: true, Open: true, Sentences: r.Sentences()}
	sections := []section{s, what}
	if warnings != nil {
		list := section{Heading: "Warnings", Below: true}
		for i, w := range warnings {
			list.List = append(list.List, fmt.Sprintf("%d: %s", i+1, w))
		}
		sections = append(sections, list)
	}
	return sections
}

// rankingMethods returns a paragraph on how models were ranked without accuracies.
func rankingMethods(in Input) string {
	var b strings.Builder
	for i, r := range in.Rankings {
		opening := "We rank"
		if i > 0 {
			opening = " We also rank"
		}
		fmt.Fprintf(&b, "%s %s for %s by the mean of their standard ranks by %s", opening, results.Count(len(r.Models), "model"), r.Dataset, strings.Join(r.Metrics, ", "))
		if r.Prior != "" {
			fmt.Fprintf(&b, " (weight %.2f) and by %s (%.2f; %s), in proportion to the squares of their agreement with accuracies elsewhere", 1-r.PriorWeight, r.Prior, r.PriorWeight, r.PriorFrom)
		}
		b.WriteString(".")
		if r.Subsets > 0 {
			fmt.Fprintf(&b, " Ranges of ranks are over %d random halves of the samples, stratified by class.", r.Subsets)
		}
		if p := r.Promise; p != nil {
			fmt.Fprintf(&b, " The shortlist holds all models at most %.2f below the first, a gap that is to hold the best model in %.0f %% of rankings, calibrated on %d with known accuracies. By gaps calibrated without its hub and its dataset, %d of %d shortlists from %d hubs held it.", p.Gap, 100*p.Level, p.Cases+p.Whole, p.Kept, p.Cases, p.Hubs)
		}
	}
	return b.String() + in.cited() + in.computed()
}
