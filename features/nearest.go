package features

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/internal/linalg"
	"sfdalab/internal/par"
)

// Neighbour is a row seen from another one.
type Neighbour struct {
	Index  int
	Square float64 // squared Euclidean distance
}

// Nearest returns the k nearest other rows of each row, 0 < k < N, by squared Euclidean
// distances Σ(x−y)², summed in float64: in ascending order, and the first row first of
// those at the same distance.
//
// Nearly all pairs are ruled out without that sum. For centred rows, ‖x‖² + ‖y‖² − 2x·y
// is as near to it as the error of x·y, which has a bound in float32: what cannot be
// nearer than the kth by that bound is not looked at. Where rows lie in clusters of
// less than some 1e-5 of the distance between these, float32 leaves too many, and
// float64 does the same.
func Nearest(rows Rows, k int) [][]Neighbour {
	n, d := rows.Dims()
	centred := Centred(rows, nil, mat.NewDense(1, d, columnMeans(rows)))
	squares := SquaredLengths(centred)
	// In this unit no row is longer than 1.
	_, exponent := math.Frexp(math.Sqrt(floats.Max(squares)))
	unit := math.Ldexp(1, -exponent)
	floats.Scale(unit, squares)
	floats.Scale(unit, squares)

	s := newScreen(k, d, squares, linalg.MulTError(d))
	pairSingles(centred, unit, func(lo, from int, products linalg.Single) {
		offerPairs(s, lo, from, products.Rows, products.Row, 1)
	})
	if s.leavesMany() {
		s = newScreen(k, d, squares, float64(8*d+16)*0x1p-53)
		PairProducts(centred, func(lo int, products *mat.Dense) {
			offerPairs(s, lo, lo, products.RawMatrix().Rows, products.RawRowView, unit*unit)
		})
	}

	found := make([][]Neighbour, n)
	par.For(n, func(i int) { found[i] = nearestOf(rows, k, i, s.left(i)) })
	return found
}

// nearestOf returns the k nearest of the rows that index lists, in ascending order, to
// row i.
func nearestOf(rows Rows, k, i int, index []int) []Neighbour {
	_, d := rows.Dims()
	memory, free := linalg.Scratch(2 * d)
	defer free()
	x, y := memory[:d], memory[d:]
	rows.Read(x, i, i+1)
	found, equal := make([]Neighbour, 0, k), 0
	for _, j := range index {
		rows.Read(y, j, j+1)
		floats.Sub(y, x)
		square := floats.Dot(y, y)
		found = append(found, Neighbour{j, square})
		if square == 0 {
			equal++
		}
		if equal == k { // none that follows is nearer
			break
		}
	}
	slices.SortStableFunc(found, func(a, b Neighbour) int { return cmp.Compare(a.Square, b.Square) })
	return slices.Clone(found[:k])
}

// pairSingles calls fn for each block of rows, lo and on, and each block of these or of
// rows that follow, from and on, with their inner products in float32. Where lo is
// from, only those above the diagonal are there. The rows are multiplied by unit.
func pairSingles(rows Rows, unit float64, fn func(lo, from int, products linalg.Single)) {
	n, d := rows.Dims()
	size := min(n, 2048, max(pairSize/2/d, 64))
	left, freeLeft := linalg.NewSingle(size, d)
	defer freeLeft()
	right, freeRight := linalg.NewSingle(size, d)
	defer freeRight()
	products, freeProducts := linalg.NewSingle(size, size)
	defer freeProducts()
	for lo := 0; lo < n; lo += size {
		x := left.Top(min(size, n-lo))
		readSingle(x, rows, lo, unit)
		for from := lo; from < n; from += size {
			y := x
			if from > lo {
				y = right.Top(min(size, n-from))
				readSingle(y, rows, from, unit)
			}
			p := linalg.Single{Rows: x.Rows, Cols: y.Rows, Data: products.Data[:x.Rows*y.Rows]}
			p.MulT(x, y, from == lo)
			fn(lo, from, p)
		}
	}
}

// readSingle fills m with rows lo and on, multiplied by unit.
func readSingle(m linalg.Single, rows Rows, lo int, unit float64) {
	partsOf(rows, lo, lo+m.Rows, func(first int, x *mat.Dense) {
		for i := range x.RawMatrix().Rows {
			m.Set(first-lo+i, unit, x.RawRowView(i))
		}
	})
}

