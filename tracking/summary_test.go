package tracking

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"testing"

	bolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"
)

// A summary rules out no run that has a cell which is selected: not with numbers
// that are missing, not a number or infinite, nor where a parameter is text.
func TestSummaryRulesOutNothingSelected(t *testing.T) {
	numbers := []float64{math.Inf(-1), -1, 0, 0.5, 2, math.Inf(1), math.NaN()}
	number := rapid.SampledFrom(numbers)
	cells := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Cell {
		c := Cell{
			Dataset: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "dataset"),
			Model:   "m",
			Metric:  rapid.SampledFrom([]string{"sfda", "knn"}).Draw(t, "metric"),
			Seed:    rapid.Uint64Max(3).Draw(t, "seed"),
			Score:   rapid.SampledFrom(numbers[1:5]).Draw(t, "score"),
			Details: rapid.MapOf(rapid.SampledFrom([]string{"x", "y", "score"}), number).Draw(t, "details"),
		}
		if rapid.Bool().Draw(t, "failed") {
			c.Score, c.Error = 0, "no"
		}
		params := rapid.MapOf(rapid.SampledFrom([]string{"x", "k"}), rapid.SampledFrom([]any{1, 2.5, "0.5", true})).Draw(t, "params")
		c.Params, _ = Canonical(params)
		return c
	}), 0, 4)
	term := rapid.Custom(func(t *rapid.T) string {
		field := rapid.SampledFrom([]string{"score", "seconds", "seed", "x", "y", "k", "nosuch"}).Draw(t, "field")
		op := rapid.SampledFrom([]string{">", ">=", "<", "<=", ":"}).Draw(t, "op")
		comparison := fmt.Sprint(field, op, number.Draw(t, "bound"))
		other := rapid.SampledFrom([]string{"metric:knn", "dataset:a", "error:yes", "error:no", "x:1,0.5"}).Draw(t, "other")
		minus := rapid.SampledFrom([]string{"", "-"}).Draw(t, "minus")
		return minus + rapid.SampledFrom([]string{comparison, other}).Draw(t, "term")
	})
	rapid.Check(t, func(t *rapid.T) {
		q, err := ParseQuery(term.Draw(t, "first") + " " + term.Draw(t, "second"))
		if err != nil {
			t.Fatal(err)
		}
		var r Run
		cells := cells.Draw(t, "cells")
		names := newCensus()
		for i := range cells {
			r.count(&cells[i], cells[i].numbers())
			names.add(&cells[i])
		}
		r.name(names)
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var stored Run
		if err := json.Unmarshal(text, &stored); err != nil {
			t.Fatal(err)
		}
		found := slices.ContainsFunc(cells, func(c Cell) bool { return q.matchCell(&c) })
		if found && !q.mayMatchCells(&stored) {
			t.Fatalf("%s is ruled out by %s, but selects one of %+v", q, text, cells)
		}
	})
}

