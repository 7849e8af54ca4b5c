package experiments

import (
	"fmt"
	"slices"

	"sfdalab/tracking"
)

// Join returns the selected scores of stored runs as one result, for the tables of all
// of them together. A variant that several runs have is followed by its run's title.
// The measures and protocols are those that the runs' specs name, and the ground truths
// their own. Subsets of the samples are the same where their fraction, number and seed
// are.
func Join(selected []tracking.Selection) (*Result, error) {
	if len(selected) == 1 {
		return Recall(selected[0].Run, selected[0].Cells)
	}
	joined := &Result{Spec: &Spec{Name: "comparison"}}
	var titles []string // of each variant's run
	count := make(map[string]int)
	var repeats numbering
	for _, s := range selected {
		r, err := Recall(s.Run, s.Cells)
		if err != nil {
			return nil, err
		}
		joined.Spec.Measures = append(joined.Spec.Measures, r.Spec.Measures...)
		for _, name := range r.Spec.Protocols {
			joined.Spec.Protocols = append(joined.Spec.Protocols, r.Spec.table(name))
		}
		first := len(joined.Variants)
		for _, v := range r.Variants {
			joined.Variants, titles = append(joined.Variants, v), append(titles, s.Run.Title())
		}
		present := make(map[int]bool)
		for _, c := range r.Cells {
			present[c.Variant] = true
			c.Variant, c.Repeat = c.Variant+first, repeats.of(c.Split)
			joined.Cells = append(joined.Cells, c)
		}
		for v := range present {
			count[r.Variants[v].Label]++
		}
	}
	for i, v := range joined.Variants {
		if count[v.Label] > 1 {
			joined.Variants[i].Label = fmt.Sprintf("%s (%s)", v.Label, titles[i])
		}
	}
	joined.Spec.Measures = distinct(joined.Spec.Measures)
	joined.Spec.Protocols = distinct(joined.Spec.Protocols)
	if i := slices.IndexFunc(joined.Variants, func(v Variant) bool { return v.Truth != "" }); i >= 0 {
		joined.Spec.Truth = joined.Variants[i].Truth
	}
	return joined, nil
}
