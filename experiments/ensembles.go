package experiments

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"sfdalab/features"
	"sfdalab/features/files"
	"sfdalab/internal/fault"
	"sfdalab/internal/par"
	"sfdalab/metric"
	"sfdalab/results"
	"sfdalab/results/record"
	"sfdalab/sfda"
)

// An EnsembleTrial holds the ensemble of K models that selection picks on a dataset
// against all others of that size. The accuracy of an ensemble is that of the mean
// of its fine-tuned models' softmax outputs on the test set.
type EnsembleTrial struct {
	Dataset string
	By      string // what scores the models: "SFDA", or the titles of metrics
	K       int
	Members []sfda.Member // all models, in the order of selection

	Chosen results.Standing // the first K members
	Top    results.Standing // the K models with the best scores

	Ensembles  int     // of K models
	Mean, Best float64 // accuracy over all of them, percent; the mean is chance
	Alone      float64 // accuracy of the best model alone, percent
}

// Ensembles tries ensemble selection on each dataset of a spec, for each size, with
// r the weight of the SFDA score beside complementarity (see [sfda.Ensemble]). The
// spec must say where the fine-tuned models' outputs and the test labels are.
func Ensembles(ctx context.Context, spec *Spec, sizes []int, r float64) ([]EnsembleTrial, error) {
	return EnsemblesBy(ctx, spec, nil, sizes, r)
}

// EnsemblesBy is Ensembles with the place of a model in the consensus of metrics instead of
// its SFDA score, as rankings choose their ensembles; SFDA where no metric is named.
func EnsemblesBy(ctx context.Context, spec *Spec, metrics []string, sizes []int, r float64) ([]EnsembleTrial, error) {
	if spec.Finetuned == "" || spec.TestLabels == "" {
		return nil, fmt.Errorf("%s: the true accuracy of ensembles needs the keys finetuned and test_labels", spec.Path)
	}
	for i, k := range sizes {
		if slices.Contains(sizes[:i], k) { // the mean would count them twice
			return nil, fmt.Errorf("ensembles of %d models are asked for twice", k)
		}
	}
	inputs, err := spec.Inputs()
	if err != nil {
		return nil, err
	}
	var scored *Result
	if metrics != nil {
		by := *spec
		by.Metrics, by.Subsets, by.Truth, by.Told = nil, Subsets{}, "", nil
		for _, name := range metrics {
			by.Metrics = append(by.Metrics, Entry{Metric: name})
		}
		if scored, err = Run(ctx, &by, Options{}); err != nil {
			return nil, err
		}
	}
	var trials []EnsembleTrial
	for len(inputs) > 0 {
		dataset, end := inputs[0].Dataset, 1
		for end < len(inputs) && inputs[end].Dataset == dataset {
			end++
		}
		more, err := ensembleTrials(ctx, spec, scored, inputs[:end], sizes, r)
		if err != nil {
			return nil, fmt.Errorf("ensembles on %s: %w", dataset, err)
		}
		trials, inputs = append(trials, more...), inputs[end:]
	}
	return trials, nil
}

// ensembleTrials tries the models of one dataset: by what metrics scored or, where that is
// nil, by SFDA.
func ensembleTrials(ctx context.Context, spec *Spec, scored *Result, inputs []files.Paths, sizes []int, r float64) ([]EnsembleTrial, error) {
	by, candidates, classes, err := candidatesBy(ctx, scored, inputs)
	if err != nil {
		return nil, err
	}
	members, err := sfda.Ensemble(candidates, r)
	if err != nil {
		return nil, err
	}
	voting, err := spec.voting(inputs, classes)
	if err != nil {
		return nil, err
	}
	index := make(map[string]int)
	for i, in := range inputs {
		index[in.Model] = i
	}
	accuracy := func(members []sfda.Member) float64 {
		ensemble := make([]int, len(members))
		for i, m := range members {
			ensemble[i] = index[m.Model]
		}
		return voting.Accuracy(ensemble)
	}
	byScore := slices.Clone(members)
	slices.SortStableFunc(byScore, func(a, b sfda.Member) int { return cmp.Compare(b.SFDA, a.SFDA) })

	var trials []EnsembleTrial
	alone, err := voting.Every(1)
	if err != nil {
		return nil, err
	}
	for _, k := range sizes {
		all, err := voting.Every(k)
		if err != nil {
			return nil, err
		}
		trials = append(trials, EnsembleTrial{
			Dataset:   inputs[0].Dataset,
			By:        by,
			K:         k,
			Members:   members,
			Chosen:    results.Stand(accuracy(members[:k]), all),
			Top:       results.Stand(accuracy(byScore[:k]), all),
			Ensembles: len(all),
			Mean:      stat.Mean(all, nil),
			Best:      all[len(all)-1],
			Alone:     alone[len(alone)-1],
		})
	}
	return trials, nil
}

