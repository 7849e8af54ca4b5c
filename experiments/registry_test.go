package experiments

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"sfdalab/baselines"
	"sfdalab/features"
	"sfdalab/metric"
	"sfdalab/sfda"
	"sfdalab/tracking"
)

func TestNewDecodesParameters(t *testing.T) {
	for _, c := range []struct {
		name   string
		params map[string]any
		want   metric.Metric
	}{
		{"sfda", nil, sfda.SFDA{}},
		{"knn", map[string]any{"k": uint64(5)}, baselines.KNN{K: 5}},
		{"sfda", map[string]any{"rounds": uint64(2), "confidence": "raw"}, sfda.SFDA{Rounds: metric.Given(2), Confidence: "raw"}},
		{"sfda", map[string]any{"shrinkage": "fixed", "lambda": uint64(1)}, sfda.SFDA{Shrinkage: "fixed", Lambda: 1}},
		{"sfda", map[string]any{"lambda": "1e-3"}, sfda.SFDA{Lambda: 1e-3}},
		{"leep", map[string]any{"swapped": true}, baselines.LEEP{Swapped: true}},
		{"ped:sfda", map[string]any{"sigma": 0.3, "rounds": uint64(0)}, baselines.PED{Base: sfda.SFDA{Rounds: metric.Given(0)}, Sigma: metric.Given(0.3)}},
	} {
		got, err := metric.New(c.name, c.params)
		if err != nil {
			t.Errorf("%s %v: %v", c.name, c.params, err)
		} else if got != c.want {
			t.Errorf("%s %v: got %+v, want %+v", c.name, c.params, got, c.want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		params map[string]any
		want   string
	}{
		{"lgme", nil, `the nearest is "logme"`},
		{"ped", nil, "wraps another one"},
		{"ped:sfad", nil, `the nearest is "sfda"`},
		{"sfda:leep", nil, "does not wrap another"},
		{"hscore", map[string]any{"k": uint64(1)}, "the metric has none"},
		{"ped:sfda", map[string]any{"round": uint64(1)}, `the nearest is "rounds"`},
		{"knn", map[string]any{"k": uint64(0)}, "≥ 1"},
		{"gbc", map[string]any{"covariance": ""}, "unknown option"},
		{"sfda", map[string]any{"rounds": int64(-1)}, "0 to 100"},
		{"sfda", map[string]any{"rounds": uint64(2_000_000_000)}, "0 to 100"},
		{"nleep", map[string]any{"repeats": uint64(2_000_000_000)}, "1 to 1000"},
		{"nleep", map[string]any{"components": uint64(math.MaxInt64)}, "1 to 1000"},
		{"sfda", map[string]any{"rounds": 1.5}, "not a whole number"},
		{"sfda", map[string]any{"rounds": "two"}, "not a whole number"},
		{"sfda", map[string]any{"rounds": uint64(math.MaxUint64)}, "not in range"},
		{"sfda", map[string]any{"lambda": 1.1}, "0 to 1"},
		{"sfda", map[string]any{"lambda": math.NaN()}, "not a number"},
		{"sfda", map[string]any{"lambda": []any{0.1}}, "not a number"},
		{"sfda", map[string]any{"shrinkage": "eq4"}, `the nearest is "eq3"`},
		{"sfda", map[string]any{"shrinkage": true}, "not a string"},
		{"leep", map[string]any{"swapped": "yes"}, "not a bool"},
		{"leep", map[string]any{"swapped": nil}, "not a bool"},
	} {
		m, err := metric.New(c.name, c.params)
		if err == nil {
			t.Errorf("%s %v: no error but %+v", c.name, c.params, m)
		} else if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %v: want %q in: %v", c.name, c.params, c.want, err)
		}
	}
}

// TestPrototypes holds what every registered metric must have.
func TestPrototypes(t *testing.T) {
	for _, m := range builtIn() {
		info := m.Info()
		t.Run(info.Name, func(t *testing.T) {
			if info.Title == "" || info.Version < 1 || info.Cost == "" || info.Paper.Authors == "" || info.Paper.Title == "" || info.Paper.Year < 1900 {
				t.Errorf("Info lacks something: %+v", info)
			}
			values := metric.Values(m)
			for _, p := range metric.Params(m) {
				if p.Doc == "" {
					t.Errorf("parameter %s has no doc", p.Name)
				}
				if p.Options != nil && p.Type() != "string" {
					t.Errorf("parameter %s has options but is a %s", p.Name, p.Type())
				}
			}
			if _, seeded := values["seed"]; seeded != info.Random {
				t.Errorf("random is %v, but having a seed is %v", info.Random, seeded)
			}
			name := info.Name
			if metric.Wraps(m) {
				name += ":sfda"
			}
			again, err := metric.New(name, values) // the defaults are values that users may give
			if err != nil {
				t.Fatal(err)
			}
			for p, v := range values {
				if !cmp.Equal(metric.Values(again)[p], v) {
					t.Errorf("parameter %s: %v became %v", p, v, metric.Values(again)[p])
				}
			}
		})
	}
}

// A zero value is the metric with its defaults, to the last bit, and says what is wrong
// with other values.
func TestZeroValueIsDefault(t *testing.T) {
	x, second := mat.NewDense(240, 6, nil), mat.NewDense(240, 5, nil)
	random, labels := rand.New(rand.NewPCG(1, 2)), make([]int64, 240)
	fill := func(_, _ int, _ float64) float64 { return random.NormFloat64() }
	x.Apply(fill, x)
	second.Apply(fill, second)
	for i := range labels {
		labels[i] = int64(i % 4)
	}
	set, err := features.New(features.Data{
		Features: features.Dense(x), Outputs: features.Dense(second), Second: features.Dense(second), Labels: features.Classes(labels),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, zero := range builtIn() {
		name := zero.Info().Name
		if name == "accuracy-source" { // needs a file
			continue
		}
		if ped, ok := zero.(baselines.PED); ok {
			ped.Base, name = baselines.HScore{}, "ped:hscore"
			zero = ped
		}
		if sa, ok := zero.(baselines.SA); ok {
			sa.Base, name = baselines.HScore{}, "sa:hscore"
			zero = sa
		}
		t.Run(name, func(t *testing.T) {
			given, err := metric.New(name, metric.Values(zero))
			if err != nil {
				t.Fatal(err)
			}
			got, err := zero.Score(t.Context(), set)
			if err != nil {
				t.Fatal(err)
			}
			want, err := given.Score(t.Context(), set)
			if err != nil {
				t.Fatal(err)
			}
			if got.Value != want.Value || !(math.Abs(got.Value) < math.Inf(1)) {
				t.Errorf("zero value scores %v, defaults %v", got.Value, want.Value)
			}
		})
	}
	if _, err := (baselines.KNN{K: -1}).Score(t.Context(), set); err == nil || !strings.Contains(err.Error(), "≥ 1") {
		t.Errorf("k = -1: error %v", err)
	}
}

// Zero is a value of its own where it is not the default.
func TestGivenZero(t *testing.T) {
	for _, m := range []metric.Metric{baselines.ETran{Weight: metric.Given(0.0)}, baselines.PED{Base: baselines.HScore{}, Exit: metric.Given(0.0)}} {
		again, err := metric.New(m.Info().Name, metric.Values(m))
		if err != nil {
			t.Fatal(err)
		}
		want := metric.Values(m)
		if got := metric.Values(again); !cmp.Equal(got, want) {
			t.Errorf("%s: %v became %v", m.Info().Name, want, got)
		}
	}
	if got := metric.Values(baselines.ETran{Weight: metric.Given(0.0)})["weight"]; got != 0.0 {
		t.Errorf("a given weight of 0 is %v", got)
	}
}

// Scores in old stores are found by identities, which parameters are part of. The
// recorded ones may change only together with the version of the metric.
func TestIdentitiesStay(t *testing.T) {
	text, err := os.ReadFile("testdata/identities.json")
	if err != nil {
		t.Fatal(err)
	}
	var recorded map[string]struct {
		Version  int
		Params   json.RawMessage
		Identity string
	}
	if err := json.Unmarshal(text, &recorded); err != nil {
		t.Fatal(err)
	}
	for _, m := range builtIn() {
		name := m.Info().Name
		if metric.Wraps(m) {
			name += ":sfda"
		}
		v, err := newVariant(name, nil, 7)
		if err != nil {
			t.Fatal(err)
		}
		want, ok := recorded[name]
		if !ok {
			t.Errorf("%s is not in testdata/identities.json: version %d, parameters %s", name, v.Metric.Info().Version, v.params)
			continue
		}
		cell := tracking.Cell{
			Dataset: "d", Model: "m", Metric: v.Name, Version: v.Metric.Info().Version, Params: v.params, Seed: v.seed,
			Files: map[string]string{"features": strings.Repeat("0", 64)},
		}
		if got := cell.Identify().String(); got != want.Identity {
			t.Errorf("%s: version %d with %s is %s; recorded are version %d with %s as %s",
				name, cell.Version, v.params, got, want.Version, want.Params, want.Identity)
		}
	}
}
