package compare

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"sfdalab/results"
)

// References are what metrics are compared with besides each other: what knows nothing of
// the target data, and what could be known at all.
type References struct {
	Baselines []results.Baseline
	Ceilings  []*results.Truth   // the same models fine-tuned in other ways
	Spread    map[string]float64 // of an accuracy over seeds, in points, by dataset; nil where it is not known
}

// AddTo adds to the table of a measure, whose groups are given, the gain of each metric over
// the best baseline with p and n, and below the metrics a row for each baseline and each
// ceiling. It says in notes what they are.
func (refs References) AddTo(t *results.Table, groups []results.Group, m results.Measure, r results.Resampling) {
	hub := hubOf(groups)
	var rows []results.TableRow
	for _, b := range refs.Baselines {
		rows = refs.addRow(rows, t, "baseline: "+b.Title, hub, b.Of, m, r)
	}
	var ceilings []results.TableRow
	for _, other := range refs.Ceilings {
		ceilings = refs.addRow(ceilings, t, "ceiling: "+other.Name, hub, undoubted(other), m, r)
	}
	if refs.Spread != nil {
		ceilings = append(ceilings, refs.reseeded(t, hub, m, r))
	}
	if rows != nil {
		rows[0].Apart = true
		t.Notes = append(t.Notes, "baselines see no target data")
		refs.addGains(t, groups, m, r) // last, as its column is none of a dataset
	}
	if ceilings != nil {
		ceilings[0].Apart = true
		t.Notes = append(t.Notes, "a ceiling is how well another fine-tuning of the same models ranks them; a baseline from the same fine-tuning, such as accuracies elsewhere, may exceed it")
	}
	partly := false
	defer t.NotePartial()
	for _, row := range append(rows, ceilings...) {
		for len(row.Cells) < len(t.Columns) {
			row.Cells = append(row.Cells, empty())
		}
		partly = partly || slices.ContainsFunc(row.Cells, func(c results.Cell) bool { return c.Mark == someModels })
		t.Rows = append(t.Rows, row)
	}
	if partly {
		t.Notes = append(t.Notes, "° over the models for which it is known")
	}
}

// someModels marks a value that is not of all models.
const someModels = " °"

// hubOf returns, for each dataset, all models that a metric has scored, with their
// accuracies.
func hubOf(groups []results.Group) map[string]results.Group {
	hub := make(map[string]results.Group)
	seen := make(map[[2]string]bool)
	for _, g := range groups {
		all := hub[g.Dataset]
		all.Dataset = g.Dataset
		for i, model := range g.Models {
			if key := [2]string{g.Dataset, model}; !seen[key] {
				seen[key] = true
				all.Models, all.Accuracies = append(all.Models, model), append(all.Accuracies, g.Accuracies[i])
			}
		}
		hub[g.Dataset] = all
	}
	return hub
}

// addRow adds the row of what ranks the models of a hub, unless it ranks none.
func (refs References) addRow(rows []results.TableRow, t *results.Table, label string, hub map[string]results.Group, of func(dataset, model string) (float64, bool), m results.Measure, r results.Resampling) []results.TableRow {
	row := results.TableRow{Label: label}
	known := false
	var ranked []results.Group // one for each dataset
	for _, dataset := range t.Columns[:datasetColumns(t)] {
		all := hub[dataset]
		g := rankedBy(of, all)
		c := empty()
		if c.Value = m.Of(g.Scores, g.Accuracies).Value; !math.IsNaN(c.Value) {
			known = true
			if len(g.Models) < len(all.Models) {
				c.Mark = someModels
			}
		}
		row.Cells, ranked = append(row.Cells, c), append(ranked, g)
	}
	if r.OrDefault().Resamples > 0 && t.Intervals {
		intervals, _ := results.Bootstraps([]results.Measure{m}, ranked, r)
		for i := range row.Cells {
			if c := &row.Cells[i]; !math.IsNaN(c.Value) {
				c.Interval = intervals[i]
			}
		}
	}
	if !known {
		return rows
	}
	return append(rows, withMean(t, row, m, r))
}

// undoubted returns the accuracies of another fine-tuning, without the datasets that are doubted.
func undoubted(other *results.Truth) func(dataset, model string) (float64, bool) {
	return func(dataset, model string) (float64, bool) {
		if other.Doubts[dataset] != "" {
			return 0, false
		}
		return other.Accuracy(dataset, model)
	}
}

// rankedBy returns the models of a group that are known, with what ranks them as scores.
func rankedBy(of func(dataset, model string) (float64, bool), all results.Group) results.Group {
	g := results.Group{Dataset: all.Dataset}
	for i, model := range all.Models {
		if v, ok := of(all.Dataset, model); ok {
			g.Models, g.Scores, g.Accuracies = append(g.Models, model), append(g.Scores, v), append(g.Accuracies, all.Accuracies[i])
		}
	}
	return g
}

