package linalg

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"sfdalab/internal/par"
)

// Tridiagonal is a symmetric n×n matrix A in the form QTQᵀ, with T symmetric and
// tridiagonal and Q orthogonal. It costs 4/3 n³ operations, and what needs only
// eigenvalues, or solutions and determinants of A + tI for many t, needs no more:
// each t is O(n) with T.
type Tridiagonal struct {
	// T has Diagonal (n) and OffDiagonal (n−1).
	Diagonal, OffDiagonal []float64

	q interface {
		apply(trans blas.Transpose, b *mat.Dense)
	}
	memory [][]float64 // of Q
}

// reflectors are an orthogonal n×n matrix H_0 H_1 ⋯, H_j = I − τ_j v_j v_jᵀ; v_j is row
// j of the n×n matrix v, with zeros before column j+1, where it has 1.
type reflectors struct {
	v   blas64.General
	tau []float64
}

// How many reflectors are found before the matrix is updated by them, and how many
// are applied to another matrix at a time: most of the work is in matrix products.
const (
	panel = 32
	block = 128
)

// Tridiagonalize returns the tridiagonal form of a, for products of Q with so many
// columns. It takes over the memory of a where its rows are a multiple of eight numbers
// apart, as those of NewSym are.
func Tridiagonalize(a *mat.SymDense, columns int) *Tridiagonal {
	// Two stages read the matrix once a panel, where one stage reads it once a column, but
	// each product with Q takes them longer.
	const large, few = 512, 2
	if n := a.SymmetricDim(); n >= large && few*columns <= n {
		return tridiagonalizeByBand(a)
	}
	return tridiagonalize(a)
}

// tridiagonalize is the blocked algorithm of Dongarra, Sorensen and Hammarling (1989),
// LAPACK's DSYTRD: a panel of reflectors is found from the matrix as it was
// before the panel, each by one product of that with a vector; then the rest of
// the matrix is updated by all of them at once, A ← A − VᵀW − WᵀV.
func tridiagonalize(a *mat.SymDense) *Tridiagonal {
	v := takeOver(a)
	n := v.Rows
	for i := range n {
		row := v.Data[i*v.Stride:][:v.Stride]
		clear(row[:i])
		clear(row[n:])
	}
	t := newTridiagonal(n)
	r := reflectors{v, make([]float64, max(n-1, 0))}
	t.q, t.memory = r, [][]float64{v.Data}
	u := blas64.General{Rows: 3 * panel, Cols: n, Stride: v.Stride, Data: Zeros(3 * panel * v.Stride)} // V, W, V of the panel
	defer Free(u.Data)
	for p := 0; p < n; p += panel {
		q := min(p+panel, n)
		for j := p; j < q; j++ {
			t.reflect(r, u, p, j)
		}
		if q < n {
			update(v, u, q, n).add()
		}
	}
	return t
}

// update takes VᵀW + WᵀV from rows from to to−1 of A; u has the rows of V, those of W and
// those of V again.
func update(a, u blas64.General, from, to int) product[float64] {
	if from >= to {
		return product[float64]{}
	}
	rows, n := u.Rows/3, a.Rows
	factor := func(row int) operand[float64] { return operand[float64]{u.Data[row*u.Stride+from:], u.Stride, true} }
	return product[float64]{
		m: to - from, n: n - from, k: 2 * rows, alpha: -1,
		a: factor(0), b: factor(rows),
		c: a.Data[from*a.Stride+from:], ldc: a.Stride, part: upper,
	}
}

// takeOver returns a's upper triangle, with any values elsewhere, in the memory of a if that
// is as NewSym has it.
func takeOver(a *mat.SymDense) blas64.General {
	raw := a.RawSymmetric()
	if raw.Stride%8 != 0 || len(raw.Data) < raw.N*raw.Stride {
		raw = copySym(a).RawSymmetric()
	}
	return blas64.General{Rows: raw.N, Cols: raw.N, Stride: raw.Stride, Data: raw.Data}
}

