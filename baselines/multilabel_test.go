package baselines

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/metric"
)

// waves returns 40 samples of d features with five labels, of which one sample has none
// and one all.
func waves(t *testing.T, d int) *features.Set {
	t.Helper()
	x, y := mat.NewDense(40, d, nil), mat.NewDense(40, 5, nil)
	x.Apply(func(i, j int, _ float64) float64 {
		v := math.Sin(float64(1 + 7*i + 3*j*j))
		if i%4 == j {
			v++
		}
		return v
	}, x)
	y.Apply(func(i, k int, _ float64) float64 {
		if i == 11 || i != 5 && (3*i*i+5*k*k+i*k)%7 < 3 {
			return 1
		}
		return 0
	}, y)
	return multiLabel(t, x, y)
}

func multiLabel(t *testing.T, x, y *mat.Dense) *features.Set {
	t.Helper()
	s, err := features.New(features.Data{Features: features.Dense(x), Labels: &features.Labels{Targets: y, Multi: true}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Values of NumPy, SciPy and scikit-learn by the definitions: spearmanr of 1 − corrcoef of
// both rows, rounded to 10 decimals; trace(pinv(cov(x)) cov(q)) with lstsq's prediction q
// of the features from the labels.
func TestSeveralLabelsGolden(t *testing.T) {
	for _, c := range []struct {
		metric metric.Metric
		d      int
		want   float64
	}{
		{PARC{}, 6, -5.3445368667978155},
		{PARC{Rounding: "none"}, 6, -5.3445368667978155},
		{HScore{}, 6, 0.2673433197367705},
		{HScoreShrunk{}, 6, 0.22872638127116124},
		{HScoreShrunk{}, 50, 0.26261445049187504},
		{HScore{}, 50, 0.2673433197367705}, // of rank 6, too
	} {
		got, err := metric.Evaluate(t.Context(), c.metric, waves(t, c.d))
		if err != nil || math.Abs(got.Value-c.want) > 1e-12*max(1, c.want) {
			t.Errorf("%s%+v with %d features: %v, %v, want %v", c.metric.Info().Name, c.metric, c.d, got.Value, err, c.want)
		}
		if _, parc := c.metric.(PARC); parc && len(got.Warnings) != 1 {
			t.Errorf("warnings %v, want one of samples that are left out", got.Warnings)
		}
	}
}

// With one label for each sample, the scores are those of its class.
func TestOneOfSeveralLabelsIsAClass(t *testing.T) {
	for _, d := range []int{6, 50} {
		x := features.Matrix(waves(t, d).Features)
		y, index := mat.NewDense(40, 4, nil), make([]int64, 40)
		for i := range index {
			index[i] = int64(i * i % 7 % 4)
			y.Set(i, int(index[i]), 1)
		}
		classes, err := features.New(features.Data{Features: features.Dense(x), Labels: features.Classes(index)})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range []metric.Metric{PARC{Rounding: "none"}, HScore{}, HScoreShrunk{}} {
			several, err := metric.Evaluate(t.Context(), m, multiLabel(t, x, y))
			one, err2 := metric.Evaluate(t.Context(), m, classes)
			if err != nil || err2 != nil || math.Abs(several.Value-one.Value) > 1e-12*max(1, math.Abs(one.Value)) {
				t.Errorf("%s with %d features: %v, %v, want %v, %v", m.Info().Name, d, several.Value, err, one.Value, err2)
			}
		}
	}
}
