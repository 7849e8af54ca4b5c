package jpeg

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestKernels compares the loops of this processor with the portable ones.
func TestKernels(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	fill := func(n int) []uint8 {
		row := make([]uint8, n)
		for i := range row {
			row[i] = uint8(random.IntN(256))
		}
		return row
	}
	t.Run("idct", func(t *testing.T) {
		for i := range 20_000 {
			var coefs [64]int16
			var quant [64]uint16
			for k := range quant {
				quant[k] = uint16(random.IntN(1 << (1 + i%16)))
				if random.IntN(1+i%7) == 0 {
					coefs[k] = int16(random.IntN(1<<16) >> (i / 7 % 16))
				}
			}
			const stride = 11
			var got, want [8 * stride]uint8
			fast.idct(&coefs, &quant, got[:], stride)
			portable.idct(&coefs, &quant, want[:], stride)
			if got != want {
				t.Fatalf("coefficients %v, quantization %v: %v, want %v", coefs, quant, got, want)
			}
		}
	})
	t.Run("upsampling", func(t *testing.T) {
		for n := 16; n < 300; n += 16 {
			near, far := fill(n), fill(n)
			var results [2][]uint8
			for i, k := range []kernels{fast, portable} {
				sums, out := make([]uint16, n+2), make([]uint8, 2*n)
				k.blend(sums[1:n+1], near, far)
				k.double(out, sums, 8, 7)
				results[i] = out
			}
			if !slices.Equal(results[0], results[1]) {
				t.Errorf("%d samples: other ones", n)
			}
		}
	})
	t.Run("colour", func(t *testing.T) {
		const n = 1<<24 + 5 // every colour
		ys, cbs, crs := make([]uint8, n), make([]uint8, n), make([]uint8, n)
		for i := range n {
			ys[i], cbs[i], crs[i] = uint8(i), uint8(i>>8), uint8(i>>16)
		}
		got, want := make([]uint8, 3*n), make([]uint8, 3*n)
		fast.ycbcr(got, ys, cbs, crs)
		portable.ycbcr(want, ys, cbs, crs)
		if !slices.Equal(got, want) {
			t.Error("other colours")
		}
	})
}
