package linalg

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/internal/par"
)

// band is how many diagonals above the main one the band form has: a multiple of the
// columns of each kernel's tile. The first stage is faster with more, the second with fewer.
const band = 24

// tridiagonalizeByBand finds the tridiagonal form in two stages (Bischof, Lang and Sun,
// 2000): a band matrix first, then its reduction by sweeps that chase what they push out
// of the band along the diagonal (Lang, 1993). Most of the work is in the first stage, and
// all of that in matrix products.
func tridiagonalizeByBand(a *mat.SymDense) *Tridiagonal {
	t := newTridiagonal(a, band)
	b := newBandMatrix(t.v.Rows)
	defer Free(b.data)
	t.toBand(b)
	t.chase = b.chase()
	for i := range t.Diagonal {
		t.Diagonal[i] = b.at(i, i)[0]
	}
	for i := range t.OffDiagonal {
		t.OffDiagonal[i] = b.at(i+1, i)[0]
	}
	return t
}

// toBand brings A to the form QBQᵀ. A panel of rows, from where the band ends, becomes
// lower triangular by reflections of columns; then rows and columns of the rest are
// reflected, with V the panel's vectors and S as inverseOf has it:
//
//	A ← (I − VᵀSᵀV)A(I − VᵀSV) = A − VᵀW − WᵀV,  W = SᵀZ − ½SᵀZVᵀSV,  Z = VA
func (t *Tridiagonal) toBand(b *bandMatrix) {
	n, stride := t.v.Rows, t.v.Stride
	u := blas64.General{Rows: 3 * band, Cols: n, Stride: stride, Data: Zeros(3 * band * stride)} // V, W, V of the panel
	defer Free(u.Data)
	for p := 0; p < n; p += band {
		q := min(p+band, n)
		count := min(band, n-q)
		clear(u.Data[count*stride : band*stride])
		t.reflectPanel(u, b, p, q, count)
		if count == 0 {
			continue
		}
		copy(u.Data[2*band*stride:], u.Data[:band*stride])
		v, w := part(u, 0, count, q, n), part(u, band, band+count, q, n)
		timesSymmetric(t.v, u, q)
		s := inverseOf(v, t.tau[p:p+count])
		blas64.Trsm(blas.Left, blas.Trans, 1, s, w)
		c := blas64.General{Rows: count, Cols: count, Stride: count, Data: make([]float64, count*count)}
		blas64.Gemm(blas.NoTrans, blas.Trans, 1, w, v, 0, c) // SᵀZVᵀ
		blas64.Trsm(blas.Right, blas.NoTrans, 1, s, c)
		blas64.Gemm(blas.NoTrans, blas.NoTrans, -0.5, c, v, 1, w)
		t.update(u, q)
	}
}

// reflectPanel makes the columns of rows p to q−1 from q on lower triangular by count
// reflections. It leaves their vectors in the first of these rows and in u, and moves what
// the rows have in the band to b.
func (t *Tridiagonal) reflectPanel(u blas64.General, b *bandMatrix, p, q, count int) {
	n, stride := t.v.Rows, t.v.Stride
	first := q &^ 7
	var gram [band][band]float64 // of the vectors, above the diagonal
	for i := range q - p {
		row, end := t.v.Data[(p+i)*stride:][:stride], min(p+i+band, n)
		if found := min(i, count); found > 0 {
			var factors [2 * panel]float64 // −SᵀVx
			products := sweep(u, found, first, row, row, &factors, 0)
			for j := range found {
				f := -products[j]
				for k := range j {
					f -= gram[k][j] * factors[k]
				}
				factors[j] = t.tau[p+j] * f
			}
			sweep(u, found, first, row, row, &factors, 0)
		}
		if i >= count {
			b.setColumn(p+i, row[p+i:end])
			continue
		}
		e, tau := reflector(row[end:n])
		row[end] = e
		b.setColumn(p+i, row[p+i:end+1])
		clear(row[:end])
		row[end], t.tau[p+i] = 1, tau
		copy(u.Data[i*stride:], row)
		products := sweep(u, i, first, row, row, new([2 * panel]float64), 0)
		for k := range i {
			gram[k][i] = products[k]
		}
	}
}

