package experiments

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/metric"
)

// TestUnusualData holds every registered metric, at its defaults and with each of its
// options, to a finite score or an error that is the input's fault, whatever the input.
// What no metric can score is found by features.New.
func TestUnusualData(t *testing.T) {
	metrics := everyMetric(t)
	for name, data := range unusualData() {
		s, err := features.New(data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, m := range metrics {
			info := m.Info()
			score, err := metric.Evaluate(t.Context(), m, s)
			where := fmt.Sprintf("%s/%s%+v", name, info.Name, m)
			switch {
			case err != nil && slices.ContainsFunc([]string{"internal error", "the score is", "mat:", "blas:", "lapack:"}, func(fault string) bool { return strings.Contains(err.Error(), fault) }):
				t.Errorf("%s: %v", where, err)
			case err == nil && data.Outputs == nil && info.Needs&metric.Outputs != 0, err == nil && data.Second == nil && info.Needs&metric.Second != 0:
				t.Errorf("%s: score %v without what it needs", where, score.Value)
			case err == nil && data.Labels.Targets != nil && !info.Targets:
				t.Errorf("%s: score %v of targets", where, score.Value)
			}
			for detail, v := range score.Details {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Errorf("%s: %s is %v", where, detail, v)
				}
			}
		}
	}
}

