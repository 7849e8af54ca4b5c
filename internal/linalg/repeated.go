package linalg

import (
	"gonum.org/v1/gonum/mat"

	"sfdalab/internal/par"
)

// Repeated is a matrix Z (n×k), packed once to be a factor of many products with matrices of few
// rows or columns, on all free cores. Their bits are those of mat.Dense.Mul.
type Repeated struct {
	z     *mat.Dense
	right Right // Z
}

// NewRepeated packs z, and returns the function that gives the memory back.
func NewRepeated(z *mat.Dense) (r Repeated, free func()) {
	right, free := NewRight(z)
	return Repeated{z, right}, free
}

// MulT sets c (n×m) to ZBᵀ.
func (r Repeated) MulT(c, b *mat.Dense) {
	n, k := r.z.Dims()
	m, _ := b.Dims()
	if n*m*k < small {
		c.Mul(r.z, b.T())
		return
	}
	right, free := NewRight(b.T())
	defer free()
	const stripe = 64 // rows, which need not be packed
	par.For((n+stripe-1)/stripe, func(s int) {
		lo, hi := s*stripe, min((s+1)*stripe, n)
		right.Mul(c.Slice(lo, hi, 0, m).(*mat.Dense), r.z.Slice(lo, hi, 0, k).(*mat.Dense))
	})
}

// TMul sets c (m×k) to AᵀZ.
func (r Repeated) TMul(c, a *mat.Dense) {
	n, k := r.z.Dims()
	from, to := a.RawMatrix(), c.RawMatrix()
	if n*from.Cols*k < small {
		c.Mul(a.T(), r.z)
		return
	}
	mr := active.mr
	m := roundUp(from.Cols, mr)
	packed, free := Scratch(m * n)
	defer free()
	bounds := func(s int) (from, to int) { return s * slice, min((s+1)*slice, n) }
	left := operand[float64]{from.Data, from.Stride, true}
	par.For(len(r.right.slices), func(s int) {
		lo, hi := bounds(s)
		left.pack(packed[m*lo:], mr, 0, from.Cols, lo, hi)
	})
	c.Zero()
	p := product[float64]{alpha: 1, c: to.Data, ldc: to.Stride, narrow: true}
	rows, columns := cut(0, from.Cols, blockRows, mr), cut(0, k, blockColumns, active.nr)
	last := len(rows) - 1
	par.For(last*(len(columns)-1), func(t int) {
		i, j := t%last, t/last
		for s, panels := range r.right.slices {
			lo, hi := bounds(s)
			p.addBlock(hi-lo, inPanels(packed[m*lo:], 0, mr, hi-lo), panels[columns[j]*(hi-lo):], rows[i], rows[i+1], columns[j], columns[j+1])
		}
	})
}