// screen rules out pairs of rows that are not near, by distances with a bounded error.
type screen struct {
	k        int
	squares  []float64 // N, ‖x‖²
	least    []float64 // N, of which two sum up to ‖x‖² + ‖y‖² less their error
	relative float64   // error of a squared distance, as a part of ‖x‖² + ‖y‖²
	floor    float64   // and that of numbers too small for float32

	within []float64     // N×k, what the k nearest are within, in ascending order
	limit  []float64     // N, the last of these, or tooMany
	may    [][]Neighbour // N, rows that may be nearer than the kth, with their least squares
}

// tooMany is the limit of a row that may have more neighbours than are kept.
var tooMany = math.Inf(-1)

// newScreen returns a screen that has seen no pair, for rows whose squared lengths are given.
func newScreen(k, d int, squares []float64, relative float64) *screen {
	n := len(squares)
	s := &screen{
		k: k, squares: squares, relative: relative, floor: float64(d) * 0x1p-140,
		least:  make([]float64, n),
		within: slices.Repeat([]float64{math.Inf(1)}, n*k),
		limit:  slices.Repeat([]float64{math.Inf(1)}, n),
		may:    make([][]Neighbour, n),
	}
	for i, square := range squares {
		s.least[i] = (1-relative)*square - s.floor/2
	}
	return s
}

// offerPairs offers each pair of rows lo+i and from+j > lo+i to both of them. row(i)[j] is
// their inner product, which is to be multiplied by factor to be in the unit of squares.
func offerPairs[T float32 | float64](s *screen, lo, from, size int, row func(i int) []T, factor float64) {
	factor *= 2
	par.For(size, func(i int) {
		products := row(i)
		first := max(lo+i+1-from, 0)
		least, others := s.least[lo+i], s.least[from+first:]
		limit := s.limit[lo+i]
		for j, p := range products[first:] {
			if d := least + others[j] - factor*float64(p); d <= limit {
				limit = s.offer(lo+i, from+first+j, d)
			}
		}
	})
	const piece = 256
	width := len(row(0))
	par.For((width+piece-1)/piece, func(p int) {
		first, last := p*piece, min((p+1)*piece, width)
		least, limits := s.least[from+first:from+last], s.limit[from+first:from+last]
		for i := range size {
			skip := min(max(lo+i+1-from-first, 0), len(least))
			products, mine := row(i)[first+skip:last], s.least[lo+i]
			others, limits := least[skip:], limits[skip:]
			for j, p := range products {
				if d := mine + others[j] - factor*float64(p); d <= limits[j] {
					s.offer(from+first+skip+j, lo+i, d)
				}
			}
		}
	})
}

// offer considers row j as a neighbour of row i and returns the new limit of that.
func (s *screen) offer(i, j int, least float64) float64 {
	within := s.within[i*s.k:][:s.k]
	most := least + 2*(s.relative*(s.squares[i]+s.squares[j])+s.floor)
	if at := s.k - 1; most < within[at] {
		for ; at > 0 && most < within[at-1]; at-- {
			within[at] = within[at-1]
		}
		within[at] = most
		s.limit[i] = within[s.k-1]
	}
	s.may[i] = append(s.may[i], Neighbour{j, least})
	if room := 4*s.k + 64; len(s.may[i]) == room {
		s.may[i] = slices.DeleteFunc(s.may[i], func(p Neighbour) bool { return p.Square > s.limit[i] })
		if len(s.may[i]) > room/2 {
			s.may[i], s.limit[i] = nil, tooMany
		}
	}
	return s.limit[i]
}

// leavesMany tells whether there are rows whose neighbours are too many to tell apart.
func (s *screen) leavesMany() bool { return slices.Contains(s.limit, tooMany) }

// left returns, in ascending order, the rows that may be among the nearest to row i.
func (s *screen) left(i int) []int {
	var index []int
	if s.limit[i] == tooMany {
		for j := range s.squares {
			if j != i {
				index = append(index, j)
			}
		}
		return index
	}
	for _, p := range s.may[i] {
		if p.Square <= s.limit[i] {
			index = append(index, p.Index)
		}
	}
	slices.Sort(index)
	return index
}