// everyMetric returns the metrics with each option of their parameters, and wrappers
// around several.
func everyMetric(t *testing.T) []metric.Metric {
	t.Helper()
	accuracy := filepath.Join(t.TempDir(), "accuracy.csv")
	if err := os.WriteFile(accuracy, []byte("model,accuracy\nresnet50,76.1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var all []metric.Metric
	for _, m := range builtIn() {
		names := []string{m.Info().Name}
		if _, err := metric.New(names[0], nil); err != nil {
			names = []string{names[0] + ":sfda", names[0] + ":logme", names[0] + ":leep", names[0] + ":knn"}
		}
		for _, name := range names {
			variants := []map[string]any{nil}
			for _, p := range metric.Params(m) {
				if v, ok := p.Value.(bool); ok {
					variants = append(variants, map[string]any{p.Name: !v})
				}
				for _, option := range p.Options {
					if option != p.Value {
						variants = append(variants, map[string]any{p.Name: option})
					}
				}
				if p.Path {
					variants = append(variants, map[string]any{p.Name: accuracy})
				}
			}
			for _, params := range variants {
				variant, err := metric.New(name, params)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, variant)
			}
		}
	}
	return all
}

// unusualData is what a Set may be made of, and hardly should.
func unusualData() map[string]features.Data {
	const n = 24
	random := rand.New(rand.NewPCG(1, 2))
	normal := func(rows, columns int) *mat.Dense {
		x := mat.NewDense(rows, columns, nil)
		x.Apply(func(int, int, float64) float64 { return random.NormFloat64() }, x)
		return x
	}
	alter := func(x *mat.Dense, to func(i, j int, v float64) float64) features.Rows {
		var y mat.Dense
		y.Apply(to, x)
		return features.Dense(&y)
	}
	times := func(x *mat.Dense, factor float64) features.Rows {
		return alter(x, func(_, _ int, v float64) float64 { return factor * v })
	}
	inTurn := func(classes int) []int64 {
		labels := make([]int64, n)
		for i := range labels {
			labels[i] = int64(i % classes)
		}
		return labels
	}
	x, outputs, second, wide := normal(n, 6), normal(n, 5), normal(n, 7), normal(n, 90)

	all := make(map[string]features.Data)
	// add adds good data, changed.
	add := func(name string, change func(d *features.Data)) {
		d := features.Data{Model: "resnet50", Features: features.Dense(x), Labels: features.Classes(inTurn(4)), Outputs: features.Dense(outputs), Second: features.Dense(second)}
		change(&d)
		all[name] = d
	}
	add("good", func(*features.Data) {})
	add("nothing but features", func(d *features.Data) { d.Outputs, d.Second = nil, nil })

	for name, labels := range map[string][]int64{
		"class of one":       slices.Replace(inTurn(4), 0, 1, 9),
		"classes of one":     inTurn(n),
		"all but one of one": inTurn(n - 1),
		"two classes":        inTurn(2),
		"one against all":    slices.Replace(make([]int64, n), 3, 4, 1),
	} {
		add(name, func(d *features.Data) { d.Labels = features.Classes(labels) })
	}
	for name, labels := range map[string][]int64{"2 samples": {0, 1}, "3 samples": {0, 1, 1}, "3 classes of one": {0, 1, 2}, "2 pairs": {0, 1, 1, 0}} {
		for _, columns := range []int{1, 6} {
			add(fmt.Sprintf("%s, %d features", name, columns), func(d *features.Data) {
				rows := len(labels)
				*d = features.Data{Model: "resnet50", Features: features.Dense(normal(rows, columns)), Labels: features.Classes(labels), Outputs: features.Dense(normal(rows, 5)), Second: features.Dense(normal(rows, 3))}
			})
		}
	}
	for name, rows := range map[string]features.Rows{
		"one feature":              features.Dense(normal(n, 1)),
		"two features":             features.Dense(normal(n, 2)),
		"more features":            features.Dense(wide),
		"a zero column":            alter(x, func(_, j int, v float64) float64 { return v * float64(min(j, 1)) }),
		"a constant column":        alter(wide, func(_, j int, v float64) float64 { return math.Max(v, float64(3-j)*1e3) }),
		"repeated columns":         alter(x, func(i, j int, _ float64) float64 { return x.At(i, j/3) }),
		"rows of zeros":            alter(x, func(i, _ int, v float64) float64 { return v * float64(min(i/5, 1)) }),
		"all but one row of zeros": alter(x, func(i, _ int, v float64) float64 { return v * float64(max(i-n+2, 0)) }),
		"alike within classes":     alter(x, func(i, j int, _ float64) float64 { return x.At(i%4, j) }),
		"alike across classes":     alter(x, func(i, j int, _ float64) float64 { return x.At(i/4, j) }),
		"one class alike":          alter(x, func(i, _ int, v float64) float64 { return v * float64(min(i%4, 1)) }),
		"class means of zero":      alter(x, func(i, j int, v float64) float64 { return x.At(i%4, j) * float64(1-i/4%2*2) }),
		"far from zero":            alter(x, func(_, _ int, v float64) float64 { return v + 1e12 }),
		"large numbers":            times(x, 1e59),
		"larger numbers":           times(x, 1e8),
		"small numbers":            times(x, 1e-9),
		"tiny numbers":             times(wide, 1e-59),
	} {
		add(name, func(d *features.Data) { d.Features = rows })
	}
	for name, rows := range map[string]features.Rows{
		"one output":           features.Dense(normal(n, 1)),
		"outputs of zero":      times(outputs, 0),
		"constant outputs":     alter(outputs, func(_, j int, _ float64) float64 { return float64(j) }),
		"large outputs":        times(outputs, 1e59),
		"one-hot outputs":      alter(outputs, func(i, j int, _ float64) float64 { return float64(1 - min((i+j)%5, 1)) }),
		"sigmoids for outputs": alter(outputs, func(_, _ int, v float64) float64 { return 1 / (1 + math.Exp(-v)) }),
	} {
		add(name, func(d *features.Data) { d.Outputs = rows })
	}
	add("constant second features", func(d *features.Data) { d.Second = times(second, 0) })
	add("one second feature", func(d *features.Data) { d.Second = features.Dense(normal(n, 1)) })
	add("targets", func(d *features.Data) { d.Labels = &features.Labels{Targets: normal(n, 2)} })
	add("constant targets", func(d *features.Data) { d.Labels = &features.Labels{Targets: mat.NewDense(n, 1, nil)} })
	return all
}
