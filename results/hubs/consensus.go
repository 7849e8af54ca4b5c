package hubs

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"sfdalab/results"
)

// A Vote is what one source says of the models of a dataset: a metric's scores, a fact, or
// the models' history.
type Vote struct {
	Source string
	Values []float64 // one a model, higher is better; NaN where the source is silent

	// Agreement is the mean weighted τ of the source with accuracies on other datasets.
	// A source counts with its square; one that disagrees, or is not known to agree, not
	// at all.
	Agreement float64
}

func (v Vote) weight() float64 { return max(v.Agreement, 0) * max(v.Agreement, 0) }

// Consensus returns a value for each model, higher is better: the mean of the models'
// standard ranks by each source, weighted by the square of its agreement. A source that is
// silent of a model is taken to say what the others predict: their mean times its
// correlation with it over the models that it knows, at least 0. So a model is not put
// first, or last, for being known to fewer sources. A model of which all are silent has
// NaN, and all have 0 where no source counts.
func Consensus(votes []Vote) []float64 {
	if len(votes) == 0 {
		return nil
	}
	ranks := make([][]float64, len(votes))
	var total float64
	for k, v := range votes {
		ranks[k] = standardRanks(v.Values)
		total += v.weight()
	}
	values := make([]float64, len(votes[0].Values))
	for i := range values {
		var sum, weights float64
		known := false
		for k, v := range votes {
			if z := ranks[k][i]; !math.IsNaN(z) {
				known = true
				sum += v.weight() * z
				weights += v.weight()
			}
		}
		switch {
		case !known:
			values[i] = math.NaN()
		case weights > 0:
			mean := sum / weights
			for k, v := range votes {
				if math.IsNaN(ranks[k][i]) {
					sum += v.weight() * predictable(votes, ranks, k) * mean
				}
			}
			values[i] = sum / total
		}
	}
	return values
}

// Together ranks models by metrics, each with the same weight, and by what is known of the
// models beforehand, nil for nothing: the [Consensus] of the two. The metrics count with
// their agreement. A model that no metric scores has NaN. Values are rounded to nine
// digits, so that rounding errors do not break ties.
func Together(metrics [][]float64, agreement float64, prior *Vote) []float64 {
	votes := make([]Vote, len(metrics))
	for i, values := range metrics {
		votes[i] = Vote{Values: values, Agreement: 1}
	}
	of := rounded(Consensus(votes))
	if prior == nil {
		return of
	}
	values := rounded(Consensus([]Vote{*prior, {Source: "metrics", Values: of, Agreement: agreement}}))
	for i, v := range of {
		if math.IsNaN(v) {
			values[i] = v
		}
	}
	return values
}

func rounded(values []float64) []float64 {
	for i, v := range values {
		values[i] = math.Round(v*1e9) / 1e9
	}
	return values
}

// predictable is how well the weighted mean of the other sources predicts source k: their
// correlation over the models that all know, at least 0.
func predictable(votes []Vote, ranks [][]float64, k int) float64 {
	var x, y []float64
	for i := range ranks[k] {
		var others float64
		for j, v := range votes {
			if j != k {
				others += v.weight() * ranks[j][i]
			}
		}
		if z := ranks[k][i]; !math.IsNaN(z) && !math.IsNaN(others) {
			x, y = append(x, others), append(y, z)
		}
	}
	if len(x) < 2 || constant(x) || constant(y) {
		return 0
	}
	return max(stat.Correlation(x, y, nil), 0)
}

func constant(x []float64) bool { return slices.Max(x) == slices.Min(x) }

// standardRanks returns the ranks of values, brought to mean 0 and standard deviation 1;
// all 0 where they are equal, and NaN for NaN.
func standardRanks(values []float64) []float64 {
	out := make([]float64, len(values))
	var at []int
	var present []float64
	for i, v := range values {
		if math.IsNaN(v) {
			out[i] = math.NaN()
			continue
		}
		at, present = append(at, i), append(present, v)
	}
	ranks := results.Ranks(present)
	mean, sd := stat.PopMeanStdDev(ranks, nil)
	for k, i := range at {
		if sd > 0 {
			out[i] = (ranks[k] - mean) / sd
		}
	}
	return out
}

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
	metrics   map[string][]float64 // standard ranks by metric
	agreement map[string]float64   // of each metric, on the other datasets
	history   []float64            // mean standard rank of a model's accuracies there; NaN without
	agrees    float64              // agreement of histories with accuracies there
}

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
	names := datasets(groups)
	models := make(map[string][]string, len(names))
	for _, g := range groups {
		if models[g.Dataset] == nil {
			models[g.Dataset] = g.Models
		}
		models[g.Dataset] = slices.DeleteFunc(slices.Clone(models[g.Dataset]), func(m string) bool { return !slices.Contains(g.Models, m) })
	}
	accuracy := make(map[string][]float64, len(names))
	rank := make(map[string]map[string]float64, len(names)) // standard, by dataset and model
	for _, name := range names {
		rank[name] = map[string]float64{}
		for _, m := range models[name] {
			a, _ := truth.Accuracy(name, m)
			accuracy[name] = append(accuracy[name], a)
		}
		for i, z := range standardRanks(accuracy[name]) {
			rank[name][models[name][i]] = z
		}
	}
	history := func(of string, without string) []float64 {
		values := make([]float64, len(models[of]))
		for i, m := range models[of] {
			var sum, n float64
			for _, other := range names {
				if z, ok := rank[other][m]; ok && other != of && other != without {
					sum, n = sum+z, n+1
				}
			}
			values[i] = sum / n
		}
		return values
	}

	scores := make(map[string]map[string][]float64, len(names)) // by dataset and metric
	for _, g := range groups {
		if scores[g.Dataset] == nil {
			scores[g.Dataset] = map[string][]float64{}
		}
		var of []float64
		for _, m := range models[g.Dataset] {
			of = append(of, g.Scores[slices.Index(g.Models, m)])
		}
		scores[g.Dataset][g.Metric] = of
	}
	var all []task
	for _, name := range names {
		d := task{
			group:   results.Group{Dataset: name, Models: models[name], Accuracies: accuracy[name]},
			metrics: scores[name], agreement: map[string]float64{}, history: history(name, ""),
		}
		for metric := range scores[name] {
			var taus []float64
			for _, other := range names {
				if s := scores[other][metric]; other != name && s != nil {
					taus = append(taus, tauOrZero(s, accuracy[other]))
				}
			}
			if len(taus) > 0 {
				d.agreement[metric] = stat.Mean(taus, nil)
			}
		}
		var taus []float64
		for _, other := range names {
			if other != name {
				taus = append(taus, tauOrZero(history(other, name), accuracy[other]))
			}
		}
		if len(taus) > 0 {
			d.agrees = stat.Mean(taus, nil)
		}
		all = append(all, d)
	}
	return all
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
