package linalg

import (
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// Right gives what Dgemm does, to the bit, wherever the rows of both matrices lie.
func TestRight(t *testing.T) {
	onEachKernel(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(3, 4))
		matrix := func(rows, cols int) *mat.Dense {
			const apart = 3
			data := repeat(rows*(cols+apart), func(int) float64 { return random.NormFloat64() })
			return mat.NewDense(rows, cols+apart, data).Slice(0, rows, 0, cols).(*mat.Dense)
		}
		for _, size := range [][3]int{{1, 1, 8000}, {3, 50, 257}, {64, 50, 512}, {65, 100, 300}, {40, 24, 9}} {
			m, n, k := size[0], size[1], size[2]
			a, b, got := matrix(m, k), matrix(k, n), matrix(m, n)
			var want mat.Dense
			want.Mul(a, b)
			for _, b := range []mat.Matrix{b, mat.DenseCopyOf(b.T()).T()} {
				right, free := NewRight(b)
				right.Mul(got, a)
				free()
				if !mat.Equal(got, &want) {
					t.Errorf("%d×%d of %d, %T: other bits", m, n, k, b)
				}
			}
		}
	})
}

// RightSingle gives what MulT does, to the bit.
func TestRightSingle(t *testing.T) {
	onEachKernel(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(3, 4))
		matrix := func(rows, cols int) Single {
			m := Single{rows, cols, make([]float32, rows*cols)}
			for i := range m.Data {
				m.Data[i] = float32(random.NormFloat64())
			}
			return m
		}
		for _, size := range [][3]int{{1, 2, 800}, {3, 50, 257}, {64, 50, 512}, {65, 100, 300}, {40, 48, 9}} {
			m, n, k := size[0], size[1], size[2]
			a, b, got, want := matrix(m, k), matrix(n, k), matrix(m, n), matrix(m, n)
			want.MulT(a, b, false)
			right, free := NewRightSingle(b)
			right.Mul(got, a)
			free()
			if !slices.Equal(got.Data, want.Data) {
				t.Errorf("%d×%d of %d: other bits", m, n, k)
			}
		}
	})
}
