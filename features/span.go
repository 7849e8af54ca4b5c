package features

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"
)

// Span is the samples of a Set in min(N, D) orthonormal coordinates: those of the space
// that they span, when there are fewer samples than features. It is for what only depends
// on inner products.
type Span struct {
	Rows   Rows      // N×min(N, D)
	Groups *Groups   // of Rows
	Ones   []float64 // the D-vector of ones, as far as it is in the span
}

// Span returns the samples as they are when N ≥ D, and rotated into their span
// otherwise. The labels must be classes.
func (s *Set) Span() *Span {
	return Shared(s, statistic("span"), func() *Span {
		if s.n >= s.d {
			return &Span{s.Features, s.Groups(), constant(s.d, 1)}
		}
		var rows Rows
		var ones []float64
		if s.whole != nil {
			rows, ones = s.whole.span()
		}
		if rows == nil {
			rows, ones = rotate(s.Features, constant(s.d, 1))
		}
		return &Span{rows, Group(rows, s.Labels.Index, s.C()), ones}
	})
}

// rotate rotates N samples of D > N features into the N dimensions that they span:
// with the QR factorization Xᵀ = QR, the rotated samples are XQ = Rᵀ, N×N. Inner
// products are kept, and outside of the span a shrunk scatter is a multiple of I, which
// no sample meets.
// It also returns the vector of ones in the new coordinates, Qᵀ1, and overwrites it.
func rotate(rows Rows, ones []float64) (Rows, []float64) {
	n, d := rows.Dims()
	var transposed mat.Dense
	transposed.CloneFrom(Matrix(rows).T())
	a, tau := transposed.RawMatrix(), make([]float64, n)
	withWorkspace(func(work []float64, size int) { lapack64.Geqrf(a, tau, work, size) })

	column := blas64.General{Rows: d, Cols: 1, Stride: 1, Data: ones}
	withWorkspace(func(work []float64, size int) {
		lapack64.Ormqr(blas.Left, blas.Trans, a, tau, column, work, size)
	})

	x := mat.NewDense(n, n, nil)
	for i := range n {
		for j := range i + 1 {
			x.Set(i, j, a.Data[j*a.Stride+i])
		}
	}
	return Dense(x), ones[:n]
}

// withWorkspace asks a LAPACK routine how much workspace it wants and calls it
// with that.
func withWorkspace(routine func(work []float64, size int)) {
	var query [1]float64
	routine(query[:], -1)
	size := int(query[0])
	routine(make([]float64, size), size)
}

// constant returns n times v.
func constant(n int, v float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = v
	}
	return x
}
