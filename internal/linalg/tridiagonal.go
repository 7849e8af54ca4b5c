package linalg

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	lapack "gonum.org/v1/gonum/lapack/gonum"
	"gonum.org/v1/gonum/mat"
)

// Tridiagonal is a symmetric n×n matrix A in the form QTQᵀ, with T symmetric and
// tridiagonal and Q orthogonal. It costs 4/3 n³ operations, and what needs only
// eigenvalues, or solutions and determinants of A + tI for many t, needs no more:
// each t is O(n) with T.
type Tridiagonal struct {
	// T has Diagonal (n) and OffDiagonal (n−1).
	Diagonal, OffDiagonal []float64

	// Q is H_0 H_1 ⋯ H_{n−2}, H_j = I − τ_j v_j v_jᵀ; v_j is row j of the n×n matrix
	// v, with zeros up to column j and 1 in column j+1.
	v   blas64.General
	tau []float64
}

// How many reflectors are found before the matrix is updated by them, and how many
// are applied to another matrix at a time: most of the work is in matrix products.
const (
	panel = 32
	block = 128
)

// Tridiagonalize returns the tridiagonal form of a, whose memory it takes over where
// its rows are a multiple of eight numbers apart.
//
// It is the blocked algorithm of Dongarra, Sorensen and Hammarling (1989),
// LAPACK's DSYTRD: a panel of reflectors is found from the matrix as it was
// before the panel, each by one product of that with a vector; then the rest of
// the matrix is updated by all of them at once, A ← A − VᵀW − WᵀV.
func Tridiagonalize(a *mat.SymDense) *Tridiagonal {
	raw := a.RawSymmetric()
	if raw.Stride%8 != 0 {
		raw = copySym(a).RawSymmetric()
	}
	n := raw.N
	t := &Tridiagonal{
		Diagonal:    make([]float64, n),
		OffDiagonal: make([]float64, max(n-1, 0)),
		v:           blas64.General{Rows: n, Cols: n, Stride: raw.Stride, Data: raw.Data},
		tau:         make([]float64, max(n-1, 0)),
	}
	for i := range n { // the upper triangle is reduced in place; its rows become those of v
		clear(t.v.Data[i*t.v.Stride:][:i])
	}
	w := aligned(panel, n)
	for p := 0; p < n; p += panel {
		q := min(p+panel, n)
		for j := p; j < q; j++ {
			t.reflect(w, p, j)
		}
		if q < n {
			rest := blas64.Symmetric{Uplo: blas.Upper, N: n - q, Stride: t.v.Stride, Data: t.v.Data[q*t.v.Stride+q:]}
			blas64.Syr2k(blas.Trans, -1, part(t.v, p, q, q, n), part(w, 0, q-p, q, n), 1, rest)
		}
	}
	return t
}

// copySym returns a copy of a with its rows a multiple of eight numbers apart.
func copySym(a mat.Symmetric) *mat.SymDense {
	n := a.SymmetricDim()
	m := aligned(n, n)
	var sym mat.SymDense
	sym.SetRawSymmetric(blas64.Symmetric{Uplo: blas.Upper, N: n, Stride: m.Stride, Data: m.Data})
	sym.CopySym(a)
	return &sym
}

// reflect finds d_j, e_j, v_j and row j−p of w, in the panel that starts at p.
func (t *Tridiagonal) reflect(w blas64.General, p, j int) {
	n, stride := t.v.Cols, t.v.Stride
	row := t.v.Data[j*stride:][:n]
	if j > p {
		v, w := part(t.v, p, j, j, n), part(w, 0, j-p, j, n)
		blas64.Gemv(blas.Trans, -1, w, column(v, 0), 1, vector(row[j:]))
		blas64.Gemv(blas.Trans, -1, v, column(w, 0), 1, vector(row[j:]))
	}
	t.Diagonal[j], row[j] = row[j], 0
	if j == n-1 {
		return
	}
	v := row[j+1:]
	e, tau := lapack.Implementation{}.Dlarfg(len(v), v[0], v[1:], 1)
	t.OffDiagonal[j], t.tau[j], v[0] = e, tau, 1

	symv(t.v, j+1, t.v.Data[j*stride:][:stride], w.Data[(j-p)*stride:][:stride])
	wj := w.Data[(j-p)*stride:][j+1 : n]
	if j > p {
		before, w := part(t.v, p, j, j+1, n), part(w, 0, j-p, j+1, n)
		along := vector(make([]float64, j-p))
		blas64.Gemv(blas.NoTrans, 1, w, vector(v), 0, along)
		blas64.Gemv(blas.Trans, -1, before, along, 1, vector(wj))
		blas64.Gemv(blas.NoTrans, 1, before, vector(v), 0, along)
		blas64.Gemv(blas.Trans, -1, w, along, 1, vector(wj))
	}
	blas64.Scal(tau, vector(wj))
	axpy(-tau/2*dot(wj, v), v, wj)
}

