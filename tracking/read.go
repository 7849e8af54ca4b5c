package tracking

import (
	"errors"

	bolt "go.etcd.io/bbolt"
)

// Lookup returns the cells of the given identities that were computed in any run.
func (s *Store) Lookup(ids []Identity) (map[Identity]Cell, error) {
	found := make(map[Identity]Cell)
	err := s.viewAll(func(tx *bolt.Tx) error {
		imported, err := oldImports(tx)
		if err != nil {
			return err
		}
		for _, id := range ids {
			n, err := identityTable.getNumber(tx, id[:])
			if err == nil && (n == 0 || imported[n]) {
				continue
			}
			var c Cell
			if err == nil {
				c, err = getCell(tx, n)
			}
			switch {
			case err == nil:
				found[id] = c
			case !errors.Is(err, ErrDamaged): // a damaged cell is computed again
				return err
			}
		}
		return nil
	})
	return found, err
}

// Runs returns the runs that q selects, the newest first: limit of them at most
// after the first offset, or all if limit is 0. One whose record is damaged is among
// them as far as it is known: its ID, and as its reason the damage.
func (s *Store) Runs(q Query, offset, limit int) ([]Run, error) {
	return s.runs(q, offset, limit, wholeRun)
}

// List returns what Runs returns, in a fraction of the time: without the specs,
// inputs, ground truths and labels.
func (s *Store) List(q Query, offset, limit int) ([]Run, error) {
	return s.runs(q, offset, limit, func(_ *bolt.Tx, r Run) (Run, error) { return r, nil })
}

// runs returns the runs that q selects, each as get makes it of what List tells.
func (s *Store) runs(q Query, offset, limit int, get func(*bolt.Tx, Run) (Run, error)) ([]Run, error) {
	var runs []Run
	err := s.viewAll(func(tx *bolt.Tx) error {
		q, err := q.resolve(tx)
		if err != nil {
			return err
		}
		return eachRun(tx, &q, func(r Run) error {
			if ok, err := q.selects(tx, &r); !ok || err != nil {
				return err
			}
			if offset--; offset >= 0 {
				return nil
			}
			r, err := get(tx, r)
			if err != nil {
				return err
			}
			runs = append(runs, r)
			if limit > 0 && len(runs) == limit {
				return errEnough
			}
			return nil
		})
	})
	return runs, err
}

// selects reports whether q selects r.
func (q *Query) selects(tx *bolt.Tx, r *Run) (bool, error) {
	if !q.matchRun(r) || !q.mayMatchCells(r) {
		return false, nil
	}
	found := len(q.cells) == 0
	if found {
		return true, nil
	}
	err := eachCell(tx, r, func(c Cell) error {
		if found = q.matchCell(&c); found {
			return errEnough
		}
		return nil
	})
	return found, err
}

// A Selection is a run with those of its cells that were asked for.
type Selection struct {
	Run   Run
	Cells []Cell // in the order in which they were first stored
}

// Select returns the runs that q selects, the newest first, with the cells that
// q selects.
func (s *Store) Select(q Query) ([]Selection, error) {
	var all []Selection
	err := s.viewAll(func(tx *bolt.Tx) error {
		return eachSelected(tx, q, func(r Run, cells func(func(Cell) error) error) error {
			sel := Selection{Run: r}
			if len(q.cells) == 0 {
				sel.Cells = make([]Cell, 0, r.roomForCells())
			}
			err := cells(func(c Cell) error {
				sel.Cells = append(sel.Cells, c)
				return nil
			})
			if len(sel.Cells) > 0 || len(q.cells) == 0 {
				all = append(all, sel)
			}
			return err
		})
	})
	return all, err
}

// Stream calls fn with the cells that Select returns, of which it keeps none in memory. As
// long as fn runs nobody can write to the store.
func (s *Store) Stream(q Query, fn func(Rows) error) error {
	return s.view(func(tx *bolt.Tx) error {
		return fn(func(row func(*Run, *Cell) error) error {
			return eachSelected(tx, q, func(r Run, cells func(func(Cell) error) error) error {
				return cells(func(c Cell) error { return row(&r, &c) })
			})
		})
	})
}

// eachSelected calls fn for each run that q may select, the newest first, with what goes
// through the cells of it that q selects.
func eachSelected(tx *bolt.Tx, q Query, fn func(r Run, cells func(func(Cell) error) error) error) error {
	q, err := q.resolve(tx)
	if err != nil {
		return err
	}
	return eachRun(tx, &q, func(r Run) error {
		if !q.matchRun(&r) || !q.mayMatchCells(&r) {
			return nil
		}
		whole, err := getRun(tx, r.number) // not one that is damaged, whose cells would be missing
		if err != nil {
			return err
		}
		whole.Outcome = r.Outcome
		return fn(whole, func(yield func(Cell) error) error {
			return eachCell(tx, &r, func(c Cell) error {
				if !q.matchCell(&c) {
					return nil
				}
				return yield(c)
			})
		})
	})
}

// Run returns the run that ref names: an ID, the beginning of an ID or of the
// part after its date, or a name, as long as only one run has it, or "latest".
func (s *Store) Run(ref string) (Run, error) {
	var r Run
	err := s.view(func(tx *bolt.Tx) (err error) {
		r, err = findRun(tx, ref)
		return err
	})
	return r, err
}

// LatestScored returns the latest run that has a score, or else the latest, and the ID of
// the latest of all.
func (s *Store) LatestScored() (run Run, newest string, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		if run, err = findRun(tx, latest); err != nil {
			return err
		}
		newest = run.ID
		return eachRun(tx, &Query{}, func(r Run) error {
			if r.Cells == r.Failed {
				return nil
			}
			if run, err = wholeRun(tx, r); err != nil {
				return err
			}
			return errEnough
		})
	})
	return run, newest, err
}

// roomForCells returns for how many cells of r to make room at once: whoever wrote its record
// may have claimed any number.
func (r *Run) roomForCells() int { return max(0, min(r.Cells, 1<<17)) }

// Cells returns the cells of the run that ref names, in the order in which they
// were first stored.
func (s *Store) Cells(ref string) ([]Cell, error) {
	var cells []Cell
	err := s.view(func(tx *bolt.Tx) error {
		r, err := findRun(tx, ref)
		if err != nil {
			return err
		}
		cells = make([]Cell, 0, r.roomForCells())
		return eachCell(tx, &r, func(c Cell) error {
			cells = append(cells, c)
			return nil
		})
	})
	return cells, err
}