func newTridiagonal(n int) *Tridiagonal {
	return &Tridiagonal{Diagonal: make([]float64, n), OffDiagonal: make([]float64, max(n-1, 0))}
}

// copySym returns a copy of a as NewSym has it.
func copySym(a mat.Symmetric) *mat.SymDense {
	m := NewSym(a.SymmetricDim())
	m.CopySym(a)
	return m
}

// reflect finds d_j, e_j, v_j and row j−p of W, in the panel that starts at p. The row
// of A has been brought up to date but for v and w of column j−1.
func (t *Tridiagonal) reflect(r reflectors, u blas64.General, p, j int) {
	n, stride := r.v.Cols, r.v.Stride
	vs, ws := u.Data[:panel*stride], u.Data[panel*stride:2*panel*stride]
	row := func(of []float64, k int) []float64 { return of[k*stride:][:stride] }
	v := row(r.v.Data, j)
	if j > p {
		before, w := row(vs, j-1-p), row(ws, j-1-p)
		axpy(-before[j], w[j:n], v[j:n])
		axpy(-w[j], before[j:n], v[j:n])
	}
	t.Diagonal[j], v[j] = v[j], 0
	if j == n-1 {
		return
	}
	e, tau := reflector(v[j+1 : n])
	t.OffDiagonal[j], r.tau[j], v[j+1] = e, tau, 1
	copy(row(vs, j-p), v)
	copy(row(u.Data, 2*panel+j-p), v)

	w, next := row(ws, j-p), row(r.v.Data, j+1)
	symv(r.v, j+1, v, w)
	if j > p {
		// The next row of A lacks what all columns before this one take from it, and w
		// has −VᵀWv − WᵀVv to come.
		first := (j + 1) &^ 7
		var factors [2 * panel]float64
		if j+1 < p+panel {
			for k := range j - p {
				factors[k], factors[panel+k] = -row(ws, k)[j+1], -row(vs, k)[j+1]
			}
		}
		along := sweep(u, j-p, first, v, next, &factors)
		clear(next[first : j+1])
		for k := range j - p {
			factors[k], factors[panel+k] = -along[panel+k], -along[k]
		}
		sweep(u, j-p, first, v, w, &factors)
	}
	blas64.Scal(tau, vector(w[j+1:n]))
	axpy(-tau/2*dot(w[j+1:n], v[j+1:n]), v[j+1:n], w[j+1:n])
}

// sweep adds to y rows of V and of W, in u, times factors, and returns the products of these
// rows with x. It takes columns from the first on, in parts of a fixed size on all free cores.
func sweep(u blas64.General, rows, first int, x, y []float64, factors *[2 * panel]float64) (products [2 * panel]float64) {
	const part = 512
	sums := make([][2 * panel]float64, (u.Stride-first+part-1)/part)
	par.For(len(sums), func(p int) {
		lo := first + p*part
		hi := min(lo+part, u.Stride)
		for _, start := range [2]int{0, panel} {
			for k := start; k < start+rows; k += 4 {
				active.rows4(u.Data[k*u.Stride+lo:], u.Stride, x[lo:hi], y[lo:hi], (*[4]float64)(factors[k:]), (*[4]float64)(sums[p][k:]))
			}
		}
	})
	for _, sum := range sums {
		for k, v := range sum {
			products[k] += v
		}
	}
	return products
}

