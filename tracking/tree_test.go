package tracking

import (
	"encoding/binary"
	"errors"
	"testing"
	"time"
)

// A page may claim to have more than it has: bbolt would copy that, a gigabyte or what
// follows in the file, and free the pages of others. Nothing is written to such a store,
// which is said before anything is computed.
func TestFalseClaims(t *testing.T) {
	s := newStore(t)
	var all []Cell
	for i := range 600 {
		all = append(all, cell("run", i))
	}
	logRun(t, s, Run{}, all...)
	store, p := pagesOf(t, s)
	roots, err := p.roots()
	if err != nil {
		t.Fatal(err)
	}
	places := map[string]uint64{"the root": p.root, "the free list": p.free}
	for _, of := range []table{cellsTable, identityTable, membersTable} {
		leaves, err := p.leaves(roots[of], make(map[uint64]bool))
		if err != nil || len(leaves) < 3 {
			t.Fatalf("%s: %d leaves, %v", of, len(leaves), err)
		}
		places["above "+string(of)], places["a leaf of "+string(of)] = roots[of], leaves[1]
	}
	set := binary.LittleEndian.PutUint32
	for place, n := range places {
		nd, err := p.read(n)
		if err != nil {
			t.Fatal(err)
		}
		claims := map[string]func(page []byte){
			"a page more":  func(page []byte) { set(page[12:], 1) },
			"all pages":    func(page []byte) { set(page[12:], uint32(p.end-n)) },
			"four billion": func(page []byte) { set(page[12:], 1<<32-1) },
		}
		middle := pageHeader + nd.count/2*elementSize
		switch nd.kind {
		case branchPage:
			claims["a key of a gigabyte"] = func(page []byte) { set(page[middle+4:], 1<<30) }
			claims["no key"] = func(page []byte) { set(page[middle+4:], 0) }
		case leafPage:
			claims["a key of a gigabyte"] = func(page []byte) { set(page[middle+8:], 1<<30) }
			claims["a value of a gigabyte"] = func(page []byte) { set(page[middle+12:], 1<<30) }
			claims["a place behind the file"] = func(page []byte) { set(page[middle+4:], 1<<31) }
			claims["values that overlap"] = func(page []byte) {
				set(page[middle+4:], uint32(pageHeader+nd.count*elementSize-middle)) // from the first key on
				set(page[middle+12:], uint32(int(p.page)-pageHeader-nd.count*elementSize)-binary.LittleEndian.Uint32(page[middle+8:]))
			}
		}
		for claim, make := range claims {
			path := damaged(t, store, func(b []byte) []byte {
				make(b[int64(n)*p.page:][:p.page])
				return b
			})
			s := &Store{Wait: time.Second, path: path}
			if _, err := s.Begin(Run{}); !errors.Is(err, ErrDamaged) {
				t.Errorf("%s claims %s: a run begins, %v", place, claim, err)
			}
			if _, err := s.Import(Run{}, "9f86d081", []Cell{cell("other", 1)}); !errors.Is(err, ErrDamaged) {
				t.Errorf("%s claims %s: imported, %v", place, claim, err)
			}
			if _, err := s.Select(Query{}); err != nil && !errors.Is(err, ErrDamaged) {
				t.Errorf("%s claims %s: reading: %v", place, claim, err)
			}
			if rep, err := Check(path); err != nil || len(rep.Damage) == 0 {
				t.Errorf("%s claims %s: Check finds %v, %v", place, claim, rep.Damage, err)
			}
			if rep, err := Repair(path, path+".repaired"); err != nil || len(rep.Damage) > 0 || rep.Cells < 500 {
				t.Errorf("%s claims %s: repaired to %+v, %v", place, claim, rep, err)
			}
		}
	}
}

// Where the meta page of the last state is lost to a copy of the other, or claims a state of
// another time, both pass their checksums: that they do not follow each other is told.
func TestMetaPagesFollow(t *testing.T) {
	s := newStore(t)
	logRun(t, s, Run{}, cell("a", 1))
	for range 3 { // as in any store, and in a copy of one
		path := t.TempDir() + "/copy.db"
		if err := s.Backup(path); err != nil {
			t.Fatal(err)
		}
		var err error
		if s, err = Open(path); err != nil {
			t.Fatal(err)
		}
		for i := range 4 {
			if rep := healthy(t, s); rep.Runs == 0 {
				t.Error("no runs")
			}
			if s, err = Open(path); err != nil || s.Doubt() != nil {
				t.Fatalf("after %d writes: %v, %v", i, err, s.Doubt())
			}
			if err := s.Annotate(latest, func(a *Annotation) { a.Notes += "x" }); err != nil {
				t.Fatal(err)
			}
		}
	}
	store, p := pagesOf(t, s)
	for n := range int64(2) {
		path := damaged(t, store, func(b []byte) []byte {
			copy(b[n*p.page+pageHeader:][:metaSize], b[(1-n)*p.page+pageHeader:])
			return b
		})
		if s, err := Open(path); err != nil || s.Doubt() == nil {
			t.Errorf("opened without a word, %v", err)
		}
		if rep, err := Check(path); err != nil || len(rep.Damage) == 0 {
			t.Errorf("Check finds %+v, %v", rep, err)
		}
		if rep, err := Repair(path, path+".repaired"); err != nil || len(rep.Lost) == 0 || rep.Cells == 0 {
			t.Errorf("repaired to %+v, %v", rep, err)
		}
	}
}
