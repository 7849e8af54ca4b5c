package tracking

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"sync"
	"unsafe"

	bolt "go.etcd.io/bbolt"
)

// A tree is what bbolt is about to use of a file, looked at first, as bbolt trusts what it
// reads. It takes all that is not a leaf for a branch, and follows one that leads to itself,
// or to a page that lists free ones, until stack or memory are full, which no program
// survives. Of a page that it writes anew it copies whatever the elements claim to have, and
// frees all pages that it claims to extend over. Where keys are not in order, as on a page of
// an older state, it writes a tree in which records are not found; and it looks for a page in
// the one above by its first key, and where that is another one leaves the old page there,
// which it frees.
//
// The pages above the leaves, a hundredth of the file, are looked at in any case, and leaves
// when their table is first used: those of other tables need not be in memory. Whoever reads
// must know only that they are leaves. What else is wrong there costs a record, which fails
// its checksum.
type tree struct {
	*pages
	toWrite bool
	leaves  map[table][]place // of tables that were not used yet, in order
	starts  []uint64          // where each page in use or free begins, and their end
}

// A place is a page with what the pages above it say of its keys: they begin with from and end
// before to, where these are not nil.
type place struct {
	page     uint64
	from, to []byte
}

// newTree returns the tree of a file, or what is wrong above its leaves.
func newTree(p *pages, toWrite bool) (*tree, error) {
	if err := p.whole(); err != nil {
		return nil, err
	}
	free, err := p.freed()
	if err != nil {
		return nil, err
	}
	for n := range uint64(2) {
		free[n] = true
	}
	roots, err := p.roots()
	if err != nil {
		return nil, err
	}
	above := map[uint64]place{p.root: {page: p.root}}
	if p.free != noFreeList {
		above[p.free] = place{page: p.free}
	}
	t := &tree{pages: p, toWrite: toWrite, leaves: make(map[table][]place)}
	for of, root := range roots {
		if t.leaves[of], err = p.leaves(place{page: root}, above); err != nil {
			return nil, err
		}
		slices.SortFunc(t.leaves[of], func(a, b place) int { return cmp.Compare(a.page, b.page) }) // as they lie in the file
	}
	for _, leaves := range t.leaves {
		for _, l := range leaves {
			if _, ok := above[l.page]; ok || free[l.page] {
				return nil, fmt.Errorf("page %d: %w", l.page, errPage)
			}
			t.starts = append(t.starts, l.page)
		}
	}
	if !toWrite {
		return t, nil
	}
	t.starts = slices.Concat(t.starts, slices.Collect(maps.Keys(free)), slices.Collect(maps.Keys(above)), []uint64{p.end})
	slices.Sort(t.starts)
	for _, n := range slices.Sorted(maps.Keys(above)) {
		if err := t.sound(above[n]); err != nil {
			return nil, err
		}
	}
	return t, t.soundTables()
}

// checkTree looks at all that bbolt may be let write anew.
func checkTree(p *pages) error {
	t, err := newTree(p, true)
	if err != nil {
		return err
	}
	for _, of := range tables {
		if err := t.check(of); err != nil {
			return err
		}
	}
	return nil
}

// check looks at the leaves of a table, unless it was used before.
func (t *tree) check(of table) error {
	for _, l := range t.leaves[of] {
		if header, err := t.header(l.page); err != nil {
			return err
		} else if kindOf(header) != leafPage {
			return fmt.Errorf("page %d: %w", l.page, errPage)
		}
		if !t.toWrite {
			continue
		}
		if err := t.sound(l); err != nil {
			return err
		}
	}
	delete(t.leaves, of)
	return nil
}

// sound reports a page that must not be written anew.
func (t *tree) sound(at place) error {
	n := at.page
	nd, err := t.read(n)
	if err != nil {
		return err
	}
	if nd.kind != freePage {
		if !nd.sound() {
			return fmt.Errorf("page %d: its elements claim more than it has", n)
		}
		if !nd.ordered(at.from, at.to) {
			return fmt.Errorf("page %d: its keys are not in order", n)
		}
	}
	i, _ := slices.BinarySearch(t.starts, n)
	end := n + uint64(int64(len(nd.data))/t.page)
	if i+1 == len(t.starts) || end > t.starts[i+1] {
		return fmt.Errorf("page %d: extends over others", n)
	}
	return nil
}

