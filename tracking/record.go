package tracking

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	bolt "go.etcd.io/bbolt"
)

// A table is a bucket whose values begin with a checksum.
type table string

const (
	metaTable     table = "meta"
	runsTable     table = "runs"
	runIDsTable   table = "run-ids"
	cellsTable    table = "cells"
	identityTable table = "identities"
	membersTable  table = "members"
)

var tables = []table{metaTable, runsTable, runIDsTable, cellsTable, identityTable, membersTable}

// sumSize is the length of a checksum.
const sumSize = 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sum returns the checksum of a value stored in t under key: CRC-32C of the name of t, the
// key and the value, which begins from the length of the key. So no byte can move from the
// key to the value unseen, and a record that lies in the wrong bucket is found out.
func (t table) sum(key, value []byte) uint32 {
	s := crc32.Update(uint32(len(key)), castagnoli, []byte(t))
	return crc32.Update(crc32.Update(s, castagnoli, key), castagnoli, value)
}

// bucket returns the bucket of t, whose leaves bbolt can then use.
func (t table) bucket(tx *bolt.Tx) (*bolt.Bucket, error) {
	b := tx.Bucket([]byte(t))
	if b == nil {
		return nil, fmt.Errorf("%w: bucket %q is missing", ErrDamaged, t)
	}
	if of, ok := trees.Load(tx.DB()); ok {
		if err := of.(*tree).check(t); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
	if t == cellsTable || t == membersTable {
		b.FillPercent = 0.95 // keys mostly grow, so little is inserted into a full page later
	}
	return b, nil
}

// put stores value under key.
func (t table) put(tx *bolt.Tx, key, value []byte) error {
	b, err := t.bucket(tx)
	if err != nil {
		return err
	}
	return b.Put(key, t.seal(key, value))
}

// seal returns value as it is stored, with its checksum.
func (t table) seal(key, value []byte) []byte {
	stored := unsealed(value)
	t.sealInPlace(key, stored)
	return stored
}

// unsealed returns value behind room for its checksum.
func unsealed(value []byte) []byte {
	return append(make([]byte, sumSize, sumSize+len(value)), value...)
}

// sealInPlace sets the checksum of an unsealed value.
func (t table) sealInPlace(key, stored []byte) {
	binary.BigEndian.PutUint32(stored, t.sum(key, stored[sumSize:]))
}

// open returns the value in a stored one, having verified the checksum.
func (t table) open(key, stored []byte) ([]byte, error) {
	if len(stored) < sumSize || binary.BigEndian.Uint32(stored) != t.sum(key, stored[sumSize:]) {
		return nil, fmt.Errorf("%w: %s record %.32x fails its checksum", ErrDamaged, t, key)
	}
	return stored[sumSize:], nil
}

// get returns the value under key, nil if there is none. It is valid until the
// transaction ends.
func (t table) get(tx *bolt.Tx, key []byte) ([]byte, error) {
	b, err := t.bucket(tx)
	if err != nil {
		return nil, err
	}
	stored := b.Get(key)
	if stored == nil {
		return nil, nil
	}
	return t.open(key, stored)
}

// remove removes the value under key.
func (t table) remove(tx *bolt.Tx, key []byte) error {
	b, err := t.bucket(tx)
	if err != nil {
		return err
	}
	return b.Delete(key)
}

// next returns the next number of t, from 1.
func (t table) next(tx *bolt.Tx) (uint64, error) {
	b, err := t.bucket(tx)
	if err != nil {
		return 0, err
	}
	return b.NextSequence()
}

// key returns numbers as a key that sorts as they do.
func key(numbers ...uint64) []byte {
	k := make([]byte, 0, 8*len(numbers))
	for _, n := range numbers {
		k = binary.BigEndian.AppendUint64(k, n)
	}
	return k
}

// number reads the number that value is.
func number(value []byte) (uint64, error) {
	if len(value) != 8 {
		return 0, fmt.Errorf("%w: %.32x is not a number of a record", ErrDamaged, value)
	}
	return binary.BigEndian.Uint64(value), nil
}

// putRun stores r, which has its number.
func putRun(tx *bolt.Tx, r *Run) error {
	r.Revision++
	value, err := toCBOR.Marshal(r)
	if err != nil {
		return fmt.Errorf("run %s: %w", r.ID, err)
	}
	return runsTable.put(tx, key(r.number), value)
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
		return Run{}, fmt.Errorf("%w of number %d", ErrNoRun, n)
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

// openRunAs returns the run that is stored under key, which decode reads.
func openRunAs(key, stored []byte, decode func([]byte) (Run, error)) (Run, error) {
	value, err := runsTable.open(key, stored)
	if err != nil {
		return Run{}, err
	}
	r, err := decode(value)
	if err != nil {
		return Run{}, fmt.Errorf("%w: run %.32x: %w", ErrDamaged, key, err)
	}
	r.number, err = number(key)
	return r, err
}
