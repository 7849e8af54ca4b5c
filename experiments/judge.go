package experiments

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"

	"sfdalab/features/files"
	"sfdalab/results/hubs"
	"sfdalab/results/record"
)

// judge adds what the data says of how far a ranking can be trusted: warnings of models
// in a regime in which metrics are known to fail, and the models that may be the best.
func (r *Result) judge(ranking *Ranking) {
	var classes []int
	for i := range ranking.Models {
		m := &ranking.Models[i]
		s, ok := r.shapes[pair{m.Model, ranking.Dataset}]
		if !ok { // its scores are from the store
			input := r.inputs[pair{m.Model, ranking.Dataset}]
			input.Told = nil // the run has told how it is read
			set, err := files.Open(input)
			if err != nil {
				continue // it could be opened when it was scored
			}
			s = r.note(input, set)
			set.Close()
		}
		classes = s.classes
		m.Warnings = append(m.Warnings, r.regimes(*m, s)...)
	}
	ranking.CannotTell = sameScores(ranking)
	if ranking.CannotTell == "" && len(classes) > 0 {
		ranking.CannotTell = r.nearChance(ranking, classes)
	}
	if ranking.CannotTell == "" {
		ranking.CannotTell = allOverlap(ranking)
	}
	if ranking.CannotTell == "" && ranking.Agreement != nil && *ranking.Agreement <= 0 && ranking.Prior == "" {
		ranking.CannotTell = "the metrics contradict each other, and nothing else is known of the models"
	}
	for _, m := range ranking.Models {
		if ranking.CannotTell != "" || m.Reaches(ranking.Models[0]) {
			ranking.Candidates = append(ranking.Candidates, m.Model)
		}
	}
}

// regimes returns warnings of a model whose input is of a kind that metrics are known to
// fail on.
func (r *Result) regimes(m record.Ranked, s shape) []string {
	var warnings []string
	say := func(format string, args ...any) { warnings = append(warnings, fmt.Sprintf(format, args...)) }
	if s.samples < 2*s.features {
		say("%d samples of %d features: with fewer than two samples a feature, scores say little", s.samples, s.features)
	}
	if len(s.classes) == 2 {
		say("two classes: most metrics were made for more, and with two may tie models or put the worse one first")
	}
	var saturated []string
	for v, place := range m.By {
		name := r.Variants[v].Name
		if most, ok := saturation[name]; ok && place.Rank > 0 && place.Score >= most {
			saturated = append(saturated, r.Variants[v].Label)
		}
		if place.Rank > 0 && len(s.classes) > 0 && slices.Contains(crossValidated, name) && atChance(place.Score, s.classes, 1) {
			say("its features predict the labels no better than chance may, by %s", r.Variants[v].Label)
		}
	}
	if saturated != nil {
		say("saturated: %s cannot tell this model from a better one", strings.Join(saturated, ", "))
	}
	return warnings
}

// shorten adds the shortlist, and what such lists were worth on the cases built in and the
// user's own. One metric alone has no promise: nothing tells how sure it is.
func (r *Result) shorten(ranking *Ranking, own []hubs.Case) {
	var values []float64
	var names []string
	for _, m := range ranking.Models {
		values, names = append(values, m.Value), append(names, m.Model)
	}
	ranking.Shortlist = names
	if ranking.CannotTell != "" || len(names) < 2 {
		return
	}
	if len(ranking.Metrics) < 2 && ranking.Prior == "" {
		ranking.Shortlist = ranking.Candidates // the cases are of two metrics or more
		return
	}
	cases := slices.Concat(hubs.Cases(), own)
	list, ok := shortlist(cases, knowing(*ranking), level, values, names)
	if !ok {
		return
	}
	ranking.Shortlist = slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return !slices.Contains(list.Models, name) && !slices.Contains(ranking.Candidates, name)
	})
	if len(ranking.Shortlist) < len(names) {
		ranking.Promise = &list.Promise // of all models the best is one: nothing to promise
	}
	if short, ok := shortlist(cases, knowing(*ranking), shorter, values, names); ok && len(short.Models) < len(ranking.Shortlist) {
		ranking.Shorter = &short
	}
}