// leaves returns the leaf pages below a page, itself if it is one. It adds the pages above
// them to above.
func (p *pages) leaves(at place, above map[uint64]place) ([]place, error) {
	n := at.page
	nd, err := p.read(n)
	if err != nil {
		return nil, err
	}
	_, seen := above[n]
	switch {
	case seen:
		return nil, fmt.Errorf("page %d: leads to itself", n)
	case nd.kind == leafPage:
		return []place{at}, nil
	case nd.kind != branchPage || nd.count == 0:
		return nil, fmt.Errorf("page %d: %w", n, errPage)
	}
	above[n] = at
	below := make([]place, nd.count)
	for i := range below {
		below[i] = place{nd.child(i), nd.branchKey(i), at.to}
		if i > 0 {
			below[i-1].to = below[i].from
		}
	}
	if first, err := p.read(below[0].page); err == nil && first.kind == leafPage { // then they all should be
		return below, nil
	}
	var leaves []place
	for _, b := range below {
		l, err := p.leaves(b, above)
		if err != nil {
			return nil, err
		}
		leaves = append(leaves, l...)
	}
	return leaves, nil
}

// roots returns the root pages of the tables that have one, and an error if a table has
// neither one nor its records within the page that names it.
func (p *pages) roots() (map[table]uint64, error) {
	roots := make(map[table]uint64)
	nd, err := p.read(p.root)
	if err != nil {
		return roots, err
	}
	if nd.kind != leafPage { // six tables fit on it
		return roots, fmt.Errorf("page %d: %w", p.root, errPage)
	}
	for i := range nd.count {
		bucket, key, value, ok := nd.leaf(i)
		if !ok || !bucket {
			return roots, fmt.Errorf("page %d: element %d is not a bucket", p.root, i)
		}
		root, _, err := parseBucket(value)
		if err != nil {
			return roots, fmt.Errorf("page %d: bucket %.32q: %w", p.root, key, err)
		}
		if root != 0 {
			roots[table(key)] = root
		}
	}
	return roots, nil
}

// soundTables is sound for the tables that lie within the root page. It also reports a table
// that counts fewer numbers than it has given: a new record would take the place of another.
func (t *tree) soundTables() error {
	root, err := t.read(t.root)
	if err != nil {
		return err
	}
	for i := range root.count {
		_, name, value, _ := root.leaf(i)
		page, top, err := parseBucket(value)
		if err != nil || !top.sound() {
			return fmt.Errorf("page %d: the elements of bucket %.32q claim more than it has", t.root, name)
		}
		if !top.ordered(nil, nil) {
			return fmt.Errorf("page %d: the keys of bucket %.32q are not in order", t.root, name)
		}
		if of := table(name); of != runsTable && of != cellsTable {
			continue
		}
		if page != 0 {
			if top, err = t.read(page); err != nil {
				return err
			}
		}
		given := binary.LittleEndian.Uint64(value[8:])
		if last, err := number(t.lastKey(top)); err == nil && (given < last || given > math.MaxInt64) {
			return fmt.Errorf("page %d: bucket %q counts %d numbers, and has record %d", t.root, name, given, last)
		}
	}
	return nil
}

// lastKey returns the last key below n, nil if there is none.
func (p *pages) lastKey(n node) []byte {
	for range maxDepth {
		if n.count == 0 {
			return nil
		}
		if n.kind == leafPage {
			key, _, _ := n.element(n.count - 1)
			return key
		}
		var err error
		if n, err = p.read(n.child(n.count - 1)); err != nil {
			return nil
		}
	}
	return nil
}

// trees has the tree of each open file.
var trees sync.Map // from *bolt.DB to *tree

// treeOf returns the tree of an open file, which holds until bbolt maps the file into memory
// anew, as it may when it ends a transaction that writes. It is nil for a file in the byte
// order of another machine than pages reads.
func treeOf(db *bolt.DB, toWrite bool) (*tree, error) {
	info, err := os.Stat(db.Path())
	if err != nil {
		return nil, err
	}
	data := db.Info().Data // the address of the file in memory
	mapped := unsafe.Slice(*(**byte)(unsafe.Pointer(&data)), info.Size())
	p, damage := openPages(inMemory(mapped), info.Size())
	if p == nil && binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		return nil, nil
	} else if p == nil { // a meta record that bbolt takes for whole claims what cannot be
		return nil, fmt.Errorf("%w: %w", ErrDamaged, errors.Join(damage...))
	}
	t, err := newTree(p, toWrite)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return t, nil
}

// treeDamage returns what is wrong with the tree of the file at path, nil if nothing is
// found.
func treeDamage(path string, toWrite bool) error {
	f, p, _, err := openFile(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if p != nil {
		_, err = newTree(p, toWrite)
	}
	return err
}
