package linalg

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats/scalar"
	"gonum.org/v1/gonum/mat"

	"sfdalab/internal/par"
)

func TestEigenSym(t *testing.T) {
	for name, a := range symmetricMatrices() {
		t.Run(name, func(t *testing.T) {
			n := a.SymmetricDim()
			values, v, err := EigenSym(a, true)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.IsSortedFunc(values, descending) {
				t.Error("eigenvalues are not in descending order")
			}
			wantOrthogonal(t, v)
			wantProduct(t, a, v, mat.NewDiagDense(n, values))

			only, none, err := EigenSym(a, false)
			if err != nil || none != nil {
				t.Fatalf("without vectors: %v, vectors %v", err, none)
			}
			var reference mat.EigenSym
			reference.Factorize(a, false)
			want := reference.Values(nil)
			slices.Reverse(want)
			for name, got := range map[string][]float64{"with vectors": values, "without": only} {
				for i := range want {
					if !scalar.EqualWithinAbs(got[i], want[i], roundingOf(n)*mat.Norm(a, 2)) {
						t.Fatalf("eigenvalue %d, %s: %.17g, want %.17g", i, name, got[i], want[i])
					}
				}
			}
		})
	}
}

func TestEigenTop(t *testing.T) {
	matrices := symmetricMatrices()
	random := rand.New(rand.NewPCG(1, 2)) // what follows goes by way of a band matrix
	matrices["random 600"] = randomSymmetric(random, 600)
	matrices["rank-deficient 600"] = withSpectrum(random, repeat(600, func(i int) float64 { return float64(max(i-560, 0)) }))
	matrices["repeated 600"] = withSpectrum(random, repeat(600, func(i int) float64 { return float64(i % 3) }))
	for name, a := range matrices {
		t.Run(name, func(t *testing.T) {
			n := a.SymmetricDim()
			all, _, err := EigenSym(a, false)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range []int{1, (n + 3) / 4, n} {
				values, v, err := EigenTop(a, k)
				if err != nil {
					t.Fatal(err)
				}
				wantOrthogonal(t, v)
				var av, vl mat.Dense
				av.Mul(a, v)
				vl.Mul(v, mat.NewDiagDense(k, values))
				av.Sub(&av, &vl)
				most := roundingOf(n) * mat.Norm(a, 2)
				if worst := mat.Norm(&av, 2); !(worst <= most) {
					t.Errorf("k = %d: ‖AV − VΛ‖ is %.1e, more than %.1e", k, worst, most)
				}
				for i, value := range values {
					if !scalar.EqualWithinAbs(value, all[i], most) {
						t.Errorf("k = %d: eigenvalue %d is %.17g, want %.17g", k, i, value, all[i])
					}
				}
			}
		})
	}
}

// The same bits for any number of cores.
func TestEigenRepeatable(t *testing.T) {
	defer par.SetLimit(par.Limit())
	for _, c := range []struct{ n, k int }{{300, 300}, {600, 20}} {
		a := randomSymmetric(rand.New(rand.NewPCG(1, 2)), c.n)
		par.SetLimit(1)
		values, v, _ := EigenTop(a, c.k)
		for _, cores := range []int{2, 3, 8} {
			par.SetLimit(cores)
			values2, v2, _ := EigenTop(a, c.k)
			if !slices.Equal(values, values2) || !mat.Equal(v, v2) {
				t.Errorf("%d of %d eigenvectors: %d cores give other bits than one", c.k, c.n, cores)
			}
		}
	}
}

// Squares of these numbers overflow, or are 0.
func TestEigenScale(t *testing.T) {
	a := symmetricMatrices()["random 100"]
	values, v, err := EigenSym(a, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, exponent := range []int{-600, 600} {
		scaled := mat.NewSymDense(100, nil)
		scaled.ScaleSym(math.Ldexp(1, exponent), a)
		got, gotV, err := EigenSym(scaled, true)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			got[i] = math.Ldexp(got[i], -exponent)
		}
		if !slices.Equal(got, values) || !mat.Equal(gotV, v) {
			t.Errorf("a factor of 2^%d changes the eigenvectors", exponent)
		}
	}
}

func TestEigenNotFinite(t *testing.T) {
	for _, x := range []float64{math.NaN(), math.Inf(1)} {
		a := mat.NewSymDense(3, []float64{1, 2, 3, 0, x, 5, 0, 0, 6})
		for _, vectors := range []bool{false, true} {
			if _, _, err := EigenSym(a, vectors); err == nil {
				t.Errorf("no error for a matrix with %v (vectors: %v)", x, vectors)
			}
		}
	}
}

func descending(a, b float64) int {
	switch {
	case a > b:
		return -1
	case a < b:
		return 1
	}
	return 0
}

func BenchmarkEigenSym(b *testing.B) {
	for _, n := range []int{256, 512, 1024, 2048} {
		random := rand.New(rand.NewPCG(1, uint64(n)))
		a := mat.NewSymDense(n, repeat(n*n, func(int) float64 { return random.NormFloat64() }))
		for _, c := range []struct {
			name  string
			solve func() error
		}{
			{"values", func() error { _, _, err := EigenSym(a, false); return err }},
			{"vectors", func() error { _, _, err := EigenSym(a, true); return err }},
			{"top64", func() error { _, _, err := EigenTop(a, 64); return err }},
		} {
			b.Run(fmt.Sprintf("n=%d/%s", n, c.name), func(b *testing.B) {
				for b.Loop() {
					if err := c.solve(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
