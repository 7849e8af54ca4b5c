package baselines

import (
	"context"
	"errors"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/par"
	"sfdalab/metric"
)

// ConceptVariance is minus the concept variation of Vilalta (1999), how irregularly
// labels are spread over the feature space, which Singh et al., "Occam's model:
// Selecting simpler representations for better transferability estimation" (2025),
// propose as a transferability metric:
//
//	V = 1/N Σ_i Σ_{j≠i} w_ij [y_i ≠ y_j] / Σ_{j≠i} w_ij
//	w_ij = 2^(−α d_ij/(√D − d_ij))
//
// with d the Euclidean distances of features scaled to [0, 1] (constant ones to
// 0), at most √D; √D − d_ij counts as 1e-10 where it is less. No code of the authors was
// found; α = 2 and the scaling are those of the meta-feature extractor pymfe.
type ConceptVariance struct {
	Alpha metric.Optional[float64] `param:"alpha" default:"2" range:"0:" doc:"how fast the weight of other samples falls with their distance"`
}

// Info describes the metric.
func (ConceptVariance) Info() metric.Info {
	return metric.Info{
		Name: "concept-variance", Title: "Concept variance", Version: 2,
		Paper: metric.Paper{Authors: "Singh et al.", Title: "Occam's model: Selecting simpler representations for better transferability estimation", Venue: "arXiv", Year: 2025},
		Cost:  metric.CostPairwise, Flipped: true,
	}
}

// Score returns minus the concept variation of s, in [−1, 0]. It is an error when all
// weights of a sample round to 0, as a large α makes them.
func (m ConceptVariance) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	m, err := metric.Prepare(m, s)
	if err != nil {
		return metric.Score{}, err
	}
	longest := math.Sqrt(float64(s.D()))
	weights := pairSums(newUnitScaled(s.Features), s.Labels, func(square float64) float64 {
		d := math.Sqrt(square)
		return math.Exp2(-m.Alpha.Value() * d / max(longest-d, 1e-10))
	})
	var sum float64
	for n, y := range s.Labels.Index {
		all := floats.Sum(weights.RawRowView(n))
		if all == 0 {
			return metric.Score{}, errors.New("a sample is too far from all others to have weights: lower alpha")
		}
		sum += 1 - weights.At(n, y)/all
	}
	return metric.Score{Value: -sum / float64(s.N())}, nil
}

// pairSums returns, for each sample and class, the sum of f(‖x_n − x_m‖²) over the
// other samples m of that class, N×C.
func pairSums(rows features.Rows, labels *features.Labels, f func(square float64) float64) *mat.Dense {
	n, _ := rows.Dims()
	sums := mat.NewDense(n, labels.C(), nil)
	features.PairDistances(rows, func(lo int, squares *mat.Dense) {
		size, width := squares.Dims()
		par.For(size, func(i int) {
			row, sum := squares.RawRowView(i), sums.RawRowView(lo+i)
			for j, square := range row {
				row[j] = f(square)
				if j != i {
					sum[labels.Index[lo+j]] += row[j]
				}
			}
		})
		// The rows that follow the block see it in columns.
		const piece = 256
		par.For((width-size+piece-1)/piece, func(p int) {
			from := size + p*piece
			to := min(from+piece, width)
			for i := range size {
				row, class := squares.RawRowView(i), labels.Index[lo+i]
				for j := from; j < to; j++ {
					sums.RawRowView(lo + j)[class] += row[j]
				}
			}
		})
	})
	return sums
}

// unitScaled is another matrix with each column scaled to [0, 1].
type unitScaled struct {
	features.Rows
	low, scale []float64
}

// newUnitScaled takes the least and the greatest value of each column; a constant one becomes 0.
func newUnitScaled(rows features.Rows) unitScaled {
	_, d := rows.Dims()
	low, high, scale := make([]float64, d), make([]float64, d), make([]float64, d)
	for j := range d {
		low[j], high[j] = math.Inf(1), math.Inf(-1)
	}
	features.Blocks(rows, func(_ int, x *mat.Dense) {
		for i := range x.RawMatrix().Rows {
			for j, v := range x.RawRowView(i) {
				low[j], high[j] = min(low[j], v), max(high[j], v)
			}
		}
	})
	for j := range d {
		if factor := 1 / (high[j] - low[j]); !math.IsInf(factor, 1) { // a range that has no inverse counts as none
			scale[j] = factor
		}
	}
	return unitScaled{rows, low, scale}
}

// Read reads rows i to j−1, scaled.
func (u unitScaled) Read(dst []float64, i, j int) {
	u.Rows.Read(dst, i, j)
	d := len(u.low)
	for ; i < j; i++ {
		floats.Sub(dst[:d], u.low)
		floats.Mul(dst[:d], u.scale)
		dst = dst[d:]
	}
}
