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

	"pgregory.net/rapid"

	"sfdalab/features/files"
	"sfdalab/tracking"
)

// TestShardsHoldEachCellOnce scores a spec whole and in shards: the scores that a run
// over the merged shards finds are those of the whole, to the last bit, and it
// computes none.
func TestShardsHoldEachCellOnce(t *testing.T) {
	spec := parse(t, onZoo+"metrics: [leep, ncti, etran, nleep]\nrepeats: {count: 1}\n")
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

// TestDeal holds shards to three promises: the fullest is within 4/3 of a lower bound
// of the best, what costs nothing is spread too, and the order of costs decides ties.
func TestDeal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		costs := rapid.SliceOfN(rapid.Int64Range(0, 1000), 1, 60).Draw(t, "costs")
		n := rapid.IntRange(1, 12).Draw(t, "n")
		loads := make([]int64, n)
		var total int64
		for i, shard := range deal(costs, n) {
			loads[shard] += max(1, costs[i])
			total += max(1, costs[i])
		}
		// Graham's list bound, which holds of any order.
		if most := slices.Max(loads); most*int64(n) > total+int64(n-1)*max(1, slices.Max(costs)) {
			t.Fatalf("%v over %d: %v", costs, n, loads)
		}
	})
	if got, want := deal([]int64{5, 9, 5, 0, 0}, 3), []int{1, 0, 2, 1, 2}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestSameFileSameShard(t *testing.T) {
	var inputs []files.Paths
	for m := range 6 {
		for d := range 3 {
			inputs = append(inputs, files.Paths{Model: fmt.Sprint(m), Features: fmt.Sprintf("all%d.npz:%d", m, d)})
		}
	}
	seen := 0
	for i, part := range newWork(inputs, func(int) int { return 1 }).Split(4) {
		for _, p := range part {
			same := 0
			for _, q := range part {
				if q.Model == p.Model {
					same++
				}
			}
			if same != 3 {
				t.Errorf("part %d has %d of the 3 inputs in the file of %s", i+1, same, p.Model)
			}
		}
		seen += len(part)
	}
	if seen != len(inputs) {
		t.Errorf("%d of %d inputs in shards", seen, len(inputs))
	}
}

// unplanned is a run of 1,000 cells for each repeat: 100 feature files by 10 variants.
func unplanned(t testing.TB, repeats int) *runner {
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
	spec, err := Parse(fmt.Sprintf(`
features: "{model}.npy"
labels: m0.npy
metrics: [{metric: knn, grid: {k: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}}]
repeats: {count: %d}
`, repeats), filepath.Join(folder, "spec.yaml"))
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
	work, err := Measure(t.Context(), r.spec, newStore(t))
	if err != nil || work.Cells != 100_000 || work.Files != 100 {
		t.Fatalf("%+v, %v", work, err)
	}
	if err := r.plan(t.Context()); err != nil {
		t.Fatal(err)
	}
	if size := held() - before; r.total != work.Cells || size > 100_000<<9 {
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

func BenchmarkDealAMillionFiles(b *testing.B) {
	costs := make([]int64, 1_000_000)
	for i := range costs {
		costs[i] = int64(i) * 7919 % 1_000_003
	}
	for b.Loop() {
		deal(costs, 1000)
	}
}
