package linalg

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/mat"

	"sfdalab/internal/par"
)

// unit is how many rows and columns a tall matrix has at least: whole tiles of each kernel.
const unit = 8

// tall is a matrix of few columns in the order in which tiles read it.
type tall struct {
	columns, rows int
	panels        []float64
}

// newTall returns room for so many rows.
func newTall(rows, columns int) *tall {
	return &tall{columns: columns, panels: make([]float64, rows*roundUp(columns, tilesOf[float64]().nr))}
}

// pack brings a matrix in order that lies by rows.
func (t *tall) pack(data []float64) {
	t.rows = len(data) / t.columns
	operand[float64]{data, t.columns, true}.pack(t.panels, tilesOf[float64]().nr, 0, t.columns, 0, t.rows)
}

// addProduct adds the product of A and rows from to to−1 of t to so many rows of c, which are
// as long as those of t, or as a tile's if that is more. Element (r, s) of A is a[r·row+s·column].
func (t *tall) addProduct(c []float64, rows int, a []float64, row, column, from, to int) {
	tiles := tilesOf[float64]()
	ldc := max(t.columns, tiles.nr)
	for i := 0; i < rows; i += tiles.mr {
		for j := 0; j < t.columns; j += tiles.nr {
			tiles.tile(to-from, 1, a[i*row:], row, column, t.panels[j*t.rows+from*tiles.nr:], c[i*ldc+j:], ldc)
		}
	}
}

// newGram returns room for an inner product of tall matrices.
func newGram(columns int) []float64 {
	return make([]float64, columns*max(columns, tilesOf[float64]().nr))
}

// inner sets c to XᵀT, where X is as large as T, and returns it. Its rows are as far apart as
// addProduct has it.
func (t *tall) inner(c, x []float64) []float64 {
	const slice = 256
	clear(c)
	for k := 0; k < t.rows; k += slice {
		t.addProduct(c, t.columns, x[k*t.columns:], 1, t.columns, k, min(k+slice, t.rows))
	}
	return c
}

// reflections is the product I − VSVᵀ of some reflections (Schreiber and Van Loan, 1989),
// which changes rows from first on. V has their vectors as columns; S is upper triangular.
type reflections struct {
	first, columns int
	v, s           []float64 // by rows
}

// setFactor sets S by the factors τ_j of the reflections and V; gram is room to work in.
func (r reflections) setFactor(v *tall, gram, tau []float64) {
	v.inner(gram, r.v)
	ld := len(gram) / r.columns
	for j, f := range tau {
		r.s[j*r.columns+j] = f
		for i := range j {
			var sum float64
			for k := i; k < j; k++ {
				sum += r.s[i*r.columns+k] * gram[k*ld+j]
			}
			r.s[i*r.columns+j] = -f * sum
		}
	}
}

// apply multiplies x by I − VSVᵀ, or by its transpose. x has as many columns as the tiles.
func (r reflections) apply(tiles *tiles[float64], trans blas.Transpose, x, work []float64) {
	const slice = 128
	mr, nr, n := tiles.mr, tiles.nr, r.columns
	rows := len(r.v) / n
	x = x[r.first*nr:]
	products, combined := work[:n*nr], work[n*nr:2*n*nr]
	clear(work)
	for k := 0; k < rows; k += slice {
		for i := 0; i < n; i += mr {
			tiles.tile(min(slice, rows-k), 1, r.v[k*n+i:], 1, n, x[k*nr:], products[i*nr:], nr)
		}
	}
	row, column := n, 1
	if trans == blas.Trans {
		row, column = 1, n
	}
	for i := 0; i < n; i += mr {
		tiles.tile(n, -1, r.s[i*row:], row, column, products, combined[i*nr:], nr)
	}
	for i := 0; i < rows; i += mr {
		tiles.tile(n, 1, r.v[i*n:], n, 1, combined, x[i*nr:], nr)
	}
}

// orthogonal is the product of its elements in order, an n×n matrix.
type orthogonal []reflections

// apply multiplies b (n×k) by o, or by its transpose. Groups of columns are dealt out; a
// group stays in the cache meanwhile.
func (o orthogonal) apply(trans blas.Transpose, b *mat.Dense) {
	n, k := b.Dims()
	par.For((k+active.nr-1)/active.nr, func(g int) {
		tiles, lo, hi := &active.tiles, g*active.nr, min((g+1)*active.nr, k)
		if hi-lo <= active.narrow.nr {
			tiles = &active.narrow
		}
		nr := tiles.nr
		x, free := Scratch((n + band + unit) * nr)
		defer free()
		clear(x)
		work := make([]float64, 2*band*nr)
		for i := range n {
			copy(x[i*nr:], b.RawRowView(i)[lo:hi])
		}
		for i := range o {
			r := o[i]
			if trans == blas.NoTrans {
				r = o[len(o)-1-i]
			}
			r.apply(tiles, trans, x, work[:2*r.columns*nr])
		}
		for i := range n {
			copy(b.RawRowView(i)[lo:hi], x[i*nr:])
		}
	})
}
