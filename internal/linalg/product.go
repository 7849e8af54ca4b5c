package linalg

import (
	"unsafe"

	"sfdalab/internal/par"
)

// number is what products are computed in.
type number interface{ float32 | float64 }

// product is C += alpha·ABᵀ, where A has m rows and B has n rows of k numbers.
//
// It is computed in the way of Goto and van de Geijn (2008) and BLIS (Van Zee and
// van de Geijn, 2015): k is cut into slices; of each slice, A and B are packed
// into panels of as many rows as a tile has, in the order in which the tile reads
// them; C is cut into blocks, which are the pieces of parallel work. An element of
// C gets the slices in order, each summed in order, so its bits depend neither on
// where it lies nor on who computes it.
type product[T number] struct {
	m, n, k int
	alpha   T
	a, b    operand[T]
	c       []T
	ldc     int
	part    region
	narrow  bool // packRight has packed B: its last panel is narrow if few rows are left for it
}

// region says which elements of C a product touches.
type region int

const (
	whole region = iota
	upper
	lower
)

// has tells whether rows i0 to i1−1 and columns j0 to j1−1 have some of the part,
// and whether all of them are.
func (p region) has(i0, i1, j0, j1 int) (some, all bool) {
	switch p {
	case upper:
		return i0 < j1, i1-1 <= j0
	case lower:
		return j0 < i1, j1-1 <= i0
	}
	return true, true
}

// Sizes, in numbers: a slice of a block's panels of A stays in a 1 MiB second
// level cache, a slab's are shared by all cores. A block of C stays in the cache
// for as many slices as are packed together.
const (
	slice        = 256
	together     = 2
	blockRows    = 128
	blockColumns = 192
	slab         = 4096
)

// add computes the product.
func (p product[T]) add() { p.addBeside(nil) }

// addBeside computes the product, and calls beside meanwhile, as the first piece of work; nil
// for nothing.
func (p product[T]) addBeside(beside func()) {
	for i0 := 0; i0 < p.m; i0 += slab {
		for j0 := 0; j0 < p.n; j0 += slab {
			for k0 := 0; k0 < p.k; k0 += together * slice {
				p.addSlices(i0, min(i0+slab, p.m), j0, min(j0+slab, p.n), k0, min(k0+together*slice, p.k), beside)
				beside = nil
			}
		}
	}
	if beside != nil { // there is no product
		beside()
	}
}

// addSlices adds what k0 to k1−1 contribute to rows i0 to i1−1 and columns j0 to
// j1−1 of C, beside something else.
func (p product[T]) addSlices(i0, i1, j0, j1, k0, k1 int, beside func()) {
	if some, _ := p.part.has(i0, i1, j0, j1); !some {
		return
	}
	tiles := tilesOf[T]()
	mr, nr := tiles.mr, tiles.nr
	rows, columns := cut(i0, i1, blockRows, mr), cut(j0, j1, blockColumns, nr)
	m, n := roundUp(i1-i0, mr), roundUp(j1-j0, nr)
	b, freeB := scratch[T](n * (k1 - k0))
	defer freeB()
	a, width, packedRows := b, nr, 0 // of AAᵀ, panels of nr rows have those of mr
	if i0 != j0 || i1 != j1 || !p.a.is(p.b) {
		var freeA func()
		a, freeA = scratch[T](m * (k1 - k0))
		defer freeA()
		width, packedRows = mr, len(rows)-1
		p.narrow = true
	}
	size := len(a) / (k1 - k0)

	slices := (k1 - k0 + slice - 1) / slice
	bounds := func(s int) (from, to int) { return k0 + s*slice, min(k0+(s+1)*slice, k1) }
	par.For(slices*(packedRows+len(columns)-1), func(t int) {
		from, to := bounds(t % slices)
		t /= slices
		if t < packedRows {
			p.a.pack(a[m*(from-k0)+(rows[t]-i0)*(to-from):], mr, rows[t], rows[t+1], from, to)
		} else {
			t -= packedRows
			p.packRight(b[n*(from-k0)+(columns[t]-j0)*(to-from):], columns[t], columns[t+1], from, to)
		}
	})
	last, first := len(rows)-1, 0
	if beside != nil {
		first = 1
	}
	par.For(first+last*(len(columns)-1), func(t int) {
		if t -= first; t < 0 {
			beside()
			return
		}
		i, j := t%last, t/last
		for s := range slices {
			from, to := bounds(s)
			k := to - from
			p.addBlock(k, inPanels(a[size*(from-k0):], i0, width, k), b[n*(from-k0)+(columns[j]-j0)*k:], rows[i], rows[i+1], columns[j], columns[j+1])
		}
	})
}

// packRight packs rows j0 to j1−1 of B as panels, of which the last may be narrow.
func (p product[T]) packRight(dst []T, j0, j1, k0, k1 int) {
	nr, last := tilesOf[T]().nr, j1
	if rest := (j1 - j0) % nr; rest > 0 && p.endsNarrow(rest) {
		last -= rest
		width := narrowOf[T]().nr
		p.b.packPanel(dst[(last-j0)*(k1-k0):][:width*(k1-k0)], width, last, j1, k0, k1)
	}
	p.b.pack(dst, nr, j0, last, k0, k1)
}

// endsNarrow tells whether the last panel of B is narrow where it has so many rows.
func (p product[T]) endsNarrow(rows int) bool {
	narrow := narrowOf[T]()
	return p.narrow && narrow != nil && rows <= narrow.nr
}

