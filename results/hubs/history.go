package hubs

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"

	"sfdalab/results"
)

// leastHistory is the number of models below which accuracies on a dataset are no history.
const leastHistory = 5

// A past is the accuracies of models on a dataset elsewhere, and their standard ranks
// there; NaN where a model has none.
type past struct {
	dataset          string
	accuracies, rank []float64
}

// History returns what the accuracies of models on other datasets than the given one say
// of them: the mean of their standard ranks there. Its agreement is the mean weighted τ of
// each dataset's accuracies with the history from the others. Datasets of the same name
// are one: none is judged by itself under another protocol. Names of models and datasets
// are the same where they differ by case, hyphens, underscores and blanks alone, and a
// dataset named after its labels' file is the one without "label". Doubted accuracies do
// not count, nor datasets with fewer than five of the models. It also returns the datasets.
func History(truths []*results.Truth, models []string, dataset string) (v Vote, datasets []string) {
	var pasts []past
	for _, t := range truths {
		for _, name := range t.Datasets() {
			if SameDataset(name, dataset) || t.Doubts[name] != "" {
				continue
			}
			p := past{dataset: name, accuracies: make([]float64, len(models))}
			known := 0
			for i, m := range t.Names(name, models) {
				a, ok := t.Accuracy(name, m)
				if ok {
					known++
				} else {
					a = math.NaN()
				}
				p.accuracies[i] = a
			}
			if known < leastHistory {
				continue
			}
			p.rank = standardRanks(p.accuracies)
			pasts = append(pasts, p)
			if !slices.Contains(datasets, name) {
				datasets = append(datasets, name)
			}
		}
	}
	var taus []float64
	for _, p := range pasts {
		elsewhere, known := meanRank(pasts, len(models), p.dataset), 0
		for i, a := range p.accuracies {
			if math.IsNaN(a) {
				elsewhere[i] = a
			} else if !math.IsNaN(elsewhere[i]) {
				known++
			}
		}
		if known >= leastHistory {
			taus = append(taus, tauOrZero(elsewhere, p.accuracies))
		}
	}
	v = Vote{Source: "history", Values: meanRank(pasts, len(models), "")}
	if len(taus) > 0 {
		v.Agreement = stat.Mean(taus, nil)
	}
	return v, datasets
}

// SameDataset reports whether two names are of one dataset, see [History].
func SameDataset(a, b string) bool { return results.SameName(unlabelled(a), unlabelled(b)) }

// unlabelled is the name of a dataset without what only says that a file holds its labels.
func unlabelled(name string) string {
	for _, suffix := range []string{"_labels", "_label", "-labels", "-label"} {
		if short, ok := strings.CutSuffix(name, suffix); ok && short != "" {
			return short
		}
	}
	return name
}

// meanRank returns the mean standard rank of each model, without one dataset; NaN for a
// model without any.
func meanRank(pasts []past, models int, without string) []float64 {
	sum, n := make([]float64, models), make([]float64, models)
	for _, p := range pasts {
		for i, z := range p.rank {
			if !SameDataset(p.dataset, without) && !math.IsNaN(z) {
				sum[i], n[i] = sum[i]+z, n[i]+1
			}
		}
	}
	for i := range sum {
		sum[i] /= n[i]
	}
	return sum
}

// FullFineTuning returns the ground truths built in that were reached by fine-tuning all
// of a model.
func FullFineTuning() []*results.Truth {
	return results.TruthsWhere(func(t *results.Truth) bool {
		return strings.HasPrefix(t.Protocol, "full fine-tuning")
	})
}

// ImageNet returns what the models' accuracies on ImageNet say of them. Its agreement is
// the mean weighted τ with the accuracies of the ground truths given, over datasets of
// eight models or more.
func ImageNet(facts results.Facts, models []string, truths []*results.Truth) Vote {
	return byFact(results.StaticFacts()[0], facts, models, truths)
}

// byFact is the vote of any fact. Only ImageNet's ranks models: size does not help the
// metrics (docs/how-sure.md).
func byFact(fact results.Fact, facts results.Facts, models []string, truths []*results.Truth) Vote {
	v := Vote{Source: fact.Title, Values: make([]float64, len(models))}
	for i, m := range models {
		a, ok := facts.Of(m, fact.Name)
		if !ok {
			a = math.NaN()
		}
		v.Values[i] = a
	}
	var taus []float64
	for _, t := range truths {
		base := facts.Baseline(fact, t)
		for _, dataset := range t.Datasets() {
			if g := base.Group(t, dataset); len(g.Models) >= least && t.Doubts[dataset] == "" {
				taus = append(taus, tauOrZero(g.Scores, g.Accuracies))
			}
		}
	}
	if len(taus) > 0 {
		v.Agreement = stat.Mean(taus, nil)
	}
	return v
}

// Prior returns what is known of models before their features are looked at: their
// history or, without any that is known to agree, their accuracies on ImageNet; false
// where neither is known of two of them. It also says where that is from.
func Prior(history []*results.Truth, facts results.Facts, models []string, dataset string) (v Vote, from string, ok bool) {
	v, datasets := History(history, models, dataset)
	if n := known(v.Values); n >= 2 && v.Agreement > 0 {
		return v, fmt.Sprintf("accuracies of %d models on %d other datasets", n, len(datasets)), true
	}
	v = ImageNet(facts, models, FullFineTuning())
	if n := known(v.Values); n >= 2 && v.Agreement > 0 {
		return v, fmt.Sprintf("accuracies of %d models on ImageNet", n), true
	}
	return Vote{}, "", false
}

// known counts the values that are not NaN.
func known(values []float64) int {
	n := 0
	for _, v := range values {
		if !math.IsNaN(v) {
			n++
		}
	}
	return n
}
