package linalg

import (
	"slices"

	"gonum.org/v1/gonum/floats"

	"sfdalab/internal/par"
)

// bandMatrix is a symmetric matrix whose lower triangle has numbers in the band and, while
// it is reduced, as many diagonals again below it. It ends in rows and columns of zeros, so
// that every reflection has the same size.
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
	return &bandMatrix{n: n, data: Zeros((n + 2*band) * bandStride)}
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

// chase is how a band matrix becomes tridiagonal. Sweep j, of n−2, reflects the rows from
// j+1, j+1+band, ... on, each time as many as the band has.
//
// Step k of a sweep shares no row with those steps of the sweeps before it that have a
// smaller k. So the steps k of some sweeps together are one product of reflections, and the
// last k comes first.
type chase struct {
	q      orthogonal  // of the first stage, too
	firsts []int       // the first of q of each unit of sweeps, and how many there are
	tau    []float64   // factors, unit of each of q
	memory [][]float64 // that the vectors took besides the spare
}

// rowsTogether is how many rows the same steps of a unit of sweeps change.
const rowsTogether = band + unit

// newChase gives each unit of sweeps some of the spare memory while there is any. A first
// touch of as much new memory may take longer than the chase.
func newChase(n int, q orthogonal, spare *pieces) *chase {
	const vectors, factor, more = rowsTogether * unit, unit * unit, 1 << 20
	count := 0
	for j := 0; j < n-2; j += unit {
		count += stepsOf(n, j)
	}
	c := &chase{q: slices.Grow(q, count), firsts: []int{len(q)}, tau: make([]float64, count*unit)}
	for j := 0; j < n-2; j += unit {
		steps := stepsOf(n, j)
		memory := spare.take(steps * (vectors + factor))
		if memory == nil {
			x, _ := Scratch(max(min(more, count*(vectors+factor)), steps*(vectors+factor)))
			c.memory = append(c.memory, x)
			spare.add(x)
			memory = spare.take(steps * (vectors + factor))
		}
		for k := steps - 1; k >= 0; k-- {
			c.q = append(c.q, reflections{j + 1 + k*band, unit, memory[:vectors], memory[vectors:][:factor]})
			memory = memory[vectors+factor:]
		}
		c.firsts = append(c.firsts, len(c.q))
	}
	return c
}

// stepsOf returns how many steps sweep j has.
func stepsOf(n, j int) int { return (n-3-j)/band + 1 }

// set keeps the reflection of step k of sweep j.
func (c *chase) set(j, k int, v []float64, tau float64) {
	i, column := c.firsts[j/unit+1]-1-k, j%unit
	c.tau[(i-c.firsts[0])*unit+column] = tau
	to := c.q[i].v[column*unit+column:]
	for l, x := range v {
		to[l*unit] = x
	}
}

// setFactors sets the factors of a unit of sweeps.
func (c *chase) setFactors(s int) {
	v, gram := newTall(rowsTogether, unit), newGram(unit)
	for i := c.firsts[s]; i < c.firsts[s+1]; i++ {
		v.pack(c.q[i].v)
		c.q[i].setFactor(v, gram, c.tau[(i-c.firsts[0])*unit:][:unit])
	}
}

// chase makes b tridiagonal. Step k of a sweep changes what step k+2 of the sweep before has
// left. So a unit of sweeps follows the one before: its sweeps take some steps each, two
// fewer than the sweep before at first, and these tiles of steps are done lag behind.
func (b *bandMatrix) chase(q orthogonal, spare *pieces) *chase {
	const steps, lag = unit, 2
	c := newChase(b.n, q, spare)
	done := make([]chan struct{}, len(c.firsts)-1) // of each unit, one for each tile
	tiles := func(s int) int { return (stepsOf(b.n, s*unit) + 2*unit - 3 + steps) / steps }
	for s := range done {
		done[s] = make(chan struct{}, tiles(s)+lag)
	}
	par.For(len(done), func(s int) {
		defer close(done[s])
		v := make([]float64, band) // room for a vector
		for _, r := range c.q[c.firsts[s]:c.firsts[s+1]] {
			clear(r.v)
			clear(r.s)
		}
		if s > 0 {
			for range lag {
				<-done[s-1]
			}
		}
		for t := range tiles(s) {
			if s > 0 {
				<-done[s-1]
			}
			for j := s * unit; j < min((s+1)*unit, b.n-2); j++ {
				ahead := 2 * (j - s*unit)
				for k := max(0, t*steps-ahead); k < min((t+1)*steps-ahead, stepsOf(b.n, j)); k++ {
					b.step(c, j, k, v)
				}
			}
			done[s] <- struct{}{}
		}
		for range lag { // the next unit may have as many tiles
			done[s] <- struct{}{}
		}
		c.setFactors(s)
	})
	return c
}

// step is step k of sweep j. It takes a column to a multiple of (1, 0, …, 0) by a reflection
// of rows, which is one of columns, too: that fills the block below the diagonal, whose
// first column the next step takes up. What is left of the block, the next sweeps take up.
func (b *bandMatrix) step(c *chase, j, k int, v []float64) {
	r := j + 1 + k*band
	column := j
	if k > 0 {
		column = r - band
	}
	x := b.at(r, column)
	for l := range v {
		v[l] = x[l*blockStride]
	}
	e, tau := reflector(v)
	v[0] = 1
	c.set(j, k, v, tau)
	if k > 0 {
		active.reflectLeft(x, blockStride, band, v, -tau)
	}
	for l := range v {
		x[l*blockStride] = 0
	}
	x[0] = e

	// Of the upper triangle of the block on the diagonal, the last column is new in this sweep.
	x = b.at(r, r)
	for i, mirrored := range x[(band-1)*blockStride:][:band-1] {
		x[i*blockStride+band-1] = mirrored
	}
	active.reflectLeft(x, blockStride, band, v, -tau)
	active.reflectRight(x, blockStride, 2*band, v, -tau) // of the block below, too
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
