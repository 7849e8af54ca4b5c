package linalg

import (
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/internal/par"
)

// aligned returns a zero matrix whose rows are a multiple of eight numbers apart.
func aligned(rows, cols int) blas64.General {
	stride := (cols + 7) &^ 7
	return blas64.General{Rows: rows, Cols: cols, Stride: stride, Data: Zeros(max(rows, 1) * stride)}
}

// ScaleSym sets dst to f·a, on all free cores, and returns it. It may be a; nil stands for
// a new matrix.
func ScaleSym(dst *mat.SymDense, f float64, a *mat.SymDense) *mat.SymDense {
	const stripe = 64 // rows
	n := a.SymmetricDim()
	if dst == nil {
		memory, _ := Scratch(n * n)
		dst = mat.NewSymDense(n, memory)
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
	parts := min(max(size*size>>17, 1), 8)
	sums, free := Scratch(parts * length)
	defer free()
	par.For(parts, func(p int) {
		sum := sums[p*length:][:length]
		clear(sum[first:])
		for i := first + 8*p; i < n; i += 8 * parts {
			symvRows(a, i, x, sum)
		}
	})
	copy(y[first:], sums[first:length])
	for p := 1; p < parts; p++ {
		axpy(1, sums[p*length+first:(p+1)*length], y[first:])
	}
}

// symvRows adds to y the part of Ax that rows i to i+7 and their mirror image
// contribute.
func symvRows(a blas64.General, i int, x, y []float64) {
	end := min(i+8, a.Rows)
	for r := i; r < end; r++ {
		row := a.Data[r*a.Stride:][:end]
		y[r] += row[r] * x[r]
		for j := r + 1; j < end; j++ {
			y[r] += row[j] * x[j]
			y[j] += row[j] * x[r]
		}
	}
	if end < i+8 || end == len(x) {
		return
	}
	for r := i; r < end; r += 4 {
		var products [4]float64
		active.rows4(a.Data[r*a.Stride+end:], a.Stride, x[end:], y[end:], (*[4]float64)(x[r:]), &products)
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
