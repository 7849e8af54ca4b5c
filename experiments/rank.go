package experiments

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"gonum.org/v1/gonum/stat"

	"sfdalab/results"
	"sfdalab/results/hubs"
	"sfdalab/results/record"
)

// A Ranking is the models of one dataset, best first.
type Ranking = record.Ranking

// RankOptions say how models are ranked. The zero value ranks them by the metrics alone.
type RankOptions struct {
	Options
	Ensemble int // models of an ensemble that is chosen among the best; none when 0

	// History are accuracies of the same models on other datasets, and Facts is what is
	// known of them beforehand: see [hubs.Prior]. Cases are rankings of the user's own
	// whose accuracies came later: they calibrate shortlists together with those built in.
	History []*results.Truth
	Facts   results.Facts
	Cases   []hubs.Case

	// Time bounds how long metrics are computed: all samples by one metric after the other,
	// the cheapest first, and then one subset after the other. No bound when 0.
	Time time.Duration

	Panel        bool // the metrics are those of a panel, which nobody named
	FewerSubsets bool // of features of more than half a GiB: at least four
}

// Rank runs a spec and ranks the models of each dataset by the consensus of its metrics,
// and of what is known of the models beforehand. Ranges of ranks follow from the subsets
// that the spec asks for. When ctx or the time ends, the rankings are of what is done
// until then, and say so; the error is then that of ctx.
func Rank(ctx context.Context, spec *Spec, o RankOptions) ([]Ranking, error) {
	if err := spec.findFiles(o.FewerSubsets); err != nil {
		return nil, err
	}
	o.stages = spec.stages(o.Time > 0)
	o.unread, o.partial = o.Store == nil, true
	computing := ctx
	if o.Time > 0 {
		var stop context.CancelFunc
		computing, stop = context.WithTimeout(ctx, o.Time)
		defer stop()
	}
	result, err := Run(computing, spec, o.Options)
	if result == nil && ctx.Err() == nil && computing.Err() != nil {
		return nil, fmt.Errorf("the time of %v was over before the features of any model were ready: %w", o.Time, err)
	}
	if result == nil || err != nil && computing.Err() == nil {
		return nil, err
	}
	if len(result.Variants) == 0 { // each needs what the spec does not name
		return nil, errors.New(strings.Join(result.Warnings, "; "))
	}
	var rankings []Ranking
	var failed []error
	for _, dataset := range result.datasets() {
		r := result.rank(dataset, o)
		if computing.Err() != nil {
			r.Stopped = result.missing(dataset)
		}
		r.Notes = append(r.Notes, result.Warnings...)
		result.judge(&r)
		result.shorten(&r, o.Cases)
		if o.Ensemble > 0 && len(r.Models) > 0 && computing.Err() == nil {
			var none error
			if r.Ensemble, none = result.chooseEnsemble(ctx, r, o.Ensemble); none != nil && ctx.Err() == nil {
				spec.tell("%s: no ensemble: %v", dataset, none)
			}
		}
		if len(r.Models) > 0 {
			rankings = append(rankings, r)
			continue
		}
		for _, note := range r.Notes {
			failed = append(failed, fmt.Errorf("%s: %s", dataset, note))
		}
	}
	if len(rankings) == 0 && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if len(rankings) == 0 && computing.Err() != nil {
		return nil, fmt.Errorf("the time of %v was over before a metric had scored any model: %w", o.Time, computing.Err())
	}
	if result.Run != "" && len(rankings) > 0 {
		err = o.Store.Rank(result.Run, rankings)
	}
	return rankings, errors.Join(cmp.Or(ctx.Err(), err), errors.Join(failed...))
}

// datasets returns the datasets of the cells.
func (r *Result) datasets() []string {
	var names []string
	for _, c := range r.Cells {
		names = append(names, c.Dataset)
	}
	return results.Distinct(names)
}

