package metric_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sfdalab/baselines"
	"sfdalab/features"
	"sfdalab/metric"
	"sfdalab/sfda"
)

// multi returns random features with three labels that depend on them, and a fourth that
// all samples have.
func multi(t *testing.T) *features.Set {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	x := mat.NewDense(80, 5, nil)
	x.Apply(func(_, _ int, _ float64) float64 { return random.NormFloat64() }, x)
	y := mat.NewDense(80, 4, nil)
	y.Apply(func(i, k int, _ float64) float64 {
		if k == 3 || x.At(i, k)+random.NormFloat64() > 0 {
			return 1
		}
		return 0
	}, y)
	s, err := features.New(features.Data{Features: features.Dense(x), Labels: &features.Labels{Targets: y, Multi: true}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestMultiLabelIsTheMeanOverLabels compares scores of multi-label data with the mean of
// those of each label as two classes.
func TestMultiLabelIsTheMeanOverLabels(t *testing.T) {
	s := multi(t)
	for _, m := range []metric.Metric{sfda.SFDA{}, baselines.NCM{}, baselines.KNN{}, baselines.GBC{}, baselines.Logistic{}} {
		got, err := metric.Evaluate(t.Context(), m, s)
		if err != nil {
			t.Errorf("%s: %v", m.Info().Name, err)
			continue
		}
		var sum float64
		for k := range 3 {
			labels := make([]int64, s.N())
			for i := range labels {
				labels[i] = int64(s.Labels.Targets.At(i, k))
			}
			data := s.Data
			data.Labels = features.Classes(labels)
			one, err := features.New(data)
			if err != nil {
				t.Fatal(err)
			}
			score, err := metric.Evaluate(t.Context(), m, one)
			if err != nil {
				t.Fatal(err)
			}
			sum += score.Value
		}
		if want := sum / 3; math.Abs(got.Value-want) > 1e-12*math.Abs(want) || got.Details["labels"] != 3 {
			t.Errorf("%s: %v of %v labels, want %v of 3", m.Info().Name, got.Value, got.Details["labels"], want)
		}
		if len(got.Warnings) == 0 || !strings.Contains(got.Warnings[len(got.Warnings)-1].Error(), "1 of 4 labels are left out") {
			t.Errorf("%s: warnings %v", m.Info().Name, got.Warnings)
		}
	}
}

func TestMultiLabelTakenAsItIs(t *testing.T) {
	s := multi(t)
	got, err := metric.Evaluate(t.Context(), baselines.LogME{}, s)
	want, err2 := baselines.LogME{}.Score(t.Context(), s)
	if err != nil || err2 != nil || got.Value != want.Value {
		t.Errorf("%v, %v, want %v, %v", got.Value, err, want.Value, err2)
	}
}
