package features

import (
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/internal/linalg"
	"sfdalab/internal/par"
)

// Rows is a matrix that is read a block of rows at a time.
type Rows interface {
	// Dims returns the numbers of rows and columns.
	Dims() (n, d int)

	// Read widens rows i to j−1 into dst, row by row; dst holds (j−i)·d
	// numbers. It may be called from several goroutines at once. It panics with
	// an error when the numbers cannot be had any more.
	Read(dst []float64, i, j int)
}

// Lost is the error that Read panics with where a file was cut short or its disk failed
// meanwhile.
type Lost struct{ Path string }

// Error says which file it is.
func (e Lost) Error() string {
	return e.Path + " cannot be read any more: it was shortened or its disk failed"
}

// CatchLost turns a panic with Lost into an error; it is to be deferred.
func CatchLost(err *error) {
	r := recover()
	if lost, ok := r.(Lost); ok {
		*err = lost
	} else if r != nil {
		panic(r)
	}
}

// dense is a Rows over numbers in memory.
type dense struct {
	n, d int
	data []float64
}

// Dense returns the Rows of a matrix. The matrix is not copied.
func Dense(m *mat.Dense) Rows {
	n, d := m.Dims()
	if raw := m.RawMatrix(); raw.Stride == d {
		return dense{n, d, raw.Data}
	}
	return dense{n, d, mat.DenseCopyOf(m).RawMatrix().Data}
}

// Dims returns N and D.
func (m dense) Dims() (n, d int) { return m.n, m.d }

// Read copies rows i to j−1.
func (m dense) Read(dst []float64, i, j int) { copy(dst, m.data[i*m.d:j*m.d]) }

// Select returns the rows that index lists, in that order.
func Select(rows Rows, index []int) Rows { return selection{rows, index} }

// selection is the rows of another matrix that index lists.
type selection struct {
	of    Rows
	index []int
}

// Dims returns how many rows are listed, and D.
func (s selection) Dims() (n, d int) {
	_, d = s.of.Dims()
	return len(s.index), d
}

// Read reads the rows that index lists from i to j−1, one by one.
func (s selection) Read(dst []float64, i, j int) {
	_, d := s.of.Dims()
	for k := i; k < j; k++ {
		s.of.Read(dst[(k-i)*d:(k-i+1)*d], s.index[k], s.index[k]+1)
	}
}

// singles is Rows whose numbers may be stored as float32.
type singles interface {
	Rows
	// IsSingle reports whether they are.
	IsSingle() bool
	// ReadSingle is Read without widening.
	ReadSingle(dst []float32, i, j int)
	// AddRow adds row i to sum, without a copy.
	AddRow(sum []float64, i int)
}

// asSingles returns rows as singles; ok tells whether they are stored as float32.
func asSingles(rows Rows) (r singles, ok bool) {
	r, ok = rows.(singles)
	return r, ok && r.IsSingle()
}

// IsSingle reports whether the rows that are selected from are float32.
func (s selection) IsSingle() bool {
	_, ok := asSingles(s.of)
	return ok
}

// ReadSingle is Read without widening.
func (s selection) ReadSingle(dst []float32, i, j int) {
	_, d := s.of.Dims()
	for k := i; k < j; k++ {
		s.of.(singles).ReadSingle(dst[(k-i)*d:(k-i+1)*d], s.index[k], s.index[k]+1)
	}
}

// AddRow adds row i of the selection to sum.
func (s selection) AddRow(sum []float64, i int) { s.of.(singles).AddRow(sum, s.index[i]) }

// addRow adds row i of rows to sum.
func addRow(rows Rows, sum []float64, i int) {
	if r, ok := asSingles(rows); ok {
		r.AddRow(sum, i)
		return
	}
	x, free := linalg.Scratch(len(sum))
	defer free()
	rows.Read(x, i, i+1)
	floats.Add(sum, x)
}

// centred is another matrix less the mean of each row's class.
type centred struct {
	Rows
	index []int // of each row, its row of means; nil for row 0
	means *mat.Dense
}

// Centred returns rows with row index[n] of means taken from each row n, or row
// 0 of means from all when index is nil. It centres while reading.
func Centred(rows Rows, index []int, means *mat.Dense) Rows {
	return centred{rows, index, means}
}

