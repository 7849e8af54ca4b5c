package linalg

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	reference "gonum.org/v1/gonum/blas/gonum"
	lapack "gonum.org/v1/gonum/lapack/gonum"
	"pgregory.net/rapid"

	"sfdalab/internal/par"
)

var (
	transposes = []blas.Transpose{blas.NoTrans, blas.Trans}
	uplos      = []blas.Uplo{blas.Upper, blas.Lower}
	sides      = []blas.Side{blas.Left, blas.Right}
	diags      = []blas.Diag{blas.NonUnit, blas.Unit}
	factors    = []float64{0, 1, -1, 0.7}
)

// dimension draws sizes below, at and above those of tiles, blocks and slices.
var dimension = rapid.OneOf(rapid.IntRange(0, 40), rapid.IntRange(0, 40), rapid.SampledFrom([]int{64, 100, 130, 257, 390}))

// drawn makes matrices for one check.
type drawn struct {
	t      *rapid.T
	random *rand.Rand
}

func draw(t *rapid.T) drawn {
	return drawn{t, rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))}
}

// matrix returns a random rows×cols matrix whose rows may lie apart, with random
// numbers between them.
func (d drawn) matrix(name string, rows, cols int) blas64.General {
	stride := max(cols, 1) + rapid.IntRange(0, 3).Draw(d.t, name+" gap")
	m := blas64.General{Rows: rows, Cols: cols, Stride: stride, Data: make([]float64, rows*stride)}
	for i := range m.Data {
		m.Data[i] = d.random.NormFloat64()
	}
	return m
}

// factor returns a matrix that t turns into rows×cols.
func (d drawn) factor(name string, t blas.Transpose, rows, cols int) blas64.General {
	if t == blas.NoTrans {
		return d.matrix(name, rows, cols)
	}
	return d.matrix(name, cols, rows)
}

func clone(m blas64.General) blas64.General {
	m.Data = slices.Clone(m.Data)
	return m
}

// wantMatrix checks that got is want up to rounding, between the rows too.
func wantMatrix(t *rapid.T, got, want blas64.General, tolerance float64) {
	t.Helper()
	for i, g := range got.Data {
		if w := want.Data[i]; !(math.Abs(g-w) <= tolerance) {
			t.Fatalf("element (%d, %d) is %v, want %v", i/got.Stride, i%got.Stride, g, w)
		}
	}
}

// checkEachKernel checks a property on every kernel.
func checkEachKernel(t *testing.T, property func(t *rapid.T)) {
	onEachKernel(t, func(t *testing.T) { rapid.Check(t, property) })
}

func TestDgemm(t *testing.T) {
	checkEachKernel(t, func(t *rapid.T) {
		d := draw(t)
		m, n, k := dimension.Draw(t, "m"), dimension.Draw(t, "n"), dimension.Draw(t, "k")
		tA, tB := rapid.SampledFrom(transposes).Draw(t, "tA"), rapid.SampledFrom(transposes).Draw(t, "tB")
		alpha, beta := rapid.SampledFrom(factors).Draw(t, "alpha"), rapid.SampledFrom(factors).Draw(t, "beta")
		a, b, got := d.factor("A", tA, m, k), d.factor("B", tB, k, n), d.matrix("C", m, n)
		want := clone(got)
		reference.Implementation{}.Dgemm(tA, tB, m, n, k, alpha, a.Data, a.Stride, b.Data, b.Stride, beta, want.Data, want.Stride)
		implementation{}.Dgemm(tA, tB, m, n, k, alpha, a.Data, a.Stride, b.Data, b.Stride, beta, got.Data, got.Stride)
		wantMatrix(t, got, want, roundingOf(k+1)*4)
	})
}

// A column of a product has the same bits however many follow it, which decides in how wide a
// panel it lies.
func TestDgemmOfFewColumns(t *testing.T) {
	const m, k, most = 70, 300, 72
	onEachKernel(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(5, 6))
		number := func(int) float64 { return random.NormFloat64() }
		a, b, want := repeat(m*k, number), repeat(k*most, number), make([]float64, m*most)
		implementation{}.Dgemm(blas.NoTrans, blas.NoTrans, m, most, k, 1, a, k, b, most, 0, want, most)
		for n := 1; n < most; n++ {
			got := make([]float64, m*n)
			implementation{}.Dgemm(blas.NoTrans, blas.NoTrans, m, n, k, 1, a, k, b, most, 0, got, n)
			for i := range m {
				if !slices.Equal(got[i*n:(i+1)*n], want[i*most:][:n]) {
					t.Errorf("row %d of %d columns: other bits", i, n)
					break
				}
			}
		}
	})
}

