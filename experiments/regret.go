package experiments

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"sfdalab/results"
	"sfdalab/results/hubs"
	"sfdalab/tracking"
)

// A Regret says how a ranking did by accuracies that came later. It is of the models that
// have one.
type Regret struct {
	Dataset string   `json:"dataset"`
	Models  int      `json:"models"`  // with an accuracy
	Missing []string `json:"missing"` // ranked models without

	First    float64  `json:"first"`     // regret@1: points that the first costs
	Best     []string `json:"best"`      // the models of highest accuracy
	BestRank int      `json:"best_rank"` // the best rank of these
	Tau      *float64 `json:"tau"`       // weighted τ of the ranking; nil where there is none
	Case     bool     `json:"case"`      // whether it calibrates later shortlists once it is kept

	Listed          // how the shortlist did
	All     bool    `json:"all"` // whether the shortlist was of all ranked models, as the data could not narrow them down
	Shorter *Listed `json:"shorter,omitempty"`
}

// Listed says how a shortlist did.
type Listed struct {
	Shortlist int           `json:"shortlist"` // how many of its models have an accuracy
	Kept      bool          `json:"kept"`      // whether a best model is among them
	Loss      float64       `json:"loss"`      // points that the best of them costs
	Promise   *hubs.Promise `json:"promise,omitempty"`
}

// FindRanking returns a run that has rankings: the newest for "latest".
func FindRanking(store *tracking.Store, ref string) (tracking.Run, error) {
	if !strings.EqualFold(ref, "latest") {
		run, err := store.Run(ref)
		if err == nil && len(run.Rankings) == 0 {
			err = fmt.Errorf("run %s is not a ranking: \"sfdalab rank --store\" keeps one", run.ID)
		}
		return run, err
	}
	runs, err := store.Runs(tracking.Query{}, 0, 0)
	if err != nil {
		return tracking.Run{}, err
	}
	at := slices.IndexFunc(runs, func(run tracking.Run) bool { return len(run.Rankings) > 0 })
	if at < 0 {
		return tracking.Run{}, errors.New("no run of the store is a ranking: \"sfdalab rank --store\" keeps one")
	}
	return store.Run(runs[at].ID)
}

// Regrets compares a run's rankings with accuracies that came later.
func Regrets(run tracking.Run, truth *results.Truth) ([]Regret, error) {
	var all []Regret
	for _, r := range run.Rankings {
		o, ok := outcomeOf(r, truth)
		if !ok {
			continue
		}
		g := Regret{
			Dataset: r.Dataset, Models: len(o.models), Missing: o.missing,
			First: results.RegretAt(1, o.values, o.accuracies), BestRank: len(r.Models), Case: o.isCase(),
			Listed: o.of(r.Shortlist), All: len(r.Shortlist) == len(r.Models),
		}
		if !g.All {
			g.Promise = r.Promise
		}
		if r.Shorter != nil {
			shorter := o.of(r.Shorter.Models)
			shorter.Promise = &r.Shorter.Promise
			g.Shorter = &shorter
		}
		best := slices.Max(o.accuracies)
		for i, m := range o.models {
			if o.accuracies[i] == best {
				g.Best, g.BestRank = append(g.Best, m), min(g.BestRank, o.ranks[i])
			}
		}
		if tau := results.WeightedTau(o.values, o.accuracies); tau == tau {
			g.Tau = &tau
		}
		all = append(all, g)
	}
	if all == nil {
		var ranked, known []string
		for _, r := range run.Rankings {
			ranked = append(ranked, r.Dataset)
		}
		for _, dataset := range truth.Datasets() {
			known = append(known, fmt.Sprintf("%s (with %s and others)", dataset, truth.Models(dataset)[0]))
		}
		return nil, fmt.Errorf("%s has no accuracies of two ranked models on %s: the names must be the same, and it has the datasets %s", truth.Name, strings.Join(ranked, ", "), strings.Join(known, ", "))
	}
	return all, nil
}

// An outcome is the models of a ranking that have an accuracy.
type outcome struct {
	models, missing    []string
	ranks              []int
	values, accuracies []float64
}

// of says how a shortlist did.
func (o outcome) of(list []string) Listed {
	var of []float64
	for i, m := range o.models {
		if slices.Contains(list, m) {
			of = append(of, o.accuracies[i])
		}
	}
	if of == nil {
		return Listed{}
	}
	loss := slices.Max(o.accuracies) - slices.Max(of)
	return Listed{Shortlist: len(of), Kept: loss == 0, Loss: loss}
}

// outcomeOf finds the accuracies of a ranking's models; false for fewer than two.
func outcomeOf(r Ranking, truth *results.Truth) (o outcome, ok bool) {
	var names []string
	for _, m := range r.Models {
		names = append(names, m.Model)
	}
	for _, dataset := range truth.Datasets() {
		if !hubs.SameDataset(dataset, r.Dataset) {
			continue
		}
		for i, name := range truth.Names(dataset, names) {
			m := r.Models[i]
			a, ok := truth.Accuracy(dataset, name)
			if !ok {
				o.missing = append(o.missing, m.Model)
				continue
			}
			o.models, o.ranks = append(o.models, m.Model), append(o.ranks, m.Rank)
			o.values, o.accuracies = append(o.values, m.Value), append(o.accuracies, a)
		}
		return o, len(o.models) >= 2
	}
	return outcome{}, false
}

// isCase reports whether an outcome can calibrate shortlists. Who fine-tunes the shortlist
// alone finds the best model of those in it: all ranked models must have an accuracy.
func (o outcome) isCase() bool { return len(o.missing) == 0 && len(o.models) >= hubs.LeastCase }

// OwnCases returns the rankings of a store whose accuracies came later and were kept, if
// all models have one: as one more hub, to calibrate shortlists with.
func OwnCases(store *tracking.Store) ([]hubs.Case, error) {
	runs, err := store.Runs(tracking.Query{}, 0, 0)
	if err != nil {
		return nil, err
	}
	var cases []hubs.Case
	for _, run := range runs {
		for _, r := range run.Rankings {
			for _, truth := range run.Accuracies {
				o, ok := outcomeOf(r, truth)
				if !ok || !o.isCase() {
					continue
				}
				cases = append(cases, hubs.Case{
					Knowing: knowing(r), Hub: "your own", Truth: truth.Name, Dataset: r.Dataset, Models: len(o.models),
					First: results.RegretAt(1, o.values, o.accuracies), Span: slices.Max(o.values) - slices.Min(o.values), Steps: hubs.NewSteps(o.values, o.accuracies),
				})
			}
		}
	}
	return cases, nil
}
