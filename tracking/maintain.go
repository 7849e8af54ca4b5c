package tracking

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"

	"sfdalab/results"
	"sfdalab/results/record"
)

// Annotate lets edit change the name, tags and notes of the run that ref names,
// also while it runs.
func (s *Store) Annotate(ref string, edit func(*Annotation)) error {
	return s.edit(ref, func(r *Run) { edit(&r.Annotation) })
}

// Rank stores the rankings that a run came to.
func (s *Store) Rank(ref string, rankings []record.Ranking) error {
	return s.edit(ref, func(r *Run) { r.Rankings = rankings })
}

// AddAccuracies stores accuracies that came after the rankings of a run. Those of the same
// name take the place of earlier ones.
func (s *Store) AddAccuracies(ref string, t *results.Truth) error {
	return s.edit(ref, func(r *Run) {
		r.Accuracies = slices.DeleteFunc(r.Accuracies, func(known *results.Truth) bool { return known.Name == t.Name })
		r.Accuracies = append(r.Accuracies, t)
	})
}

// edit changes the run that ref names.
func (s *Store) edit(ref string, edit func(*Run)) error {
	return s.update(func(tx *bolt.Tx) error {
		found, err := findRun(tx, ref)
		if err != nil {
			return err
		}
		r, err := getRun(tx, found.number) // with the outcome as it is stored
		if err != nil {
			return err
		}
		edit(&r)
		return putRun(tx, &r)
	})
}

// Delete removes the runs that the refs name. Their cells stay until Collect.
func (s *Store) Delete(refs ...string) error {
	return s.update(func(tx *bolt.Tx) error {
		for _, ref := range refs {
			r, err := findRun(tx, ref)
			if err != nil {
				return err
			}
			if r.Outcome == Running {
				return fmt.Errorf("run %s is still running: stop it first", r.ID)
			}
			if err := deleteRun(tx, r); err != nil {
				return err
			}
		}
		return nil
	})
}

// deleteRun removes a run, and says of its cells no longer that it has them.
func deleteRun(tx *bolt.Tx, r Run) error {
	members, err := membersTable.bucket(tx)
	if err != nil {
		return err
	}
	run := key(r.number)
	var keys [][]byte
	c := members.Cursor()
	for k, _ := c.Seek(run); bytes.HasPrefix(k, run); k, _ = c.Next() {
		keys = append(keys, bytes.Clone(k))
	}
	for _, k := range keys {
		if err := members.Delete(k); err != nil {
			return err
		}
	}
	if err := runIDsTable.remove(tx, []byte(r.ID)); err != nil {
		return err
	}
	return runsTable.remove(tx, run)
}

// Collect removes the cells that no run refers to and returns how many. The
// file keeps its size and fills the room with what comes. Where a run has lost some of its
// cells to damage, nothing is removed: Repair may still find them.
func (s *Store) Collect() (int, error) {
	var unused map[uint64]bool
	err := s.update(func(tx *bolt.Tx) (err error) {
		if unused, err = unusedCells(tx); err != nil {
			return err
		}
		for n := range unused {
			if err := cellsTable.remove(tx, key(n)); err != nil {
				return err
			}
		}
		return forget(tx, unused)
	})
	if err != nil {
		return 0, err
	}
	return len(unused), nil
}

// unusedCells returns the numbers of the cells that no run refers to.
func unusedCells(tx *bolt.Tx) (map[uint64]bool, error) {
	unused := make(map[uint64]bool)
	cells, err := cellsTable.bucket(tx)
	if err != nil {
		return nil, err
	}
	err = cells.ForEach(func(k, _ []byte) error {
		n, err := number(k)
		unused[n] = true
		return err
	})
	if err != nil {
		return nil, err
	}
	members, err := membersTable.bucket(tx)
	if err != nil {
		return nil, err
	}
	held := make(map[uint64]int) // cells of each run
	err = members.ForEach(func(k, stored []byte) error {
		if _, err := membersTable.open(k, stored); err != nil {
			return err
		}
		run, cell, err := memberOf(k)
		held[run]++
		delete(unused, cell)
		return err
	})
	if err != nil {
		return nil, err
	}
	return unused, eachRun(tx, &Query{}, func(r Run) error { return r.has(held[r.number]) })
}

// forget removes the identities that lead to cells of these numbers.
func forget(tx *bolt.Tx, cells map[uint64]bool) error {
	if len(cells) == 0 {
		return nil
	}
	index, err := identityTable.bucket(tx)
	if err != nil {
		return err
	}
	var ids [][]byte
	err = index.ForEach(func(id, stored []byte) error {
		value, err := identityTable.open(id, stored)
		if err != nil {
			return nil
		}
		n, err := number(value)
		if cells[n] {
			ids = append(ids, bytes.Clone(id))
		}
		return err
	})
	for _, id := range ids {
		err = errors.Join(err, index.Delete(id))
	}
	return err
}
