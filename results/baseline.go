package results

import (
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
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
	for dataset, values := range b.Values {
		if dataset != "" && !slices.Contains(datasets, dataset) {
			continue
		}
		part.Values[dataset] = make(map[string]float64)
		for model, v := range values {
			if slices.Contains(models, model) {
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
	return leaveOneOutMean("history", "mean accuracy elsewhere", t, func(_ []float64, a float64) float64 { return a })
}

// StandardHistory is History after each dataset's accuracies were brought to mean 0 and
// standard deviation 1: it differs where models lack datasets, or datasets have unlike
// spreads.
func StandardHistory(t *Truth) Baseline {
	return leaveOneOutMean("history-z", "mean standard accuracy elsewhere", t, func(all []float64, a float64) float64 {
		mean, sd := stat.PopMeanStdDev(all, nil)
		if sd == 0 {
			return 0
		}
		return (a - mean) / sd
	})
}

// leaveOneOutMean ranks a model for a dataset by the mean over the other datasets of
// value(accuracies of all models there, the model's).
func leaveOneOutMean(name, title string, t *Truth, value func(all []float64, a float64) float64) Baseline {
	datasets := t.Datasets()
	at := make(map[string]map[string]float64, len(datasets)) // by dataset and model
	for _, dataset := range datasets {
		models := t.Models(dataset)
		all := make([]float64, len(models))
		for i, m := range models {
			all[i], _ = t.Accuracy(dataset, m)
		}
		at[dataset] = make(map[string]float64, len(models))
		for i, m := range models {
			at[dataset][m] = value(all, all[i])
		}
	}
	values := make(map[string]map[string]float64, len(datasets))
	for _, dataset := range datasets {
		values[dataset] = make(map[string]float64)
		for _, model := range t.Models(dataset) {
			var sum, n float64
			for _, other := range datasets {
				if v, ok := at[other][model]; ok && other != dataset {
					sum, n = sum+v, n+1
				}
			}
			if n > 0 {
				values[dataset][model] = sum / n
			}
		}
	}
	return Baseline{name, title, values}
}

// FixedList ranks models by the sum of their ranks over all datasets of the ground truth, the
// one that is ranked included: about what the best fixed list can reach, and so no
// baseline that anybody could have had beforehand. Models that lack a dataset have no
// place in it.
func FixedList(t *Truth) Baseline {
	sum, n := map[string]float64{}, map[string]int{}
	datasets := t.Datasets()
	for _, dataset := range datasets {
		models := t.Models(dataset)
		accuracies := make([]float64, len(models))
		for i, m := range models {
			accuracies[i], _ = t.Accuracy(dataset, m)
		}
		for i, r := range Ranks(accuracies) {
			sum[models[i]] += r // whole halves, so that ties stay ties
			n[models[i]]++
		}
	}
	maps.DeleteFunc(sum, func(model string, _ float64) bool { return n[model] < len(datasets) })
	return Baseline{"fixed", "fixed list, in sample", map[string]map[string]float64{"": sum}}
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
