package ui

import (
	"cmp"
	"slices"

	"sfdalab/results"
	"sfdalab/results/figures"
	"sfdalab/results/record"
	"sfdalab/tracking"
)

// A comparison is the scores of some runs beside one ground truth.
type comparison struct {
	Truth    string
	Truths   []string // that could be chosen
	Tables   []results.Table
	Datasets []string
	Lines    []string // labels of variants

	truth  *results.Truth
	record record.Record
	groups []results.Group
}

// recordOf returns the record of runs.
func (s *server) recordOf(all []tracking.Selection) record.Record {
	if s.Complete != nil {
		s.Complete(all)
	}
	records := make([]record.Record, len(all))
	for i := range all {
		records[i] = all[i].Record()
	}
	return record.Join(records...)
}

// asNow follows the name of a ground truth that is not the one of a record.
const asNow = ", as it is now"

// compareTo returns the scores of a record beside the ground truth of that name. Without
// one, it is the first that is recorded or, if none is, the one of those that the server
// knows which has most of the models.
func (s *server) compareTo(rec record.Record, name string) (c comparison, err error) {
	var choices []*results.Truth
	for _, t := range rec.Truths {
		if len(rec.Of(t.SHA256, "")) > 0 {
			choices, c.Truths = append(choices, t), append(c.Truths, t.Name)
		}
	}
	recorded := len(choices)
	for _, t := range s.known(rec) {
		choices, c.Truths = append(choices, t), append(c.Truths, t.Name+asNow)
	}
	if len(choices) == 0 {
		return c, nil
	}
	chosen := max(0, slices.Index(c.Truths, name))
	c.Truth, c.truth = c.Truths[chosen], choices[chosen]
	if chosen < recorded {
		rec.Variants = slices.DeleteFunc(slices.Clone(rec.Variants), func(v record.Variant) bool { return v.Truth != c.truth.SHA256 })
	} else {
		rec.Against(c.truth)
	}
	c.record = rec
	if c.Tables, _, err = rec.Tables(false); err != nil {
		return c, err
	}
	if c.groups, err = rec.Of(c.truth.SHA256, "").Groups(c.truth); err != nil {
		return c, err
	}
	for _, g := range c.groups {
		if len(g.Models) == 0 {
			continue
		}
		if !slices.Contains(c.Datasets, g.Dataset) {
			c.Datasets = append(c.Datasets, g.Dataset)
		}
		if !slices.Contains(c.Lines, g.Metric) {
			c.Lines = append(c.Lines, g.Metric)
		}
	}
	return c, nil
}

// known returns those of the server's ground truths that have models of a record, the one
// that has most of them first.
func (s *server) known(rec record.Record) []*results.Truth {
	count := make(map[*results.Truth]int)
	for _, t := range s.Truths {
		for _, score := range rec.Scores {
			if _, ok := t.Accuracy(score.Dataset, score.Model); ok && score.Error == "" && score.Subset == "" {
				count[t]++
			}
		}
	}
	known := slices.DeleteFunc(slices.Clone(s.Truths), func(t *results.Truth) bool { return count[t] == 0 })
	slices.SortStableFunc(known, func(a, b *results.Truth) int { return cmp.Compare(count[b], count[a]) })
	return known
}

// one returns name if it is among the names, or else the first; "" if there is none.
func one(names []string, name string) string {
	if slices.Contains(names, name) || len(names) == 0 {
		return name
	}
	return names[0]
}

// panels returns the scores of a line beside the accuracies, dataset by dataset.
func (c *comparison) panels(line string) []figures.Panel {
	var panels []figures.Panel
	for _, g := range c.groups {
		if g.Metric == line && len(g.Models) > 0 {
			panels = append(panels, figures.Panel{Title: g.Dataset, Score: g.Scores, Accuracy: g.Accuracies, Names: g.Models})
		}
	}
	return panels
}

// scatter draws accuracy over the scores of a line, a panel for each dataset.
func (c *comparison) scatter(line string) figures.Figure {
	return figures.ScatterGrid("Accuracy over score of "+line, "score", c.panels(line))
}

// ranks draws, for one dataset, how each line and the accuracies order the models that
// all lines have.
func (c *comparison) ranks(dataset string) figures.Figure {
	groups := slices.DeleteFunc(slices.Clone(c.groups), func(g results.Group) bool { return g.Dataset != dataset || len(g.Models) == 0 })
	var models []string
	for _, m := range c.truth.Models(dataset) {
		if !slices.ContainsFunc(groups, func(g results.Group) bool { return !slices.Contains(g.Models, m) }) {
			models = append(models, m)
		}
	}
	accuracies := figures.Ranking{Name: "accuracy"}
	rankings := make([]figures.Ranking, len(groups))
	for _, m := range models {
		for i, g := range groups {
			rankings[i].Name = g.Metric
			rankings[i].Values = append(rankings[i].Values, g.Scores[slices.Index(g.Models, m)])
		}
		accuracy, _ := c.truth.Accuracy(dataset, m)
		accuracies.Values = append(accuracies.Values, accuracy)
	}
	return figures.SlopeChart("Models on "+dataset+", the best on top", models, append(rankings, accuracies))
}
