package experiments

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"sfdalab/tracking"
)

// TestShardsHoldEachCellOnce scores a spec whole and in shards: the scores that a run
// over the merged shards finds are those of the whole, to the last bit, and it
// computes none.
func TestShardsHoldEachCellOnce(t *testing.T) {
	spec := parse(t, onZoo+"metrics: [leep, ncti, etran, nleep]\nsubsets: {count: 1}\n")
	want := scores(run(t, spec, Options{}))
	store := newStore(t)
	for i := range 4 {
		shard := Shard{i + 1, 4}
		if _, err := RunShard(t.Context(), spec, shard, store.Path(), nil); err != nil {
			t.Fatal(err)
		}
		other, err := tracking.Open(shard.Path(ShardFolder(store.Path())))
		if err != nil {
			t.Fatal(err)
		}
		if n, err := store.Merge(other); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	r := run(t, spec, Options{Store: store})
	if got := scores(r); !slices.Equal(got, want) {
		t.Errorf("got\n%v\nwant\n%v", got, want)
	}
	if r.Reused != len(r.Cells) {
		t.Errorf("%d of %d cells reused", r.Reused, len(r.Cells))
	}
}

// TestShardAttempts repeats a shard: a complete one is left as it is, a damaged one
// begun anew.
func TestShardAttempts(t *testing.T) {
	spec := parse(t, onZoo+"metrics: [leep]\n")
	store, shard := filepath.Join(t.TempDir(), "lab.db"), Shard{1, 2}
	folder := ShardFolder(store)
	for i, damage := range []string{"", "", "half-written"} {
		if damage != "" {
			if err := os.WriteFile(shard.Path(folder)+Unfinished, []byte(damage), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(shard.Path(folder)); err != nil {
				t.Fatal(err)
			}
		}
		r, err := RunShard(t.Context(), spec, shard, store, nil)
		if err != nil {
			t.Fatal(err)
		}
		if reused := i == 1; len(r.Cells) != 3 || (r.Reused == 3) != reused {
			t.Errorf("attempt %d: %d cells, %d reused", i+1, len(r.Cells), r.Reused)
		}
	}
	if _, err := os.Stat(shard.Path(folder) + Unfinished); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the unfinished shard is still there: %v", err)
	}
}

// TestShardsLeaveOutWhatTheStoreHas scores in shards what a store has in part already:
// each cell is scored once, and the result is that of a run without a store.
func TestShardsLeaveOutWhatTheStoreHas(t *testing.T) {
	store := newStore(t)
	had := run(t, parse(t, strings.Replace(onZoo, "[plain16,", "[", 1)+"metrics: [leep]\n"), Options{Store: store})
	spec := parse(t, onZoo+"metrics: [leep, nce]\n")
	want := run(t, spec, Options{})
	scored, leftOut := 0, 0
	for i := range 3 {
		shard := Shard{i + 1, 3}
		r, err := RunShard(t.Context(), spec, shard, store.Path(), nil)
		if err != nil {
			t.Fatal(err)
		}
		scored, leftOut = scored+len(r.Cells), leftOut+r.LeftOut
		other, err := tracking.Open(shard.Path(ShardFolder(store.Path())))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.Merge(other); err != nil {
			t.Fatal(err)
		}
	}
	if leftOut != len(had.Cells) || scored != len(want.Cells)-leftOut {
		t.Errorf("%d cells scored and %d left out, of %d", scored, leftOut, len(want.Cells))
	}
	r := run(t, spec, Options{Store: store})
	if r.Reused != len(r.Cells) || !slices.Equal(scores(r), scores(want)) {
		t.Errorf("%d of %d cells reused, or other scores", r.Reused, len(r.Cells))
	}
}

// unplanned is a run of 1,000 cells for each subset and for all samples: 100 feature files by 10 variants.
func unplanned(t testing.TB, subsets int) *runner {
	t.Helper()
	folder := t.TempDir()
	text, err := os.ReadFile("zoo/sign_label.npy")
	if err != nil {
		t.Fatal(err)
	}
	for m := range 100 {
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("m%d.npy", m)), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(folder, "sign_label.npy"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	spec, err := Parse(fmt.Sprintf(`
features: "{model}.npy"
labels: sign_label.npy
metrics: [{metric: knn, grid: {k: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}}]
subsets: {count: %d}
`, subsets), filepath.Join(folder, "spec.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return &runner{spec: spec, result: &Result{Spec: spec}}
}

// TestPlanOfManyCells holds the memory of a plan to half a KiB a cell, and so that of
// a million cells to half a GiB.
func TestPlanOfManyCells(t *testing.T) {
	held := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := held() // by other tests, whose matrices are kept for the next
	r := unplanned(t, 99)
	work, err := Plan(t.Context(), r.spec, newStore(t))
	if err != nil || work.Results() != 100_000 || work.Pieces() != 100 {
		t.Fatalf("%+v, %v", work, err)
	}
	if err := r.plan(t.Context()); err != nil {
		t.Fatal(err)
	}
	if size := held() - before; r.total != work.Results() || size > 100_000<<9 {
		t.Errorf("%d cells planned, in %d MiB", r.total, size>>20)
	}
	runtime.KeepAlive(r)
}

func BenchmarkPlanOfAMillionCells(b *testing.B) {
	for b.Loop() {
		if err := unplanned(b, 999).plan(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(tracking.Used().Peak>>20), "peak-MiB")
}
