package linalg

import (
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// A Repeated gives what Dense.Mul does, to the bit, of few numbers as of many.
func TestRepeated(t *testing.T) {
	onEachKernel(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(3, 4))
		matrix := func(rows, cols int) *mat.Dense {
			return mat.NewDense(rows, cols, repeat(rows*cols, func(int) float64 { return random.NormFloat64() }))
		}
		for _, size := range [][3]int{{1, 1, 1}, {9, 3, 4}, {3, 50, 257}, {600, 50, 513}, {300, 200, 400}, {257, 7, 65}} {
			n, m, k := size[0], size[1], size[2]
			z, b, a := matrix(n, k), matrix(m, k), matrix(n, m)
			repeated, free := NewRepeated(z)
			for range 2 {
				got, want := matrix(n, m), new(mat.Dense)
				repeated.MulT(got, b)
				if want.Mul(z, b.T()); !mat.Equal(got, want) {
					t.Errorf("ZBᵀ, %d×%d of %d: other bits", n, m, k)
				}
				got, want = matrix(m, k), new(mat.Dense)
				repeated.TMul(got, a)
				if want.Mul(a.T(), z); !mat.Equal(got, want) {
					t.Errorf("AᵀZ, %d×%d of %d: other bits", m, k, n)
				}
			}
			free()
		}
	})
}
