package tracking

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"sfdalab/internal/scratch"
	"sfdalab/results"
)

// Repair saves every undamaged run and cell of the file at path into a new
// store at out, and reports how many, and what is lost. Cells whose run is lost are
// given a run that says so, and those of which it is lost whose they are another one. If
// the list of free pages is damaged too, runs and cells that were deleted may come back.
func Repair(path, out string) (Report, error) {
	if _, err := os.Stat(out); err == nil {
		return Report{}, fmt.Errorf("repair to %s: %w: name a new file", out, fs.ErrExist)
	}
	found := salvaged{runs: map[uint64]Run{}, cells: map[uint64][]byte{}, members: map[uint64][]uint64{}}
	err := readPages(path, func(p *pages, damage []error) error {
		if p == nil {
			return fmt.Errorf("%w: no meta page is whole, so nothing can be read", ErrDamaged)
		}
		before := Report{Damage: damage}
		checkPages(p, &before)
		free, known := p.unused()
		p.salvage(free, found.add)
		strays := found.strays(p)
		switch {
		case p.older:
			found.lose("a meta page is damaged: the last write may be missing, and what was deleted may have come back")
		case !known:
			found.lose("the list of free pages is damaged: what was deleted may have come back")
		case strays > 0:
			found.lose("nothing leads to %s any more: what was deleted may have come back", results.Count(strays, "run"))
		}
		if p.empty() {
			found.lose("the root page is empty: what was on it cannot be found")
		}
		if len(before.Damage) > 0 { // without damage they are what "gc" removes
			found.adopt()
		}
		return nil
	})
	if err != nil {
		return Report{}, err
	}
	folder, remove, err := scratch.Beside(out)
	if err != nil {
		return Report{}, fmt.Errorf("repair: %w", err)
	}
	defer remove()
	part, err := Create(filepath.Join(folder, "store.db"))
	if err != nil {
		return Report{}, err
	}
	if err := found.writeTo(part); err != nil {
		return Report{}, err
	}
	rep, err := Check(part.Path())
	rep.Lost = found.lost
	return rep, errors.Join(err, part.Backup(out))
}

// salvaged is what was found in a damaged file.
type salvaged struct {
	runs    map[uint64]Run
	cells   map[uint64][]byte   // values
	members map[uint64][]uint64 // cells of each run
	lost    []string
}

// lose notes something that cannot be saved.
func (f *salvaged) lose(format string, args ...any) {
	f.lost = append(f.lost, fmt.Sprintf(format, args...))
}

// add takes a record found under key, in no known table: that is the one whose
// checksum holds.
func (f *salvaged) add(k, stored []byte) {
	if _, err := membersTable.open(k, stored); err == nil {
		if run, cell, err := memberOf(k); err == nil {
			f.members[run] = append(f.members[run], cell)
		}
		return
	}
	n, err := number(k)
	if err != nil {
		return
	}
	if value, err := cellsTable.open(k, stored); err == nil {
		f.cells[n] = value
	} else if r, err := openRun(k, stored); err == nil && r.Revision >= f.runs[n].Revision {
		f.runs[n] = r
	}
}

// strays returns how many of the runs the tree does not lead to. A page of it that is damaged
// may have led there; or they were deleted, and the list of free pages is damaged, too.
func (f *salvaged) strays(p *pages) int {
	led := make(map[uint64]bool)
	p.walk(visitor{func(t table, k, _ []byte) {
		if n, err := number(k); t == runsTable && err == nil {
			led[n] = true
		}
	}, func(error) {}})
	strays := 0
	for n := range f.runs {
		if !led[n] {
			strays++
		}
	}
	return strays
}

// recovered returns a run for cells that have lost theirs.
func recovered(reason string) Run {
	now := time.Now()
	return Run{ID: newID(now), Annotation: Annotation{Name: "recovered"}, Start: now, End: now, Outcome: Failed, Reason: reason}
}

// adopt gives the cells that no run has a run of their own.
func (f *salvaged) adopt() {
	orphans := maps.Clone(f.cells)
	last := uint64(0)
	for n := range f.runs {
		last = max(last, n)
	}
	for n, cells := range f.members {
		last = max(last, n)
		for _, c := range cells {
			delete(orphans, c)
		}
	}
	if len(orphans) == 0 {
		return
	}
	r := recovered("the records that say whose cells these are were damaged")
	f.lose("the runs of %s, kept as run %s", results.Count(len(orphans), "cell"), r.ID)
	f.runs[last+1] = r
	f.members[last+1] = slices.Collect(maps.Keys(orphans))
}

// writeTo writes what was found to a store.
func (f *salvaged) writeTo(s *Store) error {
	for _, n := range slices.Sorted(maps.Keys(f.members)) {
		if _, ok := f.runs[n]; !ok {
			f.runs[n] = recovered("the record of this run was damaged")
			f.lose("the record of a run: its cells are kept as run %s", f.runs[n].ID)
		}
	}
	if err := s.update(func(*bolt.Tx) error { return nil }); err != nil { // makes the store, also where no run is left
		return err
	}
	for _, n := range slices.Sorted(maps.Keys(f.runs)) {
		if err := s.update(func(tx *bolt.Tx) error { return f.restore(tx, n) }); err != nil {
			return err
		}
	}
	return nil
}

// restore stores run n with its cells.
func (f *salvaged) restore(tx *bolt.Tx, n uint64) error {
	r := f.runs[n]
	var cells []Cell
	members := slices.Compact(slices.Sorted(slices.Values(f.members[n])))
	for _, m := range members {
		if value, ok := f.cells[m]; ok {
			if c, err := decodeCell(value); err == nil {
				cells = append(cells, c)
			}
		}
	}
	if lost := cmp.Or(r.Cells, len(members)) - len(cells); lost > 0 {
		f.lose("%s of run %s", results.Count(lost, "cell"), r.ID)
		r.warn(results.Count(lost, "cell") + " of this run lost to damage")
	}
	return addRunWithCells(tx, &r, cells)
}
