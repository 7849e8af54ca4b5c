package tracking

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// errEnough ends eachRun or eachCell early.
var errEnough = errors.New("enough")

// eachRun calls fn for each run, as List tells of it, the newest first, until it
// fails. It leaves out runs whose IDs q does not select. Where all are asked for and some are
// lost, that is an error.
func eachRun(tx *bolt.Tx, q *Query, fn func(Run) error) error {
	b, err := runsTable.bucket(tx)
	if err != nil {
		return err
	}
	now := time.Now()
	visit := func(k, stored []byte) error {
		r, err := openListed(k, stored)
		if errors.Is(err, ErrDamaged) {
			r, err = damagedRun(tx, k, err)
		}
		if err != nil {
			return err
		}
		r.settle(now)
		return fn(r)
	}
	if q.namesRuns() {
		named, err := q.named(tx)
		if err != nil {
			return err
		}
		for _, n := range slices.Backward(named) {
			if err := visit(key(n), b.Get(key(n))); err != nil {
				return unlessEnough(err)
			}
		}
		return nil
	}
	c := b.Cursor()
	seen := 0
	for k, stored := c.Last(); k != nil; k, stored = c.Prev() {
		if seen++; seen == firstRuns {
			readAhead(tx.DB().Path(), runsTable)
		}
		if err := visit(k, stored); err != nil {
			return unlessEnough(err)
		}
	}
	return lostRuns(tx, 0)
}

// lostRuns reports a run of a number after n that has an ID but no record: the page that lost
// it looks like any other, and so does a branch that leads to another page twice.
func lostRuns(tx *bolt.Tx, n uint64) error {
	ids, err := runIDsTable.bucket(tx)
	if err != nil {
		return err
	}
	runs, err := runsTable.bucket(tx)
	if err != nil {
		return err
	}
	return ids.ForEach(func(id, stored []byte) error {
		run, err := runIDsTable.open(id, stored)
		if err != nil {
			return nil // its run is read without it
		}
		if of, err := number(run); err == nil && of > n && runs.Get(run) == nil {
			return fmt.Errorf("%w: run %s is missing", ErrDamaged, id)
		}
		return nil
	})
}

// damagedRun returns what is known of a run whose record is damaged.
func damagedRun(tx *bolt.Tx, k []byte, damage error) (Run, error) {
	r := Run{ID: fmt.Sprintf("damaged-%.32x", k), Outcome: Damaged, Reason: damage.Error()}
	ids, err := runIDsTable.bucket(tx)
	if err != nil {
		return r, err
	}
	if r.number, err = number(k); err != nil {
		return r, nil
	}
	return r, ids.ForEach(func(id, stored []byte) error {
		if value, err := runIDsTable.open(id, stored); err == nil && bytes.Equal(value, k) {
			r.ID = string(id)
		}
		return nil
	})
}

// firstRuns is how many runs are read one by one, as for the first page of a list, before
// the others are asked for at once.
const firstRuns = 64

// readAhead asks the system for all pages of a table. Records are mapped into memory, and
// those not in it would be waited for one after the other.
func readAhead(path string, t table) {
	f, p, _, err := openFile(path)
	if err != nil {
		return
	}
	defer f.Close()
	if p == nil {
		return
	}
	roots, err := p.roots()
	if err != nil {
		return
	}
	leaves, err := p.leaves(place{page: roots[t]}, make(map[uint64]place))
	if err != nil {
		return
	}
	for _, l := range leaves {
		willNeed(f, int64(l.page)*p.page, leafSize)
	}
}

// leafSize is what a leaf page of runs takes at most, as a rule: two records with the
// inputs of a large spec.
const leafSize = 32 << 10

// eachCell calls fn for each cell of a run until it fails. A run that has not as many
// cells as it says is damaged.
func eachCell(tx *bolt.Tx, r *Run, fn func(Cell) error) error {
	d := newDecoder()
	read, ended := 0, false
	err := eachValue(tx, r.number, func(n uint64, value []byte) error {
		c, err := d.cell(value)
		if err != nil {
			return fmt.Errorf("%w: cell %d: %w", ErrDamaged, n, err)
		}
		read++
		err = fn(c)
		ended = err == errEnough
		return err
	})
	if err == nil && !ended {
		err = r.has(read)
	}
	return err
}

// has reports that a run, of which so many cells were found, says that it has others: the
// page that lost them looks like any other. What a damaged run says is not known.
func (r *Run) has(cells int) error {
	if cells == r.Cells || r.Outcome == Damaged {
		return nil
	}
	return fmt.Errorf("%w: run %s has %d cells of %d", ErrDamaged, r.ID, cells, r.Cells)
}

// eachValue calls fn with the number and the value of each cell of run n until it
// fails.
func eachValue(tx *bolt.Tx, n uint64, fn func(n uint64, value []byte) error) error {
	members, err := membersTable.bucket(tx)
	if err != nil {
		return err
	}
	cells, err := cellsTable.bucket(tx)
	if err != nil {
		return err
	}
	run := key(n)
	m, c := members.Cursor(), cells.Cursor()
	var at, value, before []byte
	for k, stored := m.Seek(run); bytes.HasPrefix(k, run); k, stored = m.Next() {
		// A damaged branch may lead to a leaf twice instead of to another one.
		if bytes.Compare(before, k) >= 0 {
			return fmt.Errorf("%w: the cells of a run are not in order", ErrDamaged)
		}
		before = k
		if _, err := membersTable.open(k, stored); err != nil {
			return err
		}
		_, n, err := memberOf(k)
		if err != nil {
			return err
		}
		// The cells of a run mostly follow each other.
		if !bytes.Equal(at, k[len(run):]) {
			at, value = c.Seek(k[len(run):])
		}
		if !bytes.Equal(at, k[len(run):]) {
			return fmt.Errorf("%w: cell %d is missing", ErrDamaged, n)
		}
		opened, err := cellsTable.open(at, value)
		if err != nil {
			return err
		}
		if err := fn(n, opened); err != nil {
			return unlessEnough(err)
		}
		at, value = c.Next()
	}
	return nil
}

// unlessEnough returns err, or nil if that only ends a visit early.
func unlessEnough(err error) error {
	if err == errEnough {
		return nil
	}
	return err
}
