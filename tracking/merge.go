package tracking

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// mergeBatch is how many cells Merge writes in a transaction, at least. Identities
// are scattered over all pages of their index, and a transaction writes each page
// that it touched: once for all the cells in it.
const mergeBatch = 100_000

// Merge adds the runs of others to s and returns how many were new or had changed.
// A run comes with its cells or not at all, and merging again changes nothing. Of a
// run that s has already, the record changed more often is kept, and the cells of
// both.
func (s *Store) Merge(others ...*Store) (int, error) {
	merged, cells := 0, 0
	var batch []stored
	for i, other := range others {
		runs, err := other.stored()
		if err != nil {
			return merged, err
		}
		for _, r := range runs {
			cells += len(r.cells)
		}
		batch = append(batch, runs...)
		if cells < mergeBatch && i < len(others)-1 {
			continue
		}
		n, err := s.addStored(batch)
		merged += n
		if err != nil {
			return merged, err
		}
		batch, cells = nil, 0
	}
	return merged, nil
}

// stored is a run with its cells, as a store has them.
type stored struct {
	run   Run
	cells []entry
}

// stored returns all runs, the oldest first.
func (s *Store) stored() ([]stored, error) {
	var all []stored
	err := s.view(func(tx *bolt.Tx) error {
		runs, err := runsTable.bucket(tx)
		if err != nil {
			return err
		}
		return runs.ForEach(func(k, v []byte) error {
			r, err := openRun(k, v)
			if err != nil {
				return err
			}
			cells, err := storedCells(tx, r)
			all = append(all, stored{r, cells})
			return err
		})
	})
	return all, err
}

// storedCells returns the cells of r.
func storedCells(tx *bolt.Tx, r Run) ([]entry, error) {
	members, err := membersTable.bucket(tx)
	if err != nil {
		return nil, err
	}
	cells := make([]entry, 0, r.Cells)
	run := key(r.number)
	c := members.Cursor()
	for k, v := c.Seek(run); bytes.HasPrefix(k, run); k, v = c.Next() {
		if _, err := membersTable.open(k, v); err != nil {
			return nil, err
		}
		value, err := cellsTable.get(tx, k[len(run):])
		if err != nil {
			return nil, err
		}
		e := entry{value: bytes.Clone(value)}
		if err := json.Unmarshal(value, &e.cell); err != nil {
			return nil, fmt.Errorf("%w: cell %x: %w", ErrDamaged, k[len(run):], err)
		}
		cells = append(cells, e)
	}
	return cells, nil
}

// addStored adds runs in one transaction and returns how many were new or had
// changed.
func (s *Store) addStored(runs []stored) (int, error) {
	changed := 0
	err := s.update(func(tx *bolt.Tx) error {
		if err := reserve(tx, runs); err != nil {
			return err
		}
		for _, r := range runs {
			new, err := r.add(tx)
			if err != nil {
				return fmt.Errorf("run %s: %w", r.run.ID, err)
			}
			if new {
				changed++
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return changed, nil
}

// reserve puts the identities of runs that are new into their index, in ascending
// order, for add to find. bbolt splits no page before the transaction ends: put there
// as they come, each would move half of a page that grows by thousands.
func reserve(tx *bolt.Tx, runs []stored) error {
	var ids []Identity
	for _, r := range runs {
		known, err := runIDsTable.get(tx, []byte(r.run.ID))
		if err != nil {
			return err
		}
		if known != nil {
			continue
		}
		for i := range r.cells {
			if r.cells[i].cell.Error == "" {
				ids = append(ids, r.cells[i].cell.ID)
			}
		}
	}
	slices.SortFunc(ids, func(a, b Identity) int { return bytes.Compare(a[:], b[:]) })
	for _, id := range slices.Compact(ids) {
		n, err := identityTable.getNumber(tx, id[:])
		if err == nil && n == 0 {
			err = identityTable.put(tx, id[:], key(0))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// add stores what is new in the run and its cells, and reports whether anything was.
func (r stored) add(tx *bolt.Tx) (bool, error) {
	run := r.run
	n, err := runIDsTable.getNumber(tx, []byte(run.ID))
	if err != nil {
		return false, err
	}
	known := make(map[Identity]bool)
	run.Summary = Summary{}
	if n == 0 {
		if err := addRun(tx, &run); err != nil {
			return false, err
		}
	} else {
		old, err := getRun(tx, n)
		if err != nil || old.Revision >= run.Revision {
			return false, err
		}
		run.number, run.Summary = n, old.Summary
		err = eachCell(tx, n, func(c Cell) error { known[c.ID] = true; return nil })
		if err != nil {
			return false, err
		}
	}
	for i := range r.cells {
		if e := &r.cells[i]; !known[e.cell.ID] {
			if err := addCell(tx, &run, e); err != nil {
				return false, err
			}
		}
	}
	run.Revision = r.run.Revision - 1 // which putRun raises
	return true, putRun(tx, &run)
}
