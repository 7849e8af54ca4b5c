package baselines

import (
	"context"
	"fmt"

	"sfdalab/features"
	"sfdalab/metric"
)

// KNN is the leave-one-out accuracy of a k-nearest-neighbour classifier with
// Euclidean distances, in percent: a metric that Bolya et al., "Scalable Diverse
// Model Selection for Accessible Transfer Learning" (NeurIPS 2021) find hard to
// beat.
//
// The majority of the k neighbours decides; of classes with equally many, the
// first, so that for k > 1 the order of classes matters. The released code counts
// a sample whose neighbours all differ in class as right in the share of
// neighbours that are. Of samples at the same distance the first is nearer; no
// sample is its own neighbour, even where others are equal to it.
//
// Of several labels for a sample, the neighbours vote on each, for or against; the score
// is the mean accuracy over labels, 100 less the Hamming loss in percent. Labels that all
// samples have, or none, are left out.
type KNN struct {
	K int `param:"k" default:"5" range:"1:" doc:"neighbours that vote"`
}

// Info describes the metric.
func (KNN) Info() metric.Info {
	return metric.Info{
		Name: "knn", Title: "k-NN", Version: 3,
		Paper: metric.Paper{Authors: "Bolya et al.", Title: "Scalable Diverse Model Selection for Accessible Transfer Learning", Venue: "NeurIPS", Year: 2021},
		Cost:  metric.CostPairwise,
	}
}

// Score returns the leave-one-out accuracy of s, in [0, 100]. K must be less than N.
func (m KNN) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	m, err := metric.Prepare(m, s)
	if err != nil {
		return metric.Score{}, err
	}
	if m.K >= s.N() {
		return metric.Score{}, fmt.Errorf("k is %d, but must be less than the number of samples, %d", m.K, s.N())
	}
	var right int
	votes := make([]int, s.C())
	for i, nearest := range features.Nearest(s.Features, m.K) {
		clear(votes)
		for _, near := range nearest {
			votes[s.Labels.Index[near.Index]]++
		}
		winner := 0
		for c, v := range votes {
			if v > votes[winner] {
				winner = c
			}
		}
		if winner == s.Labels.Index[i] {
			right++
		}
	}
	return metric.Score{Value: 100 * float64(right) / float64(s.N())}, nil
}
