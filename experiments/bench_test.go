package experiments

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/metric"
)

// BenchmarkScore scores a new Set each time, so that all statistics a metric
// needs are computed for it alone. The variance of features falls as 1/k, much as
// in networks.
func BenchmarkScore(b *testing.B) {
	for _, size := range []struct{ n, d, c int }{{2000, 512, 50}, {5000, 2048, 100}} {
		data := benchData(size.n, size.d, size.c)
		for _, name := range metric.Names() {
			m, err := metric.New(name, nil)
			if err != nil { // a wrapper
				m, err = metric.New(name+":hscore", nil)
			}
			if err != nil {
				b.Fatal(err)
			}
			b.Run(fmt.Sprintf("%s/N=%d,D=%d,C=%d", m.Info().Name, size.n, size.d, size.c), func(b *testing.B) {
				for b.Loop() {
					s, err := features.New(data)
					if err != nil {
						b.Fatal(err)
					}
					if _, err := m.Score(b.Context(), s); err != nil {
						b.Skip(err)
					}
				}
			})
		}
	}
}

// benchData returns n samples of c classes with d features, and d/2 source
// outputs.
func benchData(n, d, c int) features.Data {
	random := rand.New(rand.NewPCG(1, 2))
	means, x, outputs := mat.NewDense(c, d, nil), mat.NewDense(n, d, nil), mat.NewDense(n, d/2, nil)
	normal := func(_, j int, _ float64) float64 { return random.NormFloat64() / math.Sqrt(float64(j+1)) }
	means.Apply(normal, means)
	x.Apply(normal, x)
	labels := make([]int64, n)
	for i := range labels {
		labels[i] = int64(i % c)
		for j, v := range means.RawRowView(i % c) {
			x.Set(i, j, x.At(i, j)+v/2)
		}
	}
	outputs.Copy(x)
	return features.Data{
		Features: features.Dense(x), Labels: features.Classes(labels),
		Outputs: features.Dense(outputs), Second: features.Dense(outputs),
	}
}