// candidatesBy returns the models of one dataset with their places by what metrics scored or,
// where that is nil, with their SFDA scores; and what scores them and the names of the
// classes.
func candidatesBy(ctx context.Context, scored *Result, inputs []files.Paths) (by string, candidates []sfda.Candidate, classes []string, err error) {
	if scored == nil {
		candidates, classes, err = sfdaCandidates(ctx, inputs)
		return "SFDA", candidates, classes, err
	}
	ranking := scored.rank(inputs[0].Dataset, RankOptions{})
	candidates, classes, err = placed(ranking.Models, inputs)
	return strings.Join(ranking.Metrics, ", "), candidates, classes, err
}

// mostCandidates is the number of models of best rank that an ensemble is chosen from.
const mostCandidates = 10

// chooseEnsemble returns the models of an ensemble of the given size, the first first: by
// their place in the ranking and by complementarity, among the models that rank best.
func (r *Result) chooseEnsemble(ctx context.Context, ranking Ranking, size int) (models []string, err error) {
	defer fault.Catch(&err)
	if len(ranking.Models) < max(size, 2) {
		return nil, fmt.Errorf("%s cannot make one of %d", results.Count(len(ranking.Models), "model"), max(size, 2))
	}
	if err := par.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer par.Release(1)
	best := ranking.Models[:min(max(mostCandidates, size), len(ranking.Models))]
	inputs := make([]files.Paths, len(best))
	for i, m := range best {
		inputs[i] = r.inputs[pair{m.Model, ranking.Dataset}]
		inputs[i].Told = nil // the run has told how it is read
	}
	candidates, _, err := placed(best, inputs)
	if err != nil {
		return nil, err
	}
	members, err := sfda.Ensemble(candidates, 0.5)
	if err != nil {
		return nil, err
	}
	for _, m := range members[:size] {
		models = append(models, m.Model)
	}
	return models, nil
}

// placed projects the models of one dataset into their Fisher spaces, and scores them by
// their ranks. As [sfda.Ensemble] wants scores up to 1, a model's is the share of those that
// are ranked no higher. A model without a rank is an error.
func placed(ranked []record.Ranked, inputs []files.Paths) ([]sfda.Candidate, []string, error) {
	candidates, classes, err := fisherSpaces(inputs)
	if err != nil {
		return nil, nil, err
	}
	for i, in := range inputs {
		at := slices.IndexFunc(ranked, func(m record.Ranked) bool { return m.Model == in.Model })
		if at < 0 {
			return nil, nil, fmt.Errorf("%s has no score", in.Model)
		}
		for _, other := range ranked {
			if other.Rank >= ranked[at].Rank {
				candidates[i].Score += 1 / float64(len(ranked))
			}
		}
	}
	return candidates, classes, nil
}

// sfdaCandidates scores the models of one dataset by SFDA and projects them into
// their Fisher spaces, for [sfda.Ensemble] to choose among. It also returns the
// names of the classes.
func sfdaCandidates(ctx context.Context, inputs []files.Paths) ([]sfda.Candidate, []string, error) {
	candidates, classes, err := fisherSpaces(inputs)
	if err != nil {
		return nil, nil, err
	}
	errs := make([]error, len(inputs))
	par.For(len(inputs), func(i int) { candidates[i].Score, errs[i] = sfdaScore(ctx, inputs[i]) })
	return candidates, classes, errors.Join(errs...)
}

func sfdaScore(ctx context.Context, in files.Paths) (float64, error) {
	set, err := files.Open(in)
	if err != nil {
		return 0, err
	}
	defer set.Close()
	score, err := sfda.SFDA{}.Score(ctx, set)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", in.Features, err)
	}
	return score.Value, nil
}

