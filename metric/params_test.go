package metric_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/metric"
)

// example has a parameter of each kind.
type example struct {
	K      int                      `param:"k" default:"5" range:"1:9" doc:"neighbours"`
	Rounds metric.Optional[int]     `param:"rounds" default:"1" range:"0:" doc:"rounds"`
	Weight metric.Optional[float64] `param:"weight" default:"0.5" range:"0:1" doc:"weight"`
	Norm   string                   `param:"norm" default:"l1" options:"l1,l2" doc:"norm"`
	Log    bool                     `param:"log" doc:"logarithm"`
	Seed   uint64                   `param:"seed" doc:"seed"`
	value  func(example) float64
}

func (example) Info() metric.Info { return metric.Info{Name: "example"} }

func (m example) Score(_ context.Context, s *features.Set) (metric.Score, error) {
	value := m.value
	m, err := metric.Prepare(m, s)
	if err != nil {
		return metric.Score{}, err
	}
	return metric.Score{Value: value(m)}, nil
}

func TestWithDefaults(t *testing.T) {
	for _, c := range []struct {
		name string
		m    example
		want map[string]any
		err  string
	}{
		{"zero", example{}, map[string]any{"k": 5, "rounds": 1, "weight": 0.5, "norm": "l1", "log": false, "seed": uint64(0)}, ""},
		{"given", example{K: 3, Rounds: metric.Given(0), Weight: metric.Given(0.0), Norm: "l2", Log: true, Seed: 7},
			map[string]any{"k": 3, "rounds": 0, "weight": 0.0, "norm": "l2", "log": true, "seed": uint64(7)}, ""},
		{"too large", example{K: 10}, nil, "parameter k: 10 is out of range: it must be 1 to 9"},
		{"negative", example{K: -1}, nil, "1 to 9"},
		{"not a number", example{Weight: metric.Given(math.NaN())}, nil, "parameter weight"},
		{"no option", example{Norm: "l3"}, nil, `unknown option "l3"`},
	} {
		m, err := metric.WithDefaults(c.m)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: error %v, want %q", c.name, err, c.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if got := metric.Values(m); !cmp.Equal(got, c.want) || !cmp.Equal(metric.Values(c.m), c.want) {
			t.Errorf("%s: values %v, want %v", c.name, got, c.want)
		}
	}
}

func TestEvaluate(t *testing.T) {
	x := features.Dense(mat.NewDense(4, 2, []float64{1, 2, 3, 4, 5, 6, 7, 9}))
	classes, err := features.New(features.Data{Features: x, Labels: features.Classes([]int64{0, 0, 1, 1})})
	if err != nil {
		t.Fatal(err)
	}
	targets, err := features.New(features.Data{Features: x, Labels: &features.Labels{Targets: mat.NewDense(4, 1, []float64{0.1, 0.2, 0.5, 0.9})}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		set   *features.Set
		value func(example) float64
		err   string
	}{
		{"defaults", classes, func(m example) float64 { return float64(m.K) }, ""},
		{"targets", targets, nil, "one class for each sample"},
		{"panic", classes, func(example) float64 { panic("as asked") }, "as asked"},
		{"NaN", classes, func(example) float64 { return math.NaN() }, "the score is NaN"},
	} {
		score, err := metric.Evaluate(t.Context(), example{value: c.value}, c.set)
		switch {
		case c.err == "" && (err != nil || score.Value != 5):
			t.Errorf("%s: score %v, error %v", c.name, score.Value, err)
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%s: error %v, want %q", c.name, err, c.err)
		}
	}
}
