package compare

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// A Cost is what a metric takes and what it gives.
type Cost struct {
	Metric  string
	Seconds float64 // a model, in the mean
	Value   float64 // such as the mean weighted τ; higher is better

	// Front is set when no other metric is as cheap and as good, and one of the two more so:
	// the Pareto front.
	Front bool
}

// Pareto returns the costs by rising seconds, with Front set. Costs without a value
// are left out.
func Pareto(costs []Cost) []Cost {
	costs = slices.DeleteFunc(slices.Clone(costs), func(c Cost) bool { return math.IsNaN(c.Value) || math.IsNaN(c.Seconds) })
	slices.SortStableFunc(costs, func(a, b Cost) int {
		return cmp.Or(cmp.Compare(a.Seconds, b.Seconds), cmp.Compare(b.Value, a.Value))
	})
	best := math.Inf(-1)
	for i, c := range costs {
		twin := i > 0 && c.Seconds == costs[i-1].Seconds && c.Value == costs[i-1].Value
		costs[i].Front = c.Value > best || twin && costs[i-1].Front
		best = max(best, c.Value)
	}
	return costs
}

// BreakEven returns from how many seconds a model takes to fine-tune on it is quicker
// to score all models and fine-tune only k of them than to fine-tune all:
// models·seconds/(models − k).
func BreakEven(seconds float64, models, k int) (float64, error) {
	if k < 1 || k >= models {
		return 0, fmt.Errorf("fine-tuning %d of %d models: want 1 to %d", k, models, models-1)
	}
	return float64(models) * seconds / float64(models-k), nil
}
