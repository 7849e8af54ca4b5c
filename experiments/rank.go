package experiments

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"

	"sfdalab/features/files"
	"sfdalab/internal/fault"
	"sfdalab/internal/par"
	"sfdalab/results"
	"sfdalab/results/hubs"
	"sfdalab/results/record"
	"sfdalab/sfda"
)

// A Ranking is the models of one dataset, best first.
type Ranking struct {
	Dataset string   `json:"dataset"`
	Metrics []string `json:"metrics"` // titles
	Models  []Ranked `json:"models"`

	Subsets int `json:"subsets"` // random subsets of the samples, that ranges of ranks are from
	Middle  int `json:"middle"`  // of these, how many a range covers: all but the lowest and highest 5 %

	// Prior is what ranks models besides the metrics, without a look at their features, and
	// its weight, of 1 that it has together with the metrics; "" for nothing.
	Prior       string  `json:"prior,omitempty"`
	PriorFrom   string  `json:"prior_from,omitempty"`
	PriorWeight float64 `json:"prior_weight,omitempty"`

	// Agreement is the mean weighted τ of all pairs of metrics; nil where there is none.
	Agreement *float64 `json:"agreement"`

	// Candidates are the models that may be the best, as far as the samples can tell: those
	// whose range of ranks reaches that of the first; all where CannotTell has a reason.
	Candidates []string `json:"candidates"`
	CannotTell string   `json:"cannot_tell,omitempty"`

	Ensemble []string `json:"ensemble,omitempty"` // models to combine
	Notes    []string `json:"notes,omitempty"`    // what failed, and why there is no ensemble
}

// Ranked is a model in a ranking. Models of equal value share a rank, and the next one has
// as many more as they are.
type Ranked struct {
	Rank     int      `json:"rank"`
	Model    string   `json:"model"`
	Value    float64  `json:"value"` // mean standard rank, higher is better
	By       []Place  `json:"by"`    // each metric
	Prior    int      `json:"prior"` // its rank by the prior; 0 where that is silent
	Lo       int      `json:"lo"`    // range of its ranks in the subsets; 0 without any
	Hi       int      `json:"hi"`
	Warnings []string `json:"warnings,omitempty"`
}

// A Place is where one metric has a model.
type Place struct {
	Rank  int     `json:"rank"` // 0 where the metric failed
	Score float64 `json:"score"`
}

// RankOptions say how models are ranked. The zero value ranks them by the metrics alone.
type RankOptions struct {
	Options
	Ensemble int // models of an ensemble that is chosen among the best; none when 0

	// History are accuracies of the same models on other datasets, and Facts is what is
	// known of them beforehand: see [hubs.Prior].
	History []*results.Truth
	Facts   results.Facts
}

// Rank runs a spec and ranks the models of each dataset by the consensus of its metrics,
// each with the same weight, and of what is known of the models beforehand. Ranges of
// ranks follow from the subsets that the spec asks for.
func Rank(ctx context.Context, spec *Spec, o RankOptions) ([]Ranking, error) {
	if err := spec.findFiles(); err != nil {
		return nil, err
	}
	result, err := Run(ctx, spec, o.Options)
	if err != nil {
		return nil, err
	}
	if len(result.Variants) == 0 { // each needs what the spec does not name
		return nil, errors.New(strings.Join(result.Warnings, "; "))
	}
	var rankings []Ranking
	for i, c := range result.Cells {
		if i > 0 && c.Dataset == result.Cells[i-1].Dataset {
			continue
		}
		r := result.rank(c.Dataset, o)
		r.Notes = append(r.Notes, result.Warnings...)
		r.judge(result, spec)
		if o.Ensemble > 0 {
			var err error
			if r.Ensemble, err = chooseEnsemble(ctx, spec, r, o.Ensemble); ctx.Err() != nil {
				return nil, ctx.Err()
			} else if err != nil {
				r.Notes = append(r.Notes, "no ensemble: "+err.Error())
			}
		}
		rankings = append(rankings, r)
	}
	return rankings, nil
}

// findFiles reports labels that do not exist once, and not for each model.
func (s *Spec) findFiles() error {
	quiet := *s
	quiet.Told = nil // the run tells
	inputs, err := quiet.Inputs()
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, in := range inputs {
		if seen[in.Labels] {
			continue
		}
		seen[in.Labels] = true
		if _, _, err := files.ReadLabels(in.Labels, in.Reading); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("labels: %w", err)
		}
	}
	return nil
}

