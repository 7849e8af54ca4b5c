package tracking

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Lookup returns the cells of the given identities that were computed in any run.
func (s *Store) Lookup(ids []Identity) (map[Identity]Cell, error) {
	found := make(map[Identity]Cell)
	err := s.view(func(tx *bolt.Tx) error {
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
	err := s.view(func(tx *bolt.Tx) error {
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
	err := s.view(func(tx *bolt.Tx) error {
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
			sel := Selection{Run: whole}
			err = eachCell(tx, &r, func(c Cell) error {
				if q.matchCell(&c) {
					sel.Cells = append(sel.Cells, c)
				}
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

// Cells returns the cells of the run that ref names, in the order in which they
// were first stored.
func (s *Store) Cells(ref string) ([]Cell, error) {
	var cells []Cell
	err := s.view(func(tx *bolt.Tx) error {
		r, err := findRun(tx, ref)
		if err != nil {
			return err
		}
		cells = make([]Cell, 0, r.Cells)
		return eachCell(tx, &r, func(c Cell) error {
			cells = append(cells, c)
			return nil
		})
	})
	return cells, err
}

// namesRun reports whether ref is the beginning of id or of the part after its
// date.
func namesRun(ref, id string) bool {
	_, random, _ := strings.Cut(id, "-")
	return ref != "" && (strings.HasPrefix(id, ref) || strings.HasPrefix(random, ref))
}

// findRun returns the run that ref names.
func findRun(tx *bolt.Tx, ref string) (Run, error) {
	if ref == latest {
		runs, err := runsTable.bucket(tx)
		if err != nil {
			return Run{}, err
		}
		k, stored := runs.Cursor().Last()
		if k == nil {
			return Run{}, fmt.Errorf("%w: the store has none yet", ErrNoRun)
		}
		r, err := openRun(k, stored)
		r.settle(time.Now())
		return r, err
	}
	ids, err := runIDsTable.bucket(tx)
	if err != nil {
		return Run{}, err
	}
	var found []string
	if ids.Get([]byte(ref)) != nil {
		found = []string{ref}
	} else {
		ids.ForEach(func(k, _ []byte) error {
			if namesRun(ref, string(k)) {
				found = append(found, string(k))
			}
			return nil
		})
	}
	if len(found) == 0 && ref != "" {
		err := eachRun(tx, &Query{}, func(r Run) error {
			if r.Name == ref {
				found = append(found, r.ID)
			}
			return nil
		})
		if err != nil {
			return Run{}, err
		}
	}
	switch {
	case len(found) == 0:
		return Run{}, fmt.Errorf("%w: %q", ErrNoRun, ref)
	case len(found) > 1:
		return Run{}, fmt.Errorf("%w: %q fits %d, among them %s and %s", ErrManyRuns, ref, len(found), found[0], found[1])
	}
	n, err := runIDsTable.getNumber(tx, []byte(found[0]))
	if err != nil {
		return Run{}, err
	}
	r, err := getRun(tx, n)
	r.settle(time.Now())
	return r, err
}

// latest is the name of the newest run.
const latest = "latest"

// errEnough ends eachRun or eachCell early.
var errEnough = errors.New("enough")

// eachRun calls fn for each run, as List tells of it, the newest first, until it
// fails. It leaves out runs whose IDs q does not select.
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
	return nil
}

// damagedRun returns what is known of a run whose record is damaged.
func damagedRun(tx *bolt.Tx, k []byte, damage error) (Run, error) {
	r := Run{ID: fmt.Sprintf("damaged-%x", k), Outcome: Damaged, Reason: damage.Error()}
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
	leaves, err := p.leaves(roots[t], make(map[uint64]bool))
	if err != nil {
		return
	}
	for _, n := range leaves {
		willNeed(f, int64(n)*p.page, leafSize)
	}
}

// leafSize is what a leaf page of runs takes at most, as a rule: two records with the
// inputs of a large spec.
const leafSize = 32 << 10

// resolve returns q with the ID of the newest run in place of "run:latest".
func (q Query) resolve(tx *bolt.Tx) (Query, error) {
	isLatest := func(t term) bool { return t.field == "run" && slices.Contains(t.values, latest) }
	if !slices.ContainsFunc(q.runs, isLatest) {
		return q, nil
	}
	r, err := findRun(tx, latest)
	if errors.Is(err, ErrNoRun) {
		return q, nil // which selects none
	} else if err != nil {
		return q, err
	}
	q.runs = slices.Clone(q.runs)
	for i, t := range q.runs {
		if isLatest(t) {
			q.runs[i].values = append(slices.DeleteFunc(slices.Clone(t.values), func(v string) bool { return v == latest }), r.ID)
		}
	}
	return q, nil
}

// named returns the numbers of the runs whose IDs q selects, in order.
func (q *Query) named(tx *bolt.Tx) ([]uint64, error) {
	ids, err := runIDsTable.bucket(tx)
	if err != nil {
		return nil, err
	}
	var named []uint64
	err = ids.ForEach(func(id, stored []byte) error {
		if !q.matchID(string(id)) {
			return nil
		}
		value, err := runIDsTable.open(id, stored)
		if err != nil {
			return err
		}
		n, err := number(value)
		named = append(named, n)
		return err
	})
	slices.Sort(named)
	return named, err
}

// eachCell calls fn for each cell of a run until it fails. A run that has not as many
// cells as it says is damaged: a page that lost some looks like any other.
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
	if err == nil && !ended && read != r.Cells && r.Outcome != Damaged {
		err = fmt.Errorf("%w: run %s has %d cells of %d", ErrDamaged, r.ID, read, r.Cells)
	}
	return err
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
	var at, value []byte
	for k, stored := m.Seek(run); bytes.HasPrefix(k, run); k, stored = m.Next() {
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

func unlessEnough(err error) error {
	if err == errEnough {
		return nil
	}
	return err
}

// getNumber returns the number under key in t, 0 if there is none.
func (t table) getNumber(tx *bolt.Tx, key []byte) (uint64, error) {
	value, err := t.get(tx, key)
	if value == nil || err != nil {
		return 0, err
	}
	return number(value)
}

// getCell returns cell n.
func getCell(tx *bolt.Tx, n uint64) (Cell, error) {
	value, err := cellValue(tx, n)
	if err != nil {
		return Cell{}, err
	}
	return openCell(n, value)
}

// cellValue returns the value of cell n.
func cellValue(tx *bolt.Tx, n uint64) ([]byte, error) {
	value, err := cellsTable.get(tx, key(n))
	if value == nil && err == nil {
		err = fmt.Errorf("%w: cell %d is missing", ErrDamaged, n)
	}
	return value, err
}

// openCell returns cell n from its value.
func openCell(n uint64, value []byte) (Cell, error) {
	c, err := decodeCell(value)
	if err != nil {
		return Cell{}, fmt.Errorf("%w: cell %d: %w", ErrDamaged, n, err)
	}
	return c, nil
}

// getRun returns run n.
func getRun(tx *bolt.Tx, n uint64) (Run, error) {
	b, err := runsTable.bucket(tx)
	if err != nil {
		return Run{}, err
	}
	stored := b.Get(key(n))
	if stored == nil {
		return Run{}, fmt.Errorf("%w: number %d", ErrNoRun, n)
	}
	return openRun(key(n), stored)
}

// wholeRun returns all of a run that List tells of.
func wholeRun(tx *bolt.Tx, listed Run) (Run, error) {
	if listed.Outcome == Damaged {
		return listed, nil
	}
	r, err := getRun(tx, listed.number)
	r.Outcome = listed.Outcome
	return r, err
}

// openRun returns the run that is stored under key.
func openRun(key, stored []byte) (Run, error) { return openRunAs(key, stored, decodeRun) }

// openListed returns the run that is stored under key as List tells of it.
func openListed(key, stored []byte) (Run, error) { return openRunAs(key, stored, decodeListed) }

func openRunAs(key, stored []byte, decode func([]byte) (Run, error)) (Run, error) {
	value, err := runsTable.open(key, stored)
	if err != nil {
		return Run{}, err
	}
	r, err := decode(value)
	if err != nil {
		return Run{}, fmt.Errorf("%w: run %x: %w", ErrDamaged, key, err)
	}
	r.number, err = number(key)
	return r, err
}
