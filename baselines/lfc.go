package baselines

import (
	"context"
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/linalg"
	"sfdalab/metric"
)

// LFC is the label–feature correlation of Deshpande et al., "A linearized
// framework and a new benchmark for model selection for fine-tuning" (2021):
// the correlation of the N×N matrices K = XXᵀ and Y, with Y[i, j] = 1 for samples
// of one class and −1 otherwise,
//
//	LFC = ⟨K − K̄, Y − Ȳ⟩ / (‖K − K̄‖ ‖Y − Ȳ‖)
//
// with K̄ and Ȳ the means of their entries. All sums over pairs follow from class
// sums and from ‖XᵀX‖ = ‖XXᵀ‖, so no N×N matrix is made.
//
// The code in Model Spider's collection, which published tables use, holds Y in
// float32, and about seven digits of its score are exact. Rounding "released"
// repeats that, to the last digit; "none" does without.
type LFC struct {
	Rounding string `param:"rounding" default:"released" options:"released,none" doc:"float32 label matrix as in released code, or float64"`
}

// Info describes the metric.
func (LFC) Info() metric.Info {
	return metric.Info{
		Name: "lfc", Title: "LFC", Version: 2,
		Paper: metric.Paper{Authors: "Deshpande et al.", Title: "A linearized framework and a new benchmark for model selection for fine-tuning", Venue: "arXiv", Year: 2021},
		Cost:  metric.CostGram,
	}
}

// Score returns the LFC of s, in [−1, 1].
func (m LFC) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	m, err := metric.Prepare(m, s)
	if err != nil {
		return metric.Score{}, err
	}
	g := s.Groups()
	pairs := float64(s.N()) * float64(s.N())

	// Sums over all pairs, and over the pairs of one class, of K and of 1.
	var same, sameK float64
	for c, n := range g.Counts {
		same += float64(n) * float64(n)
		sameK += float64(n) * float64(n) * sumSquares(g.Means.RawRowView(c))
	}
	allK := pairs * sumSquares(s.Mean())
	gram := s.OwnGram()
	norm := mat.Norm(gram, 2)
	linalg.Free(gram.RawSymmetric().Data)
	meanK := allK / pairs
	normK := math.Sqrt(max(norm*norm-allK*meanK, 0))
	if normK <= norm*0x1p-40 {
		return metric.Score{}, errors.New("all inner products of features are equal: they cannot correlate with labels")
	}

	meanY := (2*same - pairs) / pairs
	high, low := 1-meanY, -1-meanY // Y − Ȳ within and between classes
	normY := math.Sqrt(same*high*high + (pairs-same)*low*low)
	if m.Rounding == "released" {
		high, low = float64(1-float32(meanY)), float64(-1-float32(meanY))
		normY = float64(float32(math.Sqrt(float64(squares32(s.Labels.Index, float32(high), float32(low))))))
	}
	within := sameK - same*meanK // sum of K − K̄ over pairs of one class; minus that over the others
	return metric.Score{Value: (high - low) * within / (normK * normY)}, nil
}

// squares32 sums high² over pairs of one class and low² over the others, row by
// row, in float32.
func squares32(index []int, high, low float32) float32 {
	n := len(index)
	high *= high
	low *= low
	return sum32(n*n, func(dst []float32, from int) {
		i, j := from/n, from%n
		for k := range dst {
			dst[k] = low
			if index[i] == index[j] {
				dst[k] = high
			}
			if j++; j == n {
				i, j = i+1, 0
			}
		}
	})
}

// sumSquares returns ‖v‖², summed from the first entry on.
func sumSquares(v []float64) float64 {
	var sum float64
	for _, x := range v {
		sum += x * x
	}
	return sum
}
