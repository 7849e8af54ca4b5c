package compare

import (
	"slices"
	"strings"
)

// letters returns the compact letter display of k metrics, the best first: two metrics
// share a letter if and only if they are not shown to differ (Piepho, "An algorithm for a
// letter-based representation of all-pairwise comparisons", Journal of Computational and
// Graphical Statistics 2004: insert and absorb). differ is k×k, and symmetric.
func letters(differ [][]bool) []string {
	k := len(differ)
	all := make([]bool, k)
	for i := range all {
		all[i] = true
	}
	columns := [][]bool{all} // metrics that share a letter
	for i := range k {
		for j := range i {
			if !differ[i][j] {
				continue
			}
			var split [][]bool
			for _, c := range columns {
				if !c[i] || !c[j] {
					split = append(split, c)
					continue
				}
				for _, out := range []int{i, j} {
					part := slices.Clone(c)
					part[out] = false
					split = append(split, part)
				}
			}
			columns = absorb(split)
		}
	}
	slices.SortFunc(columns, func(a, b []bool) int { return slices.Index(a, true) - slices.Index(b, true) })
	names := make([]string, k)
	for n, c := range columns {
		for i, in := range c {
			if in {
				names[i] += letter(n)
			}
		}
	}
	return names
}

// absorb returns the columns that are part of no other.
func absorb(columns [][]bool) [][]bool {
	var kept [][]bool
	for n, c := range columns {
		absorbed := false
		for m, other := range columns {
			if n != m && within(c, other) && (m < n || !within(other, c)) {
				absorbed = true
			}
		}
		if !absorbed {
			kept = append(kept, c)
		}
	}
	return kept
}

// within reports whether all that is in a is in b.
func within(a, b []bool) bool {
	for i := range a {
		if a[i] && !b[i] {
			return false
		}
	}
	return true
}

// letter returns a to z, then a′ to z′ and so on.
func letter(n int) string {
	return string(rune('a'+n%26)) + strings.Repeat("′", n/26)
}
