package plan

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sfdalab/internal/par"
)

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

// TestSameFileSameShard deals tasks of which three each read one archive.
func TestSameFileSameShard(t *testing.T) {
	var p Plan
	for m := range 6 {
		for d := range 3 {
			p.Tasks = append(p.Tasks, Task{Key: Key{Kind: Score, Model: fmt.Sprint(m), Dataset: fmt.Sprint(d)}, Near: fmt.Sprintf("all%d.npz", m)})
		}
	}
	seen := 0
	for i, tasks := range p.Deal(4) {
		seen += len(tasks)
		for _, task := range tasks {
			same := slices.DeleteFunc(slices.Clone(tasks), func(k Key) bool { return k.Model != task.Model })
			if len(same) != 3 {
				t.Errorf("shard %d has %d of the 3 tasks near the file of %s", i+1, len(same), task.Model)
			}
		}
	}
	if seen != len(p.Tasks) || p.Pieces() != 6 {
		t.Errorf("%d of %d tasks in shards, in %d pieces", seen, len(p.Tasks), p.Pieces())
	}
}

// chains is a plan of tasks of two kinds: for each of n models, one that makes features
// and, after all of these, one that reads them.
func chains(n int) *Plan {
	p := new(Plan)
	for m := range n {
		p.Tasks = append(p.Tasks, Task{Key: Key{Kind: "make", Model: fmt.Sprint(m), Dataset: "d"}, Cost: time.Second})
	}
	for m := range n {
		p.Tasks = append(p.Tasks, Task{
			Key:   Key{Kind: Score, Model: fmt.Sprint(m), Dataset: "d"},
			After: []Key{p.Tasks[m].Key},
		})
	}
	return p
}

// TestMakerAndReaderAreDealtTogether: a shard has what it needs.
func TestMakerAndReaderAreDealtTogether(t *testing.T) {
	for i, tasks := range chains(7).Deal(3) {
		for _, task := range tasks {
			if task.Kind == Score && !slices.Contains(tasks, Key{Kind: "make", Model: task.Model, Dataset: "d"}) {
				t.Errorf("shard %d has %v without its maker", i+1, task)
			}
		}
	}
}

// TestDo does tasks of which one fails: each is done once and after its maker, which
// tells the reader alone that there is nothing to read.
func TestDo(t *testing.T) {
	defer par.SetLimit(par.Limit())
	for _, cores := range []int{1, 2, 5} {
		par.SetLimit(cores)
		p, broken := chains(20), errors.New("broken")
		var mu sync.Mutex
		done := make(map[Key]bool)
		err := p.Do(t.Context(), Resources{}, func(_ context.Context, i int, unmade error) error {
			mu.Lock()
			defer mu.Unlock()
			task := p.Tasks[i]
			if done[task.Key] || task.Kind == Score && !done[task.After[0]] {
				t.Errorf("%v is done twice, or before its maker", task.Key)
			}
			if got, want := errors.Is(unmade, broken), task.Kind == Score && task.Model == "3"; got != want {
				t.Errorf("%v is told that its input is not made: %t, want %t", task.Key, got, want)
			}
			done[task.Key] = true
			if task.Kind == "make" && task.Model == "3" {
				return broken
			}
			return nil
		})
		if err != nil || len(done) != len(p.Tasks) {
			t.Errorf("%d of %d tasks done: %v", len(done), len(p.Tasks), err)
		}
	}
}

// TestDoKeepsToTheLimit does tasks that need more than there is of everything, one of them more than all.
func TestDoKeepsToTheLimit(t *testing.T) {
	defer par.SetLimit(par.Limit())
	par.SetLimit(8)
	limit := Resources{Memory: 100, GPUs: 2}
	var p Plan
	for i := range 30 {
		p.Tasks = append(p.Tasks, Task{Key: Key{Model: fmt.Sprint(i)}, Needs: Resources{Cores: i % 4, Memory: int64(10 * i), GPUs: i % 3}})
	}
	var mu sync.Mutex
	var used Resources
	take := func(r Resources, times int) {
		mu.Lock()
		defer mu.Unlock()
		if used = used.plus(r, times); used.Cores > 8 || used.Memory > limit.Memory || used.GPUs > limit.GPUs {
			t.Errorf("%+v are used", used)
		}
	}
	err := p.Do(t.Context(), limit, func(_ context.Context, i int, _ error) error {
		needs := p.Tasks[i].Needs.within(Resources{Cores: 8, Memory: limit.Memory, GPUs: limit.GPUs})
		take(needs, 1)
		time.Sleep(time.Millisecond)
		take(needs, -1)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestDoEndsWithItsContext(t *testing.T) {
	defer par.SetLimit(par.Limit())
	par.SetLimit(1)
	ctx, stop := context.WithCancelCause(t.Context())
	why, done := errors.New("the disk is full"), 0
	p := chains(50)
	err := p.Do(ctx, Resources{}, func(context.Context, int, error) error {
		done++
		stop(why)
		return nil
	})
	if !errors.Is(err, why) || done != 1 {
		t.Errorf("%v after %d tasks", err, done)
	}
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
