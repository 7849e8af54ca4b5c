// Package combinations lists every combination of the values of a grid, such as the grid of
// a metric's parameters in a spec, or of a fine-tuning protocol's settings.
package combinations

import (
	"maps"
	"slices"
)

// Of returns each choice of one value for every key, the last key in alphabetical
// order varying fastest; one empty choice for an empty grid. See [Count] for how many.
func Of(grid map[string][]any) []map[string]any {
	choices := []map[string]any{{}}
	for _, key := range slices.Sorted(maps.Keys(grid)) {
		var longer []map[string]any
		for _, choice := range choices {
			for _, value := range grid[key] {
				with := maps.Clone(choice)
				with[key] = value
				longer = append(longer, with)
			}
		}
		choices = longer
	}
	return choices
}

// Count returns how many choices Of returns; of more than most, only that they
// are more.
func Count(grid map[string][]any, most int) int {
	n := 1
	for _, values := range grid {
		n = min(n*len(values), most+1)
	}
	return n
}