// Read reads rows i to j−1 and takes the means away.
func (c centred) Read(dst []float64, i, j int) {
	c.Rows.Read(dst, i, j)
	_, d := c.means.Dims()
	mean := c.means.RawRowView(0)
	for n := i; n < j; n++ {
		if c.index != nil {
			mean = c.means.RawRowView(c.index[n])
		}
		floats.Sub(dst[(n-i)*d:][:d], mean)
	}
}

// How much is read at a time. Sums depend on blocks, so their sizes are fixed.
const (
	// blockSize is how many widened numbers a block holds, or blockRows of them
	// if these are more: few enough to stay in the cache, and rows enough for
	// products to run at full speed, which take as many at a time.
	blockSize = 1 << 18
	blockRows = 256

	// partSize is how many numbers a core widens at a time: few enough for its own
	// cache. A part has at least partRows.
	partSize = 1 << 15
	partRows = 64
)

// BlockRows returns how many rows Blocks reads at a time for d columns. It
// depends on d alone, so that sums over blocks have the same bits everywhere.
func BlockRows(d int) int { return max(blockSize/max(d, 1)/blockRows, 1) * blockRows }

// Blocks calls fn for each block of rows in turn; x holds rows lo and on, and is
// overwritten by the next block. A block is read on all free cores.
func Blocks(rows Rows, fn func(lo int, x *mat.Dense)) {
	_, d := rows.Dims()
	blocksOf(rows, BlockRows(d), fn)
}

// blocksOf is Blocks of so many rows.
func blocksOf(rows Rows, size int, fn func(lo int, x *mat.Dense)) {
	n, d := rows.Dims()
	size = min(size, n)
	buffer, free := linalg.Scratch(size * d)
	defer free()
	for lo := 0; lo < n; lo += size {
		hi := min(lo+size, n)
		fn(lo, read(rows, buffer, lo, hi))
	}
}

// Parts calls fn for parts of rows, several at once on all free cores; x holds rows
// lo and on.
func Parts(rows Rows, fn func(lo int, x *mat.Dense)) {
	n, _ := rows.Dims()
	partsOf(rows, 0, n, fn)
}

// Multiply calls fn for parts of the product of rows with b (D×K, a Dense or the transpose
// of one), several at once on all free cores; product holds rows lo and on, and is overwritten
// afterwards. It is for a b of few columns, which does not pay for packing the rows.
func Multiply(rows Rows, b mat.Matrix, fn func(lo int, product *mat.Dense)) {
	_, k := b.Dims()
	right, free := linalg.NewRight(b)
	defer free()
	Parts(rows, func(lo int, x *mat.Dense) {
		n, _ := x.Dims()
		memory, free := linalg.Scratch(n * k)
		defer free()
		product := mat.NewDense(n, k, memory)
		right.Mul(product, x)
		fn(lo, product)
	})
}

// partsOf is Parts of rows from to to−1.
func partsOf(rows Rows, from, to int, fn func(lo int, x *mat.Dense)) {
	_, d := rows.Dims()
	size := max(partSize/d, partRows)
	par.For((to-from+size-1)/size, func(p int) {
		lo := from + p*size
		hi := min(lo+size, to)
		buffer, free := linalg.Scratch((hi - lo) * d)
		defer free()
		rows.Read(buffer, lo, hi)
		fn(lo, mat.NewDense(hi-lo, d, buffer))
	})
}

// Matrix returns rows as one matrix in memory.
func Matrix(rows Rows) *mat.Dense {
	n, d := rows.Dims()
	return read(rows, linalg.Zeros(n*d), 0, n)
}

// read reads rows lo to hi−1 into buffer on all free cores.
func read(rows Rows, buffer []float64, lo, hi int) *mat.Dense {
	_, d := rows.Dims()
	size := max(partSize/d, 1)
	par.For((hi-lo+size-1)/size, func(p int) {
		i := lo + p*size
		j := min(i+size, hi)
		rows.Read(buffer[(i-lo)*d:(j-lo)*d], i, j)
	})
	return mat.NewDense(hi-lo, d, buffer[:(hi-lo)*d])
}