func TestDsyrkDsyr2k(t *testing.T) {
	checkEachKernel(t, func(t *rapid.T) {
		d := draw(t)
		n, k := dimension.Draw(t, "n"), dimension.Draw(t, "k")
		ul, tA := rapid.SampledFrom(uplos).Draw(t, "uplo"), rapid.SampledFrom(transposes).Draw(t, "tA")
		alpha, beta := rapid.SampledFrom(factors).Draw(t, "alpha"), rapid.SampledFrom(factors).Draw(t, "beta")
		a, b, got := d.factor("A", tA, n, k), d.factor("B", tA, n, k), d.matrix("C", n, n)
		want := clone(got)
		reference.Implementation{}.Dsyrk(ul, tA, n, k, alpha, a.Data, a.Stride, beta, want.Data, want.Stride)
		implementation{}.Dsyrk(ul, tA, n, k, alpha, a.Data, a.Stride, beta, got.Data, got.Stride)
		wantMatrix(t, got, want, roundingOf(k+1)*4)
		reference.Implementation{}.Dsyr2k(ul, tA, n, k, alpha, a.Data, a.Stride, b.Data, b.Stride, beta, want.Data, want.Stride)
		implementation{}.Dsyr2k(ul, tA, n, k, alpha, a.Data, a.Stride, b.Data, b.Stride, beta, got.Data, got.Stride)
		wantMatrix(t, got, want, roundingOf(k+1)*8)
	})
}

func TestDsyr(t *testing.T) {
	checkEachKernel(t, func(t *rapid.T) {
		d := draw(t)
		n, ul := dimension.Draw(t, "n"), rapid.SampledFrom(uplos).Draw(t, "uplo")
		alpha, x, got := rapid.SampledFrom(factors).Draw(t, "alpha"), d.matrix("x", 1, n), d.matrix("A", n, n)
		want := clone(got)
		reference.Implementation{}.Dsyr(ul, n, alpha, x.Data, 1, want.Data, want.Stride)
		implementation{}.Dsyr(ul, n, alpha, x.Data, 1, got.Data, got.Stride)
		if !slices.Equal(got.Data, want.Data) {
			t.Error("other bits than gonum's")
		}
	})
}

func TestDsymm(t *testing.T) {
	checkEachKernel(t, func(t *rapid.T) {
		d := draw(t)
		m, n := dimension.Draw(t, "m"), dimension.Draw(t, "n")
		s, ul := rapid.SampledFrom(sides).Draw(t, "side"), rapid.SampledFrom(uplos).Draw(t, "uplo")
		alpha, beta := rapid.SampledFrom(factors).Draw(t, "alpha"), rapid.SampledFrom(factors).Draw(t, "beta")
		k := n
		if s == blas.Left {
			k = m
		}
		a, b, got := d.matrix("A", k, k), d.matrix("B", m, n), d.matrix("C", m, n)
		want := clone(got)
		reference.Implementation{}.Dsymm(s, ul, m, n, alpha, a.Data, a.Stride, b.Data, b.Stride, beta, want.Data, want.Stride)
		implementation{}.Dsymm(s, ul, m, n, alpha, a.Data, a.Stride, b.Data, b.Stride, beta, got.Data, got.Stride)
		wantMatrix(t, got, want, roundingOf(k+1)*4)
	})
}

func TestDtrsmDtrmm(t *testing.T) {
	checkEachKernel(t, func(t *rapid.T) {
		d := draw(t)
		m, n := dimension.Draw(t, "m"), dimension.Draw(t, "n")
		s, ul := rapid.SampledFrom(sides).Draw(t, "side"), rapid.SampledFrom(uplos).Draw(t, "uplo")
		tA, diag := rapid.SampledFrom(transposes).Draw(t, "tA"), rapid.SampledFrom(diags).Draw(t, "diag")
		alpha := rapid.SampledFrom(factors).Draw(t, "alpha")
		k := n
		if s == blas.Left {
			k = m
		}
		a := d.matrix("A", k, k)
		for i := range a.Data { // well conditioned, with a unit diagonal too
			a.Data[i] /= float64(k)
		}
		for i := range k {
			a.Data[i*a.Stride+i] += 2
		}
		got := d.matrix("B", m, n)
		want := clone(got)
		reference.Implementation{}.Dtrmm(s, ul, tA, diag, m, n, alpha, a.Data, a.Stride, want.Data, want.Stride)
		implementation{}.Dtrmm(s, ul, tA, diag, m, n, alpha, a.Data, a.Stride, got.Data, got.Stride)
		wantMatrix(t, got, want, roundingOf(k+1))
		reference.Implementation{}.Dtrsm(s, ul, tA, diag, m, n, alpha, a.Data, a.Stride, want.Data, want.Stride)
		implementation{}.Dtrsm(s, ul, tA, diag, m, n, alpha, a.Data, a.Stride, got.Data, got.Stride)
		wantMatrix(t, got, want, roundingOf(k+1))
	})
}

