package tracking

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readMLflow prints all that MLflow reads of a folder of runs.
const readMLflow = `
import json, sys
from mlflow import MlflowClient
client = MlflowClient("file://" + sys.argv[1])
runs = []
for e in client.search_experiments():
    for r in client.search_runs([e.experiment_id]):
        steps = {k: [[m.step, m.value] for m in client.get_metric_history(r.info.run_id, k)] for k in r.data.metrics}
        runs.append({"Experiment": e.name, "Name": r.info.run_name, "Status": r.info.status, "Tags": r.data.tags,
                     "Metrics": r.data.metrics, "Steps": steps, "Params": r.data.params})
json.dump(runs, sys.stdout)
`

type mlflowRun struct {
	Experiment, Name, Status string
	Tags, Params             map[string]string
	Metrics                  map[string]float64
	Steps                    map[string][][2]float64
}

// openMLflow returns the runs that MLflow finds in dir. The Makefile installs it.
func openMLflow(t *testing.T, dir string) []mlflowRun {
	t.Helper()
	if installed, _ := filepath.Glob("../bin/venv/lib/*/site-packages/mlflow"); len(installed) == 0 {
		t.Skip("MLflow is not installed: make packages")
	}
	python, err := filepath.Abs("../bin/venv/bin/python")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-c", readMLflow, dir)
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("MLflow: %v\n%s", err, text)
	}
	var runs []mlflowRun
	if err := json.Unmarshal(text, &runs); err != nil {
		t.Fatal(err)
	}
	return runs
}

// What is exported is what MLflow shows, whatever the names are.
func TestExportMLflow(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mlruns")
	long := strings.Repeat("é long name ", 30)
	at := func(dataset, model, split string, score float64) Cell {
		return Cell{Dataset: dataset, Model: model, Metric: "sfda", Subset: split, Score: score}
	}
	failed := at("pets", "failed", "", 0)
	failed.Error = "one class"
	table := at("pets", "table", "pets, table", 6)
	table.Files = Files{TableRole: "9f86d081"}
	variants := []Cell{at("pets", "k", "", 1), at("pets", "k", "", 2)}
	for i := range variants {
		variants[i].Params, _ = Canonical(map[string]any{"k": i})
	}
	awkward := Selection{
		Run: Run{ID: "20260101-aaaaaaaa", Experiment: long, Outcome: Done, Spec: "metrics: [sfda]\n", Seed: math.MaxUint64,
			Annotation: Annotation{Name: long, Tags: []string{"paper", "mlflow.runName", "sfdalab.run", "a/b", "a_b", long}, Notes: "one\ntwo"}},
		Cells: []Cell{
			at("pets", "resnet", "", 0.5), at("pets", "resnet", "subset 1 of 0.8, seed 0", 0.9), at("pets", "resnet", "subset 2 of 0.8, seed 0", 0.7),
			at("pets", "resnet", "validation", 3),
			at("pets", "a/b", "", 1), at("pets", "a_b", "", 2), at("..", "..", "", 3), at(long, long, "", 4), at(long, long+"!", "", 5),
			failed, table, variants[0], variants[1],
		},
	}
	plainRun := Selection{Run: Run{ID: "20260101-bbbbbbbb", Outcome: Failed}, Cells: []Cell{at("pets", "resnet", "", -1)}}
	for range 2 {
		if err := ExportMLflow(dir, []Selection{awkward, plainRun}); err != nil {
			t.Fatal(err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".part-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	runs := openMLflow(t, dir)
	if len(runs) != 2 {
		t.Fatalf("%d runs: %+v", len(runs), runs)
	}
	slices.SortFunc(runs, func(a, b mlflowRun) int { return len(b.Metrics) - len(a.Metrics) })
	r := runs[0]
	if r.Experiment != long || r.Name != long || r.Status != "FINISHED" || r.Params["seed"] != fmt.Sprint(uint64(math.MaxUint64)) {
		t.Errorf("run %q of %q is %s, params %v", r.Name, r.Experiment, r.Status, r.Params)
	}
	if r.Tags["mlflow.runName"] != long || r.Tags["sfdalab.run"] != "20260101-aaaaaaaa" || r.Tags["mlflow.note.content"] != "one\ntwo" || r.Tags["tag.paper"] != "true" {
		t.Errorf("tags %v", r.Tags)
	}
	if tags := len(r.Tags); tags != 4+len(awkward.Run.Tags) {
		t.Errorf("%d tags: %v", tags, r.Tags)
	}
	want := map[string]float64{"sfda/pets/resnet": 0.5, "subsets of 0.8/sfda/pets/resnet": 0.7, "samples validation/sfda/pets/resnet": 3,
		"sfda/pets/a_b": 2, "sfda/pets/table": 6, "sfda k_0/pets/k": 1, "sfda k_1/pets/k": 2}
	var hashed []float64
	for name, score := range r.Metrics {
		if _, known := want[name]; !known {
			hashed = append(hashed, score)
			delete(r.Metrics, name)
		}
	}
	if d := cmp.Diff(want, r.Metrics); d != "" {
		t.Errorf("metrics (-want +got)\n%s", d)
	}
	if slices.Sort(hashed); !slices.Equal(hashed, []float64{1, 3, 4, 5}) {
		t.Errorf("scores under names that MLflow cannot take: %v", hashed)
	}
	if steps := r.Steps["subsets of 0.8/sfda/pets/resnet"]; !slices.Equal(steps, [][2]float64{{1, 0.9}, {2, 0.7}}) {
		t.Errorf("subsets %v", steps)
	}
	if r := runs[1]; r.Experiment != "Default" || r.Name != "20260101-bbbbbbbb" || r.Status != "FAILED" || len(r.Metrics) != 1 {
		t.Errorf("the other run: %+v", r)
	}
}

// Nothing is written outside the folder, and names that differ stay apart.
func TestMLflowNames(t *testing.T) {
	seen := make(map[string]string)
	for _, name := range []string{"", ".", "..", "../..", "a/b", "a_b", "a b", "é", "e", "résnet", "r_snet", " a", ".a", "a",
		strings.Repeat("x", 64), strings.Repeat("x", 65), strings.Repeat("x", 300)} {
		p := plain(name)
		if len(p) > longest || p == "" || strings.HasPrefix(p, ".") || filepath.Base(p) != p {
			t.Errorf("%q becomes %q", name, p)
		}
		if first, taken := seen[p]; taken {
			t.Errorf("%q and %q become %q", first, name, p)
		}
		seen[p] = name
	}
}
