package hubs

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"sfdalab/results"
)

// A Case is a ranking of models whose accuracies are known, and so what each shortlist
// taken from its top would have cost.
type Case struct {
	Knowing string // what ranked besides the metrics: the source of a prior, or "metrics" for nothing
	Hub     string // set of models: what one hub shows is one experience, however many its cases
	Truth   string // name of the ground truth
	Dataset string
	Models  int

	First  float64 // regret@1 of the ranking, in points
	Single float64 // regret@1 of the one metric that agreed best: on the hub's other datasets where history ranks, else in other hubs; NaN without any

	Span  float64 // the gap from which a shortlist leaves no model out
	Steps []Step
}

// A Step says that the best of all models whose value is at most Gap below the first's is
// Loss points of accuracy below the best of all. Of a case, gaps rise and losses fall to 0.
type Step struct{ Gap, Loss float64 }

// NewSteps returns the steps of models ranked by values, higher is better.
func NewSteps(values, accuracies []float64) []Step {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(values[b], values[a]), cmp.Compare(accuracies[b], accuracies[a]))
	})
	best := slices.Max(accuracies)
	var steps []Step
	for _, i := range order {
		s := Step{values[order[0]] - values[i], best - accuracies[i]}
		if n := len(steps); n == 0 || s.Loss < steps[n-1].Loss {
			steps = append(steps, s)
		}
	}
	return steps
}

// Needs is the gap that a shortlist needs to hold the best model.
func (c Case) Needs() float64 { return c.Steps[len(c.Steps)-1].Gap }

// Loss is what a shortlist of that gap costs, in points.
func (c Case) Loss(gap float64) float64 {
	loss := c.Steps[0].Loss
	for _, s := range c.Steps {
		if s.Gap <= gap {
			loss = s.Loss
		}
	}
	return loss
}

// LeastCase is the number of models from which a ranking is a case.
const LeastCase = 5

// CasesOf returns the cases of each dataset of scores and a ground truth: one for each
// prior that there is, and one without. The history is that of truths. Panel names the
// metrics; where fewer than two of them are among the scores, all that are count. What the
// metrics and ImageNet weigh is learned in other hubs alone: elsewhere is how metrics agreed
// there, the highest first. Doubted accuracies are left out.
func CasesOf(scores results.Scores, truth *results.Truth, truths []*results.Truth, facts results.Facts, panel []string, elsewhere []Agreement) ([]Case, error) {
	groups, err := scores.Groups(truth)
	if err != nil {
		return nil, err
	}
	groups = slices.DeleteFunc(groups, func(g results.Group) bool {
		return truth.Doubts[g.Dataset] != "" || slices.Contains(noTargetData, g.Metric)
	})
	hub := ModelSet(truth.Name)
	ofOtherHubs := slices.DeleteFunc(slices.Clone(truths), func(t *results.Truth) bool { return ModelSet(t.Name) == hub })
	var cases []Case
	for _, t := range tasks(truth, groups) {
		models, accuracies := t.group.Models, t.group.Accuracies
		if len(models) < LeastCase {
			continue
		}
		names, metrics := t.metricsOf(panel)
		if len(metrics) == 0 {
			continue
		}
		priors := map[string]*Vote{"metrics": nil}
		history, _ := History(truths, models, t.group.Dataset)
		for _, v := range []Vote{history, ImageNet(facts, models, ofOtherHubs)} {
			if known(v.Values) >= 2 && v.Agreement > 0 {
				priors[v.Source] = &v
			}
		}
		for _, knowing := range Knowledge {
			prior, ok := priors[knowing]
			if !ok {
				continue
			}
			values := Together(metrics, together(names, elsewhere), prior)
			cases = append(cases, Case{
				Knowing: knowing, Hub: hub, Truth: truth.Name, Dataset: t.group.Dataset, Models: len(models),
				First: results.RegretAt(1, values, accuracies), Single: t.single(knowing, elsewhere), Span: slices.Max(values) - slices.Min(values), Steps: NewSteps(values, accuracies),
			})
		}
	}
	return cases, nil
}

// single returns the regret@1 of the one metric that a user would have chosen.
func (d task) single(knowing string, elsewhere []Agreement) float64 {
	if knowing == "history" {
		if best := d.best(1); len(best) > 0 {
			return results.RegretAt(1, d.metrics[best[0]], d.group.Accuracies)
		}
		return math.NaN()
	}
	for _, a := range elsewhere {
		for _, name := range d.names() {
			if ourName(name) == a.Metric {
				return results.RegretAt(1, d.metrics[name], d.group.Accuracies)
			}
		}
	}
	return math.NaN()
}

// Knowledge names what may rank models besides the metrics, the best first.
var Knowledge = []string{"history", "ImageNet top-1", "metrics"}

// metricsOf returns the scores of the panel's metrics, or of all where fewer than two of
// them are there.
func (d task) metricsOf(panel []string) (names []string, scores [][]float64) {
	all := d.names()
	for _, m := range all {
		if slices.Contains(panel, ourName(m)) {
			names = append(names, m)
		}
	}
	if len(names) < 2 {
		names = all
	}
	for _, m := range names {
		scores = append(scores, d.metrics[m])
	}
	return names, scores
}

// ModelSet is the hub of a ground truth; MedMNIST's two are of other models.
func ModelSet(truth string) string {
	if hub, _, _ := strings.Cut(truth, "/"); hub != "medmnist" {
		return hub
	}
	return truth
}

//go:embed data/cases.csv
var casesText []byte

// Cases returns the cases of all scores and ground truths built in, and of the shipped zoo.
var Cases = sync.OnceValue(func() []Case {
	cases, err := ReadCases(bytes.NewReader(casesText))
	if err != nil {
		panic(fmt.Sprintf("cases, built in: %v", err)) // a test reads them
	}
	return cases
})

var caseHeader = []string{"knowing", "hub", "truth", "dataset", "models", "first", "single", "span", "gap:loss"}

// WriteCases writes cases as CSV.
func WriteCases(w io.Writer, cases []Case) error {
	out := csv.NewWriter(w)
	_ = out.Write(caseHeader) // Flush keeps the error
	for _, c := range cases {
		var steps []string
		for _, s := range c.Steps {
			steps = append(steps, fmt.Sprintf("%.4f:%.3f", s.Gap, s.Loss))
		}
		_ = out.Write([]string{c.Knowing, c.Hub, c.Truth, c.Dataset, strconv.Itoa(c.Models), fmt.Sprintf("%.3f", c.First), fmt.Sprintf("%.3f", c.Single), fmt.Sprintf("%.4f", c.Span), strings.Join(steps, " ")})
	}
	out.Flush()
	return out.Error()
}

// ReadCases reads what WriteCases wrote.
func ReadCases(r io.Reader) (cases []Case, err error) {
	err = readRows(r, caseHeader, func(row []string) error {
		c := Case{Knowing: row[0], Hub: row[1], Truth: row[2], Dataset: row[3]}
		if _, err := fmt.Sscan(strings.Join(row[4:8], " "), &c.Models, &c.First, &c.Single, &c.Span); err != nil {
			return err
		}
		for _, text := range strings.Fields(row[8]) {
			var s Step
			if _, err := fmt.Sscanf(text, "%g:%g", &s.Gap, &s.Loss); err != nil || math.IsNaN(s.Gap+s.Loss) {
				return fmt.Errorf("%q is not gap:loss", text)
			}
			c.Steps = append(c.Steps, s)
		}
		if c.Steps == nil {
			return errors.New("no steps")
		}
		cases = append(cases, c)
		return nil
	})
	return cases, err
}
