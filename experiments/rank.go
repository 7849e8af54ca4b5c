package experiments

import (
	"cmp"
	"context"
	"slices"

	"sfdalab/features/files"
	"sfdalab/internal/fault"
	"sfdalab/internal/par"
	"sfdalab/results/record"
	"sfdalab/sfda"
)

// A Ranking is the models of one dataset, best first.
type Ranking struct {
	Dataset  string   `json:"dataset"`
	Metric   string   `json:"metric"`
	Subsets  int      `json:"subsets"` // of the samples, that intervals are from
	Models   []Ranked `json:"models"`
	Ensemble []string `json:"ensemble,omitempty"` // models to combine
	Notes    []string `json:"notes,omitempty"`    // what failed, and why there is no ensemble
}

// Ranked is a model in a ranking.
type Ranked struct {
	Rank     int      `json:"rank"`
	Model    string   `json:"model"`
	Score    float64  `json:"score"`
	Lo       int      `json:"lo"`    // its rank in 90 % of the subsets is from Lo
	Hi       int      `json:"hi"`    // to Hi
	First    float64  `json:"first"` // share of the subsets in which it is the best
	Warnings []string `json:"warnings,omitempty"`
}

// Rank runs a spec of one metric and ranks the models of each dataset. How sure a
// rank is follows from the subsets that the spec asks for. An ensemble of
// the given size is chosen among the best models; none when the size is 0.
func Rank(ctx context.Context, spec *Spec, ensemble int, o Options) ([]Ranking, error) {
	result, err := Run(ctx, spec, o)
	if err != nil {
		return nil, err
	}
	var rankings []Ranking
	for i, c := range result.Cells {
		if i > 0 && c.Dataset == result.Cells[i-1].Dataset {
			continue
		}
		r := result.rank(c.Dataset)
		if ensemble > 0 {
			var err error
			if r.Ensemble, err = chooseEnsemble(ctx, spec, r, ensemble); ctx.Err() != nil {
				return nil, ctx.Err()
			} else if err != nil {
				r.Notes = append(r.Notes, "no ensemble: "+err.Error())
			}
		}
		rankings = append(rankings, r)
	}
	return rankings, nil
}

// rank ranks the models of a dataset.
func (r *Result) rank(dataset string) Ranking {
	ranking := Ranking{Dataset: dataset, Metric: r.Variants[0].Label, Subsets: r.Spec.Subsets.Total()}
	scores := make([][]Cell, ranking.Subsets+1) // by subset
	var failed record.Tally
	for _, c := range r.Cells {
		switch {
		case c.Dataset != dataset:
		case c.Error != "":
			failed.Add(c.Error, c.Model)
		default:
			scores[c.SubsetNumber] = append(scores[c.SubsetNumber], c)
		}
	}
	ranking.Notes = failed.Lines()
	ranks := make(map[string][]int) // of each model in the subsets
	for subset, cells := range scores {
		slices.SortStableFunc(cells, func(a, b Cell) int { return cmp.Compare(b.Score, a.Score) })
		for i, c := range cells {
			if subset == 0 {
				ranking.Models = append(ranking.Models, Ranked{Rank: i + 1, Model: c.Model, Score: c.Score, Warnings: c.Warnings})
			} else {
				ranks[c.Model] = append(ranks[c.Model], i+1)
			}
		}
	}
	for i := range ranking.Models {
		ranking.Models[i].spread(ranks[ranking.Models[i].Model])
	}
	return ranking
}

// spread sets what the ranks in subsets tell; without any, a rank is taken as sure.
func (m *Ranked) spread(ranks []int) {
	if len(ranks) == 0 {
		ranks = []int{m.Rank}
	}
	slices.Sort(ranks)
	tail := len(ranks) / 20
	m.Lo, m.Hi = ranks[tail], ranks[len(ranks)-1-tail]
	first := 0
	for first < len(ranks) && ranks[first] == 1 {
		first++
	}
	m.First = float64(first) / float64(len(ranks))
}

// mostCandidates is the number of models of best score that an ensemble is chosen from.
const mostCandidates = 10

// chooseEnsemble returns the models of an ensemble of the given size, the first first.
func chooseEnsemble(ctx context.Context, spec *Spec, r Ranking, size int) (models []string, err error) {
	defer fault.Catch(&err)
	if err := par.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer par.Release(1)
	var inputs []files.Paths
	for _, m := range r.Models[:min(mostCandidates, len(r.Models))] {
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
