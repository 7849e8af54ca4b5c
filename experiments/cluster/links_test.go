package cluster

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"sfdalab/experiments"
	"sfdalab/tracking"
)

// private makes a store of one run outside of a job's folder, and returns its path and what
// is in its file.
func private(t *testing.T) (path string, text []byte) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "private.db")
	store, err := tracking.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	logger, err := store.Begin(tracking.Run{Experiment: "private"})
	if err != nil {
		t.Fatal(err)
	}
	if err := logger.Log(tracking.Cell{Dataset: "secret", Model: "m", Metric: "knn", Score: 1}); err != nil {
		t.Fatal(err)
	}
	if err := logger.Finish(tracking.Done, ""); err != nil {
		t.Fatal(err)
	}
	if text, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	return path, text
}

// link puts a link in the place of a file.
func link(t *testing.T, to, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(to, path); err != nil {
		t.Skip("skipped: ", err)
	}
}

// TestLinkedShard puts links to another store in the place of shards: neither do its cells
// come into the store of the job, nor those of the job into it.
func TestLinkedShard(t *testing.T) {
	other, before := private(t)
	for _, suffix := range []string{"", experiments.Unfinished} {
		t.Run("shard"+suffix, func(t *testing.T) {
			fake(t, map[string]string{"sbatch": "echo 7", "squeue": "exit 0", "scancel": "exit 0"})
			j := submit(t, 2)
			do(t, j, 2)
			link(t, other, j.shard(1).Path(j.folder())+suffix)
			watchAgain(t, j)
			r, err := j.Result(t.Context(), nil)
			if err != nil || len(r.Cells) != 3 || r.Reused != 3 {
				t.Errorf("%+v, %v", r, err)
			}
			store, err := tracking.Open(j.Store)
			if err != nil {
				t.Fatal(err)
			}
			if run, err := store.Run("latest"); err != nil || run.Experiment == "private" {
				t.Errorf("the store has the run of another: %v, %v", run.ID, err)
			}
			if after, err := os.ReadFile(other); err != nil || !bytes.Equal(after, before) {
				t.Errorf("the other store was changed: %v", err)
			}
		})
	}
}

// TestLinkedShardOfAnEarlierJob lets a job begin where another left a link to a store.
func TestLinkedShardOfAnEarlierJob(t *testing.T) {
	other, before := private(t)
	fake(t, idle)
	j := submit(t, 1)
	link(t, other, j.file("1-of-9.db"))
	if err := j.Cancel(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := Submit(t.Context(), zoo(t), j.Store, Options{}); err != nil {
		t.Fatal(err)
	}
	if store, err := tracking.Open(j.Store); err == nil {
		if run, err := store.Run("latest"); err == nil {
			t.Errorf("the store has run %s", run.ID)
		}
	}
	if after, err := os.ReadFile(other); err != nil || !bytes.Equal(after, before) {
		t.Errorf("the other store was changed: %v", err)
	}
}

// TestLinkedFolder refuses a folder of a job that is a link, and a link to a job.
func TestLinkedFolder(t *testing.T) {
	fake(t, idle)
	j := submit(t, 1)
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.Rename(j.folder(), elsewhere); err != nil {
		t.Fatal(err)
	}
	link(t, elsewhere, j.folder())
	_, err := Load(j.Store)
	wants(t, err, j.folder(), "is not a folder itself")
	_, err = Submit(t.Context(), zoo(t), j.Store, Options{})
	wants(t, err, "is not a folder itself")
	_, err = experiments.RunShard(t.Context(), zoo(t), experiments.Shard{Index: 1, Count: 2}, j.Store, nil)
	wants(t, err, "is not a folder itself")

	if err := os.Remove(j.folder()); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(j.folder(), 0o755); err != nil {
		t.Fatal(err)
	}
	link(t, jobFile(elsewhere), jobFile(j.folder()))
	_, err = Load(j.Store)
	wants(t, err, "is not a file")
	link(t, jobFile(elsewhere), j.file(refusal))
	_, err = ending(j.file(refusal))
	wants(t, err, "is not a file")
}

// TestBrackets finds the jobs of a folder, and what an earlier job has finished, where the
// path has characters that stand for others in patterns.
func TestBrackets(t *testing.T) {
	fake(t, idle)
	folder := filepath.Join(t.TempDir(), "a [b] *")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "lab.db")
	first, err := Submit(t.Context(), zoo(t), path, Options{ArrayLimit: 3})
	if err != nil {
		t.Fatal(err)
	}
	if jobs, err := List(folder); err != nil || len(jobs) != 1 {
		t.Errorf("%d jobs, %v", len(jobs), err)
	}
	do(t, first, 1)
	if err := first.Cancel(t.Context()); err != nil {
		t.Fatal(err)
	}
	second, err := Submit(t.Context(), zoo(t), path, Options{ArrayLimit: 3})
	if err != nil || second.Cells != 2 {
		t.Fatalf("%+v, %v", second, err)
	}
	if _, err := os.Stat(second.file("1-of-3.db")); err == nil {
		t.Error("the shard of the earlier job is left")
	}
}
