package linalg

import (
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/internal/par"
)

// band is how many diagonals above the main one the band form has: a multiple of the
// columns of each kernel's tile. The first stage is faster with more, the second with fewer.
const band = 24

// unit is how many rows are multiplied at least: whole tiles of each kernel.
const unit = 8

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
// reflected. With V the panel's vectors, by columns, and I − VSVᵀ the product of the
// reflections,
//
//	A ← (I − VSᵀVᵀ)A(I − VSVᵀ) = A − VWᵀ − WVᵀ,  W = ZS − ½VSᵀVᵀZS,  Z = AV
func (t *Tridiagonal) toBand(b *bandMatrix) {
	n, stride := t.v.Rows, t.v.Stride
	u := blas64.General{Rows: 3 * band, Cols: n, Stride: stride, Data: Zeros(3 * band * stride)} // Vᵀ, Wᵀ, Vᵀ of the panel
	defer Free(u.Data)
	v, z := newTall(n+band), newTall(n+band)
	for p := 0; p < n; p += band {
		q := min(p+band, n)
		t.reflectPanel(z.data, b, p, q)
		if q == n {
			break
		}
		rows := t.v.Data[p*stride : q*stride]
		copy(u.Data, rows)
		copy(u.Data[2*band*stride:], rows)
		start := n - roundUp(n-q, unit) // before row q, V has zeros
		operand[float64]{rows, stride, false}.pack(v.data, band, 0, band, start, n)
		v.pack(n - start)
		timesSymmetric(z.data, t.v, v, start)
		v.setW(u, z, t.tau[p:min(q, len(t.tau))], start)
		t.update(u, q)
	}
}

// reflectPanel makes the columns of rows p to q−1 from q on lower triangular by reflections.
// It leaves their vectors in these rows, and moves what the rows have in the band to b.
// x is room to work in.
func (t *Tridiagonal) reflectPanel(x []float64, b *bandMatrix, p, q int) {
	n, stride := t.v.Rows, t.v.Stride
	row := func(i int) []float64 { return t.v.Data[(p+i)*stride:][:stride] }
	for i := range q - p {
		for j, x := range row(i)[p+i : q] {
			b.set(p+i+j, p+i, x)
		}
	}
	count := min(band, n-q)
	if count == 0 {
		return
	}
	operand[float64]{t.v.Data[p*stride:], stride, false}.pack(x, band, 0, band, q, n)
	for j := range band {
		v := row(j)
		if j >= count {
			clear(v)
			continue
		}
		clear(v[:q+j])
		v = v[q+j : n]
		below := x[j*band+j:]
		for i := range v {
			v[i] = below[i*band]
		}
		e, tau := reflector(v)
		v[0], t.tau[p+j] = 1, tau
		active.reflectLeft(x[j*band:], band, len(v), v, -tau)
		for i := range v {
			below[i*band] = 0
		}
		below[0] = e
	}
	for i := range band {
		for j := range min(i+1, count) {
			b.set(q+j, p+i, x[j*band+i])
		}
	}
}

// tall is a matrix of band columns, by rows, and once more in the order in which tiles
// read it.
type tall struct {
	data, panels []float64
	rows         int // in panels
}

func newTall(rows int) *tall {
	return &tall{data: make([]float64, rows*band), panels: make([]float64, rows*band)}
}

// pack brings so many rows in order for addProduct.
func (t *tall) pack(rows int) {
	t.rows = rows
	operand[float64]{t.data, band, true}.pack(t.panels, tilesOf[float64]().nr, 0, band, 0, rows)
}

// addProduct adds the product of A and rows from to to−1 of t to so many rows of c, which
// is tall, too. Element (r, s) of A is a[r·row+s·column].
func (t *tall) addProduct(c []float64, rows int, a []float64, row, column, from, to int) {
	tiles := tilesOf[float64]()
	for i := 0; i < rows; i += tiles.mr {
		for j := 0; j < band; j += tiles.nr {
			tiles.tile(to-from, 1, a[i*row:], row, column, t.panels[j*t.rows+from*tiles.nr:], c[i*band+j:], band)
		}
	}
}

// inner returns XᵀT, where X has as many rows as T.
func (t *tall) inner(x []float64) *tall {
	const slice = 256
	p := newTall(band)
	for k := 0; k < t.rows; k += slice {
		t.addProduct(p.data, band, x[k*band:], 1, band, k, min(k+slice, t.rows))
	}
	return p
}

// setW sets the rows of u that have Wᵀ, with V and Z of rows from start on.
func (v *tall) setW(u blas64.General, z *tall, tau []float64, start int) {
	s := newTall(band)
	factorOf(s.data, v.inner(v.data).data, tau)
	s.pack(band)
	half := newTall(band) // −½VᵀZS
	s.addProduct(half.data, band, v.inner(z.data).data, band, 1, 0, band)
	for i := range half.data {
		half.data[i] *= -0.5
	}
	half.pack(band)
	k := newTall(band)
	half.addProduct(k.data, band, s.data, 1, band, 0, band)
	k.pack(band)

	const rows = 128
	par.For((v.rows+rows-1)/rows, func(block int) {
		lo := block * rows
		hi := min(lo+rows, v.rows)
		w, free := Scratch(rows * band)
		defer free()
		clear(w)
		s.addProduct(w, hi-lo, z.data[lo*band:], band, 1, 0, band)
		k.addProduct(w, hi-lo, v.data[lo*band:], band, 1, 0, band)
		for j := range band {
			to := u.Data[(band+j)*u.Stride+start:][lo:hi]
			for i := range to {
				to[i] = w[i*band+j]
			}
		}
	})
}

