package linalg

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// The kernels of assembly give the same bits, those of the order of additions that
// is written here: so scores from one kind of processor are found again on others.
func TestKernelsGiveTheSameBits(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	normal := func(int) float64 { return random.NormFloat64() }
	for _, k := range kernels {
		if k.name == portable.name {
			continue
		}
		t.Run(k.name, func(t *testing.T) {
			if !tileBits(k.tiles) {
				t.Error("tile: other bits")
			}
			if !tileBits(k.narrow) {
				t.Error("narrow tile: other bits")
			}
			if !tileBits(k.single) {
				t.Error("tile of float32: other bits")
			}

			const ld, width = 11, 7
			from := repeat(4*ld, normal)
			for columns := range ld {
				got, want := make([]float64, ld*width), make([]float64, ld*width)
				k.transpose4(got[1:], width, from, ld, columns)
				transpose4Portable(want[1:], width, from, ld, columns)
				if !slices.Equal(got, want) {
					t.Errorf("transpose4 of %d columns: other numbers", columns)
				}
			}

			const columns = 48
			rows, x, y := repeat(4*columns, normal), repeat(columns, normal), repeat(columns, normal)
			var factors, products, wantProducts [4]float64
			copy(factors[:], repeat(4, normal))
			wantY := slices.Clone(y)
			for r := range 4 {
				var s [8]float64
				for j, v := range x {
					s[j%8] = math.FMA(rows[r*columns+j], v, s[j%8])
					wantY[j] = math.FMA(rows[r*columns+j], factors[r], wantY[j])
				}
				for i := range 4 {
					s[i] += s[i+4]
				}
				wantProducts[r] = (s[0] + s[2]) + (s[1] + s[3])
			}
			k.rows4(rows, columns, x, y, &factors, &products)
			if products != wantProducts || !slices.Equal(y, wantY) {
				t.Error("rows4: other bits")
			}

			for name, c := range map[string]struct {
				got, want func([]float64, int, int, []float64, float64)
				rows      int
			}{
				"reflectRight": {k.reflectRight, reflectRightExactly, 24},
				"reflectLeft":  {k.reflectLeft, reflectLeftExactly, 27},
			} {
				const ld = 31
				x, v := repeat(c.rows*ld, normal), repeat(c.rows, normal)
				want := slices.Clone(x)
				c.got(x, ld, c.rows, v, -1.5)
				c.want(want, ld, c.rows, v, -1.5)
				if !slices.Equal(x, want) {
					t.Errorf("%s: other bits", name)
				}
			}

			l, b8 := repeat(64, normal), repeat(8*k.nr, normal)
			want := slices.Clone(b8)
			for r := range 8 {
				for j := range k.nr {
					for s := range r {
						want[r*k.nr+j] = math.FMA(-l[8*r+s], want[s*k.nr+j], want[r*k.nr+j])
					}
					want[r*k.nr+j] *= l[8*r+r]
				}
			}
			k.solve8(l, b8)
			if !slices.Equal(b8, want) {
				t.Error("solve8: other bits")
			}
		})
	}
}

// tileBits tells whether a tile takes its sums in order, wherever the numbers of A lie.
func tileBits[T number](k tiles[T]) bool {
	random := rand.New(rand.NewPCG(5, 6))
	normal := func(n int) []T {
		x := make([]T, n)
		for i := range x {
			x[i] = T(random.NormFloat64())
		}
		return x
	}
	fma := func(x, y, z T) T { return T(math.FMA(float64(x), float64(y), float64(z))) }
	const depth, alpha = 37, 0.7
	ldc := k.nr + 3
	a, b, start := normal(depth*k.nr), normal(depth*k.nr), normal(k.mr*ldc)
	for _, stride := range []struct{ row, column int }{{1, k.mr}, {1, k.nr}, {depth, 1}} {
		c, want := slices.Clone(start), slices.Clone(start)
		for i := range k.mr {
			for j := range k.nr {
				var sum T
				for p := range depth {
					sum = fma(a[i*stride.row+p*stride.column], b[p*k.nr+j], sum)
				}
				want[i*ldc+j] = fma(alpha, sum, want[i*ldc+j])
			}
		}
		k.tile(depth, alpha, a, stride.row, stride.column, b, c, ldc)
		if !slices.Equal(c, want) {
			return false
		}
	}
	return true
}

// reflectRightExactly is reflectRight in the order and with the rounding of the kernels in
// assembly.
func reflectRightExactly(x []float64, ld, rows int, v []float64, factor float64) {
	for i := range rows {
		row := x[i*ld:][:band]
		var s [8]float64
		for j, r := range row {
			s[j%8] = math.FMA(r, v[j], s[j%8])
		}
		for j := range 4 {
			s[j] += s[j+4]
		}
		multiple := factor * ((s[0] + s[1]) + (s[2] + s[3]))
		for j := range row {
			row[j] = math.FMA(v[j], multiple, row[j])
		}
	}
}

func reflectLeftExactly(x []float64, ld, rows int, v []float64, factor float64) {
	for j := range band {
		var sums [2]float64 // of even and odd rows; those after the last four count as even
		for i := range rows {
			to := &sums[i%2]
			if i >= rows/4*4 {
				to = &sums[0]
			}
			*to = math.FMA(x[i*ld+j], v[i], *to)
		}
		for i := range rows {
			x[i*ld+j] = math.FMA(sums[0]+sums[1], factor*v[i], x[i*ld+j])
		}
	}
}
