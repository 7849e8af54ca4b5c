package tracking

import (
	"errors"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// isOldImport reports whether an earlier program imported r, which List tells of, from a
// table: it gave the cells the identities of computed scores.
func isOldImport(tx *bolt.Tx, r Run) (is bool, err error) {
	command := r.Environment.Command
	if r.Outcome == Damaged || len(command) < 2 || !slices.Contains(command[1:], "import") {
		return false, nil
	}
	whole, err := getRun(tx, r.number)
	if errors.Is(err, ErrDamaged) || whole.Spec != "" {
		return false, nil
	} else if err != nil {
		return false, err
	}
	err = eachCell(tx, &r, func(c Cell) error {
		_, apart := c.Files[ImportRole]
		is = !apart
		return errEnough
	})
	if errors.Is(err, ErrDamaged) { // to compute a score again costs less than a wrong one
		return true, nil
	}
	return is, err
}

// oldImports returns the numbers of the cells that earlier programs imported, which may
// not stand in for computed ones. A cell that came with a run before the import was
// computed by that.
func oldImports(tx *bolt.Tx) (map[uint64]bool, error) {
	imports := make(map[uint64]bool) // numbers of runs
	err := eachRun(tx, &Query{}, func(r Run) (err error) {
		is, err := isOldImport(tx, r)
		if is {
			imports[r.number] = true
		}
		return err
	})
	if err != nil || len(imports) == 0 {
		return nil, err
	}
	members, err := membersTable.bucket(tx)
	if err != nil {
		return nil, err
	}
	computed, imported := make(map[uint64]bool), make(map[uint64]bool)
	return imported, members.ForEach(func(k, _ []byte) error {
		run, cell, err := memberOf(k)
		switch {
		case err != nil || computed[cell] || imported[cell]:
		case imports[run]:
			imported[cell] = true
		default:
			computed[cell] = true
		}
		return err
	})
}

// forgetOldImports takes what earlier programs imported out of the index, so that what is
// computed gets its place there.
func (s *Store) forgetOldImports() error {
	indexed := make(map[uint64]bool)
	err := s.view(func(tx *bolt.Tx) error {
		imported, err := oldImports(tx)
		for cell := range imported {
			if c, err := getCell(tx, cell); err != nil {
				continue // damaged: nothing stands in for it
			} else if n, err := identityTable.getNumber(tx, c.ID[:]); err == nil && n == cell {
				indexed[cell] = true
			}
		}
		return err
	})
	if err != nil || len(indexed) == 0 {
		return err
	}
	return s.update(func(tx *bolt.Tx) error { return forget(tx, indexed) })
}
