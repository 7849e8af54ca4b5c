package ui

import (
	"cmp"
	"slices"
	"strings"

	"sfdalab/results"
	"sfdalab/tracking"
)

// A comparison holds the scores of some runs against a truth.
type comparison struct {
	Truth    *results.Truth
	Truths   []*results.Truth // that could be chosen
	Table    results.Table    // of weighted tau
	Datasets []string
	Lines    []*line
}

// A line is one row of the table: a variant of a metric, of one run if several
// have it.
type line struct {
	Label  string
	run    *tracking.Run
	points map[string][]point // by dataset
}

// A point is a model on a dataset.
type point struct {
	model           string
	score, accuracy float64
}

// compareRuns holds the selected cells against the truth of that name. Without one,
// it is the first that was recorded with the runs or, if none was, the one of the
// others that knows most cells.
func compareRuns(all []tracking.Selection, others []*results.Truth, name string) comparison {
	truths := recordedTruths(all)
	recorded := len(truths)
	for _, t := range others {
		if !slices.ContainsFunc(truths, func(r *results.Truth) bool { return r.Name == t.Name }) {
			truths = append(truths, t)
		}
	}
	known := make(map[*results.Truth]int)
	for _, t := range truths {
		known[t] = knownTo(t, all)
	}
	slices.SortStableFunc(truths[recorded:], func(a, b *results.Truth) int { return cmp.Compare(known[b], known[a]) })
	truths = slices.DeleteFunc(truths, func(t *results.Truth) bool { return known[t] == 0 })
	if len(truths) == 0 {
		return comparison{}
	}
	chosen := max(0, slices.IndexFunc(truths, func(t *results.Truth) bool { return t.Name == name }))
	return compareTo(truths[chosen], truths, all)
}

// compareByTruth holds a run against each truth that was recorded with it or, if none
// was, against the one that knows most of its cells.
func compareByTruth(run tracking.Selection, others []*results.Truth) []comparison {
	all := []tracking.Selection{run}
	var comparisons []comparison
	for _, t := range recordedTruths(all) {
		if knownTo(t, all) > 0 {
			comparisons = append(comparisons, compareTo(t, nil, all))
		}
	}
	if c := compareRuns(all, others, ""); len(comparisons) == 0 && c.Truth != nil {
		comparisons = append(comparisons, c)
	}
	return comparisons
}

// knownTo returns how many of the cells are held against a truth.
func knownTo(t *results.Truth, all []tracking.Selection) int {
	known := 0
	for _, s := range all {
		for i := range s.Cells {
			if _, ok := ranked(&s.Cells[i], t); ok {
				known++
			}
		}
	}
	return known
}

// ranked returns the accuracy that a cell is held against; ok is false if there is
// none or the cell has no score, or one of a subset of the samples.
func ranked(c *tracking.Cell, t *results.Truth) (accuracy float64, ok bool) {
	if c.Error != "" || strings.HasPrefix(c.Split, "subset ") {
		return 0, false
	}
	return t.Accuracy(c.Dataset, c.Model)
}

// rankedOf returns the runs with those of their cells that are held against a truth.
func rankedOf(all []tracking.Selection, truth *results.Truth) []tracking.Selection {
	var out []tracking.Selection
	for _, s := range all {
		cells := slices.DeleteFunc(slices.Clone(s.Cells), func(c tracking.Cell) bool { _, ok := ranked(&c, truth); return !ok })
		out = append(out, tracking.Selection{Run: s.Run, Cells: cells})
	}
	return out
}

// compareTo holds the selected cells against a truth, one of all that could be chosen.
func compareTo(truth *results.Truth, truths []*results.Truth, all []tracking.Selection) comparison {
	c := comparison{Truth: truth, Truths: truths}
	all = rankedOf(all, truth)
	var cells []tracking.Cell
	for _, s := range all {
		cells = append(cells, s.Cells...)
	}
	variant := tracking.Variants(cells)

	var order []string                // of the variants
	lines := make(map[string][]*line) // of a variant, one for each run
	datasets := make(map[string]bool)
	for _, s := range all {
		own := make(map[string]*line)
		for i := range s.Cells {
			cell := &s.Cells[i]
			of := cmp.Or(s.Run.Label(cell), strings.TrimSpace(cell.Metric+" "+variant(cell)))
			if own[of] == nil {
				own[of] = &line{Label: of, run: &s.Run, points: make(map[string][]point)}
				if lines[of] == nil {
					order = append(order, of)
				}
				lines[of] = append(lines[of], own[of])
			}
			accuracy, _ := ranked(cell, truth)
			own[of].points[cell.Dataset] = append(own[of].points[cell.Dataset], point{cell.Model, cell.Score, accuracy})
			datasets[cell.Dataset] = true
		}
	}
	title := titles(all)
	for _, of := range order {
		if len(lines[of]) > 1 {
			for _, l := range lines[of] {
				l.Label += " · " + title(l.run)
			}
		}
		c.Lines = append(c.Lines, lines[of]...)
	}
	c.Datasets = slices.DeleteFunc(truth.Datasets(), func(d string) bool { return !datasets[d] })
	c.Table = c.table()
	return c
}

// titles returns a function that tells the runs apart: by name or, where several have
// that name, by ID.
func titles(all []tracking.Selection) func(*tracking.Run) string {
	named := make(map[string]int)
	for _, s := range all {
		named[s.Run.Title()]++
	}
	return func(r *tracking.Run) string {
		if named[r.Title()] > 1 {
			return r.ID
		}
		return r.Title()
	}
}

// measure is what tables hold: weighted tau.
func measure() results.Measure { return results.Measures()[0] }

// agreement returns the measure of the scores and accuracies of some points.
func agreement(points []point) results.Correlation {
	var scores, accuracies []float64
	for _, p := range points {
		scores, accuracies = append(scores, p.score), append(accuracies, p.accuracy)
	}
	return measure().Of(scores, accuracies)
}

// table returns the agreement of each line on each dataset.
func (c *comparison) table() results.Table {
	var rows []results.Row
	for _, l := range c.Lines {
		for _, d := range c.Datasets {
			of := agreement(l.points[d])
			rows = append(rows, results.Row{Dataset: d, Metric: l.Label, Measure: measure().Name, Value: of.Value, N: of.N})
		}
	}
	return results.NewTable(rows, measure(), c.Truth.Name)
}
