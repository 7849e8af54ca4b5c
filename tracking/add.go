package tracking

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
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
	a, err := newAdder(tx, rank(slices.Values([][]entry{cells})))
	if err != nil {
		return err
	}
	names := newCensus()
	for i := range cells {
		e := &cells[i]
		switch stored, isNew, err := a.add(r, e); {
		case err != nil:
			return err
		case isNew && stored != nil:
			r.count(stored, stored.numbers())
			names.add(stored)
		case isNew:
			r.count(e.cell, e.numbers)
			names.add(e.cell)
		}
	}
	r.name(names)
	return a.finish()
}

// rank gives each cell the rank of its identity among all, which it returns in
// ascending order.
func rank(all iter.Seq[[]entry]) []Identity {
	type ranked struct {
		id Identity
		e  *entry
	}
	var order []ranked
	for cells := range all {
		for i := range cells {
			order = append(order, ranked{cells[i].ID, &cells[i]})
		}
	}
	slices.SortFunc(order, func(a, b ranked) int { return bytes.Compare(a.id[:], b.id[:]) })
	var ids []Identity
	for _, r := range order {
		if len(ids) == 0 || ids[len(ids)-1] != r.id {
			ids = append(ids, r.id)
		}
		r.e.rank = len(ids) - 1
	}
	return ids
}

// An adder gives ranked cells to runs in one transaction. It reads the index of their
// identities at the start and writes it at the end, both in ascending order, so that
// each page is met once. Besides, bbolt splits no page before the transaction is over:
// put there as they come, they would each move half of a page that grows by thousands.
type adder struct {
	tx                    *bolt.Tx
	cells, members, index *bolt.Bucket
	ids                   []Identity
	before, after         []uint64 // the cells that these lead to, 0 for none
}

// newAdder returns what adds cells whose ranked identities are ids, as rank returns them.
func newAdder(tx *bolt.Tx, ids []Identity) (*adder, error) {
	a := &adder{tx: tx, ids: ids, before: make([]uint64, len(ids))}
	for bucket, t := range map[**bolt.Bucket]table{&a.cells: cellsTable, &a.members: membersTable, &a.index: identityTable} {
		var err error
		if *bucket, err = t.bucket(tx); err != nil {
			return nil, err
		}
	}
	c := a.index.Cursor()
	for i, id := range ids {
		k, stored := c.Seek(id[:])
		if !bytes.Equal(k, id[:]) {
			continue
		}
		if value, err := identityTable.open(k, stored); err == nil { // else its cell is stored anew
			a.before[i], _ = number(value)
		}
	}
	a.after = slices.Clone(a.before)
	return a, nil
}

// finish completes the index.
func (a *adder) finish() error {
	for i, id := range a.ids {
		if a.after[i] == a.before[i] {
			continue
		}
		if err := a.index.Put(id[:], identityTable.seal(id[:], key(a.after[i]))); err != nil {
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
	member := key(r.number, n)
	return stored, true, a.members.Put(member, membersTable.seal(member, nil))
}

// store stores e and returns its number.
func (a *adder) store(e *entry) (uint64, error) {
	n, err := a.cells.NextSequence()
	if err != nil {
		return 0, err
	}
	if e.Error == "" {
		a.after[e.rank] = n
	}
	cellsTable.sealInPlace(key(n), e.stored)
	return n, a.cells.Put(key(n), e.stored)
}

// find returns a stored cell that tells what e does, nil if there is none, and its
// number.
func (a *adder) find(r *Run, e *entry) (n uint64, stored *Cell, err error) {
	n = a.after[e.rank]
	if e.Error != "" || n == 0 {
		return 0, nil, nil
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
