package linalg

import (
	"gonum.org/v1/gonum/blas"

	"sfdalab/internal/par"
)

// base is the size of triangular matrices that are not cut any more. Larger ones
// are cut in half, so that nearly all of the work is in products.
const base = 128

// strip is how many columns (rows, on the right) of B one core takes at the base:
// a multiple of the columns of all kernels' tiles.
const strip = 48

// half is a half of a triangular matrix, with the rows (on the right, columns) of
// B that belong to it.
type half struct {
	a, b []float64
	m, n int // of b
}

// halve cuts a triangular problem op(A), B in two. The block of op(A) between the
// halves takes the rows (columns) of one of them to the other.
func halve(s blas.Side, ul blas.Uplo, tA blas.Transpose, m, n int, a []float64, lda int, b []float64, ldb int) (from, to half, between []float64) {
	var size int
	if s == blas.Left {
		size = roundUp(m/2, base)
		from, to = half{a, b, size, n}, half{a[size*lda+size:], b[size*ldb:], m - size, n}
	} else {
		size = roundUp(n/2, base)
		from, to = half{a, b, m, size}, half{a[size*lda+size:], b[size:], m, n - size}
	}
	between = a[size:]
	if ul == blas.Lower {
		between = a[size*lda:]
	}
	if lower := (ul == blas.Lower) == (tA == blas.NoTrans); lower != (s == blas.Left) {
		from, to = to, from
	}
	return from, to, between
}

// carry adds to one half of B the other times alpha and the block between them.
func (g implementation) carry(s blas.Side, tA blas.Transpose, from, to half, alpha float64, between []float64, lda int, beta float64, ldb int) {
	if s == blas.Left {
		g.Dgemm(tA, blas.NoTrans, to.m, to.n, from.m, alpha, between, lda, from.b, ldb, beta, to.b, ldb)
	} else {
		g.Dgemm(blas.NoTrans, tA, to.m, to.n, from.n, alpha, from.b, ldb, between, lda, beta, to.b, ldb)
	}
}

// Dtrsm replaces B by alpha·op(A)⁻¹B, or by alpha·B op(A)⁻¹ on the right.
func (g implementation) Dtrsm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float64, a []float64, lda int, b []float64, ldb int) {
	if isBase(s, m, n) {
		g.solve(s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
		return
	}
	from, to, between := halve(s, ul, tA, m, n, a, lda, b, ldb)
	g.Dtrsm(s, ul, tA, d, from.m, from.n, alpha, from.a, lda, from.b, ldb)
	g.carry(s, tA, from, to, -1, between, lda, alpha, ldb)
	g.Dtrsm(s, ul, tA, d, to.m, to.n, 1, to.a, lda, to.b, ldb)
}

// Dtrmm replaces B by alpha·op(A)B, or by alpha·B op(A) on the right.
func (g implementation) Dtrmm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float64, a []float64, lda int, b []float64, ldb int) {
	if isBase(s, m, n) {
		eachStrip(s, m, n, b, ldb, func(m, n int, b []float64) {
			g.Implementation.Dtrmm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
		})
		return
	}
	from, to, between := halve(s, ul, tA, m, n, a, lda, b, ldb)
	g.Dtrmm(s, ul, tA, d, to.m, to.n, alpha, to.a, lda, to.b, ldb)
	g.carry(s, tA, from, to, alpha, between, lda, 1, ldb)
	g.Dtrmm(s, ul, tA, d, from.m, from.n, alpha, from.a, lda, from.b, ldb)
}

func isBase(s blas.Side, m, n int) bool {
	return m == 0 || n == 0 || s == blas.Left && m <= base || s != blas.Left && n <= base
}

// eachStrip calls fn for strips of the m×n matrix b on which a triangular matrix
// on side s acts independently.
func eachStrip(s blas.Side, m, n int, b []float64, ldb int, fn func(m, n int, b []float64)) {
	if s == blas.Left && m > 0 && n > strip {
		at := cut(0, n, strip, 1)
		par.For(len(at)-1, func(t int) { fn(m, at[t+1]-at[t], b[at[t]:]) })
	} else if s == blas.Right && n > 0 && m > strip {
		at := cut(0, m, strip, 1)
		par.For(len(at)-1, func(t int) { fn(at[t+1]-at[t], n, b[at[t]*ldb:]) })
	} else {
		fn(m, n, b)
	}
}