// MulQ replaces b (n×k) by Qb.
func (t *Tridiagonal) MulQ(b *mat.Dense) {
	for blocks := (len(t.tau) + block - 1) / block; blocks > 0; blocks-- {
		t.apply((blocks-1)*block, blas.NoTrans, b)
	}
}

// MulQT replaces b (n×k) by Qᵀb.
func (t *Tridiagonal) MulQT(b *mat.Dense) {
	for p := 0; p < len(t.tau); p += block {
		t.apply(p, blas.Trans, b)
	}
}

// apply multiplies b by the product of a block of reflectors, I − VᵀSV, or by its
// transpose.
func (t *Tridiagonal) apply(p int, trans blas.Transpose, b *mat.Dense) {
	q := min(p+block, len(t.tau))
	n, k := b.Dims()
	v := part(t.v, p, q, p+1, n)
	s := t.factor(p, q)
	rows := b.Slice(p+1, n, 0, k).(*mat.Dense).RawMatrix()
	c := blas64.General{Rows: q - p, Cols: k, Stride: k, Data: make([]float64, (q-p)*k)}
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, v, rows, 0, c)
	blas64.Trmm(blas.Left, trans, 1, s, c)
	blas64.Gemm(blas.Trans, blas.NoTrans, -1, v, c, 1, rows)
}

// factor returns the upper triangular S of H_p ⋯ H_{q−1} = I − VᵀSV (Schreiber and
// Van Loan, 1989).
func (t *Tridiagonal) factor(p, q int) blas64.Triangular {
	m, n := q-p, t.v.Cols
	v := part(t.v, p, q, p+1, n)
	products := blas64.Symmetric{Uplo: blas.Upper, N: m, Stride: m, Data: make([]float64, m*m)}
	blas64.Syrk(blas.NoTrans, 1, v, 0, products)
	s := blas64.Triangular{Uplo: blas.Upper, Diag: blas.NonUnit, N: m, Stride: m, Data: products.Data}
	for j, tau := range t.tau[p:q] {
		leading := s
		leading.N = j
		above := blas64.Vector{N: j, Inc: m, Data: s.Data[j:]}
		blas64.Scal(-tau, above)
		blas64.Trmv(blas.NoTrans, leading, above)
		s.Data[j*m+j] = tau
	}
	return s
}

// Free gives back the memory of Q, which is of no use afterwards; T stays.
func (t *Tridiagonal) Free() { Free(t.v.Data) }

func vector(x []float64) blas64.Vector { return blas64.Vector{N: len(x), Inc: 1, Data: x} }

func dot(x, y []float64) float64 { return blas64.Dot(vector(x), vector(y)) }

func axpy(alpha float64, x, y []float64) { blas64.Axpy(alpha, vector(x), vector(y)) }

// column returns column j of m.
func column(m blas64.General, j int) blas64.Vector {
	return blas64.Vector{N: m.Rows, Inc: m.Stride, Data: m.Data[j:]}
}

// part returns the rows i0 to i1−1 and columns j0 to j1−1 of m.
func part(m blas64.General, i0, i1, j0, j1 int) blas64.General {
	return blas64.General{Rows: i1 - i0, Cols: j1 - j0, Stride: m.Stride, Data: m.Data[i0*m.Stride+j0 : (i1-1)*m.Stride+j1]}
}