// knowing names what ranks besides the metrics, as cases have it.
func knowing(r Ranking) string { return cmp.Or(r.Prior, hubs.Knowledge[len(hubs.Knowledge)-1]) }

// Shares of the rankings in which the best model was in the shortlist, and in a shorter one.
const (
	level   = 0.9
	shorter = 0.5
)

func shortlist(cases []hubs.Case, knowing string, level float64, values []float64, names []string) (record.Shortlist, bool) {
	p, ok := hubs.NewPromise(cases, knowing, level)
	if !ok {
		return record.Shortlist{}, false
	}
	list := record.Shortlist{Promise: p}
	for i, in := range p.Shortlist(values) {
		if in {
			list.Models = append(list.Models, names[i])
		}
	}
	return list, true
}

// saturation is the score from which a metric with an upper bound tells models no longer
// apart.
var saturation = map[string]float64{"sfda": 0.9995, "lda-cv": 100, "ncm": 100, "logistic": 100, "linear-svm": 100}

// sameScores says that no score tells the models apart; "" where some do.
func sameScores(r *Ranking) string {
	if n := len(r.Models); n > 1 && r.Models[n-1].Rank == 1 {
		return "all models have the same scores"
	}
	return ""
}

// allOverlap says that the halves of the samples do not order the models; "" where they do.
func allOverlap(r *Ranking) string {
	if len(r.Models) < 2 || r.Subsets == 0 {
		return ""
	}
	lo, hi := 0, len(r.Models)
	for _, m := range r.Models {
		lo, hi = max(lo, m.Lo), min(hi, m.Hi)
	}
	if lo <= hi {
		return "the ranges of all models overlap"
	}
	return ""
}

// nearChance says that no model's features predict the labels: that no cross-validated
// accuracy is above chance.
func (r *Result) nearChance(ranking *Ranking, classes []int) string {
	for v, variant := range r.Variants {
		if !slices.Contains(crossValidated, variant.Name) {
			continue
		}
		best, scored := 0.0, 0
		for _, m := range ranking.Models {
			if m.By[v].Rank > 0 {
				best = max(best, m.By[v].Score)
				scored++
			}
		}
		if scored > 0 && atChance(best, classes, scored) {
			return fmt.Sprintf("no model's features predict the labels better than chance may: %s is %.1f %% at best, and the most frequent class has %.1f %%", variant.Label, best, 100*common(classes))
		}
	}
	return ""
}

// atChance reports whether the best cross-validated accuracy of several models, in percent,
// is not above the share of the most frequent class: by the binomial test at the level of
// 0.05, with Bonferroni's correction for the number of models. Classifiers of folds that
// share samples err together, and so the accuracy varies more than that of as many
// independent samples: up to 1.7 times in simulations, most for two classes. The test is of
// as many fewer samples (Nadeau and Bengio, Inference for the Generalization Error, Machine
// Learning 2003, would have 2.25 times fewer for five folds).
func atChance(accuracy float64, classes []int, models int) bool {
	samples := 0.0
	for _, n := range classes {
		samples += float64(n)
	}
	samples = math.Floor(samples / 1.7)
	chance := distuv.Binomial{N: samples, P: common(classes)}
	return chance.Survival(math.Round(accuracy/100*samples)-0.5) > 0.05/float64(models)
}

// common is the share of the most frequent class.
func common(classes []int) float64 {
	samples := 0
	for _, n := range classes {
		samples += n
	}
	return float64(slices.Max(classes)) / float64(samples)
}

// crossValidated are the metrics that are a classifier's cross-validated accuracy in percent.
var crossValidated = []string{"lda-cv", "ncm", "logistic", "linear-svm"}
