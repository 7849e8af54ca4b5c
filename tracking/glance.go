package tracking

import (
	"bytes"
	"encoding/binary"
	"sort"
)

// Glance returns those of the identities whose cells the store at path has: none where
// there is no store, or a damaged one. It takes no lock, as those of files on a network
// are slow or missing. Somebody may write meanwhile; a page that has come to hold
// something else is found out by bounds and checksums, and its cells count as missing.
func Glance(path string, ids []Identity) (found []Identity) {
	glance(path, func(p *pages, _, index node) {
		for _, id := range ids {
			if _, ok := p.place(index, id); ok {
				found = append(found, id)
			}
		}
	})
	return found
}

// GlanceCells is Glance for the cells themselves.
func GlanceCells(path string, ids []Identity) map[Identity]Cell {
	found := make(map[Identity]Cell)
	glance(path, func(p *pages, root, index node) {
		cells, ok := p.bucket(root, cellsTable)
		if !ok {
			return
		}
		for _, id := range ids {
			at, ok := p.place(index, id)
			if !ok {
				continue
			}
			_, stored, ok := p.find(cells, at)
			if !ok {
				continue
			}
			if value, err := cellsTable.open(at, stored); err == nil {
				if c, err := decodeCell(value); err == nil && c.ID == id {
					found[id] = c
				}
			}
		}
	})
	return found
}

// glance calls look with the root of the tables of the store at path and with that of the
// index of identities, if there are such.
func glance(path string, look func(p *pages, root, index node)) {
	f, p, _, err := openFile(path)
	if err != nil {
		return
	}
	defer f.Close()
	if p == nil {
		return
	}
	root, err := p.read(p.root)
	if err != nil {
		return
	}
	if index, ok := p.bucket(root, identityTable); ok {
		look(p, root, index)
	}
}

// place returns under which key the cell of an identity is stored.
func (p *pages) place(index node, id Identity) (key []byte, ok bool) {
	_, stored, ok := p.find(index, id[:])
	if !ok {
		return nil, false
	}
	key, err := identityTable.open(id[:], stored)
	return key, err == nil
}

// bucket returns the root of a table's bucket.
func (p *pages) bucket(root node, t table) (node, bool) {
	isBucket, value, ok := p.find(root, []byte(t))
	if !ok || !isBucket {
		return node{}, false
	}
	page, n, err := parseBucket(value)
	if err == nil && page != 0 {
		n, err = p.read(page)
	}
	return n, err == nil
}

// maxDepth is that of any tree that fits a file.
const maxDepth = 64

// find returns what is stored under key below n.
func (p *pages) find(n node, key []byte) (isBucket bool, value []byte, ok bool) {
	for range maxDepth {
		switch n.kind {
		case leafPage:
			i := sort.Search(n.count, func(i int) bool {
				_, k, _, _ := n.leaf(i)
				return bytes.Compare(k, key) >= 0
			})
			if i == n.count {
				return false, nil, false
			}
			isBucket, k, value, ok := n.leaf(i)
			return isBucket, value, ok && bytes.Equal(k, key)
		case branchPage:
			after := sort.Search(n.count, func(i int) bool { return bytes.Compare(n.branchKey(i), key) > 0 })
			if n.count == 0 {
				return false, nil, false
			}
			var err error
			if n, err = p.read(n.child(max(0, after-1))); err != nil {
				return false, nil, false
			}
		default:
			return false, nil, false
		}
	}
	return false, nil, false
}

// branchKey returns the first key below element i of a branch page; nil if it points
// out of the page.
func (n node) branchKey(i int) []byte {
	at := pageHeader + i*elementSize
	from := at + int(binary.LittleEndian.Uint32(n.data[at:]))
	to := from + int(binary.LittleEndian.Uint32(n.data[at+4:]))
	if to > len(n.data) {
		return nil
	}
	return n.data[from:to]
}
