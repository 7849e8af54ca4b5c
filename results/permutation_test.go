package results

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func TestPermutationIsSciPys(t *testing.T) {
	golden := readJSON[struct {
		Origin string
		Cases  []struct {
			Measure string
			X, Y    []float64
			P       float64
		}
	}](t, "testdata/permutation.json")
	for _, c := range golden.Cases {
		m, err := MeasureByName(c.Measure)
		if err != nil {
			t.Fatal(err)
		}
		got := Permutation(m, c.X, c.Y, Resampling{})
		if !near(got.P, c.P, 1e-9) || !got.Exact {
			t.Errorf("%s of %v and %v: %+v, want %v (%s)", c.Measure, c.X, c.Y, got, c.P, golden.Origin)
		}
	}
}

// TestPermutationOfRandomOrders holds the random p-value to one known exactly: a
// perfect order of nine models has τ-b = 1 in one of 9! orders, the next in 8.
func TestPermutationOfRandomOrders(t *testing.T) {
	up := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9}
	got := Permutation(Measures()[1], up, up, Resampling{Resamples: 999})
	if got.Exact || got.P != 0.001 {
		t.Errorf("%+v, want 1/1000", got)
	}
	regret, err := MeasureByName("regret@1")
	if err != nil {
		t.Fatal(err)
	}
	// A random choice is the best of nine in one order of nine.
	got = Permutation(regret, up, up, Resampling{Resamples: 9999})
	if !near(got.P, 1./9, 0.02) {
		t.Errorf("regret %+v, want 1/9", got)
	}
}

func TestNoPValueThatMisleads(t *testing.T) {
	for _, x := range [][]float64{{}, {1}, {1, 2}, {1, 1, 1, 1}} {
		if got := Permutation(Measures()[0], x, x, Resampling{}); got.Err == nil || !math.IsNaN(got.P) {
			t.Errorf("%v: %+v", x, got)
		}
	}
}

// TestPermutedIsTheMeasureOfTheOrder holds the fast measures of scores in another order to those
// of the scores written out, with ties and without.
func TestPermutedIsTheMeasureOfTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 40).Draw(t, "n")
		values := rapid.SliceOfN(rapid.IntRange(0, rapid.SampledFrom([]int{2, 12, 1000}).Draw(t, "levels")), n, n)
		x, y := asFloats(values.Draw(t, "x")), asFloats(values.Draw(t, "y"))
		for _, m := range Measures() {
			if m.permuter == nil {
				continue
			}
			of := m.permuter(x, y)
			for range 3 { // it keeps its memory
				order := rapid.Permutation(intsTo(n)).Draw(t, "order")
				scores := make([]float64, n)
				for i, o := range order {
					scores[i] = x[o]
				}
				if got, want := of(order), m.Func(scores, y); !near(got, want, 1e-12) {
					t.Fatalf("%s: %v, want %v", m.Name, got, want)
				}
			}
		}
	})
}

// BenchmarkPermutation is the p-value of 300 models.
func BenchmarkPermutation(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	var x, y []float64
	for range 300 {
		x, y = append(x, rng.NormFloat64()), append(y, rng.NormFloat64())
	}
	for b.Loop() {
		Permutation(Measures()[0], x, y, Resampling{})
	}
}
