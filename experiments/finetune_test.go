package experiments_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"sfdalab/experiments"
	"sfdalab/features/files"
	"sfdalab/results"
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

// sweepSpec is three networks on two datasets with four settings.
func sweepSpec(t *testing.T, folder string) *experiments.Spec {
	return fineTuning(t, folder, "a, b, c", grid)
}

// TestSweepKilledTwice kills a process in the midst of a sweep, and the next one, with its
// training program: the third goes on from there and ends with the ground truth of an
// undisturbed one, and no step that had its checkpoint is done again.
func TestSweepKilledTwice(t *testing.T) {
	if folder := os.Getenv("SWEEP_KILLED"); folder != "" {
		store := createStore(t, filepath.Join(folder, "lab.db"))
		_, err := experiments.Run(t.Context(), sweepSpec(t, folder), experiments.Options{Store: store, Training: func(x experiments.Training) {
			if !x.Done {
				fmt.Println("step")
			}
		}})
		t.Fatal("not killed: ", err)
	}
	if runtime.GOOS == "windows" {
		t.Skip("skipped: the training program is a shell script")
	}
	folder := t.TempDir()
	photos(t, folder, "one", "two")
	undisturbed, err := experiments.Run(t.Context(), sweepSpec(t, folder), experiments.Options{Store: createStore(t, filepath.Join(folder, "other.db"))})
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PAUSE", "0.02")
	t.Setenv("COUNT", filepath.Join(folder, "count"))
	for range 2 {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestSweepKilledTwice$")
		cmd.Env = append(os.Environ(), "SWEEP_KILLED="+folder)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		steps := bufio.NewScanner(out)
		for range 13 { // four trials and a step of the fifth
			steps.Scan()
		}
		cmd.Process.Kill()
		cmd.Wait()
	}
	store := createStore(t, filepath.Join(folder, "lab.db"))
	resumed, err := experiments.Run(t.Context(), sweepSpec(t, folder), experiments.Options{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	want, _, err := undisturbed.Truth()
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := resumed.Truth()
	if err != nil || got.SHA256 != want.SHA256 {
		t.Errorf("the ground truth is another: %v\ngot %v\nwant %v", err, got, want)
	}
	if resumed.Reused < 4 {
		t.Errorf("%d results were kept, want those of both that were killed", resumed.Reused)
	}
	if n := len(lines(t, filepath.Join(folder, "count"))); n > 30+2 {
		t.Errorf("%d trainings were ended, for 30 trials", n)
	}
	for _, c := range resumed.Trials {
		if len(c.Trial.Curve) != 3 {
			t.Errorf("%s on %s, %s: its curve has %d points of 3", c.Model, c.Dataset, c.Trial.Label, len(c.Trial.Curve))
		}
	}
}

// TestTrialsThatFail: each fails with its reason, and the rest goes on.
func TestTrialsThatFail(t *testing.T) {
	folder := t.TempDir()
	photos(t, folder, "one")
	spec := fineTuning(t, folder, "hangs, garbage, nan, oom, fails, good", "  silence: 1s\n  protocol: {settings: {learning_rate: 0.1}}\ndatasets: [one]\n")
	store := createStore(t, filepath.Join(folder, "lab.db"))
	r, err := experiments.Run(t.Context(), spec, experiments.Options{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"hangs": "it wrote nothing for 1s", "garbage": "want a JSON object such as", "nan": "training has diverged",
		"oom": "as where memory runs out", "fails": "CUDA out of memory at batch 64", "good": "",
	}
	for _, c := range r.Trials {
		if want[c.Model] == "" != (c.Error == "") || !strings.Contains(c.Error, want[c.Model]) {
			t.Errorf("%s: error %q, want one with %q", c.Model, c.Error, want[c.Model])
		}
	}
	run, err := store.Run(r.Run)
	if err != nil || run.Outcome != tracking.Failed || run.Failed != 5 || run.Cells != 6 {
		t.Errorf("%v: %s: %d of %d failed", err, run.Outcome, run.Failed, run.Cells)
	}
	truth, _, err := r.Truth()
	if err != nil || len(truth.Models("one")) != 1 {
		t.Errorf("the ground truth is %v, %v", truth, err)
	}
	if _, ok := truth.Spread("one"); ok {
		t.Error("one seed has a spread")
	}
}

// TestVariantsWithoutTrials: all metrics are recorded, though no trial has given an accuracy
// that their scores could be correlated with.
func TestVariantsWithoutTrials(t *testing.T) {
	folder := t.TempDir()
	photos(t, folder, "one")
	for i, model := range []string{"oom", "fails"} {
		var text strings.Builder
		for n := range 20 {
			fmt.Fprintf(&text, "%d,%d\n", n%(i+3), (n*7+i)%5)
		}
		write(t, filepath.Join(folder, model+"_one.csv"), text.String())
	}
	write(t, filepath.Join(folder, "one_label.csv"), strings.Repeat("0\n1\n", 10))
	spec := fineTuning(t, folder, "oom, fails", "  protocol: {settings: {learning_rate: 0.1}}\nfeatures: '{model}_{dataset}.csv'\nlabels: '{dataset}_label.csv'\nmetrics: [logme, ncti]\ndatasets: [one]\n")
	store := createStore(t, filepath.Join(folder, "lab.db"))
	r, err := experiments.Run(t.Context(), spec, experiments.Options{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	run, err := store.Run(r.Run)
	if err != nil || len(run.Variants) != 2 || len(run.Truths) != 0 {
		t.Errorf("%v: %d variants and %d ground truths are recorded, want 2 and 0", err, len(run.Variants), len(run.Truths))
	}
}

// TestTrainThenCorrelate: scores are correlated with what the same run has measured, and
// with what another run has.
func TestTrainThenCorrelate(t *testing.T) {
	folder := t.TempDir()
	photos(t, folder, "one")
	for i, model := range []string{"a", "b", "c", "d"} {
		var text strings.Builder
		for n := range 20 {
			fmt.Fprintf(&text, "%d,%d\n", n%(i+3), (n*7+i)%5) // none of which is the label
		}
		write(t, filepath.Join(folder, model+"_one.csv"), text.String())
	}
	write(t, filepath.Join(folder, "one_label.csv"), strings.Repeat("0\n1\n", 10))
	features := "features: '{model}_{dataset}.csv'\nlabels: '{dataset}_label.csv'\nmetrics: [logme]\ndatasets: [one]\n"
	spec := fineTuning(t, folder, "a, b, c, d", grid+features)
	store := createStore(t, filepath.Join(folder, "lab.db"))
	r, err := experiments.Run(t.Context(), spec, experiments.Options{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	rec := r.Record()
	tables, _, err := rec.Tables(false)
	if err != nil || len(tables) != 1 || !strings.Contains(tables[0].Caption, "run:"+r.Run) {
		t.Fatalf("%v: %+v", err, tables)
	}
	want := tables[0].Rows[0].Cells[0].Value

	later, err := experiments.Parse(features+"models: [a, b, c, d]\ntruth: run:latest\n", filepath.Join(folder, "later.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := experiments.Run(t.Context(), later, experiments.Options{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	rec = again.Record()
	tables, _, err = rec.Tables(false)
	if err != nil || len(tables) != 1 || tables[0].Rows[0].Cells[0].Value != want {
		t.Errorf("%v: %+v, want %v", err, tables, want)
	}
	// A ranking of the same models is compared with it, by names that find the newest of each.
	rank, err := experiments.Parse(features+"models: [a, b, c, d]\n", filepath.Join(folder, "rank.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := experiments.Rank(t.Context(), rank, experiments.RankOptions{Options: experiments.Options{Store: store}}); err != nil {
		t.Fatal(err)
	}
	if _, err := experiments.Run(t.Context(), later, experiments.Options{Store: store, Fresh: true}); err != nil {
		t.Fatal(err)
	}
	ranked, err := experiments.FindRanking(store, "latest")
	if err != nil {
		t.Fatal(err)
	}
	reached, err := experiments.LoadTruth("run:latest", store)
	if err != nil {
		t.Fatal(err)
	}
	if regrets, err := experiments.Regrets(ranked, reached); err != nil || len(regrets) != 1 || regrets[0].Models != 4 || regrets[0].Tau == nil {
		t.Errorf("%v: %+v", err, regrets)
	}
	if _, err := experiments.FindRanking(store, r.Run); err == nil || !strings.Contains(err.Error(), "is not a ranking") {
		t.Errorf("a run that is no ranking: %v", err)
	}
	// The record alone has all that the table needs.
	run, err := store.Run(r.Run)
	if err != nil {
		t.Fatal(err)
	}
	cells, err := store.Cells(run.ID)
	if err != nil {
		t.Fatal(err)
	}
	selection := tracking.Selection{Run: run, Cells: cells}
	rec = selection.Record()
	tables, _, err = rec.Tables(false)
	if err != nil || len(tables) != 1 || tables[0].Rows[0].Cells[0].Value != want {
		t.Errorf("from the record: %v: %+v, want %v", err, tables, want)
	}
	var csv bytes.Buffer
	if err := tracking.ExportTruth(&csv, tracking.RowsOf(selection)); err != nil {
		t.Fatal(err)
	}
	truth, err := results.ReadTruth(&csv, "exported")
	own, _, _ := r.Truth()
	if err != nil || truth.Protocol != own.Protocol || truth.Seeds["one"] != 1 {
		t.Errorf("%v: %+v", err, truth)
	}
	for _, m := range own.Models("one") {
		a, _ := own.Accuracy("one", m)
		if b, ok := truth.Accuracy("one", m); !ok || a != b {
			t.Errorf("%s has %v in the file, and %v", m, b, a)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestFineTuneSpecs(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"{images: p}", "list the networks"},
		{"{networks: n}", "give either images, or root"},
		{"{networks: n, images: p, root: r}", "give either images, or root"},
		{"{networks: n, root: r}", "under the key datasets"},
		{"{networks: n, images: p, protocol: sfad}", "want one of sfda, last-block, linear"},
		{"{networks: n, images: p, protocol: {grd: 1}}", `unknown key "grd"`},
		{"{networks: n, images: p, protocol: {settings: {network: x}}}", "no setting can be named network"},
		{"{networks: n, images: p, seeds: [1, 1]}", "seed 1 is listed twice"},
		{"{networks: n, images: p, measure: auc}", "measure auc: want one of"},
		{"{networks: n, images: p, hold_out: 1}", "below 1"},
		{"{networks: n, images: p, hold_out: .nan}", "below 1"},
		{"{networks: n, images: p, hold_out: 0.1, validation: v}", "not both"},
		{"{networks: n, images: p, program: []}", "no command"},
		{"{networks: n, images: p, resources: {time: 3 days}}", `"3 days" is not a duration`},
		{"{networks: n, images: p, resources: {memory: lots}}", `memory "lots"`},
		{"{networks: n, images: p, resources: {gpu: 1}}", `unknown key "gpu"`},
		{"{networks: n, images: p, silence: never}", `"never" is not a duration`},
		{"{networks: n, images: '{data}'}", "{data} is unknown"},
	} {
		_, err := experiments.Parse("finetune: "+c.text+"\n", "spec.yaml")
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "spec.yaml") {
			t.Errorf("%s: error %v, want one with %q", c.text, err, c.want)
		}
	}
}

// TestLogits: the last training with the first seed leaves logits and labels of the test
// split where the spec's patterns for ensembles say.
func TestLogits(t *testing.T) {
	folder := t.TempDir()
	photos(t, folder, "one")
	more := "  seeds: [3, 4]\nfinetuned: out/{model}_{dataset}.npy\ntest_labels: out/{dataset}_label.npy\ndatasets: [one]\n"
	spec := fineTuning(t, folder, "a", grid+more)
	if _, err := experiments.Run(t.Context(), spec, experiments.Options{Store: createStore(t, filepath.Join(folder, "lab.db"))}); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(filepath.Join(folder, "out", "a_one.npy")); string(got) != "a\n" {
		t.Errorf("logits %q", got)
	}
	labels, _, err := files.ReadLabels(filepath.Join(folder, "out", "one_label.npy"), files.Reading{})
	if err != nil || len(labels.Index) != 4 {
		t.Errorf("labels %v: %v", labels, err)
	}
}

// TestShardKnowsTruthsOfRuns: a shard of a spec whose ground truth is that of a run finds it
// in the store that the shard is for.
func TestShardKnowsTruthsOfRuns(t *testing.T) {
	folder := t.TempDir()
	photos(t, folder, "one")
	store := createStore(t, filepath.Join(folder, "lab.db"))
	if _, err := experiments.Run(t.Context(), fineTuning(t, folder, "a, b", grid+"datasets: [one]\n"), experiments.Options{Store: store}); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "a_one.csv"), strings.Repeat("0,1\n2,1\n1,4\n", 4))
	write(t, filepath.Join(folder, "one_label.csv"), strings.Repeat("0\n1\n", 6))
	spec, err := experiments.Parse("features: '{model}_{dataset}.csv'\nlabels: '{dataset}_label.csv'\nmodels: [a]\ndatasets: [one]\nmetrics: [logme]\ntruth: run:latest\n", filepath.Join(folder, "spec.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := experiments.RunShard(t.Context(), spec, experiments.Shard{Index: 1, Count: 1}, store.Path(), nil); err != nil {
		t.Error(err)
	}
}

// TestShardsTrain: shards of a sweep, brought together, are the whole.
func TestShardsTrain(t *testing.T) {
	folder := t.TempDir()
	photos(t, folder, "one", "two")
	spec := sweepSpec(t, folder)
	whole, err := experiments.Run(t.Context(), spec, experiments.Options{Store: createStore(t, filepath.Join(folder, "one.db"))})
	if err != nil {
		t.Fatal(err)
	}
	store := createStore(t, filepath.Join(folder, "lab.db"))
	trials := 0
	for i := range 3 {
		shard := experiments.Shard{Index: i + 1, Count: 3}
		part, err := experiments.RunShard(t.Context(), spec, shard, store.Path(), nil)
		if err != nil {
			t.Fatal(err)
		}
		trials += len(part.Trials)
		own, err := tracking.Open(shard.Path(experiments.ShardFolder(store.Path())))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.Merge(own); err != nil {
			t.Fatal(err)
		}
	}
	if trials != 30 {
		t.Errorf("%d trials in shards, want 30", trials)
	}
	together, err := experiments.Run(t.Context(), spec, experiments.Options{Store: store})
	if err != nil || together.Reused != 30 {
		t.Fatalf("%v: %d of 30 trials are known", err, together.Reused)
	}
	want, _, _ := whole.Truth()
	if got, _, err := together.Truth(); err != nil || got.SHA256 != want.SHA256 {
		t.Errorf("%v: %v, want %v", err, got, want)
	}
}
