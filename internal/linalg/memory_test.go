package linalg

import (
	"slices"
	"testing"
)

// Arrays of all sizes are zeros, and their own.
func TestZeros(t *testing.T) {
	sizes := []int{0, 1, smallPage - 1, smallPage, large - 1, large, hugePage - 1, hugePage, sharedSize + 1}
	var arrays [][]float64
	for i := range 3 * len(sizes) {
		x := Zeros(sizes[i%len(sizes)])
		for _, v := range x {
			if v != 0 {
				t.Fatalf("%d numbers are not all 0", len(x))
			}
		}
		for j := range x {
			x[j] = float64(i + 1)
		}
		arrays = append(arrays, x)
		if i%3 == 2 { // and are used again
			scratch, free := Scratch(sizes[i%len(sizes)])
			for j := range scratch {
				scratch[j] = -1
			}
			free()
		}
	}
	for i, x := range arrays {
		if slices.ContainsFunc(x, func(v float64) bool { return v != float64(i+1) }) {
			t.Errorf("array %d, of %d numbers, shares memory with another", i, len(x))
		}
	}
}