// A Ceiling is how well another fine-tuning of the same models ranks them: what no metric can
// be expected to exceed.
type Ceiling struct {
	Of     string  // ground truth, or "another seed"; "" where none is known
	Mean   float64 // over datasets; NaN where none is known
	Partly bool    // not all of the datasets and models are known
}

// Ceiling returns the ceiling of a metric, which has a group for each dataset, by a measure: of
// those that are known of the most models, the best in the mean.
func (refs References) Ceiling(groups []results.Group, m results.Measure, seed uint64) Ceiling {
	best, most, all := Ceiling{Mean: math.NaN()}, 0, 0
	for _, g := range groups {
		all += len(g.Models)
	}
	consider := func(name string, value func(results.Group) (value float64, models int)) {
		var values []float64
		known := 0
		for _, g := range groups {
			if v, models := value(g); !math.IsNaN(v) {
				values, known = append(values, v), known+models
			}
		}
		if known == 0 || known < most {
			return
		}
		mean := stat.Mean(values, nil)
		if known > most || mean != best.Mean && m.Lower == (mean < best.Mean) {
			best, most = Ceiling{name, mean, known < all}, known
		}
	}
	for _, other := range refs.Ceilings {
		consider(other.Name, func(all results.Group) (float64, int) {
			g := rankedBy(undoubted(other), all)
			return m.Of(g.Scores, g.Accuracies).Value, len(g.Models)
		})
	}
	consider(anotherSeed, func(g results.Group) (float64, int) {
		sd, ok := refs.Spread[g.Dataset]
		if !ok {
			return math.NaN(), 0
		}
		return results.Reseeded(m, g.Accuracies, sd, seed), len(g.Models)
	})
	return best
}

// anotherSeed is the ceiling of the accuracies themselves, with the noise of another seed.
const anotherSeed = "another seed"

// reseeded is the row of the accuracies themselves, with the noise of another seed.
func (refs References) reseeded(t *results.Table, hub map[string]results.Group, m results.Measure, r results.Resampling) results.TableRow {
	row := results.TableRow{Label: "ceiling: " + anotherSeed}
	for _, dataset := range t.Columns[:datasetColumns(t)] {
		c := empty()
		if sd, ok := refs.Spread[dataset]; ok {
			c.Value = results.Reseeded(m, hub[dataset].Accuracies, sd, r.Seed)
		}
		row.Cells = append(row.Cells, c)
	}
	return withMean(t, row, m, r)
}

// withMean adds the mean over datasets, where the table has one.
func withMean(t *results.Table, row results.TableRow, m results.Measure, r results.Resampling) results.TableRow {
	if n := datasetColumns(t); n > 1 {
		mean := results.Mean(row.Cells)
		mean.Unranked = true
		if t.Intervals && r.OrDefault().Resamples > 0 {
			var values []float64
			for _, c := range row.Cells {
				values = append(values, c.Value)
			}
			mean.Interval, _ = results.MeanInterval(m, slices.DeleteFunc(values, math.IsNaN), r)
		}
		row.Cells = append(row.Cells, mean)
	}
	return row
}

// datasetColumns returns how many columns are datasets: those before the mean.
func datasetColumns(t *results.Table) int {
	if i := slices.Index(t.Columns, results.MeanColumn); i > 0 {
		return i
	}
	return len(t.Columns)
}

// addGains adds the column of gains to the rows of metrics.
func (refs References) addGains(t *results.Table, groups []results.Group, m results.Measure, r results.Resampling) {
	if !t.Intervals {
		r.Resamples = -1
	}
	gains := make([]Gain, len(t.Rows))
	for i, row := range t.Rows {
		var of []results.Group
		for _, g := range groups {
			if g.Metric == row.Label {
				of = append(of, g)
			}
		}
		gains[i] = GainOver(refs.Baselines, of, m, r)
	}
	if !slices.ContainsFunc(gains, func(g Gain) bool { return g.Over != "" }) {
		return
	}
	HolmGains(gains)
	for i, g := range gains {
		c := results.Cell{Value: g.Mean, Interval: g.Interval, Unranked: true}
		if g.Over != "" {
			c.Mark = Mark(g.P, g.N, level)
		}
		t.Rows[i].Cells = append(t.Rows[i].Cells, c)
	}
	t.Columns = append(t.Columns, "gain")
	t.Notes = append(t.Notes, "gain is over the best baseline on the same models; ~: not shown to differ from 0 (signed-rank test over n datasets with Holm's correction)")
}

// level is that of the tests behind gains.
const level = 0.05

// empty returns a cell without a value, which is never printed bold.
func empty() results.Cell { return results.Cell{Value: math.NaN(), Unranked: true} }
