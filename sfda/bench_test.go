package sfda

import (
	"fmt"
	"testing"

	"sfdalab/features"
)

func BenchmarkScore(b *testing.B) {
	for _, size := range []struct{ n, d, c int }{{2000, 512, 50}, {5000, 2048, 100}, {1000, 2048, 100}} {
		b.Run(fmt.Sprintf("N=%d/D=%d/C=%d", size.n, size.d, size.c), func(b *testing.B) {
			x, y := clusters(1, size.n, size.d, size.c)
			for b.Loop() {
				s, err := features.New(features.Data{Features: features.Dense(x), Labels: features.Classes(y)})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := (SFDA{}).Score(b.Context(), s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
