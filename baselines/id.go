package baselines

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"sfdalab/features"
	"sfdalab/metric"
)

// ID is minus the intrinsic dimension of the features: networks that compress more
// generalize better (Ansuini et al., "Intrinsic dimension of data representations
// in deep neural networks", NeurIPS 2019). No labels enter.
//
// The dimension is the TwoNN estimate of Facco et al. (2017): with μ_n the ratio of the
// distances of sample n to its second and first nearest neighbour, in ascending
// order, the slope through the origin of −log(1 − n/N) against log μ_n,
//
//	d = Σ_n log μ_n (−log(1 − n/N)) / Σ_n log² μ_n
//
// over all but the share Discard of samples with the largest ratios. Samples with
// an equal other are left out.
type ID struct {
	Discard metric.Optional[float64] `param:"discard" default:"0.1" range:"0:0.9" doc:"share of samples, those with the largest ratios, to leave out of the fit"`
}

// Info describes the metric.
func (ID) Info() metric.Info {
	return metric.Info{
		Name: "id", Title: "Intrinsic dimension", Version: 3,
		Paper: metric.Paper{Authors: "Facco et al.", Title: "Estimating the intrinsic dimension of datasets by a minimal neighborhood information", Venue: "Scientific Reports", Year: 2017},
		Cost:  metric.CostPairwise, Flipped: true, Targets: true,
	}
}

// Score returns minus the intrinsic dimension of s, at most 0. It needs at least 3 samples.
func (m ID) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	m, err := metric.Prepare(m, s)
	if err != nil {
		return metric.Score{}, err
	}
	if s.N() < 3 {
		return metric.Score{}, errors.New("two neighbours need at least 3 samples")
	}
	var logs []float64 // log μ
	for _, near := range features.Nearest(s.Features, 2) {
		if near[0].Square > 0 {
			logs = append(logs, math.Log(near[1].Square/near[0].Square)/2) // distances are squared
		}
	}
	if len(logs) == 0 {
		return metric.Score{}, errors.New("each sample is equal to another: the dimension is not defined")
	}
	slices.Sort(logs)
	var product, square float64
	n := len(logs)
	for i, x := range logs[:min(int(float64(n)*(1-m.Discard.Value())), n-1)] { // F(μ_N) is 1
		product -= x * math.Log1p(-float64(i+1)/float64(n))
		square += x * x
	}
	if square == 0 {
		return metric.Score{}, errors.New("no sample has two neighbours at different distances: the dimension is not defined")
	}
	score := metric.Score{Value: -product / square}
	if equal := s.N() - len(logs); equal > 0 {
		score.Warn(fmt.Errorf("%d of %d samples are equal to another and are left out", equal, s.N()))
	}
	return score, nil
}
