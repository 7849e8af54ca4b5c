package linalg

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	reference "gonum.org/v1/gonum/blas/gonum"

	"sfdalab/internal/par"
)

func init() { blas64.Use(implementation{}) }

// implementation is gonum's BLAS with the products of matrices done by the kernel.
// Where an argument is wrong it panics as gonum's does, which is asked first.
type implementation struct{ reference.Implementation }

// small is the number of multiplications below which packing does not pay.
const small = 20 * 20 * 20

// Dgemm sets C to alpha·op(A)op(B) + beta·C.
func (g implementation) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	if m*n*k < small {
		g.Implementation.Dgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	g.Implementation.Dgemm(tA, tB, m, n, k, 0, a, lda, b, ldb, 1, c, ldc) // checks its arguments
	scale(beta, m, n, c, ldc)
	if alpha == 0 {
		return
	}
	product[float64]{
		m: m, n: n, k: k, alpha: alpha,
		a: operand[float64]{a, lda, tA != blas.NoTrans},
		b: operand[float64]{b, ldb, tB == blas.NoTrans},
		c: c, ldc: ldc,
	}.add()
}

// Dsymm sets C to alpha·AB + beta·C, or to alpha·BA + beta·C on the right, where
// the triangle ul of the symmetric A is read.
func (g implementation) Dsymm(s blas.Side, ul blas.Uplo, m, n int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	if m*n*min(m, n) < small {
		g.Implementation.Dsymm(s, ul, m, n, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	g.Implementation.Dsymm(s, ul, m, n, 0, a, lda, b, ldb, 1, c, ldc) // checks its arguments
	k := n
	if s == blas.Left {
		k = m
	}
	full, free := Scratch(k * k)
	defer free()
	for i := range k {
		for j := i; j < k; j++ {
			x := a[j*lda+i]
			if ul == blas.Upper {
				x = a[i*lda+j]
			}
			full[i*k+j], full[j*k+i] = x, x
		}
	}
	if s == blas.Left {
		g.Dgemm(blas.NoTrans, blas.NoTrans, m, n, k, alpha, full, k, b, ldb, beta, c, ldc)
	} else {
		g.Dgemm(blas.NoTrans, blas.NoTrans, m, n, k, alpha, b, ldb, full, k, beta, c, ldc)
	}
}

// scale multiplies an m×n matrix by beta; if that is 0, whatever it holds.
func scale[T number](beta T, m, n int, c []T, ldc int) {
	if beta == 1 {
		return
	}
	at := cut(0, m, max(1<<16/n, 1), 1)
	par.For(len(at)-1, func(t int) {
		for i := at[t]; i < at[t+1]; i++ {
			row := c[i*ldc : i*ldc+n]
			if beta == 0 {
				clear(row)
				continue
			}
			for j := range row {
				row[j] *= beta
			}
		}
	})
}

// Dsyrk sets the triangle ul of C to that of alpha·op(A)op(A)ᵀ + beta·C.
func (g implementation) Dsyrk(ul blas.Uplo, tA blas.Transpose, n, k int, alpha float64, a []float64, lda int, beta float64, c []float64, ldc int) {
	if n*n*k < small {
		g.Implementation.Dsyrk(ul, tA, n, k, alpha, a, lda, beta, c, ldc)
		return
	}
	if beta == 1 { // by which gonum's Dsyrk would multiply C
		g.check(tA, n, k, a, lda, c, ldc)
	} else {
		g.Implementation.Dsyrk(ul, tA, n, k, 0, a, lda, beta, c, ldc) // checks its arguments and scales C
	}
	if alpha == 0 {
		return
	}
	rows := operand[float64]{a, lda, tA != blas.NoTrans}
	product[float64]{m: n, n: n, k: k, alpha: alpha, a: rows, b: rows, c: c, ldc: ldc, part: triangle(ul)}.add()
}

// Dsyr2k sets the triangle ul of C to that of
// alpha·(op(A)op(B)ᵀ + op(B)op(A)ᵀ) + beta·C.
func (g implementation) Dsyr2k(ul blas.Uplo, tA blas.Transpose, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	if n*n*k < small {
		g.Implementation.Dsyr2k(ul, tA, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	if beta == 1 {
		g.check(tA, n, k, a, lda, c, ldc)
		g.check(tA, n, k, b, ldb, c, ldc)
	} else {
		g.Implementation.Dsyr2k(ul, tA, n, k, 0, a, lda, b, ldb, beta, c, ldc) // checks its arguments and scales C
	}
	if alpha == 0 {
		return
	}
	p := product[float64]{
		m: n, n: n, k: k, alpha: alpha,
		a: operand[float64]{a, lda, tA != blas.NoTrans},
		b: operand[float64]{b, ldb, tA != blas.NoTrans},
		c: c, ldc: ldc, part: triangle(ul),
	}
	p.add()
	p.a, p.b = p.b, p.a
	p.add()
}

// Dsyr adds alpha·xxᵀ to the triangle ul of A.
func (g implementation) Dsyr(ul blas.Uplo, n int, alpha float64, x []float64, incX int, a []float64, lda int) {
	const stripe, large = 64, 256 // rows
	if ul != blas.Upper || n < large || incX != 1 {
		g.Implementation.Dsyr(ul, n, alpha, x, incX, a, lda)
		return
	}
	g.Implementation.Dsyr(ul, n, 0, x, 1, a, lda) // checks its arguments
	par.For((n+stripe-1)/stripe, func(s int) {
		for i := s * stripe; i < min((s+1)*stripe, n); i++ {
			axpy(alpha*x[i], x[i:n], a[i*lda+i:][:n-i])
		}
	})
}

// check panics unless A, n×k or its transpose, and C, n×n, fit what holds them. It
// does not look at their numbers.
func (g implementation) check(tA blas.Transpose, n, k int, a []float64, lda int, c []float64, ldc int) {
	other := blas.NoTrans
	if tA == blas.NoTrans {
		other = blas.Trans
	}
	g.Implementation.Dgemm(tA, other, n, n, k, 0, a, lda, a, lda, 1, c, ldc)
}

func triangle(ul blas.Uplo) region {
	if ul == blas.Upper {
		return upper
	}
	return lower
}

// Dgemv sets y to alpha·op(A)x + beta·y, in parts of y of a size fixed by that of
// A.
func (g implementation) Dgemv(tA blas.Transpose, m, n int, alpha float64, a []float64, lda int, x []float64, incX int, beta float64, y []float64, incY int) {
	const part = 1 << 16 // numbers of A
	if m*n <= part || incX != 1 || incY != 1 {
		g.Implementation.Dgemv(tA, m, n, alpha, a, lda, x, incX, beta, y, incY)
		return
	}
	if tA == blas.NoTrans {
		at := cut(0, m, max(part/n, 4), 4)
		par.For(len(at)-1, func(t int) {
			g.Implementation.Dgemv(tA, at[t+1]-at[t], n, alpha, a[at[t]*lda:], lda, x, 1, beta, y[at[t]:], 1)
		})
		return
	}
	at := cut(0, n, max(part/m, 64), 8)
	par.For(len(at)-1, func(t int) {
		g.Implementation.Dgemv(tA, m, at[t+1]-at[t], alpha, a[at[t]:], lda, x, 1, beta, y[at[t]:], 1)
	})
}

// Dsymv sets y to alpha·Ax + beta·y, where the triangle ul of the symmetric A is
// read.
func (g implementation) Dsymv(ul blas.Uplo, n int, alpha float64, a []float64, lda int, x []float64, incX int, beta float64, y []float64, incY int) {
	if ul != blas.Upper || n < 256 || n%8 != 0 || incX != 1 || incY != 1 {
		g.Implementation.Dsymv(ul, n, alpha, a, lda, x, incX, beta, y, incY)
		return
	}
	g.Implementation.Dsymv(ul, n, 0, a, lda, x, 1, beta, y, 1) // checks its arguments and scales y
	product, free := Scratch(n)
	defer free()
	symv(blas64.General{Rows: n, Cols: n, Stride: lda, Data: a}, 0, x[:n], product)
	axpy(alpha, product, y[:n])
}
