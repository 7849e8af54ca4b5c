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

	"sfdalab/metric"
)

// rowsOf is the text of n rows of d numbers.
func rowsOf(n, d int, number func(i, j int) float64) string {
	var text strings.Builder
	for i := range n {
		for j := range d {
			if j > 0 {
				text.WriteByte(',')
			}
			fmt.Fprint(&text, number(i, j))
		}
		text.WriteByte('\n')
	}
	return text.String()
}

// TestEveryMetricOnBadInput runs all metrics of the registry on data that is hard on
// them. Each cell must have a finite score or an error that is no fault of the
// program, and no cell may cost another.
func TestEveryMetricOnBadInput(t *testing.T) {
	const n = 24
	random := rand.New(rand.NewPCG(1, 2))
	noise := rowsOf(n, 6, func(_, _ int) float64 { return random.NormFloat64() })
	class := func(of func(i int) int) string {
		return rowsOf(n, 1, func(i, _ int) float64 { return float64(of(i)) })
	}
	balanced := class(func(i int) int { return i % 4 })

	for _, c := range []struct {
		name             string
		features, labels string
		outputs, second  string // none if empty
		scored, warned   []string
		warning          string
	}{
		{
			name: "no outputs", features: noise, labels: balanced, second: noise,
			scored: []string{"sfda", "logme", "nleep", "knn"},
		},
		{
			name: "probabilities for logits", features: noise, labels: balanced, second: noise,
			outputs: rowsOf(n, 2, func(i, j int) float64 { return math.Abs(float64(j) - float64(i%5)/5) }),
			scored:  []string{"leep", "nce", "pactran-dirichlet", "pactran-gamma"},
		},
		{
			name: "a class of one sample", features: noise, outputs: noise, second: noise,
			labels: class(func(i int) int { return min(i, 3) }),
			scored: []string{"sfda", "logme", "leep", "hscore", "gbc", "knn", "ncm"},
			warned: []string{"gbc", "ncm", "logistic", "linear-svm", "lda-cv", "silhouette", "davies-bouldin"}, warning: "one sample",
		},
		{
			name: "as many classes as samples", features: noise, outputs: noise, second: noise,
			labels: class(func(i int) int { return i }),
		},
		{
			name: "two classes", features: noise, outputs: noise, second: noise,
			labels: class(func(i int) int { return i % 2 }),
			scored: []string{"sfda", "logme", "hscore", "gbc", "ncti", "emms"},
			warned: []string{"hscore", "emms", "gbc", "ncti"}, warning: "two classes",
		},
		{
			name: "fewer samples than features", labels: balanced, outputs: noise, second: noise,
			features: rowsOf(n, 60, func(_, _ int) float64 { return random.NormFloat64() }),
			scored:   []string{"sfda", "logme", "hscore"},
			warned:   []string{"sfda", "logme", "hscore", "emms"}, warning: "samples",
		},
		{
			name: "one feature", labels: balanced, outputs: noise, second: noise,
			features: rowsOf(n, 1, func(_, _ int) float64 { return random.NormFloat64() }),
			scored:   []string{"sfda", "logme", "hscore", "knn"},
		},
		{
			name: "one output", features: noise, labels: balanced, second: noise,
			outputs: rowsOf(n, 1, func(_, _ int) float64 { return random.NormFloat64() }),
		},
		{
			name: "a constant column", labels: balanced, outputs: noise, second: noise,
			features: rowsOf(n, 4, func(i, j int) float64 { return float64(j) * random.NormFloat64() }),
			scored:   []string{"sfda", "logme", "hscore", "gbc", "knn", "parc"},
		},
		{
			name: "constant features", labels: balanced, outputs: noise, second: noise,
			features: rowsOf(n, 3, func(_, j int) float64 { return float64(j) }),
		},
		{
			name: "targets of regression", features: noise, outputs: noise, second: noise,
			labels: rowsOf(n, 1, func(i, _ int) float64 { return float64(i) / 7 }),
			scored: []string{"logme", "rankme", "rsa", "dds", "id", "accuracy-source"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := t.TempDir()
			write := func(name, text string) {
				t.Helper()
				if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			write("source.csv", "model,accuracy\nx,70\ny,71\n")
			write("labels.csv", c.labels)
			text := "features: '{model}.csv'\nmodels: [x, y]\nlabels: labels.csv\n"
			for _, file := range []struct{ key, text string }{{"outputs", c.outputs}, {"second", c.second}} {
				if file.text != "" {
					write(file.key+".csv", file.text)
					text += file.key + ": " + file.key + ".csv\n"
				}
			}
			write("x.csv", c.features)
			write("y.csv", c.features) // all scores are tied
			text += "metrics:\n"
			for _, m := range builtIn() {
				name := m.Info().Name
				if metric.Wraps(m) {
					name += ":logme"
				}
				text += fmt.Sprintf("- {metric: %q, name: %q", name, m.Info().Name)
				if name == "accuracy-source" {
					text += ", params: {file: source.csv}"
				}
				text += "}\n"
			}
			spec, err := Parse(text, filepath.Join(folder, "spec.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			r := run(t, spec, Options{})

			scored, cells := make(map[string]bool), make(map[string]int)
			warnings := make(map[string]string)
			for _, cell := range r.Cells {
				name := r.Variants[cell.Variant].Label
				cells[name]++
				switch {
				case strings.Contains(cell.Error, "internal error"), strings.Contains(cell.Error, "mat:"), strings.Contains(cell.Error, "blas:"), strings.Contains(cell.Error, "lapack:"):
					t.Errorf("%s: %s", name, cell.Error)
				case math.IsNaN(cell.Score) || math.IsInf(cell.Score, 0):
					t.Errorf("%s: score %g", name, cell.Score)
				case cell.Error == "":
					scored[name] = true
				}
				warnings[name] += strings.Join(cell.Warnings, "\n")
			}
			for _, m := range builtIn() {
				info := m.Info()
				left := info.Needs&metric.Outputs != 0 && c.outputs == ""
				if left != (cells[info.Name] == 0) {
					t.Errorf("%s has %d cells", info.Name, cells[info.Name])
				}
				says := slices.ContainsFunc(r.Warnings, func(w string) bool { return strings.HasPrefix(w, info.Name+" is left out") })
				if left != says {
					t.Errorf("%s is left out: %v, but the warnings are %q", info.Name, left, r.Warnings)
				}
			}
			for _, name := range c.scored {
				if !scored[name] {
					t.Errorf("%s has no score", name)
				}
			}
			for _, name := range c.warned {
				if !strings.Contains(warnings[name], c.warning) {
					t.Errorf("%s does not warn of %q: %q", name, c.warning, warnings[name])
				}
			}
		})
	}
}
