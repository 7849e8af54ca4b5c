package baselines

import (
	"context"
	"errors"
	"fmt"
	"math"

	"sfdalab/features"
	"sfdalab/metric"
)

// RSA is the representation similarity of Dwivedi and Roig, "Representation
// Similarity Analysis for Efficient Task Taxonomy & Transfer Learning" (CVPR
// 2019), to a second feature set such as that of a network trained on the
// target task: Spearman's correlation, times 100, over all pairs of samples i < j,
// of the dissimilarities 1 − corr(x_i, x_j) in the two sets, with features
// standardised first (as in dbolya/parc).
//
// All pairs are ranked in memory: 20 bytes each, for at most 8192 samples.
type RSA struct{}

// Info describes the metric.
func (RSA) Info() metric.Info {
	return metric.Info{
		Name: "rsa", Title: "RSA", Version: 1,
		Paper: metric.Paper{Authors: "Dwivedi and Roig", Title: "Representation Similarity Analysis for Efficient Task Taxonomy & Transfer Learning", Venue: "CVPR", Year: 2019},
		Needs: metric.Second, Cost: metric.CostPairwise, Targets: true,
	}
}

// Score returns the RSA of s, in [−100, 100]. It is an error for more than 8192 samples, and
// when all pairs of samples are equally dissimilar.
func (m RSA) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	if _, err := metric.Prepare(m, s); err != nil {
		return metric.Score{}, err
	}
	pairs := s.N() * (s.N() - 1) / 2
	if pairs > maxPairs {
		return metric.Score{}, fmt.Errorf("%d samples have too many pairs to rank: take a subset of at most 8192", s.N())
	}
	ranks := make([]int32, pairs) // twice, less those of the middle
	number := func(i, j int) uint32 { return uint32(pairNumber(i, j, s.N())) }
	var loss [2]float64
	var covariance float64
	loss[0] = eachRank(standardise(s.Features, true), number, func(twice int, run []uint64) {
		for _, word := range run {
			ranks[idOf(word)] = int32(twice - pairs - 1)
		}
	})
	loss[1] = eachRank(standardise(s.Second, true), number, func(twice int, run []uint64) {
		for _, word := range run {
			covariance += float64(twice-pairs-1) / 2 * float64(ranks[idOf(word)]) / 2
		}
	})

	cube := tieLoss(pairs)
	if max(loss[0], loss[1]) >= cube {
		return metric.Score{}, errors.New("all pairs of samples are equally dissimilar: they cannot be ranked")
	}
	return metric.Score{Value: 100 * 12 * covariance / math.Sqrt((cube-loss[0])*(cube-loss[1]))}, nil
}
