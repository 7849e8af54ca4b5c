package hubs

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"gonum.org/v1/gonum/stat"

	"sfdalab/results"
)

// A lesson is what one ground truth and raw scores of its models show of what ranks models.
type lesson struct {
	hub     string
	models  []string
	metrics map[string]float64 // mean weighted τ over datasets, by the name that sfdalab has
	history float64            // that of the mean rank on the other datasets
}

// lessons returns those of all published scores and ground truths with two datasets or more.
var lessons = sync.OnceValue(func() []lesson {
	var all []lesson
	for _, s := range results.PublishedScores() {
		for _, name := range s.Truths {
			truth, groups, err := read(name, s.Name)
			if err != nil {
				panic(fmt.Sprintf("%s by %s, built in: %v", s.Name, name, err)) // a test reads them all
			}
			of := tasks(truth, withTargetData(groups))
			if len(of) < 2 {
				continue
			}
			taus := map[string][]float64{}
			var histories []float64
			for _, d := range of {
				for _, metric := range d.names() {
					taus[ourName(metric)] = append(taus[ourName(metric)], tauOrZero(d.metrics[metric], d.group.Accuracies))
				}
				histories = append(histories, tauOrZero(d.history, d.group.Accuracies))
			}
			l := lesson{hub: ModelSet(name), models: modelsOf(truth), metrics: map[string]float64{}, history: stat.Mean(histories, nil)}
			for metric, v := range taus {
				l.metrics[metric] = stat.Mean(v, nil)
			}
			all = append(all, l)
		}
	}
	return all
})

// elsewhere returns how well metrics and histories agree with accuracies in hubs that share
// no model with a ground truth: means over hubs of the means within each.
func elsewhere(truth *results.Truth) (metrics map[string]float64, history float64) {
	own := modelsOf(truth)
	taus, histories := map[string]map[string][]float64{}, map[string][]float64{} // by hub
	for _, l := range lessons() {
		if slices.ContainsFunc(l.models, func(m string) bool { return slices.Contains(own, m) }) {
			continue
		}
		histories[l.hub] = append(histories[l.hub], l.history)
		for metric, tau := range l.metrics {
			if taus[metric] == nil {
				taus[metric] = map[string][]float64{}
			}
			taus[metric][l.hub] = append(taus[metric][l.hub], tau)
		}
	}
	metrics = map[string]float64{}
	for metric, byHub := range taus {
		metrics[metric] = stat.Mean(meansOf(byHub), nil)
	}
	return metrics, stat.Mean(meansOf(histories), nil)
}

// meansOf returns the mean of each list, in the order of their names.
func meansOf(lists map[string][]float64) []float64 {
	var means []float64
	for _, name := range slices.Sorted(maps.Keys(lists)) {
		means = append(means, stat.Mean(lists[name], nil))
	}
	return means
}

// elsewhereGroups ranks as consensusGroups does, but the three metrics are chosen, and they
// and the history weighted, by how well they agree with accuracies in hubs that share no
// model with this one. There are none where no metric is known there, or no history here.
func elsewhereGroups(truth *results.Truth, groups []results.Group) []results.Group {
	metrics, history := elsewhere(truth)
	var out []results.Group
	for _, d := range tasks(truth, groups) {
		d.agrees, d.agreement = history, map[string]float64{}
		for metric := range d.metrics {
			if tau, ok := metrics[ourName(metric)]; ok {
				d.agreement[metric] = tau
			}
		}
		if len(d.agreement) == 0 || known(d.history) == 0 {
			continue
		}
		g := d.group
		g.Metric, g.Scores = "consensus", Consensus(d.votes())
		out = append(out, g)
	}
	return out
}

// modelsOf returns the models of all datasets of a ground truth, each once.
func modelsOf(truth *results.Truth) []string {
	var models []string
	for _, dataset := range truth.Datasets() {
		models = append(models, truth.Models(dataset)...)
	}
	slices.Sort(models)
	return slices.Compact(models)
}
