package linalg

import "gonum.org/v1/gonum/mat"

// Right is a matrix B (k×n), packed once to be the right factor of many products.
type Right struct {
	k, n   int
	slices [][]float64 // of B's rows, as panels
}

// NewRight packs b, a Dense or the transpose of one, and returns the function that gives the
// memory back.
func NewRight(b mat.Matrix) (r Right, free func()) {
	transpose, rows := b.(mat.Transpose)
	if rows {
		b = transpose.Matrix
	}
	raw, nr := b.(*mat.Dense).RawMatrix(), active.nr
	r.k, r.n = raw.Rows, raw.Cols
	if rows {
		r.k, r.n = r.n, r.k
	}
	width := roundUp(r.n, nr)
	panels, free := Scratch(r.k * width)
	for k := 0; k < r.k; k += slice {
		end := min(k+slice, r.k)
		r.slices = append(r.slices, panels[k*width:end*width])
		operand[float64]{raw.Data, raw.Stride, !rows}.pack(panels[k*width:], nr, 0, r.n, k, end)
	}
	return r, free
}

// Mul sets c to AB on the caller's core alone. The rows of A need not be packed where
// they are few enough to stay in the cache, and B has few columns to meet.
func (r Right) Mul(c, a *mat.Dense) {
	to, from := c.RawMatrix(), a.RawMatrix()
	p := product[float64]{alpha: 1, c: to.Data, ldc: to.Stride}
	mr := active.mr
	whole := from.Rows / mr * mr
	rest, free := Scratch(mr * min(r.k, slice))
	defer free()
	c.Zero()
	for s, panels := range r.slices {
		lo, hi := s*slice, min((s+1)*slice, r.k)
		p.addBlock(hi-lo, left[float64]{data: from.Data[lo:], step: from.Stride, row: from.Stride, column: 1}, panels, 0, whole, 0, r.n)
		if whole < from.Rows {
			operand[float64]{data: from.Data, ld: from.Stride}.pack(rest, mr, whole, from.Rows, lo, hi)
			p.addBlock(hi-lo, packed(rest, whole, hi-lo), panels, whole, from.Rows, 0, r.n)
		}
	}
}
