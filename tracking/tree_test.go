package tracking

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

// pagesOf returns the bytes of a store, and its pages.
func pagesOf(t *testing.T, s *Store) ([]byte, *pages) {
	t.Helper()
	store, err := os.ReadFile(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	p, _ := openPages(inMemory(store), int64(len(store)))
	return store, p
}

// largeStore returns a store whose tables have pages of their own: a run of 600 cells, its
// pages, and the root pages of its tables.
func largeStore(t *testing.T) (store []byte, p *pages, roots map[table]uint64) {
	t.Helper()
	s := newStore(t)
	var all []Cell
	for i := range 600 {
		all = append(all, cell("run", i))
	}
	logRun(t, s, Run{}, all...)
	store, p = pagesOf(t, s)
	roots, err := p.roots()
	if err != nil {
		t.Fatal(err)
	}
	return store, p, roots
}

// damaged writes a copy of a store that was changed, and returns its path.
func damaged(t *testing.T, store []byte, change func([]byte) []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "damaged.db")
	if err := os.WriteFile(path, change(append([]byte(nil), store...)), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// From a page that leads back to itself or to a list of pages, bbolt may not come back.
func TestTrap(t *testing.T) {
	s := newStore(t)
	for r := range 3 {
		var all []Cell
		for i := range 300 {
			all = append(all, cell(fmt.Sprint("run", r), i))
		}
		logRun(t, s, Run{}, all...)
	}
	store, p := pagesOf(t, s)
	free, err := p.freed()
	if err != nil || len(free) == 0 {
		t.Fatalf("no page is free: %v", err)
	}
	roots, err := p.roots()
	if err != nil {
		t.Fatal(err)
	}
	small := newStore(t)
	logRun(t, small, Run{}, cell("small", 1))
	found := 0
	for _, n := range roots {
		nd, err := p.read(n)
		if err != nil || nd.kind != branchPage {
			continue
		}
		found++
		for _, element := range []int{0, nd.count / 2, nd.count - 1} {
			for _, to := range []uint64{n, 1, p.free, slices.Min(slices.Collect(maps.Keys(free)))} {
				path := damaged(t, store, func(b []byte) []byte {
					child := int(n)*int(p.page) + pageHeader + element*elementSize + 8
					binary.LittleEndian.PutUint64(b[child:], to)
					return b
				})
				if _, err := Open(path); !errors.Is(err, ErrDamaged) {
					t.Errorf("page %d, element %d to page %d: %v, want ErrDamaged", n, element, to, err)
				}
				if rep, err := Check(path); err != nil || len(rep.Damage) == 0 {
					t.Errorf("page %d, element %d to page %d: Check found %v, %v", n, element, to, rep.Damage, err)
				}
				if rep, err := Repair(path, path+".repaired"); err != nil || rep.Cells != 900 {
					t.Errorf("page %d, element %d to page %d: %d cells were saved, %v", n, element, to, rep.Cells, err)
				}
			}
		}
	}
	if found == 0 {
		t.Error("the store has no page to damage")
	}

	// A branch page over a leaf: bbolt would follow it round and round.
	for table, root := range roots {
		nd, err := p.read(root)
		if err != nil || nd.kind != branchPage {
			continue
		}
		for _, leaf := range []uint64{nd.child(0), nd.child(nd.count / 2), nd.child(nd.count - 1)} {
			path := damaged(t, store, func(b []byte) []byte {
				copy(b[int64(leaf)*p.page+8:], nd.data[8:p.page]) // with the leaf's own number
				return b
			})
			s := &Store{Wait: time.Second, path: path}
			for name, use := range map[string]func() error{
				"reading":    func() error { _, err := s.Select(Query{}); return err },
				"looking up": func() error { _, err := s.Lookup([]Identity{cell("run1", 7).ID}); return err },
				"logging":    func() error { _, err := s.Merge(small); return err },
				"collecting": func() error { _, err := s.Collect(); return err },
			} {
				if err := use(); err != nil && !errors.Is(err, ErrDamaged) {
					t.Errorf("%s: %s with a branch over page %d: %v", table, name, leaf, err)
				}
			}
			if rep, err := Check(path); err != nil || len(rep.Damage) == 0 {
				t.Errorf("%s: a branch over page %d: Check found %v, %v", table, leaf, rep.Damage, err)
			}
			if rep, err := Repair(path, path+".repaired"); err != nil || len(rep.Damage) > 0 || rep.Cells == 0 {
				t.Errorf("%s: a branch over page %d: repaired to %+v, %v", table, leaf, rep, err)
			}
		}
	}

	// Of few records, a bucket is within the page that names it.
	if store, err = os.ReadFile(small.Path()); err != nil {
		t.Fatal(err)
	}
	p, _ = openPages(inMemory(store), int64(len(store)))
	within := int(p.root)*int(p.page) + bytes.LastIndex(store[int64(p.root)*p.page:int64(p.root+1)*p.page], []byte(runsTable)) + len(runsTable) + bucketHeader
	path := damaged(t, store, func(b []byte) []byte {
		b[within+8] = branchPage
		return b
	})
	if _, err := Open(path); !errors.Is(err, ErrDamaged) {
		t.Errorf("a bucket that leads to itself: %v, want ErrDamaged", err)
	}
}

// A page may claim to have more than it has: bbolt would copy that, a gigabyte or what
// follows in the file, and free the pages of others. Nothing is written to such a store,
// which is said before anything is computed.
func TestFalseClaims(t *testing.T) {
	store, p, roots := largeStore(t)
	places := map[string]uint64{"the root": p.root, "the free list": p.free}
	for _, of := range []table{cellsTable, identityTable, membersTable} {
		leaves, err := p.leaves(place{page: roots[of]}, make(map[uint64]place))
		if err != nil || len(leaves) < 3 {
			t.Fatalf("%s: %d leaves, %v", of, len(leaves), err)
		}
		places["above "+string(of)], places["a leaf of "+string(of)] = roots[of], leaves[1].page
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
		case freePage:
			claims["a trillion free pages"] = func(page []byte) {
				binary.LittleEndian.PutUint16(page[10:], math.MaxUint16)
				binary.LittleEndian.PutUint64(page[pageHeader:], 1<<40)
			}
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

// forge changes the record of a meta page, and its checksum.
func forge(page []byte, change func(meta []byte)) {
	meta := page[pageHeader:][:metaSize]
	change(meta)
	h := fnv.New64a()
	h.Write(meta[:metaSize-8])
	binary.LittleEndian.PutUint64(meta[metaSize-8:], h.Sum64())
}

// A meta record may claim any size of pages and pass its checksum. bbolt takes that of the
// first meta page for both: a store of which nothing else is known is not used.
func TestFalsePageSize(t *testing.T) {
	s := newStore(t)
	logRun(t, s, Run{}, cell("a", 1))
	store, p := pagesOf(t, s)
	for n := range int64(2) {
		for _, size := range []uint32{0, 512, 1 << 25, math.MaxUint32} {
			path := damaged(t, store, func(b []byte) []byte {
				forge(b[n*p.page:], func(meta []byte) { binary.LittleEndian.PutUint32(meta[8:], size) })
				return b
			})
			if _, err := Open(path); !errors.Is(err, ErrDamaged) {
				t.Errorf("meta page %d, pages of %d bytes: opened, %v", n, size, err)
			}
			if err := (&Store{Wait: time.Second, path: path}).Annotate(latest, func(*Annotation) {}); !errors.Is(err, ErrDamaged) {
				t.Errorf("meta page %d, pages of %d bytes: written, %v", n, size, err)
			}
		}
	}
}

// A file of a system with larger pages is read by its second meta page where the first is
// damaged.
func TestLargePages(t *testing.T) {
	for _, size := range pageSizes {
		path := filepath.Join(t.TempDir(), "large.db")
		db, err := bolt.Open(path, 0o644, &bolt.Options{PageSize: int(size)})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		s, err := Create(path)
		if err != nil {
			t.Fatal(err)
		}
		logRun(t, s, Run{}, cell("a", 1))
		healthy(t, s)
		store, p := pagesOf(t, s)
		if p.page != size {
			t.Fatalf("pages of %d bytes, want %d", p.page, size)
		}
		path = damaged(t, store, func(b []byte) []byte { clear(b[:size]); return b })
		if s, err := Open(path); err != nil || s.Doubt() == nil {
			t.Errorf("pages of %d bytes: opened, %v", size, err)
		}
		if rep, err := Repair(path, path+".repaired"); err != nil || len(rep.Lost) == 0 || rep.Runs != 1 {
			t.Errorf("pages of %d bytes: repaired to %+v, %v", size, rep, err)
		}
	}
}

// Without a list of free pages bbolt follows the tree to find them, which may lead round and
// round.
func TestNoFreeList(t *testing.T) {
	store, p, roots := largeStore(t)
	for n := range int64(2) {
		forge(store[n*p.page:], func(meta []byte) { binary.LittleEndian.PutUint64(meta[32:], noFreeList) })
	}
	other := []Cell{cell("other", 1)}
	whole := &Store{Wait: time.Second, path: damaged(t, store, func(b []byte) []byte { return b })}
	if _, err := whole.Import(Run{}, "9f86d081", other); err != nil {
		t.Error(err)
	}
	healthy(t, whole)
	round := &Store{Wait: time.Second, path: damaged(t, store, func(b []byte) []byte {
		root := roots[identityTable]
		binary.LittleEndian.PutUint64(b[int64(root)*p.page+pageHeader+8:], root)
		return b
	})}
	if _, err := round.Import(Run{}, "9f86d081", other); !errors.Is(err, ErrDamaged) {
		t.Errorf("imported, %v", err)
	}
	if _, err := round.Select(Query{}); !errors.Is(err, ErrDamaged) {
		t.Errorf("read, %v", err)
	}
}

// The key above a page may be less than the page's first one and still lead there. Nothing is
// written to such a store: bbolt would not find the place of the page that it writes anew, and
// leave the old page there, which it frees.
func TestKeyAbove(t *testing.T) {
	store, p, roots := largeStore(t)
	root, err := p.read(roots[identityTable])
	if err != nil || root.kind != branchPage {
		t.Fatalf("%v, a page of kind %d", err, root.kind)
	}
	element := pageHeader + root.count/2*elementSize
	key := int64(roots[identityTable])*p.page + int64(element) + int64(binary.LittleEndian.Uint32(root.data[element:]))
	path := damaged(t, store, func(b []byte) []byte {
		for i := key + int64(len(Identity{})) - 1; ; i-- { // the next smaller one
			if b[i]--; b[i] != math.MaxUint8 {
				return b
			}
		}
	})
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Import(Run{}, "9f86d081", []Cell{cell("other", 1)}); !errors.Is(err, ErrDamaged) {
		t.Errorf("imported, %v", err)
	}
	if selected, err := s.Select(Query{}); err != nil || len(selected[0].Cells) != 600 {
		t.Errorf("read: %v", err)
	}
	if rep, err := Check(path); err != nil || len(rep.Damage) == 0 {
		t.Errorf("Check finds %v, %v", rep.Damage, err)
	}
	if rep, err := Repair(path, path+".repaired"); err != nil || len(rep.Damage)+len(rep.Lost) > 0 || rep.Cells != 600 {
		t.Errorf("repaired to %+v, %v", rep, err)
	}
}

// A table that counts fewer numbers than it has given would give a new run or cell the place
// of another. Nothing is written to such a store, which is said before anything is computed.
func TestNumbersGivenAgain(t *testing.T) {
	for size, cells := range map[string]int{"with a page of its own": 600, "within the root page": 2} {
		s := newStore(t)
		var all []Cell
		for i := range cells {
			all = append(all, cell("run", i))
		}
		id := logRun(t, s, Run{}, all...)
		logRun(t, s, Run{}, cell("other", 1))
		store, p := pagesOf(t, s)
		for _, of := range []table{runsTable, cellsTable} {
			root := store[int64(p.root)*p.page:][:p.page]
			counted := bytes.LastIndex(root, []byte(of)) + len(of) + 8
			for _, n := range []uint64{0, 1, math.MaxUint64} {
				path := damaged(t, store, func(b []byte) []byte {
					binary.LittleEndian.PutUint64(b[int64(p.root)*p.page+int64(counted):], n)
					return b
				})
				s, err := Open(path)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := s.Begin(Run{}); !errors.Is(err, ErrDamaged) {
					t.Errorf("%s %s counts %d: a run begins, %v", of, size, n, err)
				}
				if got, err := s.Cells(id); err != nil || len(got) != cells {
					t.Errorf("%s %s counts %d: %d cells are read, %v", of, size, n, len(got), err)
				}
				if rep, err := Check(path); err != nil || len(rep.Damage) == 0 {
					t.Errorf("%s %s counts %d: Check finds %v, %v", of, size, n, rep.Damage, err)
				}
				if rep, err := Repair(path, path+".repaired"); err != nil || len(rep.Damage)+len(rep.Lost) > 0 || rep.Cells != cells+1 {
					t.Errorf("%s %s counts %d: repaired to %+v, %v", of, size, n, rep, err)
				}
			}
		}
	}
}

// A page of an older state, from before it was split, has records that now are on the next page
// too: all pass their checksums and lead to what they should. Nothing is written to such a
// store, as bbolt would write a tree that cannot be read.
func TestOlderPage(t *testing.T) {
	store, p, roots := largeStore(t)
	for _, of := range []table{identityTable, membersTable, cellsTable} {
		leaves, err := p.leaves(place{page: roots[of]}, make(map[uint64]place))
		if err != nil || len(leaves) < 3 {
			t.Fatalf("%s: %d leaves, %v", of, len(leaves), err)
		}
		this, err := p.read(leaves[1].page)
		if err != nil {
			t.Fatal(err)
		}
		next, err := p.read(leaves[2].page)
		if err != nil {
			t.Fatal(err)
		}
		path := damaged(t, store, func(b []byte) []byte {
			copy(b[int64(leaves[1].page)*p.page:][:p.page], withFirstOf(this, next))
			return b
		})
		if rep, err := Check(path); err != nil || len(rep.Damage) == 0 {
			t.Errorf("%s: Check finds %v, %v", of, rep.Damage, err)
		}
		s := &Store{Wait: time.Second, path: path}
		if _, err := s.Import(Run{}, "9f86d081", []Cell{cell("other", 1)}); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: imported, %v", of, err)
		}
		if rep, err := Repair(path, path+".repaired"); err != nil || len(rep.Damage) > 0 || rep.Cells < 599 {
			t.Errorf("%s: repaired to %+v, %v", of, rep, err)
		}
	}
}

// withFirstOf returns a leaf page with the first record of the next in addition, or, where
// there is no room, in the place of its last one.
func withFirstOf(this, next node) []byte {
	page := append([]byte(nil), this.data[:pageHeader]...)
	type record struct{ key, value []byte }
	var all []record
	size := pageHeader
	add := func(n node, i int) {
		_, key, value, _ := n.leaf(i)
		all = append(all, record{key, value})
		size += elementSize + len(key) + len(value)
	}
	for i := range this.count {
		add(this, i)
	}
	if add(next, 0); size > len(this.data) {
		all = slices.Delete(all, len(all)-2, len(all)-1)
	}
	binary.LittleEndian.PutUint16(page[10:], uint16(len(all)))
	at := pageHeader + len(all)*elementSize
	var data []byte
	for i, r := range all {
		element := make([]byte, elementSize)
		binary.LittleEndian.PutUint32(element[4:], uint32(at+len(data)-pageHeader-i*elementSize))
		binary.LittleEndian.PutUint32(element[8:], uint32(len(r.key)))
		binary.LittleEndian.PutUint32(element[12:], uint32(len(r.value)))
		page = append(page, element...)
		data = append(append(data, r.key...), r.value...)
	}
	return append(page, data...)
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

// A branch that leads to one leaf twice has as many cells as the run, but not all of them.
func TestTwinLeaves(t *testing.T) {
	s := newStore(t)
	var all []Cell
	for i := range 1000 {
		all = append(all, cell("run", i))
	}
	id := logRun(t, s, Run{}, all...)
	store, p := pagesOf(t, s)
	roots, err := p.roots()
	if err != nil {
		t.Fatal(err)
	}
	root := roots[membersTable]
	nd, err := p.read(root)
	if err != nil || nd.kind != branchPage || nd.count < 4 {
		t.Fatalf("%v, %d children of kind %d", err, nd.count, nd.kind)
	}
	child := func(element int) int { return int(root)*int(p.page) + pageHeader + element*elementSize + 8 }
	path := damaged(t, store, func(b []byte) []byte {
		copy(b[child(2):][:8], b[child(1):])
		return b
	})
	twin, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if cells, err := twin.Cells(id); !errors.Is(err, ErrDamaged) {
		t.Errorf("%d cells are read, %v", len(cells), err)
	}
}

// A page of runs that lost its last one, or that takes the place of another, looks like any: the
// other runs are not taken for all of them, nor one of them for the latest.
func TestLostRuns(t *testing.T) {
	s := newStore(t)
	for i := range 40 {
		logRun(t, s, Run{Annotation: Annotation{Notes: fmt.Sprint(i) + string(make([]byte, 300))}}, cell("a", i))
	}
	store, p := pagesOf(t, s)
	roots, err := p.roots()
	if err != nil {
		t.Fatal(err)
	}
	root, err := p.read(roots[runsTable])
	if err != nil || root.kind != branchPage || root.count < 4 {
		t.Fatalf("%v, %d children of kind %d", err, root.count, root.kind)
	}
	child := func(element int) int64 {
		return int64(roots[runsTable])*p.page + int64(pageHeader+element*elementSize+8)
	}
	lose := func(b []byte, leaf int) {
		count := b[int64(root.child(leaf))*p.page+10:]
		binary.LittleEndian.PutUint16(count, binary.LittleEndian.Uint16(count)-1)
	}
	for name, test := range map[string]struct {
		change func(b []byte)
		latest bool // is lost
	}{
		"a run":                {func(b []byte) { lose(b, 1) }, false},
		"the latest run":       {func(b []byte) { lose(b, root.count-1) }, true},
		"a page, for another":  {func(b []byte) { copy(b[child(2):][:8], b[child(1):]) }, false},
		"the latest, for them": {func(b []byte) { copy(b[child(root.count-1):][:8], b[child(0):]) }, true},
	} {
		s, err := Open(damaged(t, store, func(b []byte) []byte { test.change(b); return b }))
		if err != nil {
			t.Fatal(err)
		}
		if runs, err := s.List(Query{}, 0, 0); !errors.Is(err, ErrDamaged) {
			t.Errorf("lost %s: %d runs are listed, %v", name, len(runs), err)
		}
		if all, err := s.Select(Query{}); !errors.Is(err, ErrDamaged) {
			t.Errorf("lost %s: %d runs are selected, %v", name, len(all), err)
		}
		if r, err := s.Run(latest); errors.Is(err, ErrDamaged) != test.latest {
			t.Errorf("lost %s: run %s is the latest, %v", name, r.ID, err)
		}
	}
}

// A file that bbolt made and nothing was written to is no store yet; one that has pages and
// an empty root was damaged, and must not be taken for new.
func TestEmptyRoot(t *testing.T) {
	made := filepath.Join(t.TempDir(), "made.db")
	db, err := bolt.Open(made, 0o644, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if rep, err := Check(made); !errors.Is(err, ErrNoStore) {
		t.Errorf("check of a new file: %+v, %v", rep, err)
	}
	if _, err := Create(made); err != nil {
		t.Error(err)
	}
	s := newStore(t)
	logRun(t, s, Run{}, cell("a", 1))
	store, p := pagesOf(t, s)
	path := damaged(t, store, func(b []byte) []byte {
		binary.LittleEndian.PutUint16(b[int64(p.root)*p.page+10:], 0)
		return b
	})
	if _, err := Create(path); !errors.Is(err, ErrDamaged) {
		t.Errorf("a damaged store is taken for a new one: %v", err)
	}
	if rep, err := Check(path); err != nil || len(rep.Damage) == 0 {
		t.Errorf("check: %+v, %v", rep, err)
	}
	if rep, err := Repair(path, path+".repaired"); err != nil || len(rep.Lost) == 0 {
		t.Errorf("repair: %+v, %v", rep, err)
	}
}

// TestHugeFile takes a store for one of a petabyte: of a page that claims to extend over half
// of it nothing is read, and what is far behind the pages in use is passed over.
func TestHugeFile(t *testing.T) {
	s := newStore(t)
	logRun(t, s, Run{}, cell("a", 1))
	store, err := os.ReadFile(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	p, damage := openPages(inMemory(store), 1<<50)
	if len(damage) > 0 {
		t.Fatal(damage)
	}
	for _, end := range []uint64{p.end, 0} {
		p.end = end // which may be wrong, too
		records := 0
		p.salvage(nil, func(key, stored []byte) { records++ })
		if records == 0 {
			t.Errorf("no record is found where %d pages are in use", end)
		}
	}
	binary.LittleEndian.PutUint32(store[int64(p.root)*p.page+12:], math.MaxUint32)
	if _, err := p.read(p.root); !errors.Is(err, errPage) {
		t.Errorf("error %v, want %v", err, errPage)
	}
	p.end = 1 << 62
	if err := p.whole(); err == nil {
		t.Error("a file that claims more pages than there can be is taken for whole")
	}
}
