package baselines

import (
	"context"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"sfdalab/features"
	"sfdalab/metric"
)

// NLEEP is the metric of Li et al., "Ranking Neural Checkpoints" (CVPR 2021):
// LEEP with the components of a Gaussian mixture for source classes. The
// features are reduced to the fewest principal components that keep more than the share
// Variance of their variance, a mixture of C·Components normal distributions is fitted to
// these, and with P[n, z] the probability of component z
//
//	NLEEP = 1/N Σ_n log Σ_z P̂(y_n | z) P[n, z]
//
// and P̂(y | z) as in LEEP. The released code, and the default, leaves out the
// logarithm: the score is the mean probability of the true class. Log asks for the
// paper's formula.
//
// The mixture depends on its random start. The score is the mean over Repeats
// of them; detail "spread" is the standard deviation of one.
type NLEEP struct {
	Components int                      `param:"components" default:"5" range:"1:1000" doc:"mixture components for each class"`
	Variance   metric.Optional[float64] `param:"variance" default:"0.8" range:"0:1" doc:"share of the variance that the principal components keep"`
	Log        bool                     `param:"log" doc:"mean log-probability as in the paper, not mean probability"`
	Repeats    int                      `param:"repeats" default:"3" range:"1:1000" doc:"mixtures, from different random starts, to average over"`
	Seed       uint64                   `param:"seed" doc:"seed of the random starts"`
}

// Info describes the metric.
func (NLEEP) Info() metric.Info {
	return metric.Info{
		Name: "nleep", Title: "NLEEP", Version: 5,
		Paper: metric.Paper{Authors: "Li et al.", Title: "Ranking Neural Checkpoints", Venue: "CVPR", Year: 2021},
		Cost:  metric.CostIterative, Random: true,
	}
}

// Score returns the NLEEP of s, in [0, 1], or at most 0 with Log. Its details hold
// the number of principal "dimensions" and the mean number of EM "steps", and
// "spread" where there are repeats. It needs at least C·Components samples.
func (m NLEEP) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	m, err := metric.Prepare(m, s)
	if err != nil {
		return metric.Score{}, err
	}
	x, err := principalShare(s, m.Variance.Value())
	if err != nil {
		return metric.Score{}, err
	}
	values, steps := make([]float64, m.Repeats), 0
	for r := range values {
		p, taken, err := fitMixture(ctx, x, m.Components*s.C(), rand.New(rand.NewPCG(m.Seed, uint64(r))))
		if err != nil {
			return metric.Score{}, err
		}
		prediction := empiricalPrediction(p, s.Labels)
		if m.Log {
			for i, v := range prediction {
				prediction[i] = math.Log(v)
			}
		}
		values[r] = stat.Mean(prediction, nil)
		steps += taken
	}
	_, d := x.Dims()
	score := metric.Score{Value: stat.Mean(values, nil), Details: map[string]float64{
		"dimensions": float64(d),
		"steps":      float64(steps) / float64(m.Repeats),
	}}
	if m.Repeats > 1 {
		score.Details["spread"] = stat.StdDev(values, nil)
	}
	return score, nil
}

// principalShare returns the first principal components of the features that
// keep more than the given share of their variance, as scikit-learn's PCA does for
// a fraction.
func principalShare(s *features.Set, share float64) (*mat.Dense, error) {
	spectrum := s.Spectrum()
	cumulated := floats.CumSum(make([]float64, len(spectrum)), spectrum)
	sum := cumulated[len(cumulated)-1]
	if sum <= 0 {
		return nil, errConstant
	}
	k := 1
	for k < len(cumulated) && cumulated[k-1]/sum <= share {
		k++
	}
	return s.Principal(k).Projected, nil
}