// rank ranks the models of a dataset.
func (r *Result) rank(dataset string, o RankOptions) Ranking {
	ranking := Ranking{Dataset: dataset, Subsets: r.Spec.Subsets.Total()}
	var names []string
	for _, v := range r.Variants {
		ranking.Metrics = append(ranking.Metrics, v.Label)
		names = append(names, v.Name)
	}
	scores := r.scores(dataset)
	models, agreed := scores[0].models, hubs.MetricsAgreement(names)
	prior := ranking.know(models, agreed, o)
	values := hubs.Together(scores[0].by, agreed, prior)
	for i, rank := range competitionRanks(values) {
		if rank == 0 {
			continue
		}
		ranked := Ranked{Rank: rank, Model: models[i], Value: values[i], By: make([]Place, len(r.Variants))}
		for v, of := range scores[0].by {
			if !math.IsNaN(of[i]) {
				ranked.By[v] = Place{competitionRanks(of)[i], of[i]}
			}
		}
		if prior != nil {
			ranked.Prior = competitionRanks(prior.Values)[i]
		}
		ranked.Warnings = r.warnings(dataset, ranked.Model)
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
	slices.SortStableFunc(ranking.Models, func(a, b Ranked) int { return cmp.Compare(a.Rank, b.Rank) })
	ranking.Agreement = agreement(scores[0].by)
	ranking.Notes = r.failures(dataset)
	return ranking
}

// A scoreSheet is the scores of a dataset's models on all samples or on a subset.
type scoreSheet struct {
	models []string
	by     [][]float64 // variant, model; NaN where it failed
}

// scores returns the scores of a dataset on all samples, then on each subset.
func (r *Result) scores(dataset string) []scoreSheet {
	var models []string
	for _, c := range r.Cells {
		if c.Dataset == dataset && !slices.Contains(models, c.Model) {
			models = append(models, c.Model)
		}
	}
	sheets := make([]scoreSheet, r.Spec.Subsets.Total()+1)
	for i := range sheets {
		sheets[i] = scoreSheet{models, make([][]float64, len(r.Variants))}
		for v := range r.Variants {
			sheets[i].by[v] = slices.Repeat([]float64{math.NaN()}, len(models))
		}
	}
	for _, c := range r.Cells {
		if c.Dataset == dataset && c.Error == "" {
			sheets[c.SubsetNumber].by[c.Variant][slices.Index(models, c.Model)] = c.Score
		}
	}
	return sheets
}

// know returns what is known of the models beforehand, and notes it; nil for nothing. The
// metrics count with what they agreed.
func (r *Ranking) know(models []string, agreed float64, o RankOptions) *hubs.Vote {
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
	ranks := make([]int, len(values))
	for i, v := range values {
		if math.IsNaN(v) {
			continue
		}
		ranks[i] = 1
		for _, other := range values {
			if other > v {
				ranks[i]++
			}
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

// warnings returns those of a model's scores on all samples: each once, with the metrics
// that have it, but those that are of the model's files and so of all metrics.
func (r *Result) warnings(dataset, model string) []string {
	var all []string
	of := make(map[string][]string) // the metrics that warn so
	cells := 0
	for _, c := range r.Cells {
		if c.Dataset != dataset || c.Model != model || c.SubsetNumber != 0 || c.Error != "" {
			continue
		}
		cells++
		for _, w := range distinct(c.Warnings) {
			all = append(all, w)
			of[w] = append(of[w], r.Variants[c.Variant].Label)
		}
	}
	all = distinct(all)
	for i, w := range all {
		if cells == 1 || len(of[w]) < cells {
			all[i] = strings.Join(of[w], ", ") + ": " + w
		}
	}
	return all
}

// failures returns a line for each reason why scores are missing, with the models.
func (r *Result) failures(dataset string) []string {
	var failed record.Tally
	for _, c := range r.Cells {
		if c.Dataset == dataset && c.Error != "" {
			failed.Add(c.Error, c.Model)
		}
	}
	return failed.Lines()
}

// mostCandidates is the number of models of best rank that an ensemble is chosen from.
const mostCandidates = 10

// chooseEnsemble returns the models of an ensemble of the given size, the first first:
// by SFDA's score and complementarity, whatever the ranking is by, among the models that
// rank best.
func chooseEnsemble(ctx context.Context, spec *Spec, r Ranking, size int) (models []string, err error) {
	defer fault.Catch(&err)
	if len(r.Models) < max(size, 2) {
		return nil, fmt.Errorf("%d models are ranked", len(r.Models))
	}
	if err := par.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer par.Release(1)
	var inputs []files.Paths
	for _, m := range r.Models[:min(max(mostCandidates, size), len(r.Models))] {
		inputs = append(inputs, spec.input(m.Model, r.Dataset))
	}
	candidates, _, err := EnsembleCandidates(ctx, inputs)
	if err != nil {
		return nil, err
	}
	members, err := sfda.Ensemble(candidates, 0.5)
	if err != nil {
		return nil, err
	}
	for _, m := range members[:min(size, len(members))] {
		models = append(models, m.Model)
	}
	return models, nil
}
