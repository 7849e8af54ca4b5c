package hubs

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"sfdalab/results"
)

// bestMetrics is how many metrics are averaged before they vote, as one source.
const bestMetrics = 3

// consensusGroups ranks the models of each dataset by the consensus of two sources: the
// models' accuracies on the other datasets, and the mean of the three metrics that agree
// best with accuracies there. Nothing is chosen or weighted with the dataset's own
// accuracies.
//
// Of the rules that were tried on the ten pairs of scores and ground truths built in
// (TestRules), this one has the highest mean weighted τ.
func consensusGroups(truth *results.Truth, groups []results.Group) []results.Group {
	var out []results.Group
	for _, d := range tasks(truth, groups) {
		g := d.group
		g.Metric, g.Scores = "consensus", Consensus(d.votes())
		out = append(out, g)
	}
	return out
}

// A task is to rank the models of one dataset, with all that is known of the others.
type task struct {
	group     results.Group        // models and accuracies; its scores are not used
	metrics   map[string][]float64 // scores by metric
	agreement map[string]float64   // of each metric, on the other datasets
	history   []float64            // mean standard rank of a model's accuracies there; NaN without
	agrees    float64              // agreement of histories with accuracies there
}

// names returns the metrics that have scores, in the order of their names.
func (d task) names() []string { return slices.Sorted(maps.Keys(d.metrics)) }

// votes returns the history and the three best metrics.
func (d task) votes() []Vote {
	best := d.best(bestMetrics)
	votes := make([]Vote, len(best))
	var mean float64
	for i, m := range best {
		votes[i] = Vote{m, d.metrics[m], 1}
		mean += max(d.agreement[m], 0) / float64(len(best))
	}
	all := []Vote{{"history", d.history, d.agrees}}
	if len(best) > 0 {
		all = append(all, Vote{"metrics", Consensus(votes), mean})
	}
	return all
}

// best returns the n metrics of highest agreement on the other datasets.
func (d task) best(n int) []string {
	var names []string
	for m := range d.agreement {
		names = append(names, m)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(d.agreement[b], d.agreement[a]), cmp.Compare(a, b))
	})
	return names[:min(n, len(names))]
}

// tasks returns the task of each dataset. Its models are those with a score by every
// metric that has scores there.
func tasks(truth *results.Truth, groups []results.Group) []task {
	h := newHub(truth, groups)
	var all []task
	for _, name := range h.datasets {
		all = append(all, h.task(name))
	}
	return all
}

// A hub holds what is known of models on several datasets, by dataset.
type hub struct {
	datasets []string
	models   map[string][]string
	accuracy map[string][]float64            // of each model
	rank     map[string]map[string]float64   // standard rank of the accuracy, by model
	scores   map[string]map[string][]float64 // of each model, by metric
}

// newHub returns the hub of groups, of the models that every metric of a dataset scores.
func newHub(truth *results.Truth, groups []results.Group) *hub {
	h := &hub{
		datasets: datasets(groups), models: map[string][]string{}, accuracy: map[string][]float64{},
		rank: map[string]map[string]float64{}, scores: map[string]map[string][]float64{},
	}
	for _, g := range groups {
		if h.models[g.Dataset] == nil {
			h.models[g.Dataset] = g.Models
		}
		h.models[g.Dataset] = slices.DeleteFunc(slices.Clone(h.models[g.Dataset]), func(m string) bool { return !slices.Contains(g.Models, m) })
	}
	for _, name := range h.datasets {
		h.rank[name], h.scores[name] = map[string]float64{}, map[string][]float64{}
		for _, m := range h.models[name] {
			a, _ := truth.Accuracy(name, m)
			h.accuracy[name] = append(h.accuracy[name], a)
		}
		for i, z := range standardRanks(h.accuracy[name]) {
			h.rank[name][h.models[name][i]] = z
		}
	}
	for _, g := range groups {
		var of []float64
		for _, m := range h.models[g.Dataset] {
			of = append(of, g.Scores[slices.Index(g.Models, m)])
		}
		h.scores[g.Dataset][g.Metric] = of
	}
	return h
}

// task returns the task of a dataset. Its own accuracies are in nothing that ranks it.
func (h *hub) task(dataset string) task {
	d := task{
		group:   results.Group{Dataset: dataset, Models: h.models[dataset], Accuracies: h.accuracy[dataset]},
		metrics: h.scores[dataset], agreement: map[string]float64{}, history: h.history(dataset, ""),
	}
	for metric := range h.scores[dataset] {
		var taus []float64
		for _, other := range h.datasets {
			if s := h.scores[other][metric]; other != dataset && s != nil {
				taus = append(taus, tauOrZero(s, h.accuracy[other]))
			}
		}
		if len(taus) > 0 {
			d.agreement[metric] = stat.Mean(taus, nil)
		}
	}
	var taus []float64
	for _, other := range h.datasets {
		if other != dataset {
			taus = append(taus, tauOrZero(h.history(other, dataset), h.accuracy[other]))
		}
	}
	if len(taus) > 0 {
		d.agrees = stat.Mean(taus, nil)
	}
	return d
}

// history returns the mean standard rank of each model of a dataset on the others, without
// one more of them; NaN for a model that has none.
func (h *hub) history(dataset, without string) []float64 {
	values := make([]float64, len(h.models[dataset]))
	for i, m := range h.models[dataset] {
		var sum, n float64
		for _, other := range h.datasets {
			if z, ok := h.rank[other][m]; ok && other != dataset && other != without {
				sum, n = sum+z, n+1
			}
		}
		values[i] = sum / n
	}
	return values
}

// tauOrZero is the weighted τ of the models that have a value, 0 where there is none.
func tauOrZero(values, accuracies []float64) float64 {
	var x, y []float64
	for i, v := range values {
		if !math.IsNaN(v) {
			x, y = append(x, v), append(y, accuracies[i])
		}
	}
	if tau := results.WeightedTau(x, y); !math.IsNaN(tau) {
		return tau
	}
	return 0
}
