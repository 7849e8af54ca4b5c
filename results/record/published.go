package record

import (
	"math"
	"slices"
	"strings"

	"sfdalab/results"
)

// Published compares the weighted τ of the scores with those that papers printed of the same ground truths, where
// both are there. A variant goes by its metric's name or by its label; one that is labelled "NLEEP of food and pets"
// is NLEEP on these datasets.
func (r *Record) Published() ([]results.Finding, error) {
	var all []results.Finding
	for _, t := range r.Truths {
		groups, err := r.Of(t.SHA256, "").Groups(t)
		if err != nil {
			return nil, err
		}
		named := make(map[[2]string]results.Group)
		for _, g := range groups {
			name, only, special := strings.Cut(g.Metric, " of ")
			name = r.method(name)
			if special && !slices.Contains(strings.Fields(only), g.Dataset) {
				continue
			}
			key := [2]string{name, g.Dataset}
			if _, taken := named[key]; special || !taken {
				g.Metric = name
				named[key] = g
			}
		}
		groups = groups[:0]
		for _, g := range named {
			groups = append(groups, g)
		}
		findings := results.AgainstPublished(groups, t)
		all = append(all, slices.DeleteFunc(findings, func(f results.Finding) bool { return math.IsNaN(f.Ours) })...)
	}
	return all, nil
}

// method is the name by which a published figure of a variant is found.
func (r *Record) method(label string) string {
	for _, v := range r.Variants {
		if v.Label == label && (v.AsPublished || v.Table != "") {
			return v.Metric
		}
	}
	return strings.ToLower(label)
}
