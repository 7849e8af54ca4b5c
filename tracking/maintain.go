package tracking

import (
	"bytes"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// Annotate lets edit change the name, tags and notes of the run that ref names,
// also while it runs.
func (s *Store) Annotate(ref string, edit func(*Annotation)) error {
	return s.update(func(tx *bolt.Tx) error {
		found, err := findRun(tx, ref)
		if err != nil {
			return err
		}
		r, err := getRun(tx, found.number) // with the outcome as it is stored
		if err != nil {
			return err
		}
		edit(&r.Annotation)
		return putRun(tx, &r)
	})
}

// Delete removes the runs that the refs name. Their cells stay until Collect.
func (s *Store) Delete(refs ...string) error {
	return s.update(func(tx *bolt.Tx) error {
		for _, ref := range refs {
			r, err := findRun(tx, ref)
			if err != nil {
				return err
			}
			if r.Outcome == Running {
				return fmt.Errorf("run %s is still running: stop it first", r.ID)
			}
			if err := deleteRun(tx, r); err != nil {
				return err
			}
		}
		return nil
	})
}

func deleteRun(tx *bolt.Tx, r Run) error {
	members, err := membersTable.bucket(tx)
	if err != nil {
		return err
	}
	run := key(r.number)
	var keys [][]byte
	c := members.Cursor()
	for k, _ := c.Seek(run); bytes.HasPrefix(k, run); k, _ = c.Next() {
		keys = append(keys, bytes.Clone(k))
	}
	for _, k := range keys {
		if err := members.Delete(k); err != nil {
			return err
		}
	}
	if err := runIDsTable.remove(tx, []byte(r.ID)); err != nil {
		return err
	}
	return runsTable.remove(tx, run)
}

// Collect removes the cells that no run refers to and returns how many. The
// file keeps its size and fills the room with what comes.
func (s *Store) Collect() (int, error) {
	var garbage []Identity
	err := s.update(func(tx *bolt.Tx) error {
		used := make(map[uint64]bool)
		members, err := membersTable.bucket(tx)
		if err != nil {
			return err
		}
		err = members.ForEach(func(k, _ []byte) error {
			_, cell, err := memberOf(k)
			used[cell] = true
			return err
		})
		if err != nil {
			return err
		}
		cells, err := cellsTable.bucket(tx)
		if err != nil {
			return err
		}
		var unused []uint64
		err = cells.ForEach(func(k, _ []byte) error {
			n, err := number(k)
			if err == nil && !used[n] {
				unused = append(unused, n)
			}
			return err
		})
		if err != nil {
			return err
		}
		for _, n := range unused {
			c, err := getCell(tx, n)
			if err != nil {
				return err
			}
			garbage = append(garbage, c.ID)
			if err := removeCell(tx, n, c.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(garbage), nil
}

// removeCell removes cell n, and its identity unless that leads to another one.
func removeCell(tx *bolt.Tx, n uint64, id Identity) error {
	latest, err := identityTable.getNumber(tx, id[:])
	if err != nil {
		return err
	}
	if latest == n {
		if err := identityTable.remove(tx, id[:]); err != nil {
			return err
		}
	}
	return cellsTable.remove(tx, key(n))
}
