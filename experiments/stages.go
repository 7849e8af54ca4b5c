package experiments

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sfdalab/metric"
)

// costs orders metrics by what they cost, the cheapest first.
var costs = []metric.Cost{metric.CostLinear, metric.CostGram, metric.CostIterative, metric.CostPairwise}

// stages returns which cells are scored one after the other: all samples and then the
// subsets or, where the time may end, each metric, the cheapest first, and each subset.
func (s *Spec) stages(timed bool) []func(*Cell) bool {
	whole := func(c *Cell) bool { return c.SubsetNumber == 0 }
	if !timed {
		return []func(*Cell) bool{whole, func(c *Cell) bool { return c.SubsetNumber > 0 }}
	}
	var stages []func(*Cell) bool
	names := make([]string, len(s.Metrics))
	for i, e := range s.Metrics {
		names[i] = e.Metric
	}
	cost := func(name string) int {
		m, err := metric.New(name, nil)
		if err != nil {
			return len(costs)
		}
		return slices.Index(costs, m.Info().Cost)
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(cost(a), cost(b)) })
	for _, name := range names {
		stages = append(stages, func(c *Cell) bool { return whole(c) && c.Metric == name })
	}
	for i := range s.Subsets.Total() {
		stages = append(stages, func(c *Cell) bool { return c.SubsetNumber == i+1 })
	}
	return append(stages, func(*Cell) bool { return true })
}

// missing says what a run that was stopped has not scored on a dataset.
func (r *Result) missing(dataset string) string {
	models, scored := make(map[string]bool), make([]int, len(r.Variants))
	for _, c := range r.Cells {
		if c.Dataset == dataset && c.SubsetNumber == 0 {
			models[c.Model] = true
			scored[c.Variant]++
		}
	}
	var without []string
	for v, n := range scored {
		switch {
		case n == 0:
			without = append(without, r.Variants[v].Label+" has scored no model")
		case n < len(models):
			without = append(without, fmt.Sprintf("%s has scored %d of %d models", r.Variants[v].Label, n, len(models)))
		}
	}
	for _, left := range r.recorded.Layout.Models {
		if !models[left] {
			without = append(without, left+" has no score")
		}
	}
	for _, left := range r.unextracted {
		without = append(without, left+" is not extracted")
	}
	return strings.Join(append(without, fmt.Sprintf("%d of %d halves are scored", len(r.complete(dataset)), r.Spec.Subsets.Total())), "; ")
}

// complete returns the subsets of a dataset that have as many cells as all samples have.
func (r *Result) complete(dataset string) []int {
	count := make([]int, r.Spec.Subsets.Total()+1)
	for _, c := range r.Cells {
		if c.Dataset == dataset {
			count[c.SubsetNumber]++
		}
	}
	var subsets []int
	for i, n := range count[1:] {
		if n == count[0] {
			subsets = append(subsets, i+1)
		}
	}
	return subsets
}