// timesSymmetric sets W to VA for the rows and columns of A from q on; V and W are the first
// and second rows of u, and A is symmetric with its upper triangle in a.
//
// What tiles compute is AVᵀ. Blocks of rows end where A ends, and the first may begin in
// rows before q, where V is 0.
func timesSymmetric(a, u blas64.General, q int) {
	const rows, slice = 64, 128
	tiles := tilesOf[float64]()
	n := a.Rows
	start := n - roundUp(n-q, tiles.mr)
	v, free := Scratch((n - start) * band)
	defer free()
	operand[float64]{u.Data, u.Stride, false}.pack(v, tiles.nr, 0, band, start, n)

	par.For((n-start+rows-1)/rows, func(block int) {
		lo := start + block*rows
		hi := min(lo+rows, n)
		scratch, free := Scratch(rows*rows + rows*band + slice*tiles.mr)
		defer free()
		square, w, gathered := scratch[:rows*rows], scratch[rows*rows:][:rows*band], scratch[rows*(rows+band):]
		clear(w)
		// add adds columns k0 to k1−1 of the tile at row lo+i, whose element (r, s) is
		// a[r·row + s·column].
		add := func(i int, a []float64, row, column, k0, k1 int) {
			for c := 0; c < band; c += tiles.nr {
				tiles.tile(k1-k0, 1, a, row, column, v[c*(n-start)+(k0-start)*tiles.nr:], w[i*band+c:], band)
			}
		}
		for k := start; k < lo; k += slice { // from above the diagonal, transposed
			end := min(k+slice, lo)
			for i := 0; i < hi-lo; i += tiles.mr {
				tiles.gatherA(gathered[:(end-k)*tiles.mr], a.Data[k*a.Stride+lo+i:], a.Stride)
				add(i, gathered, 1, tiles.mr, k, end)
			}
		}
		for i := lo; i < hi; i++ {
			for j := i; j < hi; j++ {
				square[(i-lo)*rows+j-lo] = a.Data[i*a.Stride+j]
				square[(j-lo)*rows+i-lo] = a.Data[i*a.Stride+j]
			}
		}
		for i := 0; i < hi-lo; i += tiles.mr {
			add(i, square[i*rows:], rows, 1, lo, hi)
		}
		for k := hi; k < n; k += slice {
			for i := 0; i < hi-lo; i += tiles.mr {
				add(i, a.Data[(lo+i)*a.Stride+k:], a.Stride, 1, k, min(k+slice, n))
			}
		}
		for i := max(lo, q); i < hi; i++ {
			for j := range band {
				u.Data[(band+j)*u.Stride+i] = w[(i-lo)*band+j]
			}
		}
	})
}

// bandMatrix is a symmetric matrix whose lower triangle has numbers in the band and, while
// it is reduced, as many diagonals again below it. It ends in as many rows and columns of
// zeros, so that every reflection has the same size.
type bandMatrix struct {
	n    int
	data []float64
}

// Element (i, j) is data[i·bandStride + bandDiagonal + j − i], so that a block is a matrix
// with rows blockStride apart. Behind the diagonal is room for the upper triangle of a block.
const (
	bandStride   = 3 * band
	bandDiagonal = 2 * band
	blockStride  = bandStride - 1
)

func newBandMatrix(n int) *bandMatrix {
	return &bandMatrix{n: n, data: Zeros((n + band) * bandStride)}
}

// at returns the memory from element (i, j) on.
func (b *bandMatrix) at(i, j int) []float64 { return b.data[i*bandStride+bandDiagonal+j-i:] }

// setColumn sets column j from the diagonal on.
func (b *bandMatrix) setColumn(j int, x []float64) {
	for i, v := range x {
		b.at(j+i, j)[0] = v
	}
}

// chase is the orthogonal n×n matrix H_0 H_1 ⋯ that makes a band matrix tridiagonal. Sweep j,
// of n−2, reflects the rows from j+1, j+1+band, ... on, each time as many as the band has.
type chase struct {
	n     int
	first []int     // reflection of each sweep, and how many there are
	v     []float64 // the vectors v_i of H_i = I − τ_i v_i v_iᵀ, of band numbers each
	tau   []float64
}

func (c *chase) vector(i int) []float64 { return c.v[i*band:][:band] }

