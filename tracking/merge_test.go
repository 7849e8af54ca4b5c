package tracking

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// newShards returns stores of one run and so many cells each.
func newShards(t testing.TB, shards, cells int) []*Store {
	t.Helper()
	folder := t.TempDir()
	all := make([]*Store, shards)
	for i := range all {
		s, err := Create(filepath.Join(folder, fmt.Sprintf("%d.db", i)))
		if err != nil {
			t.Fatal(err)
		}
		l, err := s.Begin(Run{})
		if err != nil {
			t.Fatal(err)
		}
		for j := range cells {
			if err := l.Log(cell(fmt.Sprint(i), j)); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Finish(Done, ""); err != nil {
			t.Fatal(err)
		}
		all[i] = s
	}
	return all
}

// TestMergeMany merges stores of which some come twice, and all of them again.
func TestMergeMany(t *testing.T) {
	shards := newShards(t, 5, 20)
	s := newStore(t)
	for _, want := range []int{5, 0} {
		if n, err := s.Merge(append(shards, shards[1], shards[4])...); n != want || err != nil {
			t.Fatalf("%d runs merged, want %d: %v", n, want, err)
		}
	}
	runs, err := s.Runs(Query{}, 0, 0)
	if err != nil || len(runs) != 5 {
		t.Fatal(len(runs), err)
	}
	for _, r := range runs {
		if r.Cells != 20 || r.Outcome != Done {
			t.Errorf("%+v", r)
		}
	}
	if report, err := Check(s.Path()); err != nil || report.Cells != 100 {
		t.Errorf("%+v, %v", report, err)
	}
}

// A damaged store is left out and named, the others are merged.
func TestMergeDamaged(t *testing.T) {
	shards := newShards(t, 5, 20)
	flipped, other, cut := shards[1], shards[2], shards[4] // the last one too, which ends the batch
	err := flipped.update(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte(cellsTable)).Put(key(7), []byte("damaged"))
	})
	err = errors.Join(err, other.update(func(tx *bolt.Tx) error { // whole, but no cell
		value, err := toCBOR.Marshal(map[int]any{1: Identity{7}, 4: 7})
		return errors.Join(err, cellsTable.put(tx, key(7), value))
	}))
	if err := errors.Join(err, os.Truncate(cut.Path(), 9000)); err != nil {
		t.Fatal(err)
	}
	s := newStore(t)
	n, err := s.Merge(shards...)
	if n != 2 || !errors.Is(err, ErrDamaged) {
		t.Errorf("%d runs merged, %v; want 2 and ErrDamaged", n, err)
	}
	for _, shard := range []*Store{flipped, other, cut} {
		if !strings.Contains(err.Error(), shard.Path()) {
			t.Errorf("the error does not name %s: %v", shard.Path(), err)
		}
	}
	if rep := healthy(t, s); rep.Runs != 2 || rep.Cells != 40 {
		t.Errorf("%+v, want 2 runs of 20 cells", rep)
	}
}

func BenchmarkMerge(b *testing.B) {
	const n, cells = 1000, 1000 // the target: within 10 s
	shards := newShards(b, n, cells)
	for _, group := range []int{n, 5} { // as they are found, and as they arrive
		b.Run(fmt.Sprintf("%d-at-a-time", group), func(b *testing.B) {
			for b.Loop() {
				s := newStore(b)
				for some := range slices.Chunk(shards, group) {
					if merged, err := s.Merge(some...); merged != group || err != nil {
						b.Fatal(merged, err)
					}
				}
			}
			b.ReportMetric(float64(b.N*n*cells)/b.Elapsed().Seconds(), "cells/s")
		})
	}
}

// A run may claim to have more cells than there are, or can be.
func TestClaimedCells(t *testing.T) {
	s := newStore(t)
	id := logRun(t, s, Run{}, cell("a", 1), cell("a", 2))
	for _, claimed := range []int{-1, 3, 1 << 40, math.MaxInt} {
		if err := s.edit(id, func(r *Run) { r.Cells = claimed }); err != nil {
			t.Fatal(err)
		}
		if cells, err := s.Cells(id); !errors.Is(err, ErrDamaged) {
			t.Errorf("%d cells of %d are read, %v", len(cells), claimed, err)
		}
		if all, err := s.Select(Query{}); !errors.Is(err, ErrDamaged) {
			t.Errorf("%d runs of %d cells are selected, %v", len(all), claimed, err)
		}
		if n, err := newStore(t).Merge(s); !errors.Is(err, ErrDamaged) {
			t.Errorf("%d runs of %d cells are merged, %v", n, claimed, err)
		}
		out := filepath.Join(t.TempDir(), "repaired.db")
		if rep, err := Repair(s.Path(), out); err != nil || rep.Cells != 2 || len(rep.Damage) > 0 {
			t.Errorf("of %d cells repaired to %+v, %v", claimed, rep, err)
		}
	}
}
