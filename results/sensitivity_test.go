package results

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUnderNoise(t *testing.T) {
	x := []float64{1, 2, 3, 4, 5, 6}
	tau := Measures()[1]
	if got, err := UnderNoise(tau, x, x, 0, Resampling{Resamples: 50}); err != nil || got.Lo != 1 || got.Hi != 1 {
		t.Errorf("no noise: %+v", got)
	}
	small, err := UnderNoise(tau, x, x, 0.5, Resampling{Resamples: 500})
	if err != nil {
		t.Fatal(err)
	}
	large, err := UnderNoise(tau, x, x, 50, Resampling{Resamples: 500})
	if err != nil || !(large.Lo < small.Lo && small.Lo < 1) {
		t.Errorf("noise of 0.5 gives %+v, of 50 %+v", small, large)
	}
	if got, err := UnderNoise(tau, x, make([]float64, 6), 1, Resampling{}); err == nil {
		t.Errorf("constant accuracies: %+v", got)
	}
}

func TestMergeTies(t *testing.T) {
	accuracy := []float64{90, 89.5, 89, 70, 88.9}
	for width, want := range map[float64][]float64{
		0:   {90, 89.5, 89, 70, 88.9},
		0.6: {89.75, 89.75, 88.95, 70, 88.95},
		99:  {85.48, 85.48, 85.48, 85.48, 85.48},
	} {
		got := MergeTies(accuracy, width)
		for i := range got {
			if !near(got[i], want[i], 1e-12) {
				t.Errorf("width %v: %s", width, cmp.Diff(want, got))
				break
			}
		}
	}
}
