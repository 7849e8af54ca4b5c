package features

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/internal/linalg"
	"sfdalab/internal/par"
)

// Groups are the samples of a matrix by class: sizes, means, and the scatter
// within classes that is left when each sample is taken from its class's mean.
type Groups struct {
	Counts []int      // C
	Means  *mat.Dense // C×D

	// Within is Σ_n (x_n − μ_{y_n})(x_n − μ_{y_n})ᵀ, D×D. It is summed from
	// centred rows, so nothing cancels; other Gram matrices follow from it by
	// adding rank-C terms.
	Within *mat.SymDense
}

// Group returns the Groups of rows. There are c classes; index says the class of
// each row.
func Group(rows Rows, index []int, c int) *Groups {
	counts, means := GroupMeans(rows, index, c)
	return &Groups{counts, means, Scatter(Centred(rows, index, means))}
}

// Mean returns the mean μ of all samples, D.
func (g *Groups) Mean() []float64 {
	_, d := g.Means.Dims()
	mean, n := make([]float64, d), 0
	for k, count := range g.Counts {
		floats.AddScaled(mean, float64(count), g.Means.RawRowView(k))
		n += count
	}
	floats.Scale(1/float64(n), mean)
	return mean
}

// Between returns the C×D matrix B with rows √n_c (μ_c − μ)ᵀ: BᵀB is the scatter of
// the class means.
func (g *Groups) Between() *mat.Dense {
	mean := g.Mean()
	between := mat.NewDense(len(g.Counts), len(mean), nil)
	for k, count := range g.Counts {
		row := between.RawRowView(k)
		floats.SubTo(row, g.Means.RawRowView(k), mean)
		floats.Scale(math.Sqrt(float64(count)), row)
	}
	return between
}

// GroupMeans returns the size and mean of each of c classes of rows; index says
// the class of each row. A class without a row has mean 0.
func GroupMeans(rows Rows, index []int, c int) (counts []int, means *mat.Dense) {
	_, d := rows.Dims()
	counts, means = make([]int, c), mat.NewDense(c, d, linalg.Zeros(c*d))
	for _, k := range index {
		counts[k]++
	}
	if c < manyClasses {
		addByColumns(means, rows, index)
	} else {
		addByClasses(means, rows, index)
	}
	for k, n := range counts {
		row := means.RawRowView(k)
		for j := range row {
			row[j] /= float64(max(n, 1))
		}
	}
	return counts, means
}

// manyClasses are so many that each can be added up by one core.
const manyClasses = 16

// addByColumns adds each row to that of its class, some columns on each core.
func addByColumns(sums *mat.Dense, rows Rows, index []int) {
	const stripe = 128
	Blocks(rows, func(lo int, x *mat.Dense) {
		n, d := x.Dims()
		par.For((d+stripe-1)/stripe, func(p int) {
			from, to := p*stripe, min((p+1)*stripe, d)
			for i := range n {
				floats.Add(sums.RawRowView(index[lo+i])[from:to], x.RawRowView(i)[from:to])
			}
		})
	})
}

// addByClasses is addByColumns, in the same order, with a class on each core, whose sum
// then stays in the cache. Rows are taken in chunks, so that files are read from front to
// back but for the rows of a chunk.
func addByClasses(sums *mat.Dense, rows Rows, index []int) {
	const chunk = 1 << 23 // numbers, 32 MiB of float32
	n, d := rows.Dims()
	size := max(chunk/d, 1)
	for lo := 0; lo < n; lo += size {
		members := membersOf(index, lo, min(lo+size, n))
		par.For(len(members), func(m int) {
			sum := sums.RawRowView(index[members[m][0]])
			for _, i := range members[m] {
				addRow(rows, sum, i)
			}
		})
	}
}

// membersOf lists rows lo to hi−1 by class, each class in ascending order.
func membersOf(index []int, lo, hi int) [][]int {
	var members [][]int
	at := make(map[int]int) // in members, by class
	for i := lo; i < hi; i++ {
		m, ok := at[index[i]]
		if !ok {
			m = len(members)
			at[index[i]], members = m, append(members, nil)
		}
		members[m] = append(members[m], i)
	}
	return members
}

