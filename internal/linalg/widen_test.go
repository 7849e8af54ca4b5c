package linalg

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/x448/float16"
)

// onEachKernel runs a test on every kernel that this machine has.
func onEachKernel(t *testing.T, test func(t *testing.T)) {
	defer func(k kernel) { active = k }(active)
	for _, k := range kernels {
		active = k
		t.Run(k.name, test)
	}
}

func TestWidenF16(t *testing.T) {
	const all = 1 << 16
	src := make([]byte, 2*all)
	for i := range all {
		binary.LittleEndian.PutUint16(src[2*i:], uint16(i))
	}
	onEachKernel(t, func(t *testing.T) {
		for _, first := range []int{0, 1, all - 3} { // so that lengths are no multiples of eight too
			dst := make([]float64, all-first)
			WidenF16(dst, src[2*first:])
			for i, got := range dst {
				want := float64(float16.Frombits(uint16(first + i)).Float32())
				wantSame(t, got, want)
			}
		}
	})
}

func TestWidenF32(t *testing.T) {
	numbers := []float32{
		0, float32(math.Copysign(0, -1)), 1, -1, 1.0 / 3, math.MaxFloat32, math.SmallestNonzeroFloat32, -0x1p-140,
		float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()), math.Pi, 65504,
	}
	src := make([]byte, 4*len(numbers))
	for i, x := range numbers {
		binary.LittleEndian.PutUint32(src[4*i:], math.Float32bits(x))
	}
	onEachKernel(t, func(t *testing.T) {
		dst := make([]float64, len(numbers))
		WidenF32(dst, src)
		for i, got := range dst {
			wantSame(t, got, float64(numbers[i]))
		}
		singles := make([]float32, len(numbers))
		ReadF32(singles, src)
		for i, got := range singles {
			wantSame(t, float64(got), float64(numbers[i]))
		}
		AddF32(dst, src)
		for i, got := range dst {
			wantSame(t, got, 2*float64(numbers[i]))
		}
	})
}

// wantSame checks that got is want, bit for bit, or that both are NaN.
func wantSame(t *testing.T, got, want float64) {
	t.Helper()
	if math.Float64bits(got) != math.Float64bits(want) && !(math.IsNaN(got) && math.IsNaN(want)) {
		t.Errorf("got %v, want %v", got, want)
	}
}
