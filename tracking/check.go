package tracking

import (
	"errors"
	"fmt"
	"os"

	bolt "go.etcd.io/bbolt"
)

// A Report is what Check or Repair found.
type Report struct {
	Runs, Cells int
	Damage      []error  // empty if all is well
	Lost        []string // what Repair could not save, or not where it belongs
}

// Check reads every page and every record of the file at path, whatever its
// state, and reports what is wrong with it. The error says why nothing could be
// read at all.
func Check(path string) (Report, error) {
	var rep Report
	err := readPages(path, func(p *pages, damage []error) error {
		rep.Damage = damage
		switch {
		case p == nil:
		case p.end <= newPages && p.empty():
			return ErrNoStore // whoever created it was killed before more was written
		default:
			checkPages(p, &rep)
		}
		return nil
	})
	return rep, err
}

// mostCopied is how large a file may be to be copied into memory.
const mostCopied = 512 << 20

// readPages calls fn with the pages of the file at path, nil if it has none, and
// the damage found so far, as they are while no other process writes. fn takes long, so
// others wait only until the file has been copied, unless it is very large. A file that
// bbolt cannot open cannot be written either.
func readPages(path string, fn func(*pages, []error) error) error {
	s := &Store{Wait: defaultWait, path: path}
	visit := func(p *pages, damage []error) error {
		if p == nil && !madeByBolt(path) {
			return ErrForeign
		}
		return fn(p, damage)
	}
	var copied []byte
	var done bool
	read := func() error {
		done = true
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		if info.Size() <= mostCopied {
			copied, err = os.ReadFile(path)
			return err
		}
		f, p, damage, err := openFile(path)
		if err != nil {
			return err
		}
		defer f.Close()
		return visit(p, damage)
	}
	err := s.locked(bolt.Options{ReadOnly: true}, func(*bolt.DB) error { return read() })
	if !done && !errors.Is(err, ErrLocked) && !errors.Is(err, ErrNoStore) {
		err = explain(path, read())
	}
	if copied == nil || err != nil {
		return err
	}
	p, damage := openPages(inMemory(copied), int64(len(copied)))
	return explain(path, visit(p, damage))
}

// checkPages verifies the tree, the records and what they say of each other.
func checkPages(p *pages, rep *Report) {
	damage := func(err error) { rep.Damage = append(rep.Damage, err) }
	var (
		runs    = make(map[uint64]Run)
		cells   = make(map[uint64]Identity)
		members = make(map[uint64]int) // of each run
		pairs   [][2]uint64
		ids     = make(map[Identity]uint64)
		names   = make(map[string]uint64)
		seen    = make(map[table]bool)
	)
	record := func(t table, key, stored []byte) {
		seen[t] = true
		value, err := t.open(key, stored)
		if err != nil {
			damage(err)
			return
		}
		switch n, _ := number(key); t {
		case runsTable:
			if r, err := openRun(key, stored); err != nil {
				damage(err)
			} else {
				runs[n] = r
			}
		case cellsTable:
			c, err := decodeCell(value)
			if err != nil {
				damage(fmt.Errorf("cell %d: %w", n, err))
				return
			}
			cells[n] = c.ID
		case identityTable:
			if n, err := number(value); err != nil || len(key) != len(Identity{}) {
				damage(fmt.Errorf("identity %.32x: not one", key))
			} else {
				ids[Identity(key)] = n
			}
		case runIDsTable:
			names[string(key)], _ = number(value)
		case membersTable:
			if run, cell, err := memberOf(key); err != nil {
				damage(err)
			} else {
				members[run]++
				pairs = append(pairs, [2]uint64{run, cell})
			}
		}
	}
	reached := p.walk(visitor{record, damage})
	free, err := p.freed()
	if err != nil {
		damage(err)
	}
	for n := range free {
		if reached[n] {
			damage(fmt.Errorf("page %d: in use, and in the free list", n))
		}
	}
	if err := checkTree(p); err != nil && len(rep.Damage) == 0 { // what cannot be written is damaged
		damage(err)
	}
	if !seen[metaTable] {
		damage(fmt.Errorf("the schema version is missing: %w", ErrForeign))
	}
	for _, pair := range pairs {
		if _, ok := cells[pair[1]]; !ok {
			damage(fmt.Errorf("run %s: cell %d is missing", runs[pair[0]].ID, pair[1]))
		}
		if _, ok := runs[pair[0]]; !ok && members[pair[0]] > 0 {
			damage(fmt.Errorf("run number %d, of %d cells, is missing", pair[0], members[pair[0]]))
			members[pair[0]] = 0
		}
	}
	for id, n := range ids {
		if cells[n] != id {
			damage(fmt.Errorf("identity %s leads to cell %d, which is another one or missing", id, n))
		}
	}
	for n, r := range runs {
		if names[r.ID] != n {
			damage(fmt.Errorf("run %s is not found by its ID", r.ID))
		}
		if r.Cells != members[n] {
			damage(fmt.Errorf("run %s: %d cells of %d are there", r.ID, members[n], r.Cells))
		}
	}
	rep.Runs, rep.Cells = len(runs), len(cells)
}

// memberOf returns the run and the cell that a key of members joins.
func memberOf(key []byte) (run, cell uint64, err error) {
	if len(key) != 16 {
		return 0, 0, fmt.Errorf("%w: member %.32x joins no run and cell", ErrDamaged, key)
	}
	run, _ = number(key[:8])
	cell, _ = number(key[8:])
	return run, cell, nil
}
