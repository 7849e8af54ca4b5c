package tracking

import (
	"bytes"
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Holders returns the runs that have the cell of that identity which succeeded last,
// the earliest first: that one brought it, the others found it in the store.
func (s *Store) Holders(id Identity) ([]Run, error) {
	var runs []Run
	err := s.view(func(tx *bolt.Tx) error {
		n, err := identityTable.getNumber(tx, id[:])
		if n == 0 || err != nil {
			return err
		}
		members, err := membersTable.bucket(tx)
		if err != nil {
			return err
		}
		now, cell := time.Now(), key(n)
		return members.ForEach(func(k, stored []byte) error {
			if !bytes.HasSuffix(k, cell) {
				return nil
			}
			run, _, err := memberOf(k)
			if err != nil {
				return err
			}
			if _, err := membersTable.open(k, stored); err != nil {
				return err
			}
			r, err := getRun(tx, run)
			if errors.Is(err, ErrDamaged) {
				r, err = damagedRun(tx, key(run), err)
			}
			r.settle(now)
			runs = append(runs, r)
			return err
		})
	})
	return runs, err
}
