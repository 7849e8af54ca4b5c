package tracking

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	bolt "go.etcd.io/bbolt"
)

// A migration changes a store of one schema into one of the next.
type migration func(*bolt.Tx) error

// oldest is the first schema that was released.
const oldest = 2

// migrations holds at i the migration from schema oldest+i.
var migrations []migration

// schema is the version of the layout in the package comment that this program
// writes.
func schema() int { return oldest + len(migrations) }

// errOlder is the error of a store that has to be migrated.
var errOlder = errors.New("the store has an older schema")

// newPages is how many pages bbolt gives a new file.
const newPages = 4

// schemaOf returns the schema of the store.
func schemaOf(tx *bolt.Tx) (int, error) {
	if tx.Bucket([]byte(metaTable)) == nil {
		if first, _ := tx.Cursor().First(); first != nil {
			return 0, ErrForeign
		} else if tx.Size() > newPages*int64(tx.DB().Info().PageSize) {
			return 0, fmt.Errorf("%w: its root page is empty", ErrDamaged)
		}
		return 0, ErrNoStore // whoever created it was killed before more was written
	}
	text, err := metaTable.get(tx, schemaKey)
	if err != nil {
		return 0, err
	}
	version, err := strconv.Atoi(string(text))
	if err != nil || version < 1 {
		return 0, fmt.Errorf("%w: schema version is %q", ErrDamaged, text)
	}
	return version, nil
}

var schemaKey = []byte("schema")

// putSchema records that the store has this program's schema.
func putSchema(tx *bolt.Tx) error {
	return metaTable.put(tx, schemaKey, []byte(strconv.Itoa(schema())))
}

// checkSchema reports a store that is not of this program's schema.
func checkSchema(tx *bolt.Tx) error {
	version, err := schemaOf(tx)
	switch {
	case err != nil:
		return err
	case version < oldest:
		return fmt.Errorf("%w: schema %d was never released", ErrForeign, version)
	case version > schema():
		return fmt.Errorf("%w: schema %d, this program knows %d", ErrNewer, version, schema())
	case version < schema():
		return errOlder
	}
	return nil
}

// migrate brings an older store to this program's schema, in one transaction.
// The file as it was is kept beside it, as PATH.schema-N.
func (s *Store) migrate() error {
	var from int
	err := s.transact(bolt.Options{ReadOnly: true}, func(tx *bolt.Tx) (err error) {
		from, err = schemaOf(tx)
		return err
	})
	if err != nil {
		return err
	}
	// A copy that is there already is of an earlier attempt, which changed
	// nothing or everything.
	if err := s.Backup(fmt.Sprintf("%s.schema-%d", s.path, from)); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return s.transact(bolt.Options{}, func(tx *bolt.Tx) error {
		version, err := schemaOf(tx)
		if err != nil {
			return err
		}
		for ; version < schema(); version++ {
			if err := migrations[version-oldest](tx); err != nil {
				return fmt.Errorf("migrating from schema %d: %w", version, err)
			}
		}
		return putSchema(tx)
	})
}
