package linalg

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/internal/par"
)

// alignedStride returns a multiple of eight that is at least cols, and none of 128: rows
// apart by so many numbers would compete for the same lines of the cache.
func alignedStride(cols int) int {
	stride := roundUp(cols, 8)
	if stride%128 == 0 {
		stride += 8
	}
	return stride
}

// NewSym returns a zero n×n matrix whose memory Tridiagonalize can take over.
func NewSym(n int) *mat.SymDense { return symOf(n, Zeros(n*alignedStride(n))) }

// symOf returns an n×n matrix in this memory, of n rows of alignedStride(n).
func symOf(n int, memory []float64) *mat.SymDense {
	var m mat.SymDense
	m.SetRawSymmetric(blas64.Symmetric{Uplo: blas.Upper, N: n, Stride: alignedStride(n), Data: memory})
	return &m
}

// ScaleSym sets dst to f·a, on all free cores, and returns it. It may be a; nil stands for
// a new matrix as NewSym has it.
func ScaleSym(dst *mat.SymDense, f float64, a *mat.SymDense) *mat.SymDense {
	const stripe = 64 // rows
	n := a.SymmetricDim()
	if dst == nil {
		memory, _ := Scratch(n * alignedStride(n))
		dst = symOf(n, memory)
	}
	to, from := dst.RawSymmetric(), a.RawSymmetric()
	par.For((n+stripe-1)/stripe, func(s int) {
		for i := s * stripe; i < min((s+1)*stripe, n); i++ {
			floats.ScaleTo(to.Data[i*to.Stride+i:i*to.Stride+n], f, from.Data[i*from.Stride+i:i*from.Stride+n])
		}
	})
	return dst
}

// symv sets y to Ax for the rows and columns of A from the given one on; A is
// symmetric, with its upper triangle in a. There, x is 0 before that row, and y gets
// any value. x and y are as long as a row of an aligned matrix.
//
// Memory sets the pace, so each number is read once, for both triangles. Rows are
// dealt out eight at a time to a number of parts fixed by the size, so that sums
// are taken in the same order on any number of cores.
func symv(a blas64.General, from int, x, y []float64) {
	n, length := a.Rows, len(x)
	first := from &^ 7
	size := n - first
	parts := min(max(size*size>>16, 1), 8)
	sums, free := Scratch(parts * length)
	defer free()
	par.For(parts, func(p int) {
		sum := sums[p*length:][:length]
		clear(sum[first:])
		var products [4]float64
		for i := first + 8*p; i < n; i += 8 * parts {
			symvRows(a, i, x, sum, &products)
		}
	})
	copy(y[first:], sums[first:length])
	for p := 1; p < parts; p++ {
		axpy(1, sums[p*length+first:(p+1)*length], y[first:])
	}
}

// symvRows adds to y the part of Ax that rows i to i+7 and their mirror image
// contribute. products is room to work in, which the heap would have to give each time.
func symvRows(a blas64.General, i int, x, y []float64, products *[4]float64) {
	end := min(i+8, a.Rows)
	for r := i; r < end; r++ {
		row, to, factor := a.Data[r*a.Stride:][:end], y[:end], x[r]
		sum := row[r] * factor
		for j := r + 1; j < end; j++ {
			sum += row[j] * x[j]
			to[j] += row[j] * factor
		}
		y[r] += sum
	}
	if end < i+8 || end == len(x) {
		return
	}
	for r := i; r < end; r += 4 {
		active.rows4(a.Data[r*a.Stride+end:], a.Stride, x[end:], y[end:], (*[4]float64)(x[r:]), products)
		for k, v := range products {
			y[r+k] += v
		}
	}
}

func rows4Portable(a []float64, lda int, x, y []float64, factors, products *[4]float64) {
	n := len(x)
	y, a0, a1, a2, a3 := y[:n], a[:n], a[lda:][:n], a[2*lda:][:n], a[3*lda:][:n]
	f0, f1, f2, f3 := factors[0], factors[1], factors[2], factors[3]
	var s0, s1, s2, s3 float64
	for j, v := range x {
		s0 += a0[j] * v
		s1 += a1[j] * v
		s2 += a2[j] * v
		s3 += a3[j] * v
		y[j] += (a0[j]*f0 + a1[j]*f1) + (a2[j]*f2 + a3[j]*f3)
	}
	*products = [4]float64{s0, s1, s2, s3}
}
