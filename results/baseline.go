package results

import (
	"maps"
	"math"
	"slices"
)

// A Baseline ranks models without a look at the target data: what a metric must beat
// to be worth its features (Singh et al., "How NOT to benchmark your SITE metric",
// arXiv 2510.06448).
type Baseline struct {
	Name  string `json:"name"`  // as users write it, such as "history"
	Title string `json:"title"` // as tables write it

	// Values rank models by dataset, higher is better; those under "" hold for every
	// dataset. A model that is not known has none.
	Values map[string]map[string]float64 `json:"values"`
}

// Of returns the rank value of a model for a dataset; false where it is not known.
func (b Baseline) Of(dataset, model string) (value float64, ok bool) {
	if v, ok := b.Values[dataset][model]; ok {
		return v, true
	}
	v, ok := b.Values[""][model]
	return v, ok
}

// Baselines returns the baselines of a ground truth: the static facts of its models, and
// their history. Those that rank nothing there are left out.
func Baselines(t *Truth, facts Facts) []Baseline {
	var all []Baseline
	for _, f := range StaticFacts() {
		all = append(all, facts.Baseline(f, t))
	}
	all = append(all, History(t))
	return slices.DeleteFunc(all, func(b Baseline) bool {
		return !slices.ContainsFunc(t.Datasets(), func(dataset string) bool {
			g := b.Group(t, dataset)
			return len(g.Models) >= 2 && !constant(g.Scores)
		})
	})
}

// Baseline ranks the models of a ground truth by a fact.
func (f Facts) Baseline(fact Fact, t *Truth) Baseline {
	values := make(map[string]float64)
	for _, dataset := range t.Datasets() {
		for _, model := range t.Models(dataset) {
			if v, ok := f.Of(model, fact.Name); ok {
				values[model] = v
			}
		}
	}
	return Baseline{fact.Name, fact.Title, map[string]map[string]float64{"": values}}
}

// On returns what the baseline says of some datasets and models.
func (b Baseline) On(datasets, models []string) Baseline {
	part := Baseline{b.Name, b.Title, make(map[string]map[string]float64)}
	wanted := set(models)
	for dataset, values := range b.Values {
		if dataset != "" && !slices.Contains(datasets, dataset) {
			continue
		}
		part.Values[dataset] = make(map[string]float64)
		for model, v := range values {
			if wanted[model] {
				part.Values[dataset][model] = v
			}
		}
	}
	return part
}

// With returns what either says of models and datasets; where both do, what b says.
func (b Baseline) With(more Baseline) Baseline {
	all := Baseline{b.Name, b.Title, make(map[string]map[string]float64)}
	for _, from := range []Baseline{more, b} {
		for dataset, values := range from.Values {
			if all.Values[dataset] == nil {
				all.Values[dataset] = make(map[string]float64)
			}
			maps.Copy(all.Values[dataset], values)
		}
	}
	return all
}

// History ranks models by their mean accuracy on the other datasets of the ground truth,
// those where a model has one.
func History(t *Truth) Baseline {
	type seen struct {
		datasets   []string // in their order, which the sums below keep
		accuracies []float64
	}
	models := make(map[string]*seen)
	values := make(map[string]map[string]float64)
	for _, dataset := range t.Datasets() {
		values[dataset] = make(map[string]float64)
		for model, a := range t.Accuracies[dataset] {
			m := models[model]
			if m == nil {
				m = new(seen)
				models[model] = m
			}
			m.datasets, m.accuracies = append(m.datasets, dataset), append(m.accuracies, a)
		}
	}
	for model, m := range models {
		for i, dataset := range m.datasets {
			var sum float64
			for j, a := range m.accuracies {
				if j != i {
					sum += a
				}
			}
			if n := len(m.datasets) - 1; n > 0 {
				values[dataset][model] = sum / float64(n)
			}
		}
	}
	return Baseline{"history", "mean accuracy elsewhere", values}
}

// Group returns the models that both the baseline and the ground truth know on a dataset.
func (b Baseline) Group(t *Truth, dataset string) Group {
	g := Group{Dataset: dataset, Metric: b.Title}
	for _, model := range t.Models(dataset) {
		if v, ok := b.Of(dataset, model); ok && !math.IsNaN(v) {
			a, _ := t.Accuracy(dataset, model)
			g.Models, g.Scores, g.Accuracies = append(g.Models, model), append(g.Scores, v), append(g.Accuracies, a)
		}
	}
	return g
}

// Agreement returns two ground truths of the same models as one group for each dataset
// that both have: the accuracies of a as scores for those of b. What no metric can be
// expected to exceed is how well one protocol, or one sweep, predicts another.
func Agreement(a, b *Truth) []Group {
	as := Baseline{a.Name, a.Name, a.Accuracies}
	var groups []Group
	for _, dataset := range a.Datasets() {
		if g := as.Group(b, dataset); len(g.Models) >= 2 {
			groups = append(groups, g)
		}
	}
	return groups
}
