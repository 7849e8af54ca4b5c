package baselines

import (
	"context"
	"errors"
	"math"
	"slices"

	"sfdalab/features"
	"sfdalab/metric"
)

// PARC is the pairwise annotation representation comparison of Bolya et al.,
// "Scalable Diverse Model Selection for Accessible Transfer Learning" (NeurIPS
// 2021): Spearman's correlation, times 100, over all pairs of samples i < j, of
//
//	1 − corr(x_i, x_j)  and  1 − corr(e_{y_i}, e_{y_j})
//
// with features standardised first and e_c the one-hot vectors of length C. The
// paper reduces the features to 32 principal components; the released default
// keeps them. Where they are reduced, as SFDA's release does by default, the released
// code takes scikit-learn's randomised components, from the seed 1919 and with a single
// power iteration: Reduction "randomised" draws the same numbers and repeats it. Scores
// are up to 6.3 % from those of the exact components, the default.
//
// Two samples of one class are at distance 0, all others at C/(C − 1), so the
// second ranks are two large groups of ties. The released code breaks them: it
// computes these distances in float64 and ranks apart what differs by rounding
// only, depending on the number of a class and for some pairs on their place among
// the N samples. That moves scores by up to 1 %. Rounding "released" repeats it
// bit for bit, as NumPy with OpenBLAS rounds on one core with AVX-512
// (labelRounding); with other kernels or more cores the same code rounds
// otherwise. "none" keeps the ties, and only then renaming classes or permuting
// samples leaves the score as it is.
//
// If samples have several labels, e is their row of zeros and ones, of which a one-hot
// vector is a special case; the released code does not cover them. Their ties are always
// kept. A row without any label, or with all, correlates with no other, and its sample is
// left out.
//
// Above 8192 samples, dissimilarities of features are ranked in steps of 2⁻²³
// (those within one are tied) to bound memory.
type PARC struct {
	Dims      int    `param:"dims" range:"0:" doc:"principal components kept (32 in the paper); 0 keeps the features"`
	Reduction string `param:"reduction" default:"exact" options:"exact,randomised" added:"later" doc:"principal components that are exact, or those of the released code's randomised solver"`
	Rounding  string `param:"rounding" default:"released" options:"released,none" doc:"break ties between pairs of one class as released code does, or keep them"`
}

// Info describes the metric.
func (PARC) Info() metric.Info {
	return metric.Info{
		Name: "parc", Title: "PARC", Version: 7,
		Paper: metric.Paper{Authors: "Bolya et al.", Title: "Scalable Diverse Model Selection for Accessible Transfer Learning", Venue: "NeurIPS", Year: 2021},
		Cost:  metric.CostPairwise, MultiLabel: "as they are: samples are as far apart as their rows of labels are uncorrelated",
	}
}

// Score returns the PARC of s, in [−100, 100]. It is an error when no two samples are of one
// class, or all pairs of samples are equally dissimilar.
func (m PARC) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	m, err := metric.Prepare(m, s)
	if err != nil {
		return metric.Score{}, err
	}
	var score metric.Score
	if s.Labels.Multi {
		if s, err = withSomeLabels(s, &score); err != nil {
			return score, err
		}
	}
	labels := rankLabels(s.Labels, m.Rounding == "released")
	rows := reduced(s, m.Dims)
	if m.Dims > 0 && m.Reduction == "randomised" {
		rows = features.Dense(randomisedComponents(s, m.Dims))
	}
	rho, err := labels.spearman(standardise(rows, true))
	if err != nil {
		return metric.Score{}, err
	}
	score.Value = 100 * rho
	return score, nil
}

// labelRanks are the ranks of pairs of samples i < j by the dissimilarity of
// their labels, which has few levels.
type labelRanks struct {
	n    int
	of   func(i, j int) uint32 // the level of samples i < j
	rank []float64             // of each level, less the mean of all ranks
	loss float64               // Σ t³ − t over levels of t pairs
}

