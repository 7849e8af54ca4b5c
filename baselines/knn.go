package baselines

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/par"
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
type KNN struct {
	K int `param:"k" range:"1:" doc:"neighbours"`
}

// Info describes the metric.
func (KNN) Info() features.Info {
	return features.Info{
		Name: "knn", Title: "k-NN", Version: 2,
		Paper: features.Paper{Authors: "Bolya et al.", Title: "Scalable Diverse Model Selection for Accessible Transfer Learning", Venue: "NeurIPS", Year: 2021},
		Cost:  features.CostPairwise,
	}
}

// Score returns the leave-one-out accuracy of s, in [0, 100].
func (m KNN) Score(ctx context.Context, s *features.Set) (features.Score, error) {
	if s.C() == 0 {
		return features.Score{}, errNoClasses
	}
	if m.K >= s.N() {
		return features.Score{}, fmt.Errorf("%d neighbours of %d samples: k must be less than their number", m.K, s.N())
	}
	var right int
	votes := make([]int, s.C())
	for i, nearest := range neighbours(s.Features, m.K) {
		clear(votes)
		for _, j := range nearest.index {
			votes[s.Labels.Index[j]]++
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
	return features.Score{Value: 100 * float64(right) / float64(s.N())}, nil
}

// nearest are the nearest rows found so far, in ascending order of distance.
type nearest struct {
	distance []float64
	index    []int
}

// add puts row j in its place if it is nearer than the last, or as near and
// before it.
func (q *nearest) add(distance float64, j int) {
	last := len(q.index) - 1
	if distance > q.distance[last] || distance == q.distance[last] && j > q.index[last] {
		return
	}
	at := last
	for ; at > 0 && (distance < q.distance[at-1] || distance == q.distance[at-1] && j < q.index[at-1]); at-- {
		q.distance[at], q.index[at] = q.distance[at-1], q.index[at-1]
	}
	q.distance[at], q.index[at] = distance, j
}

// neighbours returns the k nearest other rows of each row, k < N, by squared
// Euclidean distance.
func neighbours(rows features.Rows, k int) []nearest {
	n, _ := rows.Dims()
	found, limit := make([]nearest, n), make([]float64, n)
	for i := range found {
		found[i] = nearest{make([]float64, k), make([]int, k)}
		limit[i] = math.Inf(1)
		for j := range k {
			found[i].distance[j], found[i].index[j] = math.Inf(1), n
		}
	}
	// add gives row i the neighbour j. Few are within the limit, its kth distance so far.
	add := func(distance float64, i, j int) {
		found[i].add(distance, j)
		limit[i] = found[i].distance[k-1]
	}
	features.PairDistances(rows, func(lo int, distances *mat.Dense) {
		size, width := distances.Dims()
		par.For(size, func(i int) {
			for j, d := range distances.RawRowView(i) {
				if d <= limit[lo+i] && j != i {
					add(d, lo+i, lo+j)
				}
			}
		})
		// The rows that follow the block see it in columns.
		const piece = 256
		par.For((width-size+piece-1)/piece, func(p int) {
			from := size + p*piece
			to := min(from+piece, width)
			for i := range size {
				row, limits := distances.RawRowView(i)[from:to], limit[lo+from:lo+to]
				for j, d := range row {
					if d <= limits[j] {
						add(d, lo+from+j, lo+i)
					}
				}
			}
		})
	})
	return found
}