// rank ranks the models of a dataset.
func (r *Result) rank(dataset string, o RankOptions) Ranking {
	scores := r.scores(dataset)
	ranking := Ranking{Dataset: dataset, Subsets: len(scores) - 1}
	for _, i := range r.Images {
		if i.Dataset == dataset {
			ranking.Images = i.About()
		}
	}
	var names []string
	for _, v := range r.Variants {
		ranking.Metrics = append(ranking.Metrics, v.Label)
		names = append(names, v.Name)
	}
	models, agreed := scores[0].models, hubs.MetricsAgreement(names)
	prior := know(&ranking, models, agreed, o)
	values := hubs.Together(scores[0].by, agreed, prior)
	by, priors := make([][]int, len(r.Variants)), make([]int, len(models))
	for v, of := range scores[0].by {
		by[v] = competitionRanks(of)
	}
	if prior != nil {
		priors = competitionRanks(prior.Values)
	}
	warnings := r.warnings(dataset)
	for i, rank := range competitionRanks(values) {
		if rank == 0 {
			continue
		}
		ranked := record.Ranked{
			Rank: rank, Model: models[i], Value: values[i],
			By: make([]record.Place, len(r.Variants)), Prior: priors[i], Warnings: warnings[models[i]],
		}
		for v, of := range scores[0].by {
			if by[v][i] > 0 {
				ranked.By[v] = record.Place{Rank: by[v][i], Score: of[i]}
			}
		}
		ranking.Models = append(ranking.Models, ranked)
	}
	ranks := make(map[string][]int) // of each model in the subsets
	for _, subset := range scores[1:] {
		for i, rank := range competitionRanks(hubs.Together(subset.by, agreed, prior)) {
			if rank > 0 {
				ranks[models[i]] = append(ranks[models[i]], rank)
			}
		}
	}
	for i, m := range ranking.Models {
		ranking.Models[i].Lo, ranking.Models[i].Hi = middle(ranks[m.Model])
	}
	ranking.Middle = ranking.Subsets - 2*(ranking.Subsets/20)
	slices.SortStableFunc(ranking.Models, func(a, b record.Ranked) int { return cmp.Compare(a.Rank, b.Rank) })
	tellApart(ranking.Models)
	ranking.Agreement = agreement(scores[0].by)
	ranking.Notes = r.failures(dataset, o.Panel)
	return ranking
}

// A scoreSheet is the scores of a dataset's models on all samples or on a subset.
type scoreSheet struct {
	models []string
	by     [][]float64 // variant, model; NaN where it failed
}

// scores returns the scores of a dataset on all samples, then on each subset that is
// complete.
func (r *Result) scores(dataset string) []scoreSheet {
	var models []string
	for _, c := range r.Cells {
		if c.Dataset == dataset {
			models = append(models, c.Model)
		}
	}
	models = results.Distinct(models)
	subsets := r.complete(dataset)
	at := map[int]int{0: 0} // sheet by number of the subset
	for i, subset := range subsets {
		at[subset] = i + 1
	}
	sheets := make([]scoreSheet, len(subsets)+1)
	for i := range sheets {
		sheets[i] = scoreSheet{models, make([][]float64, len(r.Variants))}
		for v := range r.Variants {
			sheets[i].by[v] = slices.Repeat([]float64{math.NaN()}, len(models))
		}
	}
	index := make(map[string]int, len(models))
	for i, m := range models {
		index[m] = i
	}
	for _, c := range r.Cells {
		if sheet, ok := at[c.SubsetNumber]; ok && c.Dataset == dataset && c.Error == "" {
			sheets[sheet].by[c.Variant][index[c.Model]] = c.Score
		}
	}
	return sheets
}

// tellApart tells groups apart among models, best first: a group ends before the first model
// that does not reach the group's first.
func tellApart(models []record.Ranked) {
	first := 0
	for i := range models {
		models[i].Group = 1
		if i == 0 {
			continue
		}
		models[i].Group = models[i-1].Group
		if !models[i].Reaches(models[first]) {
			first = i
			models[i].Group++
		}
	}
}