// reflector finds the reflection I − τvvᵀ that takes x to (e, 0, …, 0), and replaces x
// by v but for its first number, which is 1.
func reflector(x []float64) (e, tau float64) {
	rest := dot(x[1:], x[1:])
	square := x[0]*x[0] + rest
	if !(square > 0x1p-900 && square < 0x1p900) {
		// Squares may have been lost or overflowed. A power of 2 changes no bits.
		largest := math.Abs(x[blas64.Iamax(vector(x))])
		if math.IsNaN(largest) || math.IsInf(largest, 0) {
			return math.NaN(), 0
		}
		if largest == 0 {
			return 0, 0
		}
		_, exponent := math.Frexp(largest)
		blas64.Scal(math.Ldexp(1, -exponent), vector(x))
		e, tau = reflector(x)
		return math.Ldexp(e, exponent), tau
	}
	if rest == 0 {
		return x[0], 0
	}
	// With the sign opposite to x₀, x₀ − e is a sum of equal signs, so that no digits cancel.
	e = -math.Copysign(math.Sqrt(square), x[0])
	blas64.Scal(1/(x[0]-e), vector(x[1:]))
	return e, (e - x[0]) / e
}

// MulQ replaces b (n×k) by Qb.
func (t *Tridiagonal) MulQ(b *mat.Dense) { t.q.apply(blas.NoTrans, b) }

// MulQT replaces b (n×k) by Qᵀb.
func (t *Tridiagonal) MulQT(b *mat.Dense) { t.q.apply(blas.Trans, b) }

// apply multiplies b (n×k) by the reflectors, or by their transpose.
func (r reflectors) apply(trans blas.Transpose, b *mat.Dense) {
	blocks := (len(r.tau) + block - 1) / block
	for i := range blocks {
		if trans == blas.NoTrans {
			i = blocks - 1 - i
		}
		r.applyBlock(i*block, trans, b)
	}
}

// applyBlock multiplies b by the product of a block of reflectors, or by its transpose.
func (r reflectors) applyBlock(p int, trans blas.Transpose, b *mat.Dense) {
	q := min(p+block, len(r.tau))
	n, k := b.Dims()
	v := part(r.v, p, q, p+1, n)
	s := inverseOf(v, r.tau[p:q])
	rows := b.Slice(p+1, n, 0, k).(*mat.Dense).RawMatrix()
	c := blas64.General{Rows: q - p, Cols: k, Stride: k, Data: make([]float64, (q-p)*k)}
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, v, rows, 0, c)
	blas64.Trsm(blas.Left, trans, 1, s, c)
	blas64.Gemm(blas.Trans, blas.NoTrans, -1, v, c, 1, rows)
}

// inverseOf returns S⁻¹ of reflectors whose vectors are the rows of v.
//
// H_p ⋯ H_{q−1} = I − VᵀSV (Schreiber and Van Loan, 1989), where S⁻¹ is what VVᵀ has
// above its diagonal, with 1/τ on it (Joffrain et al., 2006).
func inverseOf(v blas64.General, tau []float64) blas64.Triangular {
	s := blas64.Triangular{Uplo: blas.Upper, Diag: blas.NonUnit, N: v.Rows, Stride: v.Rows, Data: make([]float64, v.Rows*v.Rows)}
	blas64.Syrk(blas.NoTrans, 1, v, 0, blas64.Symmetric{Uplo: s.Uplo, N: s.N, Stride: s.Stride, Data: s.Data})
	for i, t := range tau {
		s.Data[i*(s.Stride+1)] = 1 / t
	}
	return s
}

// Free gives back the memory of Q, which is of no use afterwards; T stays.
func (t *Tridiagonal) Free() {
	for _, x := range t.memory {
		Free(x)
	}
}

func vector(x []float64) blas64.Vector { return blas64.Vector{N: len(x), Inc: 1, Data: x} }

func dot(x, y []float64) float64 { return blas64.Dot(vector(x), vector(y)) }

func axpy(alpha float64, x, y []float64) { blas64.Axpy(alpha, vector(x), vector(y)) }

// part returns the rows i0 to i1−1 and columns j0 to j1−1 of m.
func part(m blas64.General, i0, i1, j0, j1 int) blas64.General {
	return blas64.General{Rows: i1 - i0, Cols: j1 - j0, Stride: m.Stride, Data: m.Data[i0*m.Stride+j0 : (i1-1)*m.Stride+j1]}
}
