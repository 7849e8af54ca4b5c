package hubs

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/gonum/stat"

	"sfdalab/results"
)

// TestSize holds that a network's size does not make up for what is not known of it: over
// hubs, the first of metrics and size together costs more points than that of metrics alone.
// Should that change, size may rank models that have neither a history nor an accuracy on
// ImageNet.
func TestSize(t *testing.T) {
	of, err := sizes()
	if err != nil {
		t.Fatal(err)
	}
	for _, fact := range results.StaticFacts()[1:] {
		var alone, with []float64
		for _, s := range of {
			if s.fact == fact.Title {
				alone, with = append(alone, stat.Mean(s.alone, nil)), append(with, stat.Mean(s.with, nil))
			}
		}
		if a, w := stat.Mean(alone, nil), stat.Mean(with, nil); len(alone) < 2 || w < a {
			t.Errorf("%s: over %d hubs the first costs %.2f points, and that of metrics alone %.2f", fact.Title, len(alone), w, a)
		}
	}
}

// A sized says how metrics alone and with a fact of size rank the models of a hub: a value
// for each dataset and protocol.
type sized struct {
	hub, fact         string
	alone, with       []float64 // regret@1 in points
	tauAlone, tauWith []float64
}

// sizes ranks the networks of the hubs by the panel's metrics, and by these and a fact of
// size, where that is known of all and tells them apart. What both weigh is learned in
// other hubs.
var sizes = sync.OnceValues(func() ([]sized, error) {
	panel := []string{"ncti", "lda-cv", "leep"} // experiments.Panel
	facts, err := results.LoadFacts("")
	if err != nil {
		return nil, err
	}
	type pair struct {
		hub    string
		truth  *results.Truth
		groups []results.Group
	}
	var pairs []pair
	groups := map[string][]results.Group{} // by hub
	for _, s := range results.PublishedScores() {
		for _, name := range s.Truths {
			truth, of, err := read(name, s.Name)
			if err != nil {
				return nil, err
			}
			p := pair{ModelSet(name), truth, withTargetData(of)}
			pairs, groups[p.hub] = append(pairs, p), append(groups[p.hub], of...)
		}
	}
	var all []sized
	for _, p := range pairs {
		others := maps.Clone(groups)
		delete(others, p.hub)
		elsewhere := AgreementsOf(others)
		truths := slices.DeleteFunc(FullFineTuning(), func(t *results.Truth) bool { return ModelSet(t.Name) == p.hub })
		for _, d := range tasks(p.truth, p.groups) {
			names, metrics := d.metricsOf(panel)
			agreed, accuracies := together(names, elsewhere), d.group.Accuracies
			alone := Together(metrics, agreed, nil)
			for _, fact := range results.StaticFacts()[1:] {
				v := byFact(fact, facts, d.group.Models, truths)
				if known(v.Values) < len(v.Values) || constant(v.Values) {
					continue
				}
				at := slices.IndexFunc(all, func(s sized) bool { return s.hub == p.hub && s.fact == fact.Title })
				if at < 0 {
					at, all = len(all), append(all, sized{hub: p.hub, fact: fact.Title})
				}
				s, with := &all[at], Together(metrics, agreed, &v)
				s.alone, s.with = append(s.alone, results.RegretAt(1, alone, accuracies)), append(s.with, results.RegretAt(1, with, accuracies))
				s.tauAlone, s.tauWith = append(s.tauAlone, tauOrZero(alone, accuracies)), append(s.tauWith, tauOrZero(with, accuracies))
			}
		}
	}
	return all, nil
})

func sizeTable(t *testing.T) string {
	of, err := sizes()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("| hub | size is | regret@1 of metrics alone | with size | weighted τ of metrics alone | with size |\n|---|---|---|---|---|---|\n")
	for _, s := range of {
		fmt.Fprintf(&b, "| %s | %s | %.2f | %.2f | %.2f | %.2f |\n", s.hub, s.fact, stat.Mean(s.alone, nil), stat.Mean(s.with, nil), stat.Mean(s.tauAlone, nil), stat.Mean(s.tauWith, nil))
	}
	return b.String()
}
