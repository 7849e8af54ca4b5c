package tracking

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// Repair saves every undamaged run and cell of the file at path into a new
// store at out, and reports how many. Cells whose run is lost are given a run
// that says so. If the list of free pages is damaged too, runs that were deleted
// may come back.
func Repair(path, out string) (Report, error) {
	if _, err := os.Stat(out); err == nil {
		return Report{}, fmt.Errorf("repair to %s: %w: name a new file", out, fs.ErrExist)
	}
	found := salvaged{runs: map[uint64]Run{}, cells: map[uint64][]byte{}, members: map[uint64][]uint64{}}
	err := readPages(path, func(p *pages, damage []error) error {
		if p == nil {
			return fmt.Errorf("%w: no meta page is whole, so nothing can be read", ErrDamaged)
		}
		p.salvage(found.add)
		return nil
	})
	if err != nil {
		return Report{}, err
	}
	s, err := Create(out)
	if err != nil {
		return Report{}, err
	}
	for _, n := range slices.Sorted(maps.Keys(found.members)) {
		if _, ok := found.runs[n]; !ok {
			found.runs[n] = Run{ID: fmt.Sprintf("recovered-%d", n), Outcome: Failed, Reason: "the record of this run was damaged"}
		}
	}
	for _, n := range slices.Sorted(maps.Keys(found.runs)) {
		if err := s.update(func(tx *bolt.Tx) error { return found.restore(tx, n) }); err != nil {
			return Report{}, err
		}
	}
	return Check(out)
}

// salvaged is what was found in a damaged file.
type salvaged struct {
	runs    map[uint64]Run
	cells   map[uint64][]byte   // JSON
	members map[uint64][]uint64 // cells of each run
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
		r.warn(fmt.Sprintf("%d cells of this run were damaged and are lost", lost))
	}
	return addRunWithCells(tx, &r, cells)
}
