package linalg

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats/scalar"
	"gonum.org/v1/gonum/mat"
)

func TestTridiagonalize(t *testing.T) {
	forms := map[string]func(*mat.SymDense) *Tridiagonal{"one stage": tridiagonalize, "by band": tridiagonalizeByBand}
	matrices := symmetricMatrices()
	matrices["random 900"] = randomSymmetric(rand.New(rand.NewPCG(1, 2)), 900) // whose chase has many stages
	for name, a := range matrices {
		for form, tridiagonal := range forms {
			t.Run(name+", "+form, func(t *testing.T) {
				n := a.SymmetricDim()
				used := copySym(a)
				raw := used.RawSymmetric()
				for i := range n {
					for j := range raw.Stride {
						if j < i || j >= n {
							raw.Data[i*raw.Stride+j] = math.NaN() // is not read
						}
					}
				}
				if n%2 == 1 {
					used = mat.NewSymDense(n, nil) // with rows n apart, which do not suit
					used.CopySym(a)
				}
				tri := tridiagonal(used)
				q := identity(n)
				tri.MulQ(q)
				full := mat.NewSymDense(n, nil)
				for i, d := range tri.Diagonal {
					full.SetSym(i, i, d)
				}
				for i, e := range tri.OffDiagonal {
					full.SetSym(i, i+1, e)
				}
				wantOrthogonal(t, q)
				wantProduct(t, a, q, full)

				tri.MulQT(q)
				if !mat.EqualApprox(q, identity(n), roundingOf(n)) {
					t.Error("QᵀQ is not the identity")
				}
			})
		}
	}
}

// The band form by each kernel, where the tiles end at each position.
func TestBandKernels(t *testing.T) {
	defer func(k kernel) { active = k }(active)
	full := symmetricMatrices()["random 100"].(*mat.SymDense)
	for n := band; n < 2*band+10; n++ {
		a := full.SliceSym(0, n)
		var native *Tridiagonal
		for _, active = range kernels {
			tri := tridiagonalizeByBand(copySym(a))
			if native == nil {
				native = tri
			}
			same := func(x, y float64) bool { return x == y }
			if active.name == "portable" {
				same = func(x, y float64) bool { return scalar.EqualWithinAbs(x, y, roundingOf(n)*100) }
			}
			if !slices.EqualFunc(tri.Diagonal, native.Diagonal, same) || !slices.EqualFunc(tri.OffDiagonal, native.OffDiagonal, same) {
				t.Errorf("%d rows: the %s kernel differs", n, active.name)
			}
		}
	}
}

// A product with the rows and columns from each on, by each kernel.
func TestSymv(t *testing.T) {
	defer func(k kernel) { active = k }(active)
	const n = 45
	full := symmetricMatrices()["random 100"].(*mat.SymDense).SliceSym(0, n)
	upper := copySym(full).RawSymmetric()
	a := blas64.General{Rows: n, Cols: n, Stride: upper.Stride, Data: upper.Data}
	for _, active = range kernels {
		for from := range n {
			x, y := make([]float64, a.Stride), make([]float64, a.Stride)
			for i := from; i < n; i++ {
				x[i] = float64(i%5) - 1.5
			}
			symv(a, from, x, y)
			var want mat.VecDense
			want.MulVec(full, mat.NewVecDense(n, x[:n]))
			for i := from; i < n; i++ {
				if !scalar.EqualWithinAbs(y[i], want.AtVec(i), roundingOf(n)*10) {
					t.Fatalf("%s kernel, from %d: element %d is %v, want %v", active.name, from, i, y[i], want.AtVec(i))
				}
			}
		}
	}
}

// symmetricMatrices are the matrices on which decompositions are tested, by
// name.
func symmetricMatrices() map[string]mat.Symmetric {
	random := rand.New(rand.NewPCG(1, 2))
	cases := map[string]mat.Symmetric{
		"zero":     mat.NewSymDense(5, nil),
		"identity": mat.NewDiagDense(40, repeat(40, func(int) float64 { return 1 })),
		"diagonal": mat.NewDiagDense(6, []float64{3, -1, 4, 1, -5, 9}),
	}
	for _, n := range []int{1, 2, 3, 31, 32, 33, 34, 100, 256, 300} {
		cases[fmt.Sprintf("random %d", n)] = randomSymmetric(random, n)
	}
	spectra := map[string]func(i int) float64{
		"clustered":      func(i int) float64 { return 1 + 1e-14*float64(i%7) },
		"repeated":       func(i int) float64 { return float64(i % 3) },
		"graded":         func(i int) float64 { return math.Pow(10, -float64(i)/8) },
		"rank-deficient": func(i int) float64 { return float64(max(i-90, 0)) },
	}
	for name, value := range spectra {
		cases[name] = withSpectrum(random, repeat(120, value))
	}
	for name, off := range map[string]func(i int) float64{
		"glued Wilkinson":    func(i int) float64 { return cmp.Or(1e-7*float64((i+1)%21/20), 1) },
		"second differences": func(int) float64 { return -1 },
	} {
		w := mat.NewSymDense(126, nil)
		for i := range 126 {
			w.SetSym(i, i, math.Abs(float64(i%21-10)))
			if name == "second differences" {
				w.SetSym(i, i, 2)
			}
			if i > 0 {
				w.SetSym(i, i-1, off(i-1))
			}
		}
		cases[name] = w
	}
	return cases
}

func randomSymmetric(random *rand.Rand, n int) *mat.SymDense {
	return mat.NewSymDense(n, repeat(n*n, func(int) float64 { return random.NormFloat64() }))
}

// withSpectrum returns a matrix with the given eigenvalues and random
// eigenvectors.
func withSpectrum(random *rand.Rand, values []float64) mat.Symmetric {
	n := len(values)
	var qr mat.QR
	qr.Factorize(mat.NewDense(n, n, repeat(n*n, func(int) float64 { return random.NormFloat64() })))
	var q, half, full mat.Dense
	qr.QTo(&q)
	half.Mul(&q, mat.NewDiagDense(n, values))
	full.Mul(&half, q.T())
	return mat.NewSymDense(n, full.RawMatrix().Data)
}

func repeat(n int, f func(int) float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = f(i)
	}
	return x
}

func identity(n int) *mat.Dense {
	m := mat.NewDense(n, n, nil)
	for i := range n {
		m.Set(i, i, 1)
	}
	return m
}

// roundingOf is the error that rounding explains in products of orthogonal n×n
// matrices.
func roundingOf(n int) float64 { return 8 * float64(n) * 0x1p-52 }

// wantOrthogonal checks that the columns of q are orthonormal.
func wantOrthogonal(t *testing.T, q *mat.Dense) {
	t.Helper()
	n, k := q.Dims()
	var gram, off mat.Dense
	gram.Mul(q.T(), q)
	off.Sub(&gram, identity(k))
	if worst := mat.Norm(&off, 2); !(worst <= roundingOf(n)) {
		t.Errorf("‖QᵀQ − I‖ is %.1e, more than %.1e", worst, roundingOf(n))
	}
}

// wantProduct checks that a is q·m·qᵀ.
func wantProduct(t *testing.T, a mat.Symmetric, q *mat.Dense, m mat.Matrix) {
	t.Helper()
	n := a.SymmetricDim()
	var half, full mat.Dense
	half.Mul(q, m)
	full.Mul(&half, q.T())
	full.Sub(&full, a)
	if worst, most := mat.Norm(&full, 2), roundingOf(n)*mat.Norm(a, 2); !(worst <= most) {
		t.Errorf("‖A − QMQᵀ‖ is %.1e, more than %.1e", worst, most)
	}
}
