package features

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/internal/linalg"
	"sfdalab/internal/par"
)

// clustered returns rows in clusters of some size around centres at distances of about
// 1, at 1000 from the origin; some are equal to others.
func clustered(n, d, clusters int, size float64) *mat.Dense {
	random := rand.New(rand.NewPCG(uint64(n), uint64(d)))
	x, centres := mat.NewDense(n, d, nil), mat.NewDense(clusters, d, nil)
	for _, m := range []*mat.Dense{centres, x} {
		m.Apply(func(_, _ int, _ float64) float64 { return random.NormFloat64() }, m)
	}
	for i := range n {
		row := x.RawRowView(i)
		if i%7 == 3 {
			copy(row, x.RawRowView(random.IntN(i)))
			continue
		}
		floats.Scale(size, row)
		floats.Add(row, centres.RawRowView(i%clusters))
		floats.AddConst(1000, row)
	}
	return x
}

// bruteForce is what Nearest promises, pair by pair.
func bruteForce(x *mat.Dense, k, i int) (found []Neighbour) {
	n, d := x.Dims()
	for j := range n {
		difference := make([]float64, d)
		floats.SubTo(difference, x.RawRowView(j), x.RawRowView(i))
		if j != i {
			found = append(found, Neighbour{j, floats.Dot(difference, difference)})
		}
	}
	slices.SortStableFunc(found, func(a, b Neighbour) int { return cmp.Compare(a.Square, b.Square) })
	return found[:k]
}

func TestNearest(t *testing.T) {
	defer par.SetLimit(par.Limit())
	for name, x := range map[string]*mat.Dense{
		"spread":            clustered(700, 40, 700, 1),
		"wide":              clustered(90, 600, 90, 1),
		"one feature":       clustered(500, 1, 500, 1),
		"clusters":          clustered(700, 40, 7, 1e-2),
		"too tight for f32": clustered(700, 40, 7, 1e-5),
		"too tight for f64": clustered(300, 40, 3, 1e-9),
		"of any size":       scaled(clustered(300, 40, 300, 1), 1e-80),
		"all alike":         mat.NewDense(200, 5, nil),
		"two":               clustered(2, 3, 2, 1),
		"several blocks":    clustered(4500, 8, 4500, 1),
	} {
		for _, k := range []int{1, 5, 150} {
			n, _ := x.Dims()
			if k >= n {
				continue
			}
			for _, cores := range []int{1, 5} {
				par.SetLimit(cores)
				for i, got := range Nearest(Dense(x), k) {
					if n > 1000 && i%100 > 1 {
						continue
					}
					if want := bruteForce(x, k, i); !slices.Equal(got, want) {
						t.Fatalf("%s, k %d, %d cores: row %d has neighbours %v, want %v", name, k, cores, i, got, want)
					}
				}
			}
		}
	}
}

func scaled(m *mat.Dense, f float64) *mat.Dense {
	m.Scale(f, m)
	return m
}

// No row is ruled out that may be among the nearest: its least distance is no more than
// its distance, also where rows differ in length by many orders of magnitude.
func TestScreenBounds(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, d := range []int{1, 3, 255, 256, 257, 1000} {
		x := mat.NewDense(60, d, nil)
		x.Apply(func(i, _ int, _ float64) float64 { return random.ExpFloat64() * float64(int(1)<<(i%40)) }, x)
		for k := range 9 {
			x.SetRow(40+k, x.RawRowView(k))
			x.Set(40+k, 0, x.At(k, 0)*(1+0x1p-20))
		}
		s := newScreen(59, d, SquaredLengths(Dense(x)), linalg.MulTError(d))
		pairSingles(Dense(x), 1, func(lo, from int, products linalg.Single) {
			offerPairs(s, lo, from, products.Rows, products.Row, 1)
		})
		for i := range 60 {
			if len(s.may[i]) != 59 {
				t.Fatalf("d %d: row %d got %d offers, want 59", d, i, len(s.may[i]))
			}
			for _, p := range s.may[i] {
				square := squaredDistance(Dense(x), i, p.Index)
				most := p.Square + 2*(s.relative*(s.squares[i]+s.squares[p.Index])+s.floor)
				if p.Square > square || most < square {
					t.Errorf("d %d: rows %d and %d are at squared distance %v, said to be within %v and %v", d, i, p.Index, square, p.Square, most)
				}
			}
		}
	}
}
