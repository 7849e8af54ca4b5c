package experiments

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sfdalab/tracking"
)

// copied returns a spec over a copy of some of the shipped data, which may be changed.
func copied(t *testing.T, metrics string) *Spec {
	t.Helper()
	folder := t.TempDir()
	spec := parse(t, onZoo+metrics)
	inputs, err := spec.Inputs()
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range inputs {
		for _, path := range []string{in.Features, in.Labels, in.Outputs} {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, filepath.Base(path)), text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	spec, err = Parse(strings.NewReplacer("zoo/", "./", "truth:", "#").Replace(spec.Text), filepath.Join(folder, "spec.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// TestPlanIsWhatTheStoreLacks adds a metric and a model to a spec of which a store has
// all cells: the shards score the new cells alone, and with these the store has all.
func TestPlanIsWhatTheStoreLacks(t *testing.T) {
	for _, hashes := range []bool{true, false} {
		store := newStore(t)
		run(t, parse(t, strings.Replace(onZoo, "[plain16,", "[", 1)+"metrics: [leep, ncti]\nsubsets: {count: 1}\n"), Options{Store: store})
		spec := parse(t, onZoo+"metrics: [leep, nce, ncti]\nsubsets: {count: 1}\n")
		if !hashes {
			os.Remove(hashFile(store.Path()))
		}

		w, err := Plan(t.Context(), spec, store)
		if err != nil {
			t.Fatal(err)
		}
		// Of the new model all; of the others NCE, and NCTI anew, as its groups have grown.
		if w.Results() != 2*2*(3+2+2) || w.Pieces() != 2*3 {
			t.Errorf("%d cells in %d files to score", w.Results(), w.Pieces())
		}
		scored := 0
		for i, tasks := range w.Deal(2) {
			shard := Shard{i + 1, 2}
			r, err := RunPart(t.Context(), spec, Part{Tasks: tasks, Known: w.Known}, shard, store.Path(), nil)
			if err != nil {
				t.Fatal(err)
			}
			scored += len(r.Cells)
			other, err := tracking.Open(shard.Path(ShardFolder(store.Path())))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := store.Merge(other); err != nil {
				t.Fatal(err)
			}
		}
		if scored != w.Results() {
			t.Errorf("%d cells scored, want %d", scored, w.Results())
		}
		computed := 0
		r := run(t, spec, Options{Store: store, Progress: func(int, int) { computed++ }})
		if computed > 0 || !slices.Equal(scores(r), scores(run(t, spec, Options{}))) {
			t.Errorf("%d cells computed, or other scores", computed)
		}
		if w, err := Plan(t.Context(), spec, store); err != nil || w.Results() != 0 || len(w.Deal(0)) != 0 {
			t.Errorf("%d cells are left: %v", w.Results(), err)
		}
	}
}

// TestHashesAreKeptBesideTheStore alters a kept hash: it is what the next run takes
// the file for, unless all is to be computed afresh.
func TestHashesAreKeptBesideTheStore(t *testing.T) {
	spec, store := parse(t, onZoo+"metrics: [nce]\n"), newStore(t)
	first := run(t, spec, Options{Store: store})
	text, err := os.ReadFile(hashFile(store.Path()))
	if err != nil {
		t.Fatal(err)
	}
	hash := first.Cells[0].Files["features"]
	if info, err := os.Stat("zoo/plain16_vehicles_feature.npy"); err == nil && !strings.Contains(string(text), hash) && time.Since(info.ModTime()) < 2*time.Minute {
		t.Skip("skipped: the shipped files are too young for their hashes to be kept")
	}
	altered := strings.Repeat("f", len(hash))
	_, list, _ := strings.Cut(strings.Replace(string(text), hash, altered, 1), "\n")
	list = fmt.Sprintf("%x\n%s", sha256.Sum256([]byte(list)), list)
	if err := os.WriteFile(hashFile(store.Path()), []byte(list), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := run(t, spec, Options{Store: store}); got.Cells[0].Files["features"] != altered || got.Reused != len(got.Cells)-1 {
		t.Errorf("the file is known by %s, and %d scores are reused", got.Cells[0].Files["features"], got.Reused)
	}
	if got := run(t, spec, Options{Store: store, Fresh: true}); got.Cells[0].Files["features"] != hash {
		t.Errorf("afresh, the file is known by %s", got.Cells[0].Files["features"])
	}
}

// TestChangedInput changes a file after it was hashed: no score goes by a hash of
// other bytes.
func TestChangedInput(t *testing.T) {
	spec := copied(t, "metrics: [nce]\n")
	r := &runner{spec: spec, result: &Result{Spec: spec}}
	if err := r.plan(t.Context()); err != nil {
		t.Fatal(err)
	}
	in := r.batches[0].input
	text, err := os.ReadFile(in.Outputs)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(20 * time.Millisecond) // the kernel's clock of files has coarse ticks
	text[len(text)-1] ^= 1
	if err := os.WriteFile(in.Outputs, text, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := r.compute(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, b := range r.batches {
		want := ""
		if i == 0 {
			want = in.Outputs + " has changed since the run began: run the same command again"
		}
		if got := b.cells[0].Error; got != want {
			t.Errorf("%s on %s: %q, want %q", b.input.Model, b.input.Dataset, got, want)
		}
	}
}

// TestRewrittenInput rewrites a feature file while a program scores it, in place and as a
// new file, and puts the first bytes back when the run is over: the cells that saw other
// bytes have failed, and the next run has the scores of a run in peace.
func TestRewrittenInput(t *testing.T) {
	for name, rewrite := range map[string]string{
		"in place": "printf '9,9\\n9,1\\n9,2\\n9,3\\n' >x_d.csv",
		"anew":     "printf '9,9\\n9,1\\n9,2\\n9,3\\n' >new.csv; mv new.csv x_d.csv",
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			write := func(name, text string) {
				t.Helper()
				if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			write("x_d.csv", "0,1\n2,5\n4,1\n6,3\n")
			write("d.csv", "0\n0\n1\n1\n")
			write("once", "")
			write("metric.sh", "if [ -e once ]; then rm once; "+rewrite+"; fi\necho '{\"score\": 1}'\n")
			spec, err := Parse("features: '{model}_{dataset}.csv'\nlabels: '{dataset}.csv'\ndatasets: [d]\nmetrics: [logme, {program: [sh, metric.sh]}, hscore]\n", filepath.Join(folder, "spec.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			store := newStore(t)
			disturbed := run(t, spec, Options{Store: store})
			var failed []string
			for _, c := range disturbed.Failed() {
				failed = append(failed, c.Metric)
				if !strings.Contains(c.Error, "x_d.csv has changed since the run began") {
					t.Errorf("%s: %s", c.Metric, c.Error)
				}
			}
			if want := []string{"metric.sh", "hscore"}; !slices.Equal(failed, want) {
				t.Errorf("%q failed, want %q", failed, want)
			}
			time.Sleep(50 * time.Millisecond)
			write("x_d.csv", "0,1\n2,5\n4,1\n6,3\n")
			if got, want := scores(run(t, spec, Options{Store: store})), scores(run(t, spec, Options{})); !slices.Equal(got, want) {
				t.Errorf("scores %v, want %v", got, want)
			}
		})
	}
}