// rankLabels ranks all pairs of samples, in counts of each level rather than a list of pairs.
// Pairs of one level share the mean of their ranks.
func rankLabels(labels *features.Labels, released bool) *labelRanks {
	r := &labelRanks{n: labels.N()}
	var levels int
	if labels.Multi {
		r.of, levels = levelsOfRows(labels.Targets)
	} else {
		r.of, levels = levelsOfClasses(labels.Index, labels.C(), released)
	}
	counts := make([]int, levels)
	for j := range r.n {
		for i := range j {
			counts[r.of(i, j)]++
		}
	}
	r.rank = make([]float64, levels)
	before := -float64(r.n*(r.n-1)/2) / 2
	for level, count := range counts {
		r.rank[level] = before + float64(count)/2
		before += float64(count)
		r.loss += tieLoss(count)
	}
	return r
}

// levelsOfClasses returns the level of samples i < j by the dissimilarity of their
// classes, and how many levels there are.
func levelsOfClasses(index []int, classes int, released bool) (of func(i, j int) uint32, count int) {
	distances, tail := make([]float64, classes*classes), [][]float64(nil)
	if released {
		distances, tail = newLabelRounding(index, classes).dissimilarities()
	} else {
		for i := range distances {
			if i/classes != i%classes {
				distances[i] = 1
			}
		}
	}

	values := slices.Concat(append(tail, distances)...)
	slices.Sort(values)
	values = slices.Compact(values)
	levels := func(distances []float64) []uint32 {
		levels := make([]uint32, len(distances))
		for i, d := range distances {
			level, _ := slices.BinarySearch(values, d)
			levels[i] = uint32(level)
		}
		return levels
	}
	ofClasses := levels(distances) // C×C
	var last [][]uint32            // of the last samples j with all i, where classes do not tell
	for _, row := range tail {
		last = append(last, levels(row))
	}
	return func(i, j int) uint32 {
		if t := j - len(index) + len(last); t >= 0 {
			return last[t][i]
		}
		return ofClasses[index[i]*classes+index[j]]
	}, len(values)
}

// spearman returns Spearman's correlation of these ranks and those of the
// dissimilarities 1 − x_i·x_j of rows.
func (r *labelRanks) spearman(rows features.Rows) (float64, error) {
	pairs := r.n * (r.n - 1) / 2
	cube := tieLoss(pairs)
	if r.loss >= cube {
		return 0, errors.New("no two samples have the same class: the labels do not distinguish any pairs")
	}
	covariance, loss := r.covariance(rows, pairs)
	if loss >= cube {
		return 0, errors.New("all pairs of samples are equally dissimilar: they cannot be ranked")
	}
	return 12 * covariance / math.Sqrt((cube-loss)*(cube-r.loss)), nil
}

// covariance returns Σ (rank of a pair by rows − mean) · (its rank by labels − mean)
// and the sum of tieLoss over ties among rows.
func (r *labelRanks) covariance(rows features.Rows, pairs int) (covariance, loss float64) {
	if pairs <= maxPairs {
		// Up to here all is integer, so the order of sums does not matter.
		twice := make([]int, len(r.rank)) // of the ranks by rows, for each level
		loss = eachRank(rows, r.of, func(rank int, run []uint64) {
			for _, word := range run {
				twice[idOf(word)] += rank - pairs - 1
			}
		})
		for level, sum := range twice {
			covariance += float64(sum) / 2 * r.rank[level]
		}
		return covariance, loss
	}
	const steps = 1 << 24
	counts, labels := make([]int, steps), make([]float64, steps)
	eachPair(rows, func(i, j int, v float64) {
		step := min(int(v/2*steps), steps-1)
		counts[step]++
		labels[step] += r.rank[r.of(i, j)]
	})
	before := -float64(pairs) / 2
	for step, count := range counts {
		covariance += (before + float64(count)/2) * labels[step]
		before += float64(count)
		loss += tieLoss(count)
	}
	return covariance, loss
}
