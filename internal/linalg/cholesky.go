package linalg

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"
)

// Cholesky is the factorization A = RᵀR of a positive definite n×n matrix. gonum's
// copies A and estimates its condition number whenever it factors; this one does
// neither.
type Cholesky struct {
	r blas64.Triangular
}

// Factor returns the Cholesky factorization of a, whose memory it takes over. It
// says false when a is not positive definite.
func Factor(a *mat.SymDense) (Cholesky, bool) {
	r, ok := lapack64.Potrf(a.RawSymmetric())
	return Cholesky{r}, ok
}

// SolveRows returns A⁻¹Bᵀ, n×k, for b k×n.
func (c Cholesky) SolveRows(b *mat.Dense) *mat.Dense {
	x := mat.DenseCopyOf(b.T())
	lapack64.Potrs(c.r, x.RawMatrix())
	return x
}

// SolveLower replaces b by R⁻ᵀb.
func (c Cholesky) SolveLower(b []float64) { blas64.Trsv(blas.Trans, c.r, vector(b)) }

// Lower returns Rᵀ.
func (c Cholesky) Lower() *mat.Dense {
	r := blas64.General{Rows: c.r.N, Cols: c.r.N, Stride: c.r.Stride, Data: c.r.Data}
	rows := make([]int, r.Rows)
	for i := range rows {
		rows[i] = i
		clear(r.Data[i*r.Stride:][:i])
	}
	return columns(r, rows)
}

// Condition returns a lower bound of the condition number of A, in practice of its
// order: the ratio of the largest pivot to the smallest.
func (c Cholesky) Condition() float64 {
	least, most := math.Inf(1), 0.0
	for i := range c.r.N {
		pivot := c.r.Data[i*c.r.Stride+i]
		least, most = min(least, pivot), max(most, pivot)
	}
	return most / least * most / least
}

// Free gives back the memory of the factorization, which is of no use afterwards.
func (c Cholesky) Free() { Free(c.r.Data) }
