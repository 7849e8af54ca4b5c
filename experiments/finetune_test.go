package experiments_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sfdalab/experiments"
	"sfdalab/tracking"
)

// photos makes a folder of each dataset with train and test folders of two classes, whose
// images are any bytes, as training programs of these tests open none.
func photos(t *testing.T, folder string, datasets ...string) {
	t.Helper()
	for _, d := range datasets {
		for split, n := range map[string]int{"train": 5, "test": 2} {
			for _, class := range []string{"cat", "dog"} {
				for i := range n {
					path := filepath.Join(folder, d, split, class, fmt.Sprintf("%d.png", i))
					if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(path, []byte(path[len(folder):]), 0o644); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
}

const grid = "  protocol: {name: quick, grid: {learning_rate: [0.1, 0.01], weight_decay: [0, 0.001]}}\n"

// fineTuning returns a spec that has the shell script of these tests train.
func fineTuning(t *testing.T, folder, networks, more string) *experiments.Spec {
	t.Helper()
	script, err := filepath.Abs("testdata/finetune/train.sh")
	if err != nil {
		t.Fatal(err)
	}
	text := "finetune:\n  networks: [" + networks + "]\n  images: '{dataset}'\n  program: [sh, " + script + "]\n" + more
	if !strings.Contains(more, "datasets:") {
		text += "datasets: [one, two]\n"
	}
	spec, err := experiments.Parse(text, filepath.Join(folder, "spec.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

func createStore(t *testing.T, path string) *tracking.Store {
	t.Helper()
	store, err := tracking.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// TestFineTune trains three networks on two datasets with four settings, and once more
// with the best: another run of it trains nothing and has the same ground truth.
func TestFineTune(t *testing.T) {
	folder := t.TempDir()
	photos(t, folder, "one", "two")
	count := filepath.Join(folder, "count")
	t.Setenv("COUNT", count)
	spec := fineTuning(t, folder, "a, b, c", grid+"  seeds: [0, 7]\n")
	store := createStore(t, filepath.Join(folder, "lab.db"))
	var told []experiments.Training
	run := func() *experiments.Result {
		told = nil
		r, err := experiments.Run(t.Context(), spec, experiments.Options{Store: store, Training: func(x experiments.Training) { told = append(told, x) }})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	first := run()
	const trials = 3 * 2 * (4 + 2)
	if n := len(lines(t, count)); n != trials || len(first.Trials) != trials {
		t.Errorf("%d trainings for %d trials, want %d", n, len(first.Trials), trials)
	}
	steps := 0
	for _, x := range told {
		if !x.Done {
			steps++
		}
	}
	if steps != 3*trials {
		t.Errorf("%d steps were told, want %d", steps, 3*trials)
	}
	truth, warnings, err := first.Truth()
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	for _, dataset := range []string{"one", "two"} {
		if got := truth.Models(dataset); !slices.Equal(got, []string{"a", "b", "c"}) {
			t.Errorf("%s has the models %v", dataset, got)
		}
		if sd, ok := truth.Spread(dataset); !ok || sd <= 0 || truth.Seeds[dataset] != 2 {
			t.Errorf("%s: spread %v of %d seeds", dataset, sd, truth.Seeds[dataset])
		}
	}
	best := make(map[string]tracking.Cell)
	for _, c := range first.Trials {
		switch {
		case c.Error != "" || len(c.Trial.Curve) != 3 || c.Trial.Versions["sh"] != "1":
			t.Errorf("%+v", c)
		case c.Trial.Final:
			key := c.Model + c.Dataset
			for _, setting := range []string{`"learning_rate":`, `"weight_decay":`} {
				if want := after(best[key].Params, setting); after(c.Params, setting) != want || c.Subset != "test" {
					t.Errorf("%s was trained at last with %s, but %s%s was best", key, c.Params, setting, want)
				}
			}
		case c.Subset != "val":
			t.Errorf("a trial of the sweep was evaluated on %s", c.Subset)
		case best[c.Model+c.Dataset].Trial == nil || c.Score > best[c.Model+c.Dataset].Score:
			best[c.Model+c.Dataset] = c
		}
	}

	second := run()
	if n := len(lines(t, count)); n != trials || second.Reused != trials {
		t.Errorf("%d trainings after the second run, and %d were reused, want %d", n, second.Reused, trials)
	}
	again, _, err := second.Truth()
	if err != nil || again.SHA256 != truth.SHA256 {
		t.Errorf("the ground truth is another: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(experiments.TrialFolder(store.Path()), "*", "checkpoint")); len(left) > 0 {
		t.Errorf("checkpoints are left: %q", left)
	}
	latest, err := experiments.LoadTruth("run:LATEST", store)
	if err != nil || latest.SHA256 != truth.SHA256 || latest.Protocol == "" {
		t.Errorf("run:LATEST is another: %v", err)
	}
}

func after(text []byte, key string) string {
	_, rest, _ := strings.Cut(string(text), key)
	value, _, _ := strings.Cut(rest, ",")
	return strings.TrimRight(value, "}")
}

func lines(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return strings.Fields(strings.ReplaceAll(string(text), " ", "-"))
}