// Runs that the summary rules out are not read: their cells are damaged here. Those
// of earlier programs have no ranges and are.
func TestRuledOutRunsAreNotRead(t *testing.T) {
	slower := cell("a", 1) // is stored already: its run has the stored one
	slower.Seconds = 100
	failed := cell("a", 9)
	failed.Score, failed.Error = 0, "one class"
	fill := func(t *testing.T, s *Store) {
		logRun(t, s, Run{}, cell("a", 1), cell("a", 2))
		logRun(t, s, Run{}, slower, failed)
	}
	for name, store := range map[string]func(t *testing.T) *Store{
		"logged": func(t *testing.T) *Store {
			s := newStore(t)
			fill(t, s)
			return s
		},
		"merged": func(t *testing.T) *Store {
			from, s := newStore(t), newStore(t)
			fill(t, from)
			if _, err := s.Merge(from); err != nil {
				t.Fatal(err)
			}
			return s
		},
		"merged into what was there": func(t *testing.T) *Store {
			from, s := newStore(t), newStore(t)
			fill(t, from)
			if _, err := s.Merge(from); err != nil {
				t.Fatal(err)
			}
			if err := from.Annotate("latest", func(a *Annotation) { a.Name = "changed" }); err != nil {
				t.Fatal(err)
			}
			if n, err := s.Merge(from); n != 1 || err != nil {
				t.Fatal(n, err)
			}
			return s
		},
		"imported": func(t *testing.T) *Store {
			s := newStore(t)
			if _, err := s.Import(Run{}, "9f86d081", []Cell{cell("a", 1), cell("a", 2)}); err != nil {
				t.Fatal(err)
			}
			return s
		},
		"repaired": func(t *testing.T) *Store {
			from := newStore(t)
			fill(t, from)
			out := filepath.Join(t.TempDir(), "saved.db")
			if _, err := Repair(from.Path(), out); err != nil {
				t.Fatal(err)
			}
			s, err := Open(out)
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := store(t)
			damageCells(t, s)
			nothing := []string{"score>1", "score:0.5", "score<-10", "seconds>50", "step>=10", "shrinkage<0.1", "seed:7", "nosuch>0", "metric:knn"}
			something := []string{"score>-2", "-score>1", "shrinkage>=0.1", "step:1", "error:no"}
			for _, query := range nothing {
				q, _ := ParseQuery(query)
				if runs, err := s.Runs(q, 0, 0); len(runs) > 0 || err != nil {
					t.Errorf("%s: %d runs, %v", query, len(runs), err)
				}
				if all, err := s.Select(q); len(all) > 0 || err != nil {
					t.Errorf("%s: %d selected, %v", query, len(all), err)
				}
			}
			for _, query := range something {
				q, _ := ParseQuery(query)
				if _, err := s.Runs(q, 0, 0); !errors.Is(err, ErrDamaged) {
					t.Errorf("%s: cells were not read: %v", query, err)
				}
			}
			asEarlier(t, s)
			q, _ := ParseQuery("score>1")
			if _, err := s.Runs(q, 0, 0); !errors.Is(err, ErrDamaged) {
				t.Errorf("cells of a run without ranges were not read: %v", err)
			}
		})
	}
}

// A run that an earlier program began has no ranges, also where this one goes on.
func TestRangesAreWholeOrMissing(t *testing.T) {
	s := newStore(t)
	l, err := s.Begin(Run{})
	if err != nil {
		t.Fatal(err)
	}
	for i, earlier := range []func(*testing.T, *Store){asEarlier, func(*testing.T, *Store) {}} {
		if err := errors.Join(l.Log(cell("a", i)), l.Flush()); err != nil {
			t.Fatal(err)
		}
		earlier(t, s)
	}
	if err := l.Finish(Done, ""); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]int{"score>-0.5": 1, "score<-1": 1, "score>1": 0} {
		q, _ := ParseQuery(query)
		if runs, err := s.Runs(q, 0, 0); len(runs) != want || err != nil {
			t.Errorf("%s: %d runs, want %d, %v", query, len(runs), want, err)
		}
	}
}

// asEarlier makes the runs of s as programs without ranges stored them.
func asEarlier(t *testing.T, s *Store) {
	t.Helper()
	err := s.update(func(tx *bolt.Tx) error {
		return eachRun(tx, &Query{}, func(listed Run) error {
			r, err := getRun(tx, listed.number)
			if err != nil {
				return err
			}
			r.Ranges = nil
			return putRun(tx, &r)
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// damageCells makes every stored cell fail its checksum.
func damageCells(t *testing.T, s *Store) {
	t.Helper()
	err := s.update(func(tx *bolt.Tx) error {
		cells, err := cellsTable.bucket(tx)
		if err != nil {
			return err
		}
		var keys [][]byte
		cells.ForEach(func(k, _ []byte) error { keys = append(keys, slices.Clone(k)); return nil })
		for _, k := range keys {
			if err := cells.Put(k, []byte("damaged")); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
