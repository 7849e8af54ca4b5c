package tracking

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	bolt "go.etcd.io/bbolt"

	"sfdalab/internal/scratch"
)

// Cut writes the runs that q selects, with those of their cells that q selects, to a new
// store at path, which can be opened, and merged into another, as any. It returns how many
// there are; if there is no run, it writes nothing.
func (s *Store) Cut(q Query, path string) (runs, cells int, err error) {
	if _, err := os.Stat(path); err == nil {
		return 0, 0, fmt.Errorf("export to %s: %w: name a new file", path, fs.ErrExist)
	}
	all, err := s.Select(q)
	if err != nil || len(all) == 0 {
		return 0, 0, err
	}
	folder, remove, err := scratch.Beside(path)
	if err != nil {
		return 0, 0, fmt.Errorf("export: %w", err)
	}
	defer remove()
	part, err := Create(filepath.Join(folder, "store.db"))
	if err != nil {
		return 0, 0, err
	}
	for _, sel := range slices.Backward(all) { // the oldest first, as they came
		if sel.Run.Outcome == Killed { // as readers say of one that is stored as running
			sel.Run.Outcome = Running
		}
		err := part.update(func(tx *bolt.Tx) error { return addRunWithCells(tx, &sel.Run, sel.Cells) })
		if err != nil {
			return 0, 0, err
		}
		cells += len(sel.Cells)
	}
	return len(all), cells, part.Backup(path)
}
