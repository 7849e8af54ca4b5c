package features

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/internal/linalg"
	"sfdalab/internal/par"
)

// pairSize is how many numbers a block of pairs holds at most, and the rows that it
// is made of.
const pairSize = 1 << 23

// PairProducts calls fn for each block of rows in turn with the inner products
// of its rows and of all rows that follow: products is B×(N−lo), and
// products[i, j] = x_{lo+i}·x_{lo+j}. So each pair of rows comes once, but for
// those within a block, which come both ways. Memory is bounded whatever N;
// products is overwritten by the next block.
func PairProducts(rows Rows, fn func(lo int, products *mat.Dense)) {
	n, d := rows.Dims()
	size := min(n, max(pairSize/n, 16), max(pairSize/d, 64))
	buffer, free := linalg.Scratch(size * (n + 2*d))
	defer free()
	left, right, buffer := buffer[:size*d], buffer[size*d:2*size*d], buffer[2*size*d:]
	for lo := 0; lo < n; lo += size {
		hi := min(lo+size, n)
		x := read(rows, left, lo, hi).RawMatrix()
		products := mat.NewDense(hi-lo, n-lo, buffer[:(hi-lo)*(n-lo)])
		all := products.RawMatrix()
		blas64.Syrk(blas.NoTrans, 1, x, 0, blas64.Symmetric{Uplo: blas.Upper, N: hi - lo, Data: all.Data, Stride: all.Stride})
		mirror(products, hi-lo)
		for from := hi; from < n; from += size {
			to := min(from+size, n)
			y := read(rows, right, from, to).RawMatrix()
			tile := products.Slice(0, hi-lo, from-lo, to-lo).(*mat.Dense).RawMatrix()
			blas64.Gemm(blas.NoTrans, blas.Trans, 1, x, y, 0, tile)
		}
		fn(lo, products)
	}
}

// mirror copies the upper triangle of the first n columns of m to the lower one.
func mirror(m *mat.Dense, n int) {
	const tile = 64 // of which both triangles stay in cache
	par.For((n+tile-1)/tile, func(t int) {
		lo, hi := t*tile, min((t+1)*tile, n)
		for j0 := 0; j0 <= lo; j0 += tile {
			for i := lo; i < hi; i++ {
				row := m.RawRowView(i)
				for j := j0; j < min(j0+tile, i); j++ {
					row[j] = m.At(j, i)
				}
			}
		}
	})
}

// cancelled is the part of two rows' squared lengths below which their squared
// distance, a difference of those, has lost most of its digits.
const cancelled = 0x1p-40

// PairDistances calls fn as PairProducts does, with squared Euclidean distances
// ‖x_{lo+i} − x_{lo+j}‖². They follow from inner products of centred rows, to a
// rounding error of some 1e-15 of the rows' squared lengths, and are never
// negative. Rows that are nearly alike are subtracted instead, so that rows are at
// distance 0 when they are equal, and only then.
func PairDistances(rows Rows, fn func(lo int, distances *mat.Dense)) {
	_, d := rows.Dims()
	uncentred := rows
	rows = Centred(rows, nil, mat.NewDense(1, d, columnMeans(rows)))
	squares := SquaredLengths(rows)
	PairProducts(rows, func(lo int, products *mat.Dense) {
		par.For(products.RawMatrix().Rows, func(i int) {
			row := products.RawRowView(i)
			for j, p := range row {
				both := squares[lo+i] + squares[lo+j]
				if row[j] = both - 2*p; row[j] <= both*cancelled && j != i {
					row[j] = squaredDistance(uncentred, lo+i, lo+j)
				}
			}
			row[i] = 0
		})
		fn(lo, products)
	})
}

// SquaredLengths returns ‖x‖² of each row.
func SquaredLengths(rows Rows) []float64 {
	n, _ := rows.Dims()
	squares := make([]float64, n)
	Parts(rows, func(lo int, x *mat.Dense) {
		for i := range x.RawMatrix().Rows {
			row := x.RawRowView(i)
			squares[lo+i] = floats.Dot(row, row)
		}
	})
	return squares
}

// squaredDistance returns ‖x_i − x_j‖².
func squaredDistance(rows Rows, i, j int) (sum float64) {
	_, d := rows.Dims()
	pair := make([]float64, 2*d)
	rows.Read(pair[:d], i, i+1)
	rows.Read(pair[d:], j, j+1)
	for k, v := range pair[:d] {
		v -= pair[d+k]
		sum += v * v
	}
	return sum
}
