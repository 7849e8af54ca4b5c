package baselines

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
)

// RankMe by its definition, also where singular values are lost to the rounding of XᵀX.
func TestRankMe(t *testing.T) {
	const n, d = 700, 520
	x, _ := randomSamples(n, d, 3)
	zero, near := mat.DenseCopyOf(x), mat.DenseCopyOf(x)
	for i := range n {
		zero.Set(i, 4, 0)
		for j := 4; j < d; j++ {
			near.Set(i, j, near.At(i, j%4)+1e-9*x.At(i, j))
		}
	}
	for name, x := range map[string]mat.Matrix{
		"independent": x, "one of zeros": zero, "nearly dependent": near,
		"independent, wide": x.T(), "one of zeros, wide": zero.T(), "nearly dependent, wide": near.T(),
	} {
		samples, _ := x.Dims()
		labels := make([]int64, samples)
		for i := range labels {
			labels[i] = int64(i % 3)
		}
		s, err := features.New(features.Data{Features: features.Dense(mat.DenseCopyOf(x)), Labels: features.Classes(labels)})
		if err != nil {
			t.Fatal(err)
		}
		got, err := RankMe{}.Score(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		var svd mat.SVD
		svd.Factorize(x, mat.SVDNone)
		sigma := svd.Values(nil)
		var sum, entropy float64
		for _, v := range sigma {
			sum += v
		}
		for _, v := range sigma {
			p := v/sum + rankMeSpare
			entropy -= p * math.Log(p)
		}
		if want := math.Exp(entropy); relative(got.Value, want) > 1e-12 {
			t.Errorf("%s: %.17g, want %.17g", name, got.Value, want)
		}
	}
}