func TestDgemv(t *testing.T) {
	checkEachKernel(t, func(t *rapid.T) {
		d := draw(t)
		m, n := dimension.Draw(t, "m"), dimension.Draw(t, "n")
		tA := rapid.SampledFrom(transposes).Draw(t, "tA")
		alpha, beta := rapid.SampledFrom(factors).Draw(t, "alpha"), rapid.SampledFrom(factors).Draw(t, "beta")
		incX, incY := rapid.IntRange(1, 2).Draw(t, "incX"), rapid.IntRange(1, 2).Draw(t, "incY")
		a, x, got := d.matrix("A", m, n), d.matrix("x", max(m, n), incX), d.matrix("y", max(m, n), incY)
		want := clone(got)
		reference.Implementation{}.Dgemv(tA, m, n, alpha, a.Data, a.Stride, x.Data, incX, beta, want.Data, incY)
		implementation{}.Dgemv(tA, m, n, alpha, a.Data, a.Stride, x.Data, incX, beta, got.Data, incY)
		wantMatrix(t, got, want, roundingOf(m+n+1)*4)
	})
}

func TestDsymv(t *testing.T) {
	checkEachKernel(t, func(t *rapid.T) {
		d := draw(t)
		n := rapid.SampledFrom([]int{5, 40, 256, 264, 300, 520}).Draw(t, "n")
		ul := rapid.SampledFrom(uplos).Draw(t, "triangle")
		alpha, beta := rapid.SampledFrom(factors).Draw(t, "alpha"), rapid.SampledFrom(factors).Draw(t, "beta")
		a, x, y := d.matrix("a", n, n), d.matrix("x", 1, n), d.matrix("y", 1, n)
		got, want := clone(y), clone(y)
		implementation{}.Dsymv(ul, n, alpha, a.Data, a.Stride, x.Data, 1, beta, got.Data, 1)
		reference.Implementation{}.Dsymv(ul, n, alpha, a.Data, a.Stride, x.Data, 1, beta, want.Data, 1)
		wantMatrix(t, got, want, roundingOf(n)*10)
	})
}

func TestDpotrf(t *testing.T) {
	checkEachKernel(t, func(t *rapid.T) {
		d := draw(t)
		n := dimension.Draw(t, "n")
		ul := rapid.SampledFrom(uplos).Draw(t, "uplo")
		x, got := d.matrix("X", n, 2*n), d.matrix("A", n, n)
		blas64.Syrk(blas.NoTrans, 1/float64(2*n+1), x, 0, blas64.Symmetric{N: n, Stride: got.Stride, Data: got.Data, Uplo: ul})
		for i := range n {
			got.Data[i*got.Stride+i]++
		}
		bad := -1
		if n > 0 && rapid.Bool().Draw(t, "indefinite") {
			bad = rapid.IntRange(0, n-1).Draw(t, "bad")
			got.Data[bad*got.Stride+bad] = -1
		}
		want := clone(got)
		lapack.Implementation{}.Dpotrf(ul, n, want.Data, max(want.Stride, 1))
		ok := factorizations{}.Dpotrf(ul, n, got.Data, got.Stride)
		if ok != (bad < 0) {
			t.Fatalf("positive definite: %v", ok)
		}
		if ok {
			wantMatrix(t, got, want, roundingOf(n+1))
		}
	})
}

