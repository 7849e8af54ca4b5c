package tracking

import (
	"fmt"
	"io/fs"
	"os"

	bolt "go.etcd.io/bbolt"

	"sfdalab/internal/scratch"
)

// Backup copies the store, as it is at one moment, to a new file at path.
func (s *Store) Backup(path string) error {
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("backup to %s: %w: name a new file", path, fs.ErrExist)
	}
	err := scratch.Write(path, func(f *os.File) error {
		return s.transact(bolt.Options{ReadOnly: true}, func(tx *bolt.Tx) error {
			_, err := tx.WriteTo(f)
			return err
		})
	})
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}
