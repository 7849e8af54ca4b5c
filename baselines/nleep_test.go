package baselines

import (
	"math"
	"strings"
	"testing"

	"sfdalab/features"
)

// The golden values are mean, standard deviation and number of runs of a random
// score. One run of ours may differ by the error of both; since a deviation from
// three runs says little, those of all cells are pooled.
func TestNLEEPGolden(t *testing.T) {
	var relativeErrors, variances []float64
	eachGolden(t, "nleep", func(t *testing.T, s *features.Set, want numbers) {
		if underRace && !strings.HasSuffix(t.Name(), "/resnet16") {
			t.Skip("all models take longer than tests may under the race detector")
		}
		score, err := NLEEP{Repeats: 1}.Score(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		relativeErrors = append(relativeErrors, score.Value/want[0]-1)
		variances = append(variances, want[1]*want[1]/want[0]/want[0])
	})
	if len(variances) == 0 {
		t.Skip("no cell was run")
	}
	var sum float64
	deviation := math.Sqrt(mean(variances) * (1 + 1./3))
	for _, e := range relativeErrors {
		if z := e / deviation; math.Abs(z) > 4 {
			t.Errorf("a score is off by %.1f standard errors", z)
		}
		sum += e / deviation
	}
	if bias := sum / math.Sqrt(float64(len(variances))); math.Abs(bias) > 3 {
		t.Errorf("all scores together are off by %.1f standard errors", bias)
	} else {
		t.Logf("nleep: all scores together are off by %.1f standard errors of %.1f %% each", bias, 100*deviation)
	}
}

func mean(v []float64) float64 {
	var sum float64
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}