// TestNonFinite checks that NaN and infinities go where they do in the reference,
// and that beta = 0 forgets those in C.
func TestNonFinite(t *testing.T) {
	const n = 50
	bad := []float64{math.NaN(), math.Inf(1), math.Inf(-1)}
	onEachKernel(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(3, 4))
		numbers := func(int) float64 { return random.NormFloat64() }
		a, b := repeat(n*n, numbers), repeat(n*n, numbers)
		got, want := repeat(n*n, func(i int) float64 { return bad[i%3] }), make([]float64, n*n)
		for i, x := range bad {
			a[11*n+7*i] = x
			b[13*i*n+20] = x
		}
		reference.Implementation{}.Dgemm(blas.NoTrans, blas.NoTrans, n, n, n, 1, a, n, b, n, 0, want, n)
		implementation{}.Dgemm(blas.NoTrans, blas.NoTrans, n, n, n, 1, a, n, b, n, 0, got, n)
		for i, w := range want {
			if g := got[i]; math.IsNaN(w) != math.IsNaN(g) || math.IsInf(w, 0) && g != w || math.IsInf(g, 0) && g != w {
				t.Errorf("element (%d, %d) is %v, want %v", i/n, i%n, g, w)
			}
		}
	})
}

// TestSameBits checks that results depend neither on the number of workers nor on
// how matrices lie in memory.
func TestSameBits(t *testing.T) {
	defer par.SetLimit(par.Limit())
	onEachKernel(t, func(t *testing.T) {
		for name, compute := range computations() {
			par.SetLimit(1)
			want := compute(0)
			for _, workers := range []int{1, 2, 3, 7} {
				par.SetLimit(workers)
				for _, gap := range []int{0, 1, 5} {
					if got := compute(gap); !slices.Equal(got, want) {
						t.Errorf("%s: other bits with %d workers and %d numbers between rows", name, workers, gap)
					}
				}
			}
		}
	})
}

// computations are functions of this package on matrices with gap numbers between
// rows and before the first, by name. They return results without gaps.
func computations() map[string]func(gap int) []float64 {
	all := map[string]func(gap int) []float64{}
	const m, n, k = 300, 401, 270
	random := rand.New(rand.NewPCG(5, 6))
	numbers := repeat(n*n, func(int) float64 { return random.NormFloat64() })
	spread := func(gap, rows, cols int) blas64.General {
		g := blas64.General{Rows: rows, Cols: cols, Stride: cols + gap, Data: make([]float64, rows*(cols+gap)+gap)[gap:]}
		for i := range rows {
			copy(g.Data[i*g.Stride:], numbers[i*cols:(i+1)*cols])
		}
		return g
	}
	dense := func(g blas64.General) (x []float64) {
		for i := range g.Rows {
			x = append(x, g.Data[i*g.Stride:i*g.Stride+g.Cols]...)
		}
		return x
	}
	for _, tA := range transposes {
		all[fmt.Sprintf("Dgemm %c", tA)] = func(gap int) []float64 {
			a, b, c := spread(gap, m, k), spread(gap, k, n), spread(gap, m, n)
			if tA == blas.Trans {
				a = spread(gap, k, m)
			}
			implementation{}.Dgemm(tA, blas.NoTrans, m, n, k, -1, a.Data, a.Stride, b.Data, b.Stride, 0.5, c.Data, c.Stride)
			return dense(c)
		}
	}
	for _, ul := range uplos {
		all[fmt.Sprintf("Dsyrk %c", ul)] = func(gap int) []float64 {
			a, c := spread(gap, n, k), spread(gap, n, n)
			implementation{}.Dsyrk(ul, blas.NoTrans, n, k, -1, a.Data, a.Stride, 0.5, c.Data, c.Stride)
			return dense(c)
		}
		all[fmt.Sprintf("Dpotrf %c", ul)] = func(gap int) []float64 {
			a := spread(gap, n, n)
			for i := range n {
				a.Data[i*a.Stride+i] += 10 * n
			}
			factorizations{}.Dpotrf(ul, n, a.Data, a.Stride)
			return dense(a)
		}
		for _, s := range sides {
			all[fmt.Sprintf("Dtrsm %c %c", ul, s)] = func(gap int) []float64 {
				a, b := spread(gap, n, n), spread(gap, n, n)
				for i := range n {
					a.Data[i*a.Stride+i] += 10 * n
				}
				implementation{}.Dtrsm(s, ul, blas.NoTrans, blas.NonUnit, n, n, 2, a.Data, a.Stride, b.Data, b.Stride)
				return dense(b)
			}
		}
	}
	for _, tA := range transposes {
		all[fmt.Sprintf("Dgemv %c", tA)] = func(gap int) []float64 {
			a, y := spread(gap, n, n), repeat(n, func(i int) float64 { return float64(i) })
			implementation{}.Dgemv(tA, n, n, 2, a.Data, a.Stride, numbers[:n], 1, 0.5, y, 1)
			return y
		}
	}
	return all
}
