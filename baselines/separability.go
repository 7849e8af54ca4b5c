package baselines

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/metric"
)

// The textbook measures of how well classes are set apart.

// FisherRatio is the ratio of the variance between classes to that within them,
// after Fisher, "The Use of Multiple Measurements in Taxonomic Problems" (1936):
//
//	F = Σ_c n_c ‖μ_c − μ‖² / Σ_n ‖x_n − μ_{y_n}‖²
type FisherRatio struct{}

// Info describes the metric.
func (FisherRatio) Info() metric.Info {
	return metric.Info{
		Name: "fisher-ratio", Title: "Fisher ratio", Version: 4,
		Paper: metric.Paper{Authors: "Fisher", Title: "The Use of Multiple Measurements in Taxonomic Problems", Venue: "Annals of Eugenics", Year: 1936},
		Cost:  metric.CostLinear,
	}
}

// Score returns the Fisher ratio of s, at least 0. It is an error when the samples of each
// class are all alike.
func (m FisherRatio) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	if _, err := metric.Prepare(m, s); err != nil {
		return metric.Score{}, err
	}
	within := s.WithinTrace()
	if within == 0 {
		return metric.Score{}, errNoSpread
	}
	between := mat.Norm(s.Classes().Between(), 2)
	return metric.Score{Value: between * between / within}, nil
}

var errNoSpread = errors.New("the samples of each class are identical: there is no variance within classes")

// Silhouette is the mean silhouette of Rousseeuw, "Silhouettes: A graphical aid to
// the interpretation and validation of cluster analysis" (1987), with classes for
// clusters and Euclidean distances:
//
//	S = 1/N Σ_n (b_n − a_n)/max(a_n, b_n)
//
// with a_n the mean distance of sample n to the others of its class and b_n the
// least mean distance to the samples of another. The only sample of a class
// counts 0.
type Silhouette struct{}

// Info describes the metric.
func (Silhouette) Info() metric.Info {
	return metric.Info{
		Name: "silhouette", Title: "Silhouette", Version: 2,
		Paper: metric.Paper{Authors: "Rousseeuw", Title: "Silhouettes: A graphical aid to the interpretation and validation of cluster analysis", Venue: "J. Computational and Applied Mathematics", Year: 1987},
		Cost:  metric.CostPairwise,
	}
}

// Score returns the mean silhouette of s, in [−1, 1].
func (m Silhouette) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	if _, err := metric.Prepare(m, s); err != nil {
		return metric.Score{}, err
	}
	distances := pairSums(s.Features, s.Labels, math.Sqrt)
	counts := s.Labels.Counts()
	var sum float64
	for n, y := range s.Labels.Index {
		if counts[y] == 1 {
			continue
		}
		own, other := distances.At(n, y)/float64(counts[y]-1), math.Inf(1)
		for c, total := range distances.RawRowView(n) {
			if c != y {
				other = min(other, total/float64(counts[c]))
			}
		}
		if longer := max(own, other); longer > 0 {
			sum += (other - own) / longer
		}
	}
	score := metric.Score{Value: sum / float64(s.N())}
	warnSingles(&score, s, "count 0")
	return score, nil
}

// DaviesBouldin is minus the index of Davies and Bouldin, "A Cluster Separation
// Measure" (1979), with classes for clusters:
//
//	DB = 1/C Σ_i max_{j≠i} (S_i + S_j)/‖μ_i − μ_j‖
//
// with S_c the mean distance of the samples of class c to μ_c. Where two classes have
// one mean it is infinite, which is an error; scikit-learn leaves them out of the
// maximum, so that they count as well separated.
type DaviesBouldin struct{}

// Info describes the metric.
func (DaviesBouldin) Info() metric.Info {
	return metric.Info{
		Name: "davies-bouldin", Title: "Davies–Bouldin index", Version: 2,
		Paper: metric.Paper{Authors: "Davies and Bouldin", Title: "A Cluster Separation Measure", Venue: "IEEE TPAMI", Year: 1979},
		Cost:  metric.CostLinear, Flipped: true,
	}
}

// Score returns minus the Davies–Bouldin index of s, at most 0.
func (m DaviesBouldin) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	if _, err := metric.Prepare(m, s); err != nil {
		return metric.Score{}, err
	}
	counts, means := s.Classes().Counts, s.Classes().Means
	spread := make([]float64, s.C())
	features.Blocks(features.Centred(s.Features, s.Labels.Index, means), func(lo int, x *mat.Dense) {
		for i := range x.RawMatrix().Rows {
			c := s.Labels.Index[lo+i]
			spread[c] += mat.Norm(x.RowView(i), 2) / float64(counts[c])
		}
	})
	var sum float64
	for i := range spread {
		var worst float64
		for j := range spread {
			if j == i {
				continue
			}
			apart := squaredDistance(means.RawRowView(i), means.RawRowView(j))
			if apart == 0 {
				return metric.Score{}, fmt.Errorf("classes %s and %s have the same mean: the index is infinite", s.Labels.Names[i], s.Labels.Names[j])
			}
			worst = max(worst, (spread[i]+spread[j])/math.Sqrt(apart))
		}
		sum += worst
	}
	score := metric.Score{Value: 0 - sum/float64(s.C())}
	warnSingles(&score, s, "no spread")
	return score, nil
}