// chase makes b tridiagonal. Step k of a sweep changes what step k+2 of the sweep before has
// left. So tiles of some sweeps and steps are computed in stages: tile (s, t), with the steps
// of each of its sweeps two before those of the last, comes after (s, t−1) and (s−1, t+1),
// and those with the same 2s+t share no element.
func (b *bandMatrix) chase() *chase {
	const sweeps, steps = 6, 2 * 6
	c := &chase{n: b.n, first: make([]int, max(b.n-1, 1))}
	for j := range b.n - 2 {
		c.first[j+1] = c.first[j] + (b.n-3-j)/band + 1
	}
	c.tau = make([]float64, c.first[len(c.first)-1])
	c.v = Zeros(len(c.tau) * band)

	rows := (len(c.first) - 1 + sweeps - 1) / sweeps
	columns := (b.n/band + 2*sweeps + steps) / steps
	for stage := range 2*rows + columns {
		from := max(0, (stage-columns+1)/2)
		par.For(max(0, min(rows, stage/2+1)-from), func(i int) {
			s := from + i
			t := stage - 2*s
			for j := s * sweeps; j < min((s+1)*sweeps, len(c.first)-1); j++ {
				ahead := 2 * (j - s*sweeps)
				last := min((t+1)*steps-ahead, c.first[j+1]-c.first[j])
				for k := max(0, t*steps-ahead); k < last; k++ {
					b.step(c, j, k)
				}
			}
		})
	}
	return c
}

// step is step k of sweep j. It takes a column to a multiple of (1, 0, …, 0) by a reflection
// of rows, which is one of columns, too: that fills the block below the diagonal, whose
// first column the next step takes up. What is left of the block, the next sweeps take up.
func (b *bandMatrix) step(c *chase, j, k int) {
	r := j + 1 + k*band
	column := j
	if k > 0 {
		column = r - band
	}
	i := c.first[j] + k
	v, x := c.vector(i), b.at(r, column)
	for l := range v {
		v[l] = x[l*blockStride]
	}
	e, tau := reflector(v)
	v[0], c.tau[i] = 1, tau
	if k > 0 {
		active.reflectLeft(x, blockStride, band, v, -tau)
	}
	for l := range v {
		x[l*blockStride] = 0
	}
	x[0] = e
	b.reflectBoth(r, v, tau)
	if r+band < b.n {
		active.reflectRight(b.at(r+band, r), blockStride, band, v, -tau)
	}
}

// reflectBoth replaces the block X on the diagonal at r by HXH, after it has filled X's
// upper triangle.
func (b *bandMatrix) reflectBoth(r int, v []float64, tau float64) {
	x := b.at(r, r)
	for i := 0; i < band; i += 4 {
		row := func(k int) []float64 { return x[(i+k)*blockStride:][:i+4] }
		r0, r1, r2, r3 := row(0), row(1), row(2), row(3)
		for j := range i {
			at := (*[4]float64)(x[j*blockStride+i:])
			at[0], at[1], at[2], at[3] = r0[j], r1[j], r2[j], r3[j]
		}
		r0[i+1], r0[i+2], r0[i+3] = r1[i], r2[i], r3[i]
		r1[i+2], r1[i+3] = r2[i+1], r3[i+1]
		r2[i+3] = r3[i+2]
	}
	active.reflectLeft(x, blockStride, band, v, -tau)
	active.reflectRight(x, blockStride, band, v, -tau)
}

func reflectRightPortable(x []float64, ld, rows int, v []float64, factor float64) {
	for i := range rows {
		row := x[i*ld:][:band]
		floats.AddScaled(row, factor*floats.Dot(row, v), v)
	}
}

func reflectLeftPortable(x []float64, ld, rows int, v []float64, factor float64) {
	var product [band]float64 // vᵀX
	for i := range rows {
		floats.AddScaled(product[:], v[i], x[i*ld:][:band])
	}
	for i := range rows {
		floats.AddScaled(x[i*ld:][:band], factor*v[i], product[:])
	}
}

// apply multiplies b (n×k) by c, or by its transpose, that is by the reflections in order.
// Groups of columns are dealt out; a group stays in the cache meanwhile.
func (c *chase) apply(trans blas.Transpose, b *mat.Dense) {
	const group = 12
	starts := make([]int, len(c.tau)) // the row from which each reflects
	for j, first := range c.first[:len(c.first)-1] {
		for i := first; i < c.first[j+1]; i++ {
			starts[i] = j + 1 + (i-first)*band
		}
	}
	_, k := b.Dims()
	par.For((k+group-1)/group, func(g int) {
		ld := roundUp(c.n+band, 8)
		columns, free := Scratch(group * ld)
		defer free()
		clear(columns)
		lo, hi := g*group, min((g+1)*group, k)
		for j := lo; j < hi; j++ {
			mat.Col(columns[(j-lo)*ld:][:c.n], j, b)
		}
		for at := range starts {
			i := at
			if trans == blas.NoTrans {
				i = len(starts) - 1 - at
			}
			active.reflectRight(columns[starts[i]:], ld, hi-lo, c.vector(i), -c.tau[i])
		}
		for j := lo; j < hi; j++ {
			b.SetCol(j, columns[(j-lo)*ld:][:c.n])
		}
	})
}
