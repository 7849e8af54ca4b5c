package linalg

import (
	"gonum.org/v1/gonum/blas"

	"sfdalab/internal/par"
)

// strided is a matrix whose element (i, j) is data[at + i·row + j·column].
type strided struct {
	data            []float64
	at, row, column int
}

// transposed is the matrix with rows for columns.
func (m strided) transposed() strided {
	m.row, m.column = m.column, m.row
	return m
}

// backwards is the matrix with its rows in reverse order, of which it has n.
func (m strided) backwards(n int) strided {
	m.at, m.row = m.at+(n-1)*m.row, -m.row
	return m
}

// packedTriangle is a lower triangular matrix L, packed to solve LX = B. Its rows are
// filled up to a multiple of eight with those of the identity.
//
// Of eight rows, the part left of the diagonal block lies as panels of a product's
// A, so that what the rows before contribute is computed by tiles. The kernels
// differ in the size of a tile, and eight rows at a time have the same bits in all.
type packedTriangle struct {
	rows     int
	panels   []float64 // of rows i to i+7 from 4·i·(i/8−1)… on, see panel
	diagonal []float64 // 8×8 for each eight rows, with inverse diagonals
}

// group is how many rows of a triangle are solved at a time.
const group = 8

// packTriangle packs L, n×n, whose diagonal is 1 if it is unit; what lies above is
// not read. It is to be freed.
func packTriangle(l strided, n int, unit bool) (t packedTriangle, free func()) {
	t.rows = roundUp(n, group)
	memory, free := Scratch(t.rows*t.rows/2 + group*t.rows)
	t.diagonal, t.panels = memory[:group*t.rows], memory[group*t.rows:]
	if t.rows > n {
		clear(memory)
	}
	mr := active.mr
	for i := range n {
		first, from := i&^(group-1), l.at+i*l.row
		panel, row := t.panel(i - i%mr)[i%mr:], t.diagonal[group*i:][:group]
		for j := range first {
			panel[j*mr] = l.data[from+j*l.column]
		}
		for j := first; j < i; j++ {
			row[j-first] = l.data[from+j*l.column]
		}
		if row[i-first] = 1; !unit {
			row[i-first] = 1 / l.data[from+i*l.column]
		}
	}
	for i := n; i < t.rows; i++ {
		t.diagonal[group*i+i%group] = 1
	}
	return t, free
}

// panel returns rows i to i+mr−1 left of their diagonal block, by columns.
func (t packedTriangle) panel(i int) []float64 {
	first := i &^ (group - 1)
	before := first * (first - group) / 2 // numbers of earlier groups
	return t.panels[before+(i-first)*first:]
}

// solve replaces b by L⁻¹b. It has as many columns as a tile and lies by rows, like
// a panel of a product's B.
func (t packedTriangle) solve(b []float64) {
	mr, nr := active.mr, active.nr
	for i := 0; i < t.rows; i += group {
		if i > 0 {
			for r := i; r < i+group; r += mr {
				active.tile(i, -1, t.panel(r), 1, mr, b, b[r*nr:], nr)
			}
		}
		active.solve8(t.diagonal[group*i:], b[i*nr:])
	}
}

// solve8Portable replaces the 8 rows of b, as wide as a tile, by L⁻¹b, for L by rows whose
// diagonal holds its inverses.
func solve8Portable(l, b []float64) {
	const nr = 4
	for r := range group {
		row := (*[nr]float64)(b[r*nr:])
		for s := range r {
			x := l[group*r+s]
			for j, v := range (*[nr]float64)(b[s*nr:]) {
				row[j] -= x * v
			}
		}
		for j := range row {
			row[j] *= l[group*r+r]
		}
	}
}

// solve is Dtrsm for a triangular matrix of at most base rows.
func (g implementation) solve(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float64, a []float64, lda int, b []float64, ldb int) {
	if alpha == 0 || m == 0 || n == 0 || m*n*min(m, n) < small {
		g.Implementation.Dtrsm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
		return
	}
	g.Implementation.Dtrsm(s, ul, tA, d, m, 0, alpha, a, lda, b, ldb) // checks its arguments
	// From the right it is the transposed system from the left, and an upper
	// packedTriangle is a lower one backwards.
	l, x := strided{a, 0, lda, 1}, strided{b, 0, ldb, 1}
	lower := (ul == blas.Lower) == (tA == blas.NoTrans)
	if tA != blas.NoTrans {
		l = l.transposed()
	}
	if s == blas.Right {
		l, x, m, n, lower = l.transposed(), x.transposed(), n, m, !lower
	}
	if !lower {
		l, x = l.backwards(m).transposed().backwards(m).transposed(), x.backwards(m)
	}
	t, free := packTriangle(l, m, d == blas.Unit)
	defer free()
	at := cut(0, n, strip, active.nr)
	par.For(len(at)-1, func(part int) {
		nr := active.nr
		panel, free := Scratch(t.rows * nr)
		defer free()
		for j := at[part]; j < at[part+1]; j += nr {
			columns := min(nr, at[part+1]-j)
			clear(panel)
			for i := range m {
				row, first := panel[i*nr:][:columns], x.at+i*x.row+j*x.column
				for k := range row {
					row[k] = alpha * x.data[first+k*x.column]
				}
			}
			t.solve(panel)
			for i := range m {
				first := x.at + i*x.row + j*x.column
				for k, v := range panel[i*nr:][:columns] {
					x.data[first+k*x.column] = v
				}
			}
		}
	})
}
