package tracking

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// addRun gives r a number and stores it.
func addRun(tx *bolt.Tx, r *Run) error {
	if known, err := runIDsTable.get(tx, []byte(r.ID)); err != nil {
		return err
	} else if known != nil {
		return fmt.Errorf("run %s is in the store already", r.ID)
	}
	n, err := runsTable.next(tx)
	if err != nil {
		return err
	}
	r.number = n
	if err := runIDsTable.put(tx, []byte(r.ID), key(n)); err != nil {
		return err
	}
	return putRun(tx, r)
}

// addRunWithCells stores r, whose ID is new, with cells, and recounts them.
func addRunWithCells(tx *bolt.Tx, r *Run, cells []Cell) error {
	r.Summary = Summary{}
	revision := r.Revision
	if err := addRun(tx, r); err != nil {
		return err
	}
	entries := make([]entry, len(cells))
	for i := range cells {
		var err error
		if entries[i], err = newEntry(&cells[i]); err != nil {
			return err
		}
	}
	if err := addCells(tx, r, entries); err != nil {
		return err
	}
	r.Revision = revision - 1 // which putRun raises
	return putRun(tx, r)
}

// addCells gives r cells.
func addCells(tx *bolt.Tx, r *Run, cells []entry) error {
	a := newAdder(tx)
	for i := range cells {
		e := &cells[i]
		switch stored, isNew, err := a.add(r, e); {
		case err != nil:
			return err
		case isNew && stored != nil:
			r.count(stored, stored.numbers())
		case isNew:
			r.count(e.cell, e.numbers)
		}
	}
	return a.finish()
}

// An adder gives cells to runs in one transaction. It puts their identities into the
// index at the end, in ascending order: bbolt splits no page before the transaction
// is over, and put there as they come each would move half of a page that grows by
// thousands.
type adder struct {
	tx     *bolt.Tx
	latest map[Identity]uint64 // cells that are to come into the index
}

func newAdder(tx *bolt.Tx) *adder { return &adder{tx, make(map[Identity]uint64)} }

// finish completes the index.
func (a *adder) finish() error {
	ids := slices.SortedFunc(maps.Keys(a.latest), func(a, b Identity) int { return bytes.Compare(a[:], b[:]) })
	for _, id := range ids {
		if err := identityTable.put(a.tx, id[:], key(a.latest[id])); err != nil {
			return err
		}
	}
	return nil
}

// add gives the run a cell: the stored one if that tells the same, a new one
// otherwise. A score that differs from an earlier one of the same identity is
// kept beside it, and the run is warned. It returns the cell if that was stored, and
// whether it is new to the run.
func (a *adder) add(r *Run, e *entry) (stored *Cell, isNew bool, err error) {
	n, stored, err := a.find(r, e)
	if err != nil {
		return nil, false, err
	}
	if stored != nil {
		known, err := membersTable.get(a.tx, key(r.number, n))
		if known != nil || err != nil {
			return stored, false, err
		}
	} else if n, err = a.store(e); err != nil {
		return nil, false, err
	}
	return stored, true, membersTable.put(a.tx, key(r.number, n), nil)
}

// store stores e and returns its number.
func (a *adder) store(e *entry) (uint64, error) {
	n, err := cellsTable.next(a.tx)
	if err != nil {
		return 0, err
	}
	if e.Error == "" {
		a.latest[e.ID] = n
	}
	return n, cellsTable.put(a.tx, key(n), e.value)
}

// find returns a stored cell that tells what e does, nil if there is none, and its
// number.
func (a *adder) find(r *Run, e *entry) (n uint64, stored *Cell, err error) {
	if e.Error != "" {
		return 0, nil, nil
	}
	n, pending := a.latest[e.ID]
	if !pending {
		n, err = identityTable.getNumber(a.tx, e.ID[:])
	}
	if n == 0 || err != nil {
		return 0, nil, err
	}
	c, err := e.decode()
	if err != nil {
		return 0, nil, err
	}
	old, err := getCell(a.tx, n)
	switch {
	case errors.Is(err, ErrDamaged):
		return 0, nil, nil // stored anew
	case err != nil:
		return 0, nil, err
	case old.sameScore(c):
		return n, &old, nil
	case old.Score != c.Score:
		r.warn(fmt.Sprintf("%s %s %s: score is %v, was %v: either the metric changed without a new version, or it is not deterministic",
			c.Dataset, c.Model, c.Metric, c.Score, old.Score))
	}
	return 0, nil, nil
}
