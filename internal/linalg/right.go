package linalg

import "gonum.org/v1/gonum/mat"

// right is a matrix B (k×n), packed once to be the right factor of many products.
type right[T number] struct {
	k, n   int
	slices [][]T // of B's rows, as panels
}

// Right is a right factor of float64, and RightSingle one of float32.
type (
	Right       struct{ right[float64] }
	RightSingle struct{ right[float32] }
)

// NewRight packs b, a Dense or the transpose of one, and returns the function that gives the
// memory back.
func NewRight(b mat.Matrix) (r Right, free func()) {
	if t, ok := b.(mat.Transpose); ok {
		raw := t.Matrix.(*mat.Dense).RawMatrix()
		free = r.pack(operand[float64]{raw.Data, raw.Stride, false}, raw.Cols, raw.Rows)
	} else {
		raw := b.(*mat.Dense).RawMatrix()
		free = r.pack(operand[float64]{raw.Data, raw.Stride, true}, raw.Rows, raw.Cols)
	}
	return r, free
}

// NewRightSingle packs bᵀ.
func NewRightSingle(b Single) (r RightSingle, free func()) {
	return r, r.pack(operand[float32]{b.Data, b.Cols, false}, b.Cols, b.Rows)
}

// pack packs b, n×k, by slices of its columns, each in panels as wide as a tile.
func (r *right[T]) pack(b operand[T], k, n int) (free func()) {
	r.k, r.n = k, n
	width := roundUp(n, tilesOf[T]().nr)
	panels, free := scratch[T](k * width)
	for from := 0; from < k; from += slice {
		to := min(from+slice, k)
		r.slices = append(r.slices, panels[from*width:to*width])
		product[T]{b: b, narrow: true}.packRight(panels[from*width:], 0, n, from, to)
	}
	return free
}

// Mul sets c to AB on the caller's core alone. The rows of A need not be packed where
// they are few enough to stay in the cache, and B has few columns to meet.
func (r Right) Mul(c, a *mat.Dense) {
	to, from := c.RawMatrix(), a.RawMatrix()
	c.Zero()
	r.addTo(to.Data, to.Stride, from.Data, from.Stride, from.Rows)
}

// Mul is Right.Mul; its error is that of Single.MulT.
func (r RightSingle) Mul(c, a Single) {
	clear(c.Data)
	r.addTo(c.Data, c.Cols, a.Data, a.Cols, a.Rows)
}

// addTo adds the product of some rows with B to c.
func (r *right[T]) addTo(c []T, ldc int, a []T, lda, rows int) {
	p := product[T]{alpha: 1, c: c, ldc: ldc, narrow: true}
	mr := tilesOf[T]().mr
	whole := rows / mr * mr
	rest, free := scratch[T](mr * min(r.k, slice))
	defer free()
	for s, panels := range r.slices {
		lo, hi := s*slice, min((s+1)*slice, r.k)
		p.addBlock(hi-lo, left[T]{data: a[lo:], width: mr, step: lda, row: lda, column: 1}, panels, 0, whole, 0, r.n)
		if whole < rows {
			operand[T]{data: a, ld: lda}.pack(rest, mr, whole, rows, lo, hi)
			p.addBlock(hi-lo, inPanels(rest, whole, mr, hi-lo), panels, whole, rows, 0, r.n)
		}
	}
}
