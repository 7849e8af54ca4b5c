package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestEvidenceCommands compares, reproduces and reports runs of two specs.
func TestEvidenceCommands(t *testing.T) {
	dir := t.TempDir()
	store, page := filepath.Join(dir, "lab.db"), filepath.Join(dir, "report.html")
	one := write(t, dir, "one.yaml", smallSpec(t))
	two := write(t, dir, "two.yaml", smallSpec(t)+"  - logme\n")
	for _, step := range []struct {
		args string
		want string // in what it prints, or on the page
	}{
		{"run " + one, "SFDA"},
		{"run " + two, "LogME"},
		{"compare metric:logme", "(finetuned_accuracy.csv, 5 models)"},
		{"compare metric:sfda experiment:one", "SFDA rounds=0"},
		{"compare metric:leep", "LEEP (two)"},
		{"compare experiment:one --intervals", "brackets hold the 95 % interval"},
		{"report " + two + " -o " + page, "LogME"},
		{"report latest -o " + page, "LogME"},
		{"report metric:leep -o " + page + " --paper " + filepath.Join(dir, "paper"), "LEEP (2"}, // runs of one title by their IDs,
		{"reproduce latest", "every score is the same"},
	} {
		os.Remove(page)
		code, stdout, stderr := sfdalab(t, append(strings.Fields(step.args), "--store", store)...)
		html, _ := os.ReadFile(page)
		if code != done || !strings.Contains(stdout+string(html), step.want) {
			t.Fatalf("%s: exit %d, %s\n%s", step.args, code, stderr, stdout)
		}
		if strings.Contains(string(html), "/finetuned_accuracy.csv") {
			t.Errorf("%s: the page names the ground truth by its path", step.args)
		}
	}
	for _, name := range []string{"report.tex", "references.bib", "tauw.tex", "tauw.csv", "win-rates.pdf"} {
		if _, err := os.Stat(filepath.Join(dir, "paper", name)); err != nil {
			t.Error(err)
		}
	}
	for notation, want := range map[string]int{"ends": done, "plus-minus": done, "brackets": misuse} {
		if code, _, stderr := sfdalab(t, "compare", "metric:leep", "--intervals="+notation, "--store", store); code != want {
			t.Errorf("--intervals=%s: exit %d, %s", notation, code, stderr)
		}
	}
	if code, _, stderr := sfdalab(t, "compare", "tag:none", "--store", store); code != failed || !strings.Contains(stderr, "sfdalab runs") {
		t.Errorf("compare of nothing: exit %d, %s", code, stderr)
	}
}

// TestReproduceNamesTheChange changes an input file between two runs.
func TestReproduceNamesTheChange(t *testing.T) {
	dir := t.TempDir()
	store := filepath.Join(dir, "lab.db")
	features := func(x float64) {
		writeNpy(t, dir, "m_d_x.npy", mat.NewDense(4, 2, []float64{x, 1, 3, 2, 5, 4, 9, 8}))
	}
	features(0)
	writeNpy(t, dir, "d_y.npy", []int64{0, 0, 1, 1})
	spec := write(t, dir, "spec.yaml", "features: \"{model}_{dataset}_x.npy\"\nlabels: \"{dataset}_y.npy\"\nmetrics: [fisher-ratio]\n")
	if code, _, stderr := sfdalab(t, "run", spec, "--store", store); code != done {
		t.Fatalf("run: exit %d, %s", code, stderr)
	}
	features(2)
	code, stdout, stderr := sfdalab(t, "reproduce", "latest", "--store", store)
	if code != failed || !strings.Contains(stderr, "input files changed") || !strings.Contains(stderr, "m_d_x.npy") {
		t.Errorf("exit %d, %s\n%s", code, stderr, stdout)
	}
}
