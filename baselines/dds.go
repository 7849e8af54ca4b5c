package baselines

import (
	"context"
	"errors"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/linalg"
	"sfdalab/metric"
)

// DDS is the duality diagram similarity of Dwivedi et al., "Duality Diagram
// Similarity: a generic framework for initialization selection in task transfer
// learning" (ECCV 2020), to a second feature set such as that of a network trained
// on the target task. Of the variants there it is the one that dbolya/parc
// releases: features standardised, dissimilarities 1 − cos, U-centred (Székely and
// Rizzo, "Partial distance correlation with methods for dissimilarities", 2014) to
// Ã and B̃, and
//
//	DDS = 100 ⟨Ã, B̃⟩ / (‖Ã‖ ‖B̃‖)
//
// U-centring takes constants out, so the cosines themselves serve. Write K and L
// for these with an empty diagonal and k, l for their row sums; then
//
//	⟨Ã, B̃⟩ = Σ K∘L − 2/(N−2) k·l + (Σk)(Σl)/((N−1)(N−2))
//
// and Σ K∘L = ‖XᵀY‖², with the rows of X and Y of length 1, needs no N×N matrix unless
// that is the smaller one. XᵀX, XᵀY and YᵀY are parts of one.
type DDS struct{}

// Info describes the metric.
func (DDS) Info() metric.Info {
	return metric.Info{
		Name: "dds", Title: "DDS", Version: 3,
		Paper: metric.Paper{Authors: "Dwivedi et al.", Title: "Duality Diagram Similarity: a generic framework for initialization selection in task transfer learning", Venue: "ECCV", Year: 2020},
		Needs: metric.Second, Cost: metric.CostGram, Targets: true,
	}
}

// Score returns the DDS of s, in [−100, 100]. It needs at least 4 samples, and is an error
// when all pairs of samples are equally similar.
func (m DDS) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	if _, err := metric.Prepare(m, s); err != nil {
		return metric.Score{}, err
	}
	if s.N() < 4 {
		return metric.Score{}, errors.New("at least 4 samples are needed for U-centring")
	}
	x, y := newCosines(s.Features), newCosines(s.Second)
	inner := newProducts(x.rows, y.rows)
	xx, yy := x.centredProduct(x, inner.xx), y.centredProduct(y, inner.yy)
	if xx <= 0 || yy <= 0 {
		return metric.Score{}, errors.New("all pairs of samples are equally similar: there is nothing to compare")
	}
	return metric.Score{Value: 100 * x.centredProduct(y, inner.xy) / math.Sqrt(xx*yy)}, nil
}

// beside is two matrices with the same rows side by side.
type beside struct{ left, right features.Rows }

// Dims returns N and D+E.
func (b beside) Dims() (n, d int) {
	n, d = b.left.Dims()
	_, e := b.right.Dims()
	return n, d + e
}

// Read reads rows i to j−1, each the left row and then the right one.
func (b beside) Read(dst []float64, i, j int) {
	_, d := b.left.Dims()
	_, e := b.right.Dims()
	for ; i < j; i++ {
		b.left.Read(dst[:d], i, i+1)
		b.right.Read(dst[d:d+e], i, i+1)
		dst = dst[d+e:]
	}
}

// products are ‖XᵀX‖², ‖XᵀY‖² and ‖YᵀY‖².
type products struct{ xx, xy, yy float64 }

// newProducts returns the products of x (N×D) and y (N×E): of Gram matrices of the features
// or, as ‖XᵀY‖² = tr(XXᵀ YYᵀ), of the samples where these are smaller.
func newProducts(x, y features.Rows) (p products) {
	rows := beside{x, y}
	n, all := rows.Dims()
	_, d := x.Dims()
	if n < min(d, all-d) {
		k, l := features.RowGram(x), features.RowGram(y)
		for i := range n {
			for j := range i {
				p.xx += 2 * k.At(i, j) * k.At(i, j)
				p.xy += 2 * k.At(i, j) * l.At(i, j)
				p.yy += 2 * l.At(i, j) * l.At(i, j)
			}
			p.xx += k.At(i, i) * k.At(i, i)
			p.xy += k.At(i, i) * l.At(i, i)
			p.yy += l.At(i, i) * l.At(i, i)
		}
		return p
	}
	gram := features.Scatter(rows).RawSymmetric()
	defer linalg.Free(gram.Data)
	for i := range all {
		row := gram.Data[i*gram.Stride:][:all]
		if i < d {
			p.xx += row[i]*row[i] + 2*sumSquares(row[i+1:d])
			p.xy += sumSquares(row[d:])
		} else {
			p.yy += row[i]*row[i] + 2*sumSquares(row[i+1:])
		}
	}
	return p
}

// cosines are the cosines of all pairs of samples, given by unit vectors.
type cosines struct {
	rows   features.Rows
	self   []float64 // N, cosine of a sample with itself: 1, or 0 for an empty row
	others []float64 // N, sum of cosines with all other samples
}

// newCosines standardises rows (N×D) and scales them to length 1.
func newCosines(rows features.Rows) *cosines {
	n, d := rows.Dims()
	c := &cosines{rows: standardise(rows, false), self: make([]float64, n), others: make([]float64, n)}
	_, mean := features.GroupMeans(c.rows, make([]int, n), 1)
	sum := make([]float64, d)
	floats.ScaleTo(sum, float64(n), mean.RawRowView(0))
	features.Blocks(c.rows, func(lo int, x *mat.Dense) {
		for i := range x.RawMatrix().Rows {
			row := x.RawRowView(i)
			c.self[lo+i] = math.Round(sumSquares(row))
			c.others[lo+i] = floats.Dot(row, sum) - c.self[lo+i]
		}
	})
	return c
}

// centredProduct returns the inner product of the two U-centred matrices, given that
// of the matrices as they are.
func (c *cosines) centredProduct(other *cosines, inner float64) float64 {
	n := float64(len(c.self))
	k, l := c.others, other.others
	return inner - floats.Dot(c.self, other.self) - 2/(n-2)*floats.Dot(k, l) + floats.Sum(k)*floats.Sum(l)/((n-1)*(n-2))
}
