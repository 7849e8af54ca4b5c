package report

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"

	"sfdalab/results"
	"sfdalab/results/compare"
	"sfdalab/results/figures"
	"sfdalab/results/web"
)

// otherMeasures are the tables of the measures that do not decide.
func (e evidence) otherMeasures() (section, error) {
	s := section{Heading: "What do other measures say?"}
	for i := 1; i < len(e.Measures); i++ {
		s.table(e.Measures[i].Name, e.table(i))
	}
	return s, nil
}

// warnings lists what is doubtful of the correlations.
func (e evidence) warnings() (section, error) {
	return section{Heading: "Warnings about the correlations", List: warnings(e.rows, e.measure)}, nil
}

// describe names a truth with its source, where that says more.
func describe(t *results.Truth) string {
	if t.Source == t.Name {
		return t.Name
	}
	return fmt.Sprintf("%s (%s)", t.Name, t.Source)
}

// overview draws the models of each dataset by the metric with the highest mean, the
// lowest where lower is better.
func (e evidence) overview() (section, error) {
	s := section{Heading: "How do accuracies follow scores?"}
	best := slices.MaxFunc(e.metrics(), func(a, b string) int { return cmp.Compare(e.good(mean(e.values(a))), e.good(mean(e.values(b)))) })
	var panels []figures.Panel
	for _, g := range e.groups {
		if g.Metric == best {
			panels = append(panels, figures.Panel{Title: g.Dataset, Score: g.Scores, Accuracy: g.Accuracies, Names: g.Models})
		}
	}
	heading := "Accuracy over score of " + best + ", the best on average"
	chart := template.HTML("<figcaption>" + template.HTMLEscapeString(heading+". Point at a model, or step to it with Tab, for its name and values.") + "</figcaption>" + string(web.Scatter("score", panels)))
	s.Blocks = append(s.Blocks, block{name: "scatter", figure: new(figures.ScatterGrid(heading, "score", panels)), chart: chart})
	return s, nil
}

// tests is the verdict: what the deciding test says, and how large the differences are.
func (e evidence) tests() (section, error) {
	s := section{Heading: "Do the metrics differ?"}
	if e.untested != nil {
		s.say("No test: %v.", e.untested)
		return s, nil
	}
	mx, v := e.matrix, e.verdict
	s.Sentences = v.Sentences
	if len(mx.Datasets) > 1 {
		s.figure("ranks", figures.SlopeChart("Rank of each metric, from dataset to dataset", mx.Metrics, rankings(mx)))
	}
	t := results.Table{Corner: "against " + v.Best, Columns: []string{"difference", "effect"}, Digits: 3,
		Intervals: true, IntervalsAre: fmt.Sprintf("the %g %% interval, by the bootstrap over datasets", 100*e.Resampling.Level),
		Caption: fmt.Sprintf("By how much %s exceeds each metric in mean %s %s, with p and n of the deciding test where there is one, and ~ where no difference is shown. Effect: the share of signed ranks in favour of %s minus the share in favour of the other, from −1 to 1.", v.Best, e.measure.Title, e.aboutTests(), v.Best)}
	for _, o := range v.Others {
		row := plainRow(o.Metric, o.Difference, o.Effect)
		row.Cells[0].Interval, row.Cells[0].Mark = o.Interval, compare.Mark(o.P, len(mx.Datasets), e.Alpha)
		t.Rows = append(t.Rows, row)
	}
	s.table("against-best", t)
	return s, nil
}

// supplementary is what other tests find, which do not decide.
func (e evidence) supplementary() (section, error) {
	s := section{Heading: "Supplementary: other tests, which do not decide", Supplementary: true, Below: true}
	if e.untested != nil {
		s.say("None, for the same reason.")
		return s, nil
	}
	mx, v := e.matrix, e.verdict
	s.Sentences = v.Supplementary
	if v.Supplementary != nil {
		if v.Friedman.Err == nil {
			s.both("average-ranks", figures.CriticalDifference(mx, e.Alpha), e.averageRanks(mx))
		}
		t := results.Table{Corner: "against " + v.Best, Digits: 3, Columns: []string{"better", "same", "worse"},
			Caption: fmt.Sprintf("Probabilities by the Bayesian signed-rank test that on datasets like these %s is most often better than each metric, the same within %g, or worse, by %s %s: not that it is so on a given one.", v.Best, e.Rope, e.measure.Title, e.aboutTests())}
		for _, o := range v.Others {
			t.Rows = append(t.Rows, plainRow(o.Metric, o.Posterior.Better, o.Posterior.Same, o.Posterior.Worse))
		}
		s.table("bayes", t)
	}
	s.table("wins", e.wins(mx))
	return s, nil
}