// know returns what is known of the models beforehand, and notes it; nil for nothing. The
// metrics count with what they agreed.
func know(r *Ranking, models []string, agreed float64, o RankOptions) *hubs.Vote {
	prior, from, ok := hubs.Prior(o.History, o.Facts, models, r.Dataset)
	if !ok {
		return nil
	}
	weight := prior.Agreement * prior.Agreement
	r.Prior, r.PriorFrom, r.PriorWeight = prior.Source, from, weight/(weight+agreed*agreed)
	return &prior
}

// competitionRanks returns ranks from 1 for the highest value; equals share the best of
// their ranks, and NaN has 0.
func competitionRanks(values []float64) []int {
	var order []int
	for i, v := range values {
		if !math.IsNaN(v) {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(values[b], values[a]) })
	ranks := make([]int, len(values))
	for place, i := range order {
		ranks[i] = place + 1
		if place > 0 && values[order[place-1]] == values[i] {
			ranks[i] = ranks[order[place-1]]
		}
	}
	return ranks
}

// middle returns the least and the greatest of ranks without the lowest and the highest
// 5 %; 0 without ranks.
func middle(ranks []int) (lo, hi int) {
	if len(ranks) == 0 {
		return 0, 0
	}
	slices.Sort(ranks)
	tail := len(ranks) / 20
	return ranks[tail], ranks[len(ranks)-1-tail]
}

// agreement returns the mean weighted τ of all pairs of metrics, over the models that both
// score; nil without a pair.
func agreement(by [][]float64) *float64 {
	var taus []float64
	for v := range by {
		for u := range v {
			var x, y []float64
			for i := range by[v] {
				if !math.IsNaN(by[v][i]) && !math.IsNaN(by[u][i]) {
					x, y = append(x, by[u][i]), append(y, by[v][i])
				}
			}
			if tau := results.WeightedTau(x, y); !math.IsNaN(tau) {
				taus = append(taus, tau)
			}
		}
	}
	if len(taus) == 0 {
		return nil
	}
	mean := stat.Mean(taus, nil)
	return &mean
}

// warnings returns those of each model's scores on all samples: each once, with the metrics
// that have it, but those that are of the model's files and so of all metrics.
func (r *Result) warnings(dataset string) map[string][]string {
	scored := make(map[string][]Cell) // by model
	for _, c := range r.Cells {
		if c.Dataset == dataset && c.SubsetNumber == 0 && c.Error == "" {
			scored[c.Model] = append(scored[c.Model], c)
		}
	}
	warnings := make(map[string][]string)
	for model, cells := range scored {
		var all []string
		of := make(map[string][]string) // the metrics that warn so
		for _, c := range cells {
			for _, w := range results.Distinct(c.Warnings) {
				all = append(all, w)
				of[w] = append(of[w], r.Variants[c.Variant].Label)
			}
		}
		all = results.Distinct(all)
		for i, w := range all {
			if len(cells) == 1 || len(of[w]) < len(cells) {
				all[i] = strings.Join(of[w], ", ") + ": " + w
			}
		}
		warnings[model] = all
	}
	return warnings
}

// failures says what failed on a dataset. A metric of the panel that scores no model at
// all, such as a cross-validated one of few samples, has not failed: it is left out, and that
// is told.
func (r *Result) failures(dataset string, panel bool) []string {
	type column struct{ variant, subset int }
	scored := make(map[column]bool)
	for _, c := range r.Cells {
		if c.Dataset == dataset && c.Error == "" {
			scored[column{c.Variant, c.SubsetNumber}] = true
		}
	}
	var failed record.Tally
	leftOut := make(map[int]string) // why, by variant
	for _, c := range r.Cells {
		switch {
		case c.Dataset != dataset || c.Error == "":
		case panel && !scored[column{c.Variant, c.SubsetNumber}] && len(scored) > 0:
			leftOut[c.Variant] = c.Error
		default:
			failed.Add(c.Error, c.Model)
		}
	}
	for v := range r.Variants {
		why, ok := leftOut[v]
		if !ok {
			continue
		}
		where := dataset
		if scored[column{v, 0}] {
			where = "halves of " + dataset
		}
		r.Spec.tell("%s has no score on %s, and is left out there: %s", r.Variants[v].Label, where, why)
	}
	return failed.Lines()
}
