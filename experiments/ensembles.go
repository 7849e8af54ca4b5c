package experiments

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"sfdalab/features"
	"sfdalab/features/files"
	"sfdalab/internal/fault"
	"sfdalab/internal/par"
	"sfdalab/metric"
	"sfdalab/results"
	"sfdalab/sfda"
)

// An EnsembleTrial holds the ensemble of K models that selection picks on a dataset
// against all others of that size. The accuracy of an ensemble is that of the mean
// of its fine-tuned models' softmax outputs on the test set.
type EnsembleTrial struct {
	Dataset string
	K       int
	Members []sfda.Member // all models, in the order of selection

	Chosen results.Standing // the first K members
	Top    results.Standing // the K models with the best SFDA scores

	Ensembles  int     // of K models
	Mean, Best float64 // accuracy over all of them, percent; the mean is chance
}

// Ensembles tries ensemble selection on each dataset of a spec, for each size, with
// r the weight of the SFDA score beside complementarity (see [sfda.Ensemble]). The
// spec must say where the fine-tuned models' outputs and the test labels are.
func Ensembles(ctx context.Context, spec *Spec, sizes []int, r float64) ([]EnsembleTrial, error) {
	if spec.Finetuned == "" || spec.TestLabels == "" {
		return nil, fmt.Errorf("%s: the true accuracy of ensembles needs the keys finetuned and test_labels", spec.Path)
	}
	inputs, err := spec.Inputs()
	if err != nil {
		return nil, err
	}
	var trials []EnsembleTrial
	for len(inputs) > 0 {
		dataset, end := inputs[0].Dataset, 1
		for end < len(inputs) && inputs[end].Dataset == dataset {
			end++
		}
		more, err := ensembleTrials(ctx, spec, inputs[:end], sizes, r)
		if err != nil {
			return nil, fmt.Errorf("ensembles on %s: %w", dataset, err)
		}
		trials, inputs = append(trials, more...), inputs[end:]
	}
	return trials, nil
}

// ensembleTrials tries the models of one dataset.
func ensembleTrials(ctx context.Context, spec *Spec, inputs []files.Paths, sizes []int, r float64) ([]EnsembleTrial, error) {
	candidates, classes, err := EnsembleCandidates(ctx, inputs)
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
	bySFDA := slices.Clone(members)
	slices.SortStableFunc(bySFDA, func(a, b sfda.Member) int { return cmp.Compare(b.SFDA, a.SFDA) })

	var trials []EnsembleTrial
	for _, k := range sizes {
		all, err := voting.Every(k)
		if err != nil {
			return nil, err
		}
		trials = append(trials, EnsembleTrial{
			Dataset:   inputs[0].Dataset,
			K:         k,
			Members:   members,
			Chosen:    results.Stand(accuracy(members[:k]), all),
			Top:       results.Stand(accuracy(bySFDA[:k]), all),
			Ensembles: len(all),
			Mean:      stat.Mean(all, nil),
			Best:      all[len(all)-1],
		})
	}
	return trials, nil
}

// mostCandidates is the number of models of best rank that an ensemble is chosen from.
const mostCandidates = 10

// chooseEnsemble returns the models of an ensemble of the given size, the first first: by
// their place in the ranking and by complementarity, among the models that rank best. As
// [sfda.Ensemble] wants scores up to 1, the place is the share of these models that are
// ranked no higher.
func chooseEnsemble(ctx context.Context, spec *Spec, r Ranking, size int) (models []string, err error) {
	defer fault.Catch(&err)
	if len(r.Models) < max(size, 2) {
		return nil, fmt.Errorf("%s ranked", results.Count(len(r.Models), "model"))
	}
	if err := par.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer par.Release(1)
	best := r.Models[:min(max(mostCandidates, size), len(r.Models))]
	scores := make([]float64, len(best))
	inputs := make([]files.Paths, len(best))
	for i, m := range best {
		inputs[i] = spec.input(m.Model, r.Dataset)
		inputs[i].Told = nil // the run has told how it is read
		for _, other := range best {
			if other.Rank >= m.Rank {
				scores[i] += 1 / float64(len(best))
			}
		}
	}
	candidates, _, err := fisherSpaces(inputs)
	if err != nil {
		return nil, err
	}
	for i := range candidates {
		candidates[i].Score = scores[i]
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

// EnsembleCandidates scores the models of one dataset by SFDA and projects them into
// their Fisher spaces, for [sfda.Ensemble] to choose among. It also returns the
// names of the classes.
func EnsembleCandidates(ctx context.Context, inputs []files.Paths) ([]sfda.Candidate, []string, error) {
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
	t := results.Table{
		Caption: fmt.Sprintf("Test accuracy, in percent, of ensembles chosen by SFDA and complementarity (r = %g), by SFDA alone, and by chance (the mean over all ensembles of as many models); and the share of all ensembles that the chosen ones beat, in percent.", r),
		Corner:  "dataset, models",
		Columns: []string{"chosen", "SFDA alone", "chance", "best", "chosen beats", "SFDA beats"},
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
		values := []float64{e.Chosen.Accuracy, e.Top.Accuracy, e.Mean, e.Best, 100 * e.Chosen.Beats, 100 * e.Top.Beats}
		floats.Add(sums, values)
		row(fmt.Sprintf("%s, %d", e.Dataset, e.K), values...)
	}
	if len(trials) > 1 {
		floats.Scale(1/n, sums)
		row("mean", sums...)
	}
	return t
}
