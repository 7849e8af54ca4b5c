package baselines

import (
	"context"
	"errors"
	"math"

	"sfdalab/features"
	"sfdalab/metric"
)

// KITE is the ratio of two alignments of Guo, "KITE: A Kernel-based Improved
// Transferability Estimation Method" (arXiv 2024): of the features with the labels, and
// with the features R of a randomly initialised network on the same samples,
//
//	KITE = CKA(XXᵀ, YYᵀ) / CKA(XXᵀ, RRᵀ)
//	CKA(K, L) = ⟨K̃, L̃⟩ / (‖K̃‖ ‖L̃‖),  K̃ the centred kernel
//
// with Y the one-hot labels and linear kernels. R is the Set's second feature set: of a
// network of the same architecture before any training. No code was released.
//
// ⟨XXᵀ, YYᵀ⟩ = ‖XᵀY‖² for centred columns, and XᵀY has the columns n_c (μ_c − μ), so
// that no N×N matrix is needed.
type KITE struct{}

// Info describes the metric.
func (KITE) Info() metric.Info {
	return metric.Info{
		Name: "kite", Title: "KITE", Version: 1,
		Paper: metric.Paper{Authors: "Guo", Title: "KITE: A Kernel-based Improved Transferability Estimation Method", Venue: "arXiv", Year: 2024},
		Needs: metric.Second, Cost: metric.CostGram,
	}
}

// Score returns the KITE of s, at least 0. Its details are the two alignments, "target"
// and "random", in [0, 1].
func (m KITE) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	if _, err := metric.Prepare(m, s); err != nil {
		return metric.Score{}, err
	}
	inner := newProducts(centredColumns(s.Features), centredColumns(s.Second))
	if inner.xx == 0 || inner.yy == 0 {
		return metric.Score{}, errConstant
	}
	if inner.xy == 0 {
		return metric.Score{}, errors.New("the features have nothing in common with those of the random network: the ratio is infinite")
	}
	g := s.Classes()
	differences := g.Between()
	var across, labels, squares float64 // ‖XᵀY‖², then ‖YᵀY‖² = Σ n² − 2 Σ n³/N + (Σ n²)²/N²
	n := float64(s.N())
	for c, count := range g.Counts {
		k := float64(count)
		across += k * sumSquares(differences.RawRowView(c)) // the rows are √n_c (μ_c − μ)
		labels += k*k - 2*k*k*k/n
		squares += k * k
	}
	labels += squares / n * squares / n
	target := across / geometricMean(inner.xx, labels)
	random := inner.xy / geometricMean(inner.xx, inner.yy)
	return metric.Score{Value: target / random, Details: map[string]float64{"target": target, "random": random}}, nil
}

// geometricMean returns √(ab) of numbers above 0, also where their product is out of range.
func geometricMean(a, b float64) float64 {
	if product := a * b; product >= 0x1p-1000 && !math.IsInf(product, 1) {
		return math.Sqrt(product)
	}
	return math.Sqrt(a) * math.Sqrt(b)
}

// centredColumns returns rows less their mean.
func centredColumns(rows features.Rows) features.Rows {
	n, _ := rows.Dims()
	index := make([]int, n)
	_, mean := features.GroupMeans(rows, index, 1)
	return features.Centred(rows, index, mean)
}