// factorOf sets s (band×band) to S of reflections I − VSVᵀ (Schreiber and Van Loan, 1989)
// with these factors, from VᵀV.
func factorOf(s, gram, tau []float64) {
	for j, f := range tau[:min(band, len(tau))] {
		s[j*band+j] = f
		for i := range j {
			var sum float64
			for k := i; k < j; k++ {
				sum += s[i*band+k] * gram[k*band+j]
			}
			s[i*band+j] = -f * sum
		}
	}
}

// timesSymmetric sets z to AV for the rows and columns of A from start on; A is symmetric,
// with its upper triangle in a. The rest of A are so many rows that tiles are whole.
//
// Each number is read once, for both triangles. Blocks of rows are dealt out to a number of
// parts fixed by the size, so that sums are taken in the same order on any number of cores.
func timesSymmetric(z []float64, a blas64.General, v *tall, start int) {
	const rows, slice = 64, 128
	n := v.rows
	parts := min(max(n/512, 2), (n+rows-1)/rows)
	size := n * band
	sums, free := Scratch(parts * size)
	defer free()
	at := func(i, j int) []float64 { return a.Data[(start+i)*a.Stride+start+j:] }
	par.For(parts, func(part int) {
		sum := sums[part*size:][:size]
		clear(sum)
		var square [unit * unit]float64
		for lo := part * rows; lo < n; lo += parts * rows {
			hi := min(lo+rows, n)
			for i := lo; i < hi; i += unit {
				for r := range unit {
					for c, x := range at(i+r, i+r)[:unit-r] {
						square[r*unit+r+c], square[(r+c)*unit+r] = x, x
					}
				}
				v.addProduct(sum[i*band:], unit, at(lo, i), 1, a.Stride, lo, i)
				v.addProduct(sum[i*band:], unit, square[:], unit, 1, i, i+unit)
				v.addProduct(sum[i*band:], unit, at(i, i+unit), a.Stride, 1, i+unit, hi)
			}
			for k := hi; k < n; k += slice {
				end := min(k+slice, n)
				v.addProduct(sum[lo*band:], hi-lo, at(lo, k), a.Stride, 1, k, end)
				v.addProduct(sum[k*band:], end-k, at(lo, k), 1, a.Stride, lo, hi)
			}
		}
	})
	const stripe = 256
	par.For((n+stripe-1)/stripe, func(s int) {
		lo, hi := s*stripe*band, min((s+1)*stripe, n)*band
		copy(z[lo:hi], sums[lo:hi])
		for p := 1; p < parts; p++ {
			axpy(1, sums[p*size+lo:p*size+hi], z[lo:hi])
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

// set sets element (i, j), and its mirror image if there is room for it.
func (b *bandMatrix) set(i, j int, x float64) {
	b.at(i, j)[0] = x
	if i-j < band {
		b.at(j, i)[0] = x
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

// reflectBoth replaces the block X on the diagonal at r by HXH. Of its upper triangle, the
// last column is new in this sweep.
func (b *bandMatrix) reflectBoth(r int, v []float64, tau float64) {
	x := b.at(r, r)
	for i, e := range x[(band-1)*blockStride:][:band-1] {
		x[i*blockStride+band-1] = e
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
// Groups of band columns are dealt out; a group stays in the cache meanwhile.
func (c *chase) apply(trans blas.Transpose, b *mat.Dense) {
	order := c.order()
	if trans == blas.NoTrans {
		slices.Reverse(order)
	}
	_, k := b.Dims()
	par.For((k+band-1)/band, func(g int) {
		x, free := Scratch((c.n + band) * band)
		defer free()
		clear(x)
		lo, hi := g*band, min((g+1)*band, k)
		for i := range c.n {
			copy(x[i*band:], b.RawRowView(i)[lo:hi])
		}
		for _, at := range order {
			active.reflectLeft(x[at.row*band:], band, band, c.vector(at.reflection), -c.tau[at.reflection])
		}
		for i := range c.n {
			copy(b.RawRowView(i)[lo:hi], x[i*band:])
		}
	})
}

// position is the first row that a reflection changes.
type position struct{ reflection, row int }

// order returns the reflections so that each comes after those before it that share rows
// with it, and some sweeps go along the diagonal together.
func (c *chase) order() (order []position) {
	const together = 4
	count := len(c.first) - 1 // sweeps
	for from := 0; from < count; from += together {
		for k := range c.first[from+1] - c.first[from] + together - 1 {
			for j := from; j < min(from+together, count); j++ {
				step := k - (j - from)
				if i := c.first[j] + step; step >= 0 && i < c.first[j+1] {
					order = append(order, position{i, j + 1 + step*band})
				}
			}
		}
	}
	return order
}
