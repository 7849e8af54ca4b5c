package linalg

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Each element is within the bound of the product in float64, and those below the
// diagonal stay 0 where only the triangle is wanted.
func TestSingleMulT(t *testing.T) {
	onEachKernel(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(8, 9))
		for _, size := range [][3]int{{1, 1, 1}, {3, 5, 7}, {33, 65, 256}, {130, 390, 300}, {257, 257, 1000}} {
			m, n, k := size[0], size[1], size[2]
			rows := func(count int) (Single, [][]float64) {
				s, _ := NewSingle(count, k)
				x := make([][]float64, count)
				for i := range x {
					x[i] = repeat(k, func(int) float64 { return random.NormFloat64() })
					s.Set(i, 0.5, x[i])
				}
				return s, x
			}
			a, x := rows(m)
			b, y := rows(n)
			for _, triangle := range []bool{false, true} {
				c, free := NewSingle(m, n)
				c.MulT(a, b, triangle)
				for i := range m {
					for j, got := range c.Row(i) {
						want := dot(x[i], y[j]) / 4
						bound := MulTError(k) * math.Sqrt(dot(x[i], x[i])*dot(y[j], y[j])) / 4
						if triangle && j < i {
							want, bound = 0, 0
						}
						if !(math.Abs(float64(got)-want) <= bound) {
							t.Fatalf("%d×%d of %d: element (%d, %d) is %v, want %v ± %v", m, n, k, i, j, got, want, bound)
						}
					}
				}
				free()
			}
		}
	})
}

func BenchmarkSingleMulT(b *testing.B) {
	benchmark(b, 2, benchmarkSizes, func(n int, x, y, z []float64) {
		a, freeA := NewSingle(n, n)
		defer freeA()
		c, freeC := NewSingle(n, n)
		defer freeC()
		c.MulT(a, a, false)
	})
}
