package linalg

import (
	"gonum.org/v1/gonum/blas/blas64"
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
func tridiagonalizeByBand(sym *mat.SymDense) *Tridiagonal {
	a := takeOver(sym)
	t, b := newTridiagonal(a.Rows), newBandMatrix(a.Rows)
	defer Free(b.data)
	q, spare := toBand(a, b)
	c := b.chase(q, spare)
	t.q, t.memory = c.q, append(c.memory, a.Data)
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
// reflected. With I − VSVᵀ the panel's reflections,
//
//	A ← (I − VSᵀVᵀ)A(I − VSVᵀ) = A − VWᵀ − WVᵀ,  W = ZS − ½VSᵀVᵀZS,  Z = AV
//
// Its memory becomes that of Q; what is not needed of it is spare.
func toBand(a blas64.General, b *bandMatrix) (q orthogonal, spare *pieces) {
	n, stride := a.Rows, a.Stride
	u, next := newFactors(n, stride), newFactors(n, stride)
	defer Free(u.Data)
	defer Free(next.Data)
	v, z := newTall(n, band), make([]float64, n*band)
	r := reflectRows(a, u, v, z, b, 0)
	spare = new(pieces)
	for p := 0; p+band < n; p += band {
		q = append(q, r)
		spare.add(a.Data[p*stride+len(r.v) : (p+band)*stride])
		timesSymmetric(z, a, v, r.first)
		setW(u, r, v, z)

		// The rows of the next panel get their share first, and are reflected while others get theirs.
		end := p + band
		update(a, u, end, min(end+band, n)).add()
		update(a, u, end+band, n).addBeside(func() { r = reflectRows(a, next, v, z, b, end) })
		u, next = next, u
	}
	return q, spare
}

// newFactors returns room for Vᵀ, Wᵀ and Vᵀ of a panel.
func newFactors(n, stride int) blas64.General {
	return blas64.General{Rows: 3 * band, Cols: n, Stride: stride, Data: Zeros(3 * band * stride)}
}

// reflectRows reflects the panel that starts at row p, and returns its reflections, whose
// vectors are also rows of u, and in v. The rows of a become their memory. x is room to work in.
func reflectRows(a, u blas64.General, v *tall, x []float64, b *bandMatrix, p int) (r reflections) {
	n, stride := a.Rows, a.Stride
	end := min(p+band, n)
	var tau [band]float64
	reflectPanel(a, u, tau[:], x, b, p, end)
	if end == n {
		return r
	}
	vt := u.Data[:band*stride]
	copy(u.Data[2*band*stride:], vt)
	start := n - roundUp(n-end, unit) // V has zeros in rows before the end
	r = reflections{start, band, a.Data[p*stride:][:(n-start)*band], make([]float64, band*band)}
	operand[float64]{vt, stride, false}.pack(r.v, band, 0, band, start, n)
	v.pack(r.v)
	r.setFactor(v, newGram(band), tau[:])
	return r
}

// reflectPanel makes the columns of rows p to q−1 from q on lower triangular by reflections,
// and moves what the rows have in the band to b. The vectors become rows of u, with zeros
// before. x is room to work in.
func reflectPanel(a, u blas64.General, tau, x []float64, b *bandMatrix, p, q int) {
	n := a.Rows
	for i := p; i < q; i++ {
		for j := i; j < q; j++ {
			b.set(j, i, a.Data[i*a.Stride+j])
		}
	}
	count := min(band, n-q)
	if count == 0 {
		return
	}
	operand[float64]{a.Data[p*a.Stride:], a.Stride, false}.pack(x, band, 0, band, q, n)
	for j := range band {
		v := u.Data[j*u.Stride:][:n]
		if j >= count {
			clear(v)
			continue
		}
		clear(v[:q+j])
		v = v[q+j:]
		below := x[j*band+j:]
		for i := range v {
			v[i] = below[i*band]
		}
		var e float64
		e, tau[j] = reflector(v)
		v[0] = 1
		active.reflectLeft(x[j*band:], band, len(v), v, -tau[j])
		below[0] = e // the rest of the column is not read again
	}
	for i := range band {
		for j := range min(i+1, count) {
			b.set(q+j, p+i, x[j*band+i])
		}
	}
}

// setW sets the rows of u that have Wᵀ, with V packed and Z.
func setW(u blas64.General, r reflections, v *tall, z []float64) {
	s, k := newTall(band, band), newTall(band, band)
	s.pack(r.s)
	m := make([]float64, band*band)
	s.addProduct(m, band, v.inner(newGram(band), z), band, 1, 0, band)
	for i := range m {
		m[i] *= -0.5
	}
	k.pack(m) // −½VᵀZS
	clear(m)
	k.addProduct(m, band, r.s, 1, band, 0, band)
	k.pack(m)

	const rows = 256
	par.For((v.rows+rows-1)/rows, func(block int) {
		lo := block * rows
		hi := min(lo+rows, v.rows)
		w, free := Scratch(rows * band)
		defer free()
		clear(w)
		s.addProduct(w, hi-lo, z[lo*band:], band, 1, 0, band)
		k.addProduct(w, hi-lo, r.v[lo*band:], band, 1, 0, band)
		for j := range band {
			to := u.Data[(band+j)*u.Stride+r.first:][lo:hi]
			for i := range to {
				to[i] = w[i*band+j]
			}
		}
	})
}

// timesSymmetric sets z to AV for the rows and columns of A from start on; A is symmetric,
// with its upper triangle in a. From there, A has a multiple of unit rows.
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
	const stripe = 1024
	par.For((n+stripe-1)/stripe, func(s int) {
		lo, hi := s*stripe*band, min((s+1)*stripe, n)*band
		copy(z[lo:hi], sums[lo:hi])
		for p := 1; p < parts; p++ {
			axpy(1, sums[p*size+lo:p*size+hi], z[lo:hi])
		}
	})
}
