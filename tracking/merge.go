package tracking

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	bolt "go.etcd.io/bbolt"
)

// mergeBatch is how many cells Merge writes in a transaction, at least. Identities
// are scattered over all pages of their index, and a transaction writes each page
// that it touched: once for all the cells in it.
const mergeBatch = 100_000

// Merge adds the runs of others to s and returns how many were new or had changed.
// A store comes with all its runs and their cells or, where any of it is damaged,
// not at all: the error then names it. Merging again changes nothing. Of a run that
// s has already, the record changed more often is kept, and the cells of both.
func (s *Store) Merge(others ...*Store) (int, error) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	batches := make(chan copies)
	var unread error
	go func() { // reads a batch while the one before is written
		defer close(batches)
		unread = readBatches(ctx, others, batches)
	}()
	merged := 0
	for batch := range batches {
		n, err := s.addCopies(batch)
		if err != nil {
			return merged, err
		}
		merged += n
	}
	return merged, unread
}

// readers is how many stores are read at a time, so that those behind a network or
// on a cold disk are not waited for one by one.
const readers = 16

// readBatches sends the runs of stores, in batches, until ctx ends. The error names
// the stores that are damaged.
func readBatches(ctx context.Context, stores []*Store, batches chan<- copies) error {
	var unread []error
	var batch copies
	cells := 0
	for len(stores) > 0 {
		group := stores[:min(readers, len(stores))]
		stores = stores[len(group):]
		runs, errs := make([][]copied, len(group)), make([]error, len(group))
		var reading sync.WaitGroup
		for i, s := range group {
			reading.Go(func() { runs[i], errs[i] = s.copies() })
		}
		reading.Wait()
		for i := range group {
			if errs[i] != nil {
				unread = append(unread, errs[i])
				continue
			}
			batch.runs = append(batch.runs, runs[i]...)
			for _, r := range runs[i] {
				cells += len(r.cells)
			}
		}
		if cells < mergeBatch && len(stores) > 0 {
			continue
		}
		batch.ids = rank(batch.cells())
		select {
		case batches <- batch:
			batch, cells = copies{}, 0
		case <-ctx.Done():
			return nil
		}
	}
	return errors.Join(unread...)
}

// copies are runs as other stores have them.
type copies struct {
	runs []copied
	ids  []Identity // of their cells, which are ranked by them
}

// cells yields the cells of each run.
func (c copies) cells() iter.Seq[[]entry] {
	return func(yield func([]entry) bool) {
		for _, r := range c.runs {
			if !yield(r.cells) {
				return
			}
		}
	}
}

// copied is a run with its cells as another store has them, in bytes.
type copied struct {
	run   Run
	cells []entry
}

// copies returns all runs, the oldest first.
func (s *Store) copies() ([]copied, error) {
	var all []copied
	d := newDecoder()
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
			cells := make([]entry, 0, r.roomForCells())
			err = eachValue(tx, r.number, func(n uint64, value []byte) error {
				c, err := d.cell(value) // all of it: what cannot be read would damage the other store
				if err != nil {
					return fmt.Errorf("%w: cell %d: %w", ErrDamaged, n, err)
				}
				cells = append(cells, entry{heading: heading{c.ID, c.Error}, stored: unsealed(value)})
				return nil
			})
			if err == nil {
				err = r.has(len(cells))
			}
			all = append(all, copied{r, cells})
			return err
		})
	})
	return all, err
}

// addCopies adds runs in one transaction and returns how many were new or had
// changed.
func (s *Store) addCopies(batch copies) (int, error) {
	changed := 0
	err := s.update(func(tx *bolt.Tx) error {
		a, err := newAdder(tx, batch.ids)
		if err != nil {
			return err
		}
		for _, r := range batch.runs {
			isNew, err := r.add(a)
			if err != nil {
				return fmt.Errorf("run %s: %w", r.run.ID, err)
			}
			if isNew {
				changed++
			}
		}
		return a.finish()
	})
	if err != nil {
		return 0, err
	}
	return changed, nil
}

// add stores what is new in the run and its cells, and reports whether anything was.
func (r copied) add(a *adder) (bool, error) {
	n, err := runIDsTable.getNumber(a.tx, []byte(r.run.ID))
	if err != nil {
		return false, err
	}
	run, changed, revision := r.run, true, r.run.Revision
	known := make(map[scored]bool)
	if n == 0 {
		if err := addRun(a.tx, &run); err != nil {
			return false, err
		}
		run.Cells, run.Failed = 0, 0
	} else {
		old, err := getRun(a.tx, n)
		if err != nil {
			return false, err
		}
		if known, err = scoredIn(a.tx, n); err != nil {
			return false, err
		}
		other := &old
		if changed = old.Revision < revision; !changed {
			run, other, revision = old, &r.run, old.Revision
		}
		if other.Cells > 0 {
			run.join(&other.Summary)
		}
		run.number, run.Cells, run.Failed = n, old.Cells, old.Failed
	}
	for i := range r.cells {
		e := &r.cells[i]
		if known[e.scored()] {
			continue
		}
		stored, isNew, err := a.add(&run, e)
		if err != nil {
			return false, err
		}
		if stored != nil {
			run.widen(stored, stored.numbers())
		}
		if isNew {
			changed = true
			run.Cells++
			if e.Error != "" {
				run.Failed++
			}
		}
	}
	if !changed {
		return false, nil
	}
	run.Revision = revision - 1 // which putRun raises
	return true, putRun(a.tx, &run)
}

// scored is what tells the cells of a run apart.
type scored struct {
	id     Identity
	failed bool
}

func (h *heading) scored() scored { return scored{h.ID, h.Error != ""} }

// scoredIn returns the cells of run n.
func scoredIn(tx *bolt.Tx, n uint64) (map[scored]bool, error) {
	known := make(map[scored]bool)
	return known, eachValue(tx, n, func(n uint64, value []byte) error {
		h, err := openHeading(n, value)
		known[h.scored()] = true
		return err
	})
}

// openHeading returns the heading of cell n from its value.
func openHeading(n uint64, value []byte) (h heading, err error) {
	if err := fromCBOR.Unmarshal(value, &h); err != nil {
		return h, fmt.Errorf("%w: cell %d: %w", ErrDamaged, n, err)
	}
	return h, nil
}
