package baselines

import (
	"path/filepath"
	"strconv"
	"testing"
)

func TestSum32(t *testing.T) {
	var golden struct{ Sums map[string]float64 }
	if err := readJSON(filepath.Join("testdata", "sum32.json"), &golden); err != nil {
		t.Fatal(err)
	}
	for text, want := range golden.Sums {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		got := sum32(n, func(dst []float32, from int) {
			for i := range dst {
				dst[i] = float32((from+i)*7919%1000+1) / 1000
			}
		})
		if float64(got) != want {
			t.Errorf("sum of %d: %.9g, want %.9g", n, got, want)
		}
	}
}
