package baselines

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"sfdalab/features"
	"sfdalab/internal/par"
	"sfdalab/metric"
)

// A probe is a linear classifier that is trained on some samples and asked for
// the classes of others. This file holds what probes share: folds and
// cross-validation.

// trainer returns a classifier of the classes of s, trained on its samples.
type trainer func(ctx context.Context, s *features.Set) (discriminant, error)

// crossValidate returns the accuracy of a probe in percent: the samples are dealt
// to folds, and those of each are classified by a probe trained on all others.
// The details "lowest", "highest" and "deviation" are of the accuracies of single folds.
func crossValidate(ctx context.Context, s *features.Set, count int, seed uint64, train trainer) (metric.Score, error) {
	if count > s.N() {
		return metric.Score{}, fmt.Errorf("%d folds need at least as many samples, but there are %d: set fewer folds", count, s.N())
	}
	folds := s.Folds(dealFolds(s.Labels, count, seed), count)
	right, size, errs := make([]int, count), make([]int, count), make([]error, count)
	par.For(count, func(f int) {
		if errs[f] = ctx.Err(); errs[f] != nil {
			return
		}
		right[f], size[f], errs[f] = classifyFold(ctx, s, folds, f, train)
	})
	if err := cmp.Or(errs...); err != nil {
		return metric.Score{}, err
	}

	var total int
	accuracies := make([]float64, count)
	for f, k := range right {
		total += k
		accuracies[f] = 100 * float64(k) / float64(size[f])
	}
	score := metric.Score{
		Value:   100 * float64(total) / float64(s.N()),
		Details: map[string]float64{"lowest": floats.Min(accuracies), "highest": floats.Max(accuracies), "deviation": stat.StdDev(accuracies, nil)},
	}
	warnSingles(&score, s, "no probe can get it right")
	return score, nil
}

// classifyFold trains on all folds but f and returns how many samples of f are
// then classified rightly, and of how many. Of classes with the same δ the first
// is chosen, and one without a sample in the other folds never.
func classifyFold(ctx context.Context, s *features.Set, folds *features.Folds, f int, train trainer) (right, size int, err error) {
	held, left := folds.Held(f), s.Labels.Counts()
	for _, n := range held {
		left[s.Labels.Index[n]]--
	}
	if len(slices.DeleteFunc(left, func(samples int) bool { return samples == 0 })) < 2 {
		return 0, 0, fmt.Errorf("fold %d: only one class is left to train on: set fewer folds", f+1)
	}
	rest, err := folds.Without(f)
	if err != nil {
		return 0, 0, fmt.Errorf("fold %d: %w", f+1, err)
	}
	classifier, err := train(ctx, rest)
	if err != nil {
		return 0, 0, fmt.Errorf("fold %d: %w", f+1, err)
	}
	classes := s.Largest(held, classifier.weights, classifier.bias)
	for i, n := range held {
		if rest.Labels.Names[classes[i]] == s.Labels.Names[s.Labels.Index[n]] {
			right++
		}
	}
	return right, len(held), nil
}

// dealFolds returns the fold of each sample, in [0, count). Folds are stratified:
// the samples of a class are dealt to folds in turn, in an order drawn by the
// seed, and the next class goes on where the last one ended, so that folds and the
// classes in them differ by at most one sample.
//
// Folds depend on the labels and the seed alone: they are the same for all models
// of a dataset, so that differences between models are not those of their folds.
// Classes come in the order of their first sample; their names do not matter, the
// order of samples does.
func dealFolds(labels *features.Labels, count int, seed uint64) []int {
	random := rand.New(rand.NewPCG(seed, 0))
	classes := byClass(labels)
	slices.SortFunc(classes, func(a, b []int) int { return a[0] - b[0] })
	fold, next := make([]int, labels.N()), 0
	for _, samples := range classes {
		random.Shuffle(len(samples), func(i, j int) { samples[i], samples[j] = samples[j], samples[i] })
		for _, n := range samples {
			fold[n] = next % count
			next++
		}
	}
	return fold
}

// NCM is the cross-validated accuracy of a nearest-class-mean classifier with
// Euclidean distances, in percent. Folds are those of Logistic.
type NCM struct {
	Folds int    `param:"folds" default:"5" range:"2:" doc:"folds of the cross-validation"`
	Seed  uint64 `param:"seed" doc:"seed of the random folds"`
}

// Info describes the metric.
func (NCM) Info() metric.Info {
	return metric.Info{
		Name: "ncm", Title: "Nearest class mean", Version: 3,
		Paper: metric.Paper{Authors: "Mensink et al.", Title: "Distance-Based Image Classification: Generalizing to New Classes at Near-Zero Cost", Venue: "TPAMI", Year: 2013},
		Cost:  metric.CostLinear, Random: true,
	}
}

// Score returns the cross-validated accuracy of s, in [0, 100]; see Logistic.Score.
func (m NCM) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	m, err := metric.Prepare(m, s)
	if err != nil {
		return metric.Score{}, err
	}
	return crossValidate(ctx, s, m.Folds, m.Seed, nearestMean)
}

// nearestMean has the same order of classes as −½‖x − μ_c‖². It works with
// features less their mean, so that a common offset costs no digits.
func nearestMean(_ context.Context, s *features.Set) (discriminant, error) {
	means, centre := mat.DenseCopyOf(s.Classes().Means), s.Mean()
	subtractRow(means, centre)
	bias := make([]float64, s.C())
	for k := range bias {
		mu := means.RawRowView(k)
		bias[k] = -floats.Dot(mu, mu)/2 - floats.Dot(centre, mu)
	}
	return discriminant{means.T(), bias}, nil
}