// left is A as tiles read it: element (r, s) of the tile at row first+i+l, where i is a
// multiple of the width and l is less, is data[i·step + l + r·row + s·column].
type left[T number] struct {
	data         []T
	first, width int
	step         int
	row, column  int
}

// inPanels is the left factor in panels of so many rows and k columns.
func inPanels[T number](panels []T, first, width, k int) left[T] {
	return left[T]{panels, first, width, k, 1, width}
}

// at returns the memory from the tile at row i on.
func (a left[T]) at(i int) []T {
	l := (i - a.first) % a.width
	return a.data[(i-a.first-l)*a.step+l:]
}

// addBlock adds the product of A and the packed panels b to a block of C.
func (p product[T]) addBlock(k int, a left[T], b []T, i0, i1, j0, j1 int) {
	if some, _ := p.part.has(i0, i1, j0, j1); !some {
		return
	}
	tiles := tilesOf[T]()
	mr, nr := tiles.mr, tiles.nr
	edge, free := scratch[T](mr * nr)
	defer free()
	for j := j0; j < j1; j += nr {
		if p.endsNarrow(j1 - j) {
			tiles = narrowOf[T]()
			nr = tiles.nr
		}
		panel := b[(j-j0)*k:]
		for i := i0; i < i1; i += mr {
			some, all := p.part.has(i, i+mr, j, j+nr)
			switch {
			case all && i+mr <= i1 && j+nr <= j1:
				tiles.tile(k, p.alpha, a.at(i), a.row, a.column, panel, p.c[i*p.ldc+j:], p.ldc)
			case some:
				p.addEdge(tiles, edge, k, a, panel, i, min(i+mr, i1), j, min(j+nr, j1))
			}
		}
	}
}

// addEdge adds the product of A and a panel, by way of tile, to a tile of C, of these tiles, that
// is not wholly there or not wholly wanted.
func (p product[T]) addEdge(tiles *tiles[T], tile []T, k int, a left[T], b []T, i0, i1, j0, j1 int) {
	nr := tiles.nr
	for i := i0; i < i1; i++ {
		copy(tile[(i-i0)*nr:], p.c[i*p.ldc+j0:i*p.ldc+j1])
	}
	tiles.tile(k, p.alpha, a.at(i0), a.row, a.column, b, tile, nr)
	for i := i0; i < i1; i++ {
		from, to := j0, j1
		switch p.part {
		case upper:
			from = max(from, i)
		case lower:
			to = min(to, i+1)
		}
		if from < to {
			copy(p.c[i*p.ldc+from:i*p.ldc+to], tile[(i-i0)*nr+from-j0:])
		}
	}
}

// operand is a matrix: element k of row i is data[i·ld+k], or data[k·ld+i] if it
// is stored transposed.
type operand[T number] struct {
	data       []T
	ld         int
	transposed bool
}

// is reports whether both are the same numbers, in the same order.
func (o operand[T]) is(other operand[T]) bool {
	return unsafe.SliceData(o.data) == unsafe.SliceData(other.data) && o.ld == other.ld && o.transposed == other.transposed
}

// pack copies columns k0 to k1−1 of rows i0 to i1−1 to panels of width rows, each
// by columns, the last filled up with zeros.
func (o operand[T]) pack(dst []T, width, i0, i1, k0, k1 int) {
	for i := i0; i < i1; i += width {
		size := width * (k1 - k0)
		o.packPanel(dst[:size], width, i, min(i+width, i1), k0, k1)
		dst = dst[size:]
	}
}

// packPanel copies columns k0 to k1−1 of rows i0 to i1−1, at most width of them, to one panel.
func (o operand[T]) packPanel(dst []T, width, i0, i1, k0, k1 int) {
	if i1-i0 < width {
		clear(dst)
	}
	if o.transposed {
		src := o.data[k0*o.ld+i0 : (k1-1)*o.ld+i1]
		switch {
		case i1-i0 < width:
			for k := range k1 - k0 {
				copy(dst[k*width:], src[k*o.ld:][:i1-i0])
			}
		case width == tilesOf[T]().mr:
			tilesOf[T]().gatherA(dst, src, o.ld)
		default:
			tilesOf[T]().gatherB(dst, src, o.ld)
		}
		return
	}
	i := i0
	for ; i+4 <= i1; i += 4 {
		tilesOf[T]().transpose4(dst[i-i0:], width, o.data[i*o.ld+k0:], o.ld, k1-k0)
	}
	for ; i < i1; i++ {
		for k, x := range o.data[i*o.ld+k0 : i*o.ld+k1] {
			dst[k*width+i-i0] = x
		}
	}
}

// cut returns where blocks of at most size begin and where the last ends: about
// equal, and all but the last a multiple of unit.
func cut(from, to, size, unit int) []int {
	blocks := (to - from + size - 1) / size
	step := roundUp((to-from+blocks-1)/blocks, unit)
	var at []int
	for i := from; i < to; i += step {
		at = append(at, i)
	}
	return append(at, to)
}

// scratch is Scratch for either kind of number.
func scratch[T number](n int) (x []T, free func()) {
	var zero T
	memory, free := Scratch((n*int(unsafe.Sizeof(zero)) + 7) / 8)
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(memory))), n), free
}

// roundUp returns the least multiple of unit that is not below n.
func roundUp(n, unit int) int { return (n + unit - 1) / unit * unit }
