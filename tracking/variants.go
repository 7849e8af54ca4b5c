package tracking

import (
	"maps"
	"slices"
	"strings"
)

// Variants returns a function that tells the variants of a metric apart: for a
// cell, those of its parameters that differ among the given cells of its metric
// and are not as most of these variants have them, as "k=5 covariance=diagonal",
// or "" if there is none.
func Variants(cells []Cell) func(*Cell) string {
	type parameter struct{ metric, name string }
	type variant struct{ metric, params string }
	values := make(map[parameter]map[string]int) // how many variants have which
	variants := make(map[string]int)             // of each metric
	seen := make(map[variant]bool)
	for i := range cells {
		c := &cells[i]
		if seen[variant{c.Metric, string(c.Params)}] {
			continue
		}
		seen[variant{c.Metric, string(c.Params)}] = true
		variants[c.Metric]++
		for k, v := range c.params() {
			p := parameter{c.Metric, k}
			if values[p] == nil {
				values[p] = make(map[string]int)
			}
			values[p][string(v)]++
		}
	}
	usual := make(map[parameter]string)
	for p, counts := range values {
		usual[p] = mostFrequent(counts, variants[p.metric])
	}
	known := make(map[variant]string)
	return func(c *Cell) string {
		if text, ok := known[variant{c.Metric, string(c.Params)}]; ok { // found without a copy of these
			return text
		}
		var parts []string
		params := c.params()
		for _, k := range slices.Sorted(maps.Keys(params)) {
			if string(params[k]) != usual[parameter{c.Metric, k}] {
				parts = append(parts, k+"="+paramText(params[k]))
			}
		}
		text := strings.Join(parts, " ")
		known[variant{c.Metric, string(c.Params)}] = text
		return text
	}
}

// mostFrequent returns the value that is counted most often: "" if several are, or if
// some of all have none, from which it would not be told apart.
func mostFrequent(counts map[string]int, all int) string {
	most, tie := "", false
	for v, n := range counts {
		all -= n
		if n > counts[most] {
			most, tie = v, false
		} else if n == counts[most] {
			tie = true
		}
	}
	if tie || all > 0 {
		return ""
	}
	return most
}
