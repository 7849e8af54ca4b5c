package strict

import (
	"math"
	"testing"
)

func TestNumber(t *testing.T) {
	for text, want := range map[string]float64{"0.5": 0.5, "-1E-3": -1e-3, "+7": 7, "5e-324": 5e-324, "-Inf": math.Inf(-1), "infinity": math.Inf(1)} {
		if x, err := Number(text); err != nil || x != want {
			t.Errorf("%s is read as %v, %v", text, x, err)
		}
	}
	for _, text := range []string{"", "5_3", "1_000.5", "0x1p3", "0X1P-2", "0x10", "1e999", "5 3", "１"} {
		if x, err := Number(text); err == nil {
			t.Errorf("%s is read as %v", text, x)
		}
	}
}
