package extract_test

import (
	"encoding/binary"
	"math"
	"testing"
)

// floats are the numbers of an .npy file of float32.
func floats(npy []byte) []float32 {
	data := npy[10+int(binary.LittleEndian.Uint16(npy[8:])):]
	values := make([]float32, len(data)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return values
}

// near checks that two lists differ by at most a part of the norm of the first.
func near(t testing.TB, want, got []float32, most float64) {
	t.Helper()
	if d := distance(want, got); !(d <= most) {
		t.Errorf("the relative distance is %g, at most %g is allowed", d, most)
	}
}

func distance(want, got []float32) float64 {
	if len(want) != len(got) || len(want) == 0 {
		return math.Inf(1)
	}
	var difference, norm float64
	for i := range want {
		d := float64(want[i]) - float64(got[i])
		difference += d * d
		norm += float64(want[i]) * float64(want[i])
	}
	return math.Sqrt(difference / norm)
}
