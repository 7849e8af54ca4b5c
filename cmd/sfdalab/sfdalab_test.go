package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/features/files"

	"sfdalab/results/record"
)

// zoo is the shipped zoo, as the command sees it from this folder.
const zoo = "../../experiments/zoo"

// sfdalab runs the command and returns its exit code and what it printed.
func sfdalab(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = execute(t.Context(), args, &out, &err)
	return code, out.String(), err.String()
}

// write writes a file and returns its path.
func write(t *testing.T, folder, name, text string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// writeNpy writes a matrix or slice as an .npy file and returns its path.
func writeNpy(t *testing.T, folder, name string, v any) string {
	t.Helper()
	var text bytes.Buffer
	var err error
	switch v := v.(type) {
	case *mat.Dense:
		err = files.WriteRows(&text, features.Dense(v), files.Float64)
	case []int64:
		err = files.WriteInts(&text, v)
	default:
		err = fmt.Errorf("no way to write a %T", v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return write(t, folder, name, text.String())
}

func TestHelp(t *testing.T) {
	for _, c := range newRoot().Commands() {
		if c.Name() == "help" || c.Name() == "completion" || c.IsAdditionalHelpTopicCommand() {
			continue
		}
		t.Run(c.Name(), func(t *testing.T) {
			code, stdout, stderr := sfdalab(t, c.Name(), "--help")
			if code != done || stderr != "" || !strings.Contains(stdout, "Examples:\n  sfdalab "+c.Name()) {
				t.Errorf("exit %d, stderr %q, and no example in\n%s", code, stderr, stdout)
			}
		})
	}
}

// onlyNotes reports whether standard error says how files were read and nothing else.
func onlyNotes(stderr string) bool {
	for line := range strings.Lines(stderr) {
		if !strings.HasPrefix(line, "note: ") {
			return false
		}
	}
	return true
}

func TestScoreJSON(t *testing.T) {
	code, stdout, stderr := sfdalab(t, "score", "--metric", "sfda,leep", "--json", "--set", "lambda=1e-1", "--set", "shrinkage=fixed",
		"--features", zoo+"/plain16_sign_feature.npy", "--labels", zoo+"/sign_label.npy", "--outputs", zoo+"/plain16_sign_output.npy")
	if code != done || !onlyNotes(stderr) {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d lines for two metrics:\n%s", len(lines), stdout)
	}
	for i, metric := range []string{"sfda", "leep"} {
		var got map[string]any
		if err := json.Unmarshal([]byte(lines[i]), &got); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"metric", "score", "params", "details", "warnings", "seconds"} {
			if got[key] == nil {
				t.Errorf("%s: no %q in %s", metric, key, lines[i])
			}
		}
		if got["metric"] != metric || len(got) != 6 {
			t.Errorf("%s: got %s", metric, lines[i])
		}
		if metric == "sfda" && got["params"].(map[string]any)["lambda"] != 0.1 {
			t.Errorf("lambda was not set: %s", lines[i])
		}
	}
}

func TestCorrelateJSON(t *testing.T) {
	code, stdout, _ := sfdalab(t, "correlate", "--scores", "model-spider", "--truth", "supervised", "--measure", "tauw,tau", "--resamples", "100", "--json")
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if code != done || len(lines) != 9*8*2 { // metrics, datasets, measures
		t.Fatalf("exit %d, %d lines", code, len(lines))
	}
	for _, line := range lines {
		var row struct {
			Dataset, Metric, Measure string
			Value, Lo, Hi            *float64
			N                        int
			Warnings                 []string
		}
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		if row.Value == nil || row.Lo == nil || row.N != 10 || row.Warnings == nil {
			t.Errorf("got %s", line)
		}
	}
}

// TestCorrelateDrawsOnlyWhatItShows makes sure that a table without intervals waits for none, nor
// warns of one that is missing.
func TestCorrelateDrawsOnlyWhatItShows(t *testing.T) {
	scores, truth := "dataset,model,metric,score\n", "dataset,model,accuracy\n"
	for i := range 6 {
		scores += fmt.Sprintf("d,m%d,x,%d\n", i, i)
		truth += fmt.Sprintf("d,m%d,%d\n", i, 70+i)
	}
	folder := t.TempDir()
	args := []string{"correlate"}
	for name, text := range map[string]string{"scores": scores, "truth": truth} {
		path := filepath.Join(folder, name+".csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--"+name, path)
	}
	if code, _, stderr := sfdalab(t, append(args, "--intervals")...); code != done || !strings.Contains(stderr, "no interval") {
		t.Errorf("with intervals: exit %d, %s", code, stderr)
	}
	if code, _, stderr := sfdalab(t, args...); code != done || strings.Contains(stderr, "no interval") {
		t.Errorf("without intervals: exit %d, %s", code, stderr)
	}
}

func TestRank(t *testing.T) {
	features, labels := zoo+"/{model}_sign_feature.npy", zoo+"/sign_label.npy"
	code, stdout, stderr := sfdalab(t, "rank", "--features", features, "--labels", labels, "--subsets", "3")
	if code != done || !strings.Contains(stdout, "ensemble of 3") || !strings.Contains(stdout, "Fine-tune these") || !strings.Contains(stdout, "rankings with known accuracies") || !strings.Contains(stdout, "NCTI, Cross-validated LDA") || !strings.Contains(stdout, "Agreement between the metrics: weighted τ") {
		t.Errorf("exit %d, %s\n%s", code, stderr, stdout)
	}
	code, stdout, stderr = sfdalab(t, "rank", "--features", features, "--labels", labels, "--subsets", "0", "--metric", "logme", "--ensemble", "0", "--history", "none")
	if code != done || strings.Contains(stdout, "%") || strings.Contains(stdout, "range") || strings.Contains(stdout, " –") || !strings.Contains(stdout, "One metric alone does not tell") {
		t.Errorf("ranges without subsets: exit %d, %s\n%s", code, stderr, stdout)
	}
	store := filepath.Join(t.TempDir(), "lab.db")
	code, _, stderr = sfdalab(t, "rank", "--features", features, "--labels", labels, "--subsets", "2", "--metric", "ncm", "--ensemble", "0", "--store", store)
	if shown, stdout, _ := sfdalab(t, "show", "--store", store); code != done || shown != done || !strings.Contains(stdout, "Nearest class mean") {
		t.Errorf("a ranking that is kept: exit %d, %s\n%s", code, stderr, stdout)
	}
	code, stdout, stderr = sfdalab(t, "rank", "--features", features, "--labels", labels, "--subsets", "0", "--json", "--top", "1", "--format", "csv")
	var ranking record.Ranking
	if err := json.Unmarshal([]byte(stdout), &ranking); code != done || err != nil || len(ranking.Models) != 8 || len(ranking.Shortlist) == 0 || ranking.Promise == nil {
		t.Errorf("as JSON: exit %d, %v, %s\n%s", code, err, stderr, stdout)
	}
	code, stdout, stderr = sfdalab(t, "rank", "--features", features, "--labels", zoo+"/sing_label.npy")
	if code == done || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "sign_label.npy") {
		t.Errorf("labels that do not exist: exit %d, %s\n%s", code, stderr, stdout)
	}
}

// TestRegret keeps a ranking, reports it without accuracies, and then says how it did.
func TestRegret(t *testing.T) {
	store, page := filepath.Join(t.TempDir(), "lab.db"), filepath.Join(t.TempDir(), "page.md")
	rank := []string{"rank", "--features", zoo + "/{model}_vehicles_feature.npy", "--labels", zoo + "/vehicles_label.npy", "--metric", "ncm,lda-cv", "--subsets", "2", "--ensemble", "0", "--store", store}
	if code, _, stderr := sfdalab(t, rank...); code != done {
		t.Fatal(stderr)
	}
	code, _, stderr := sfdalab(t, "report", "--store", store, "-o", page)
	text, _ := os.ReadFile(page)
	for _, want := range []string{"Ranking for vehicles", "Fine-tune", "rankings with known accuracies", "We rank 8 models", "# ranking"} {
		if code != done || !strings.Contains(string(text), want) {
			t.Fatalf("a report without accuracies: exit %d, %s, no %q in\n%s", code, stderr, want, text)
		}
	}
	code, stdout, stderr := sfdalab(t, "regret", "latest", zoo+"/finetuned_accuracy.csv", "--store", store, "--keep")
	for _, want := range []string{"8 of 8 ranked models", "Best model: resnet32-cifar", "The shortlist of"} {
		if code != done || !strings.Contains(stdout, want) {
			t.Fatalf("exit %d, %s, no %q in\n%s", code, stderr, want, stdout)
		}
	}
	if code, stdout, stderr = sfdalab(t, rank...); code != done || !strings.Contains(stdout, "accuracies of 8 models on 3 other datasets") || !strings.Contains(stdout, "history") {
		t.Errorf("with the accuracies as history: exit %d, %s\n%s", code, stderr, stdout)
	}
	if code, stdout, stderr = sfdalab(t, append(rank, "--history", "none")...); code != done || !strings.Contains(stdout, "of 7 hubs") {
		t.Errorf("with the outcome as a case: exit %d, %s\n%s", code, stderr, stdout)
	}
	few := write(t, t.TempDir(), "few.csv", "dataset,model,accuracy\nvehicles,plain16,47\nvehicles,resnet16,50\n")
	code, stdout, stderr = sfdalab(t, "regret", "latest", few, "--store", store, "--keep")
	if code != done || !strings.Contains(stdout, "Best model of those with an accuracy: resnet16") || !strings.Contains(stderr, "kept as history only") {
		t.Errorf("accuracies of some models: exit %d, %s\n%s", code, stderr, stdout)
	}
	other := write(t, t.TempDir(), "other.csv", "dataset,model,accuracy\npets,a,1\npets,b,2\n")
	if code, _, stderr = sfdalab(t, "regret", "latest", other, "--store", store); code != failed || !strings.Contains(stderr, "pets") {
		t.Errorf("accuracies of other datasets: exit %d, %s", code, stderr)
	}
}

// TestRunTwice holds a run, a second one that finds all in the store, and what show
// recalls to the same table.
func TestRunTwice(t *testing.T) {
	folder := t.TempDir()
	store := filepath.Join(folder, "lab.db")
	spec := write(t, folder, "spec.yaml", smallSpec(t))
	var tables [3]string
	for i, args := range [][]string{{"run", spec}, {"run", spec, "--workers", "1"}, {"show", "--format", "text"}} {
		code, stdout, stderr := sfdalab(t, append(args, "--store", store)...)
		if code != done || !onlyNotes(stderr) {
			t.Fatalf("%v: exit %d: %s", args, code, stderr)
		}
		tables[i] = stdout
	}
	if tables[1] != tables[0] || tables[2] != tables[0] {
		t.Errorf("first\n%s\nsecond\n%s\nshown\n%s", tables[0], tables[1], tables[2])
	}
	code, list, _ := sfdalab(t, "runs", "--store", store)
	if code != done || strings.Count(list, "done") != 2 {
		t.Errorf("exit %d, and not two runs in\n%s", code, list)
	}
	code, stdout, _ := sfdalab(t, "runs", "--store", store, "--json", "--limit", "1")
	var run struct {
		ID     string
		Result struct {
			Metric, Measure, Truth, Baseline string
			Mean, Gain                       float64
			Lo, Hi                           *float64
			Datasets                         int
		}
	}
	if err := json.Unmarshal([]byte(stdout), &run); code != done || err != nil || run.ID == "" {
		t.Fatalf("exit %d, %v: %s", code, err, stdout)
	}
	r := run.Result
	if r.Measure != "tauw" || r.Truth != "finetuned_accuracy.csv" || r.Datasets != 2 || r.Lo != nil || r.Baseline == "" {
		t.Errorf("the result of the run is %+v", r)
	}
	for _, shown := range []string{r.Metric, fmt.Sprintf("%.3f", r.Mean), fmt.Sprintf("%.3f", math.Abs(r.Gain))} {
		if !strings.Contains(list, shown) {
			t.Errorf("the list lacks %q, the result of the run as JSON:\n%s", shown, list)
		}
	}
}

// smallSpec is a spec of a part of the zoo.
func smallSpec(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(zoo)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`features: %[1]s/{model}_{dataset}_feature.npy
labels: %[1]s/{dataset}_label.npy
outputs: %[1]s/{model}_{dataset}_output.npy
datasets: [vehicles, sign]
models: [resnet16, plain16, resnet20-cifar, resnet32-cifar, resnet16-cifar]
truth: %[1]s/finetuned_accuracy.csv
metrics:
  - sfda
  - metric: sfda
    grid: {rounds: [0, 2]}
  - leep
  - ncti
`, path)
}

// classes returns n·perClass labels, perClass of each of n classes.
func classes(n, perClass int) []int64 {
	labels := make([]int64, n*perClass)
	for i := range labels {
		labels[i] = int64(i / perClass)
	}
	return labels
}

// numbers returns an n×d matrix of numbers that look random and are the same each
// time.
func numbers(n, d int) *mat.Dense {
	m := mat.NewDense(n, d, nil)
	state := uint32(1)
	m.Apply(func(_, _ int, _ float64) float64 {
		state = state*1664525 + 1013904223
		return float64(state>>8) / (1 << 24)
	}, m)
	return m
}
