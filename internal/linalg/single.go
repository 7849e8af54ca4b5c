package linalg

// Single is a matrix of float32, for what needs inner products at half the cost and
// knows how to live with their error.
type Single struct {
	Rows, Cols int
	Data       []float32 // row by row
}

// NewSingle returns a matrix of any numbers, and the function that gives its memory
// back.
func NewSingle(rows, cols int) (m Single, free func()) {
	data, free := scratch[float32](rows * cols)
	return Single{rows, cols, data}, free
}

// Top returns the first rows of m.
func (m Single) Top(rows int) Single { return Single{rows, m.Cols, m.Data[:rows*m.Cols]} }

// Row returns row i of m.
func (m Single) Row(i int) []float32 { return m.Data[i*m.Cols:][:m.Cols] }

// Set sets row i of m to f·x, rounded.
func (m Single) Set(i int, f float64, x []float64) {
	row := m.Row(i)
	for j, v := range x[:len(row)] {
		row[j] = float32(f * v)
	}
}

// MulT sets m to ABᵀ, or just its upper triangle if that is all that is wanted.
func (m Single) MulT(a, b Single, triangle bool) {
	scale(0, m.Rows, m.Cols, m.Data, m.Cols)
	part := whole
	if triangle {
		part = upper
	}
	product[float32]{
		m: a.Rows, n: b.Rows, k: a.Cols, alpha: 1,
		a: operand[float32]{data: a.Data, ld: a.Cols},
		b: operand[float32]{data: b.Data, ld: b.Cols},
		c: m.Data, ldc: m.Cols, part: part,
	}.add()
}

// MulTError bounds the error of what MulT makes of two rows of k numbers that were
// rounded to float32, relative to the product of their lengths: 2⁻²⁴ and higher orders
// for each addition in a slice, for each slice, and for the rounding of both factors
// and of their product.
func MulTError(k int) float64 {
	return 1.01 * 0x1p-24 * float64(min(k, slice)+(k+slice-1)/slice+3)
}