// averageRanks is Nemenyi's test as a table.
func (e evidence) averageRanks(mx compare.Matrix) results.Table {
	t := results.Table{Corner: "metric", Columns: []string{"average rank"}, Digits: 2,
		Caption: fmt.Sprintf("Average ranks by %s %s; two metrics differ at the level of %g by Nemenyi's test when their ranks lie more than %.2f apart.", e.measure.Title, e.aboutTests(), e.Alpha, mx.CriticalDifference(e.Alpha))}
	for j, rank := range mx.AverageRanks() {
		t.Rows = append(t.Rows, plainRow(mx.Metrics[j], rank))
	}
	return t
}

// wins is the matrix of wins, ties and losses.
func (e evidence) wins(mx compare.Matrix) results.Table {
	t := results.Table{Corner: "metric", Columns: mx.Metrics,
		Caption: fmt.Sprintf("Datasets on which the row wins, ties (within %g) and loses against the column, by %s %s.", e.Rope, e.measure.Title, e.aboutTests())}
	for i, wins := range mx.WinMatrix(e.Rope) {
		row := plainRow(mx.Metrics[i])
		for j, w := range wins {
			c := results.Cell{Value: math.NaN()}
			if i != j {
				c.Text = w.String()
			}
			row.Cells = append(row.Cells, c)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// rankings returns how each dataset orders the metrics.
func rankings(mx compare.Matrix) []figures.Ranking {
	all := make([]figures.Ranking, len(mx.Datasets))
	for i, dataset := range mx.Datasets {
		all[i].Name = dataset
		for j := range mx.Metrics {
			all[i].Values = append(all[i].Values, mx.Metric(j)[i])
		}
	}
	return all
}

// chance says which values chance could have brought, and which model carries them.
func (e evidence) chance() (section, error) {
	s := section{Heading: "Could it be chance, or one model?"}
	p := e.chances
	chance := results.Table{Corner: "metric", Columns: e.datasets(), Digits: 3,
		Caption: fmt.Sprintf("p of the permutation test of %s %s: how often scores in random order would do as well. Not corrected for the number of tests.", e.measure.Title, e.about())}
	carried := results.Table{Corner: "metric", Columns: []string{"with it", "without it"}, Digits: 3,
		Caption: fmt.Sprintf("Jackknife: the model whose absence changes %s %s the most, on any dataset.", e.measure.Title, e.about())}
	for _, metric := range e.metrics() {
		row := plainRow(metric)
		var most move
		for _, dataset := range e.datasets() {
			i := slices.IndexFunc(e.groups, func(g results.Group) bool { return g.Metric == metric && g.Dataset == dataset })
			if i < 0 || math.IsNaN(p[i]) {
				row.Cells = append(row.Cells, pCell(math.NaN()))
				continue
			}
			row.Cells = append(row.Cells, pCell(p[i]))
			most = e.farther(most, e.groups[i])
		}
		chance.Rows = append(chance.Rows, row)
		if most.place != "" {
			row := plainRow(metric, most.with, most.without)
			row.Cells[1].Mark = " " + most.place
			carried.Rows = append(carried.Rows, row)
		}
	}
	s.table("permutation", chance)
	if len(carried.Rows) > 0 {
		s.table("jackknife", carried)
	}
	return s, nil
}

// move is a value with and without a model.
type move struct {
	with, without float64
	place         string // model and dataset
}

// farther returns the farthest of most and what leaving out a model of g does.
func (e evidence) farther(most move, g results.Group) move {
	with := e.measure.Of(g.Scores, g.Accuracies).Value
	for i, without := range results.Jackknife(e.measure, g.Scores, g.Accuracies) {
		if math.Abs(with-without) > math.Abs(most.with-most.without) {
			most = move{with, without, g.Models[i] + " on " + g.Dataset}
		}
	}
	return most
}

// plainRow is a row without a best.
func plainRow(label string, values ...float64) results.TableRow {
	row := results.TableRow{Label: label}
	for _, v := range values {
		row.Cells = append(row.Cells, results.Cell{Value: v, Unranked: true})
	}
	return row
}

// pCell shows a p-value.
func pCell(p float64) results.Cell {
	c := plainRow("", p).Cells[0]
	if p < 0.001 {
		c.Text = "<0.001"
	}
	return c
}

// warnings lists the warnings of one measure, each with its dataset and metric; the
// same warning of many metrics is said once.
func warnings(rows []results.Row, m results.Measure) []string {
	var order []string
	metrics := map[string][]string{}
	for _, r := range rows {
		for _, w := range r.Warnings {
			key := r.Dataset + ": " + w.Error()
			if r.Measure == m.Name {
				if metrics[key] == nil {
					order = append(order, key)
				}
				metrics[key] = append(metrics[key], r.Metric)
			}
		}
	}
	for i, key := range order {
		order[i] = fmt.Sprintf("%s (%s)", key, strings.Join(metrics[key], ", "))
	}
	return order
}

// finite returns the values that are numbers.
func finite(values []float64) []float64 {
	return slices.DeleteFunc(slices.Clone(values), math.IsNaN)
}

// mean returns the mean of the values that are numbers, NaN if none is.
func mean(values []float64) float64 {
	values = finite(values)
	if len(values) == 0 {
		return math.NaN()
	}
	return stat.Mean(values, nil)
}
