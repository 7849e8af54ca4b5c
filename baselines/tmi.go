package baselines

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"

	"sfdalab/features"
	"sfdalab/internal/par"
	"sfdalab/metric"
)

// TMI is the transferability of Xu and Kang, "Fast and Accurate Transferability
// Measurement by Evaluating Intra-class Feature Variance" (ICCV 2023): how widely the
// samples of a class are spread, as the entropy of the features given the class. With
// the estimate of Kozachenko and Leonenko from the distance ε_n of a sample to its K-th
// nearest neighbour within its class, in the maximum norm,
//
//	h_c = ψ(n_c) − ψ(K) + D/n_c Σ_{n: y_n = c} log 2 ε_n
//	TMI = 1/C Σ_c π_c h_c
//
// As in the released code (snudatalab/TMI), distances below Least = 1 count as that;
// the entropy of a class of one sample is 0; classes of 2 to K samples are left out, of
// the average too; and the sum is divided by the number of classes although the shares
// π_c weigh them already.
type TMI struct {
	K     int     `param:"k" default:"3" range:"1:" doc:"which nearest neighbour within the class: 1 is the nearest"`
	Least float64 `param:"least" default:"1" range:"1e-300:" doc:"lower bound of the distances"`
}

// Info describes the metric.
func (TMI) Info() metric.Info {
	return metric.Info{
		Name: "tmi", Title: "TMI", Version: 1,
		Paper: metric.Paper{Authors: "Xu and Kang", Title: "Fast and Accurate Transferability Measurement by Evaluating Intra-class Feature Variance", Venue: "ICCV", Year: 2023},
		Cost:  metric.CostPairwise,
	}
}

// Score returns the TMI of s, in nats: any number. The detail "floored" is the share of
// distances that count as Least, in [0, 1]. It is an error when no class has more than K
// samples.
func (m TMI) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	m, err := metric.Prepare(m, s)
	if err != nil {
		return metric.Score{}, err
	}
	var sum, counted, floored, distances float64
	for _, samples := range byClass(s.Labels) {
		n := float64(len(samples))
		switch {
		case len(samples) == 1:
			counted++
		case len(samples) > m.K:
			x := gather(s.Features, samples)
			nearest := make([]float64, len(samples))
			par.For(len(samples), func(i int) { nearest[i] = chebyshevNeighbour(x.RawMatrix().Data, s.D(), i, m.K) })
			var logs float64
			for _, d := range nearest {
				if d < m.Least {
					d = m.Least
					floored++
				}
				logs += math.Log(2 * d)
			}
			entropy := mathext.Digamma(n) - mathext.Digamma(float64(m.K)) + float64(s.D())/n*logs
			sum += n / float64(s.N()) * entropy
			counted++
			distances += n
		}
	}
	if distances == 0 {
		return metric.Score{}, fmt.Errorf("no class has more than %d samples: set a smaller k", m.K)
	}
	score := metric.Score{Value: sum / counted, Details: map[string]float64{"floored": floored / distances}}
	if floored == distances {
		score.Warn(errors.New("all distances are below the parameter least, so the score depends on the labels alone: set a smaller least"))
	}
	if left := s.C() - int(counted); left > 0 {
		score.Warn(fmt.Errorf("%d of %d classes have too few samples and are left out", left, s.C()))
	}
	return score, nil
}

// chebyshevNeighbour returns the distance in the maximum norm of row i of x (rows of d
// numbers) to the k-th nearest of the others.
func chebyshevNeighbour(x []float64, d, i, k int) float64 {
	least := make([]float64, 0, k+1) // the k least distances so far, ascending
	own := x[i*d : (i+1)*d]
	for j := 0; j*d < len(x); j++ {
		if j == i {
			continue
		}
		limit := math.Inf(1)
		if len(least) == k {
			limit = least[k-1]
		}
		var distance float64
		for t, v := range x[j*d : (j+1)*d] {
			if distance = max(distance, math.Abs(v-own[t])); distance >= limit {
				break
			}
		}
		if distance < limit {
			least = append(least, distance)
			for t := len(least) - 1; t > 0 && least[t-1] > least[t]; t-- {
				least[t-1], least[t] = least[t], least[t-1]
			}
			least = least[:min(len(least), k)]
		}
	}
	return least[k-1]
}