// columnMeans returns the mean of each column.
func columnMeans(rows Rows) []float64 {
	n, _ := rows.Dims()
	_, means := GroupMeans(rows, make([]int, n), 1)
	return means.RawRowView(0)
}

// Contrasts sets z, (N−C)×D, to a matrix with ZᵀZ the scatter within classes; means are
// those of the C classes of rows. Rows less the means of their classes have that too, but add
// up to 0 in each class. A row of Z follows from others only where samples do.
//
// Of samples x_1 to x_n of a class, the rows are √(i/(i+1)) (x_{i+1} − m_i), with m_i the
// mean of the first i: Helmert's contrasts, which are orthonormal combinations of the samples.
func Contrasts(z *mat.Dense, rows Rows, index []int, means *mat.Dense) {
	members := membersOf(index, 0, len(index))
	first := make([]int, len(members)+1) // row of each class
	for m, samples := range members {
		first[m+1] = first[m] + len(samples) - 1
	}
	centred := Centred(rows, index, means) // so that a common offset costs no digits
	par.For(len(members), func(m int) {
		_, d := z.Dims()
		mean := make([]float64, d) // of the samples before
		centred.Read(mean, members[m][0], members[m][0]+1)
		for i, sample := range members[m][1:] {
			row, before := z.RawRowView(first[m]+i), float64(i+1)
			centred.Read(row, sample, sample+1)
			floats.Sub(row, mean)
			floats.AddScaled(mean, 1/(before+1), row)
			floats.Scale(math.Sqrt(before/(before+1)), row)
		}
	})
}

// Scatter returns XᵀX, D×D.
func Scatter(rows Rows) *mat.SymDense {
	_, d := rows.Dims()
	sum := linalg.NewSym(d)
	addScatter(sum, 1, rows)
	return sum
}

// addScatter adds alpha·XᵀX to sum. Two blocks at a time halve how often sum, which is larger
// than a cache, is read. That changes no bits, as a product adds up 256 rows at a time.
func addScatter(sum *mat.SymDense, alpha float64, rows Rows) {
	_, d := rows.Dims()
	blocksOf(rows, 2*BlockRows(d), func(_ int, x *mat.Dense) {
		blas64.Syrk(blas.Trans, alpha, x.RawMatrix(), 1, sum.RawSymmetric())
	})
}

// RowGram returns XXᵀ, N×N. Rows that fit in the memory of two blocks are one block.
func RowGram(rows Rows) *mat.SymDense {
	n, d := rows.Dims()
	gram := linalg.NewSym(n)
	raw := gram.RawSymmetric()
	at := func(row, column int) []float64 { return raw.Data[row*raw.Stride+column:] }
	addOwn := func(x blas64.General, lo int) {
		blas64.Syrk(blas.NoTrans, 1, x, 1, blas64.Symmetric{Uplo: blas.Upper, N: x.Rows, Data: at(lo, lo), Stride: raw.Stride})
	}
	if m, ok := rows.(dense); ok {
		addOwn(blas64.General{Rows: n, Cols: d, Data: m.data, Stride: d}, 0)
		return gram
	}
	size := min(n, max(pairSize/d, 64))
	if n*d <= 2*pairSize {
		size = n
	}
	buffer, free := linalg.Scratch(min(2*size, n) * d)
	defer free()
	for lo := 0; lo < n; lo += size {
		hi := min(lo+size, n)
		x := read(rows, buffer[:size*d], lo, hi).RawMatrix()
		addOwn(x, lo)
		for from := hi; from < n; from += size {
			to := min(from+size, n)
			y := read(rows, buffer[size*d:], from, to).RawMatrix()
			blas64.Gemm(blas.NoTrans, blas.Trans, 1, x, y, 1, blas64.General{Rows: hi - lo, Cols: to - from, Data: at(lo, from), Stride: raw.Stride})
		}
	}
	return gram
}
