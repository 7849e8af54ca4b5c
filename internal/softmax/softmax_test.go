package softmax

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/floats"
)

func TestExp(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	x := []float64{0, math.Inf(-1), -1e-300, -1e-17, -706.99, -707.01, -745, -1e300, -math.Ln2 / 2, -math.Ln2 * 3 / 2}
	for range 100_000 {
		x = append(x, -707*math.Pow(random.Float64(), 8))
	}
	const top = 3.5
	for i := range x {
		x[i] += top
	}
	defer func(native func(_, _ []float64, _ float64) float64) { blocks = native }(blocks)
	for _, native := range []bool{true, false} {
		blocks = choose(native)
		got := make([]float64, len(x))
		sum := exp(got, x, top)
		for i, v := range x {
			want := math.Exp(max(v-top, -707))
			if math.Abs(got[i]-want) > 0x1p-51*want {
				t.Errorf("exp(%g) is %g, want %g", v-top, got[i], want)
			}
			if i < 500 {
				if off := unitsOff(got[i], max(v-top, -707)); off > 1 {
					t.Errorf("exp(%g) is %g, off by %.2f units in the last place", v-top, got[i], off)
				}
			}
		}
		if want := floats.Sum(got); math.Abs(sum-want) > 1e-12*want {
			t.Errorf("the sum is %g, want %g", sum, want)
		}
		if v := exp(got[:3], []float64{0, math.NaN(), 0}, 0); !math.IsNaN(v) {
			t.Errorf("with a NaN, the sum is %v", v)
		}
	}
}

// unitsOff returns how far got is from exp x, in units of the last place of that.
func unitsOff(got, x float64) float64 {
	const precision, halvings = 256, 10
	r := new(big.Float).SetPrec(precision).SetFloat64(x)
	r.SetMantExp(r, -halvings)
	want, term := big.NewFloat(1).SetPrec(precision), big.NewFloat(1).SetPrec(precision)
	for k := 1.; k <= 50; k++ {
		term.Mul(term, r)
		term.Quo(term, big.NewFloat(k))
		want.Add(want, term)
	}
	for range halvings {
		want.Mul(want, want)
	}
	near, _ := want.Float64()
	off, _ := want.Sub(want, big.NewFloat(got)).Float64()
	return math.Abs(off) / (math.Nextafter(near, math.Inf(1)) - near)
}

func TestSoftmax(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{1, 2, 9, 256, 257, 1000} {
		for _, offset := range []float64{0, 1e6, -1e6} {
			x := make([]float64, n)
			for i := range x {
				x[i] = offset + 5*random.NormFloat64()
			}
			want := floats.LogSumExp(x)
			if got := LogSum(x); math.Abs(got-want) > 1e-14*math.Abs(want)+1e-15 {
				t.Errorf("log of the sum of %d exponentials is %v, want %v", n, got, want)
			}
			p := append([]float64(nil), x...)
			if got := Row(p); math.Abs(got-want) > 1e-14*math.Abs(want)+1e-15 {
				t.Errorf("log of the sum of %d exponentials is %v, want %v", n, got, want)
			}
			for i, v := range p {
				if want := math.Exp(x[i] - want); math.Abs(v-want) > 1e-9*want {
					t.Errorf("probability %d of %d is %v, want %v", i, n, v, want)
				}
			}
		}
	}
}

func BenchmarkRow(b *testing.B) {
	x, p := make([]float64, 1000), make([]float64, 1000)
	for i := range x {
		x[i] = 5 * rand.NormFloat64()
	}
	for b.Loop() {
		copy(p, x)
		Row(p)
	}
}