// fisherSpaces projects the models of one dataset into their Fisher spaces. It also returns
// the names of the classes.
func fisherSpaces(inputs []files.Paths) ([]sfda.Candidate, []string, error) {
	candidates := make([]sfda.Candidate, len(inputs))
	names, errs := make([][]string, len(inputs)), make([]error, len(inputs))
	par.For(len(inputs), func(i int) {
		candidates[i], names[i], errs[i] = fisherSpace(inputs[i])
	})
	for i := range inputs {
		if errs[i] == nil && !slices.Equal(names[i], names[0]) {
			errs[i] = fmt.Errorf("%s: the classes are not those of %s", inputs[i].Labels, inputs[0].Labels)
		}
	}
	return candidates, names[0], errors.Join(errs...)
}

func fisherSpace(in files.Paths) (sfda.Candidate, []string, error) {
	set, err := files.Open(in)
	if err != nil {
		return sfda.Candidate{}, nil, err
	}
	defer set.Close()
	plain := sfda.SFDA{Rounds: metric.Given(0)}
	projection, err := plain.Project(set)
	if err != nil {
		return sfda.Candidate{}, nil, fmt.Errorf("%s: %w", in.Features, err)
	}
	return sfda.Candidate{Model: in.Model, Fisher: projection.Samples}, set.Labels.Names, nil
}

// voting reads the fine-tuned models' outputs and the test labels of the dataset
// that inputs are of. Output c is that of the c-th of the classes.
func (s *Spec) voting(inputs []files.Paths, classes []string) (*results.Voting, error) {
	logits := make([]*mat.Dense, len(inputs))
	for i, in := range inputs {
		rows, _, err := files.ReadRows(s.fill(s.Finetuned, in.Model, in.Dataset))
		if err != nil {
			return nil, err
		}
		logits[i] = features.Matrix(rows)
	}
	path := s.fill(s.TestLabels, "", inputs[0].Dataset)
	labels, _, err := files.ReadLabels(path, s.reading(files.Paths{}).Reading)
	if err != nil {
		return nil, err
	}
	position := make([]int, labels.C())
	for c, name := range labels.Names {
		if position[c] = slices.Index(classes, name); position[c] < 0 {
			return nil, fmt.Errorf("%s: class %s is not among the classes of %s", path, name, inputs[0].Labels)
		}
	}
	test := make([]int, labels.N())
	for n, c := range labels.Index {
		test[n] = position[c]
	}
	return results.NewVoting(logits, test)
}

// EnsembleTable makes a table of trials: the accuracy of the chosen ensembles and of
// the rivals, and how large a share of all ensembles of their size they beat.
func EnsembleTable(trials []EnsembleTrial, r float64) results.Table {
	by, short := "SFDA", "SFDA"
	if len(trials) > 0 && trials[0].By != by {
		by, short = trials[0].By, "scores"
	}
	t := results.Table{
		Caption: fmt.Sprintf("Test accuracy, in percent, of ensembles chosen by %s and complementarity (r = %g), by %s alone, and by chance (the mean over all ensembles of as many models), of the best of all ensembles and of the best model by itself; and the share of all ensembles that the chosen ones beat, in percent.", by, r, by),
		Corner:  "dataset, models",
		Columns: []string{"chosen", short + " alone", "chance", "best", "best model", "chosen beats", short + " beats"},
		Digits:  1,
	}
	row := func(label string, values ...float64) {
		cells := make([]results.Cell, len(values))
		for i, v := range values {
			cells[i] = results.Cell{Value: v, Unranked: true}
		}
		t.Rows = append(t.Rows, results.TableRow{Label: label, Cells: cells})
	}
	sums, n := make([]float64, len(t.Columns)), float64(len(trials))
	for _, e := range trials {
		values := []float64{e.Chosen.Accuracy, e.Top.Accuracy, e.Mean, e.Best, e.Alone, 100 * e.Chosen.Beats, 100 * e.Top.Beats}
		floats.Add(sums, values)
		row(fmt.Sprintf("%s, %d", e.Dataset, e.K), values...)
		switch {
		case e.K > 1 && e.Best <= e.Alone:
			t.Notes = append(t.Notes, fmt.Sprintf("on %s no ensemble of %d is better than the best model by itself", e.Dataset, e.K))
		case e.Chosen.Accuracy < e.Mean:
			t.Notes = append(t.Notes, fmt.Sprintf("on %s chance is better than the chosen %d", e.Dataset, e.K))
		}
	}
	if len(trials) > 1 {
		floats.Scale(1/n, sums)
		row("mean", sums...)
	}
	return t
}
