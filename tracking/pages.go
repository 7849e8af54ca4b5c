package tracking

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"slices"
)

// pages reads a bbolt file without bbolt, which trusts what it reads: here
// every number is compared with the bounds of the file first. A file is written
// in the byte order of its machine; this reads little-endian ones.
//
// A file is a sequence of pages. The first two hold a meta record each, of which
// the later valid one counts: it tells the root of the tree and the page of the
// free list. A page has a header of 16 bytes (its number, what it is, how many
// elements, over how many further pages it extends) and then elements of 16
// bytes, which tell where in the page a key and its value or child are.
type pages struct {
	file source
	size int64 // of the file
	page int64 // size of a page
	root uint64
	free uint64 // page of the free list
	end  uint64 // number of pages in use or free

	// older is set if a meta page is damaged that may have been the later one.
	older bool
}

// A source has the bytes of a file.
type source interface {
	// bytes returns n bytes from the given one on, which must not be changed.
	bytes(from, n int64) ([]byte, error)
}

// onDisk is a file that is read.
type onDisk struct{ io.ReaderAt }

func (f onDisk) bytes(from, n int64) ([]byte, error) {
	b := make([]byte, n)
	_, err := f.ReadAt(b, from)
	return b, err
}

// inMemory is a file in memory, whose bytes are not copied.
type inMemory []byte

func (m inMemory) bytes(from, n int64) ([]byte, error) {
	if from < 0 || n > int64(len(m))-from {
		return nil, io.ErrUnexpectedEOF
	}
	return m[from : from+n], nil
}

const (
	pageHeader   = 16
	elementSize  = 16
	branchPage   = 0x01
	leafPage     = 0x02
	freePage     = 0x10
	bucketMark   = 0x01 // flag of a leaf element whose value is a bucket
	bucketHeader = 16
	noFreeList   = 1<<64 - 1
	boltMagic    = 0xED0CDAED
	metaSize     = 64
)

// openFile opens the file at path, to be closed, and its pages as openPages does.
func openFile(path string) (f *os.File, p *pages, damage []error, err error) {
	if f, err = os.Open(path); err != nil {
		return nil, nil, nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, nil, nil, errors.Join(err, f.Close())
	}
	p, damage = openPages(onDisk{f}, info.Size())
	return f, p, damage, nil
}

// openPages reads the meta pages, and returns the damage found there beside the
// pages if at least one of them is whole.
func openPages(file source, size int64) (*pages, []error) {
	var best *pages
	var latest, damaged uint64 // versions
	var versions []uint64      // of whole meta pages
	var damage []error
	pageSize := pageSizes[0]
	for n := range int64(2) {
		if n == 1 && best == nil { // the first does not tell where this one begins
			for _, size := range pageSizes {
				if marked(file, size) {
					pageSize = size
				}
			}
		}
		b, err := file.bytes(n*pageSize+pageHeader, metaSize)
		if err != nil {
			damage = append(damage, fmt.Errorf("page %d: cannot be read: %w", n, err))
			continue
		}
		h := fnv.New64a()
		h.Write(b[:metaSize-8])
		u32, u64 := binary.LittleEndian.Uint32, binary.LittleEndian.Uint64
		if u32(b) != boltMagic || u64(b[56:]) != h.Sum64() {
			damage = append(damage, fmt.Errorf("page %d: the meta record fails its checksum", n))
			damaged = u64(b[48:])
			continue
		}
		pageSize = int64(u32(b[8:]))
		if pageSize < 1<<10 || pageSize > 1<<24 {
			return nil, append(damage, fmt.Errorf("page %d: a page size of %d", n, pageSize))
		}
		version := u64(b[48:])
		versions = append(versions, version)
		if best == nil || version > latest {
			latest = version
			best = &pages{file: file, size: size, page: pageSize, root: u64(b[16:]), free: u64(b[32:]), end: u64(b[40:])}
		}
	}
	if best != nil {
		best.older = len(damage) > 0 && damaged != latest-1
		// A write takes the place of the meta page before the last one. In a copy of the file,
		// which begins with the latest, it may take that of the last.
		if gap := latest - slices.Min(versions); len(versions) == 2 && gap != 1 && gap != 2 {
			best.older = true
			damage = append(damage, fmt.Errorf("pages 0 and 1: their versions, %d and %d, do not follow each other", versions[0], versions[1]))
		}
		if err := best.whole(); err != nil {
			damage = append(damage, err)
		}
	}
	return best, damage
}

// whole reports a file that lacks pages.
func (p *pages) whole() error {
	if have := uint64(p.size / p.page); have < p.end {
		return fmt.Errorf("the file has %d pages of %d: it was cut short", have, p.end)
	}
	return nil
}

// madeByBolt reports whether the file at path was once written by bbolt: its mark is
// on one of the first two pages.
func madeByBolt(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return slices.ContainsFunc(append(pageSizes, 0), func(at int64) bool { return marked(onDisk{f}, at) })
}

// pageSizes are those of systems, which bbolt takes: the second page begins there.
var pageSizes = []int64{1 << 12, 1 << 14, 1 << 16}

// marked reports whether the page at a place has bbolt's mark.
func marked(file source, at int64) bool {
	mark, err := file.bytes(at+pageHeader, 4)
	return err == nil && binary.LittleEndian.Uint32(mark) == boltMagic
}

// empty reports whether the root page is whole and has nothing on it.
func (p *pages) empty() bool {
	root, err := p.read(p.root)
	return err == nil && root.kind == leafPage && root.count == 0
}

// A node is a page as it was read, of all that it extends over.
type node struct {
	kind  uint16
	data  []byte
	count int
}

var errPage = errors.New("not a page of the tree")

// mostExtent is how many bytes a page may extend over: far more than any record. A damaged
// one may claim to be as large as the file, which may be larger than memory.
const mostExtent = 1 << 30

// read returns page n.
func (p *pages) read(n uint64) (node, error) {
	header, err := p.header(n)
	if err != nil {
		return node{}, err
	}
	overflow := int64(binary.LittleEndian.Uint32(header[12:]))
	length := (overflow + 1) * p.page
	if binary.LittleEndian.Uint64(header) != n || length > min(p.size-int64(n)*p.page, mostExtent) {
		return node{}, fmt.Errorf("page %d: %w", n, errPage)
	}
	data, err := p.file.bytes(int64(n)*p.page, length)
	if err != nil {
		return node{}, fmt.Errorf("page %d: %w", n, err)
	}
	nd, err := parseNode(data)
	if err != nil {
		return node{}, fmt.Errorf("page %d: %w", n, err)
	}
	return nd, nil
}

// header returns the header of page n.
func (p *pages) header(n uint64) ([]byte, error) {
	if n >= uint64(p.size/p.page) {
		return nil, fmt.Errorf("page %d: beyond the end of the file", n)
	}
	header, err := p.file.bytes(int64(n)*p.page, pageHeader)
	if err != nil {
		return nil, fmt.Errorf("page %d: %w", n, err)
	}
	return header, nil
}

// kindOf returns what a page of that header is.
func kindOf(header []byte) uint16 { return binary.LittleEndian.Uint16(header[8:]) }

// parseNode returns the page that data is.
func parseNode(data []byte) (node, error) {
	if len(data) < pageHeader {
		return node{}, errPage
	}
	nd := node{kindOf(data), data, int(binary.LittleEndian.Uint16(data[10:]))}
	if nd.kind != freePage && pageHeader+nd.count*elementSize > len(data) {
		return node{}, errPage
	}
	return nd, nil
}

// parseBucket returns the root page of the bucket that is a leaf's value, or, if that is
// 0, the page within the value.
func parseBucket(value []byte) (root uint64, within node, err error) {
	if len(value) < bucketHeader {
		return 0, node{}, errPage
	}
	if root = binary.LittleEndian.Uint64(value); root != 0 {
		return root, node{}, nil
	}
	if within, err = parseNode(value[bucketHeader:]); err == nil && within.kind != leafPage {
		err = errPage
	}
	return 0, within, err
}

// leaf returns element i of a leaf page; ok is false if it points out of the
// page.
func (n node) leaf(i int) (bucket bool, key, value []byte, ok bool) {
	at := pageHeader + i*elementSize
	e := n.data[at : at+elementSize]
	u32 := func(i int) int { return int(binary.LittleEndian.Uint32(e[i:])) }
	from := at + u32(4)
	mid, to := from+u32(8), from+u32(8)+u32(12)
	if to > len(n.data) {
		return false, nil, nil, false
	}
	return u32(0)&bucketMark != 0, n.data[from:mid], n.data[mid:to], true
}

// sound reports whether each element has a key, and all lie within the page, which has room
// for them together: bbolt copies what they claim to have when it writes the page anew.
func (n node) sound() bool {
	used := pageHeader
	for i := range n.count {
		key, value, ok := n.element(i)
		used += elementSize + len(key) + len(value)
		if !ok || len(key) == 0 || used > len(n.data) {
			return false
		}
	}
	return true
}

// ordered reports whether the keys of a sound page ascend, and begin with from and end before
// to, where these are not nil.
func (n node) ordered(from, to []byte) bool {
	if from != nil && n.count == 0 {
		return false
	}
	before := from
	for i := range n.count {
		key, _, _ := n.element(i)
		if i == 0 && from != nil && !bytes.Equal(key, from) || i > 0 && bytes.Compare(before, key) >= 0 {
			return false
		}
		before = key
	}
	return to == nil || n.count == 0 || bytes.Compare(before, to) < 0
}

// element returns the key of element i, and the value of one of a leaf page; ok is false if
// it points out of the page.
func (n node) element(i int) (key, value []byte, ok bool) {
	if n.kind == leafPage {
		_, key, value, ok = n.leaf(i)
		return key, value, ok
	}
	key = n.branchKey(i)
	return key, nil, key != nil
}

// children returns the pages that the elements of a branch page point to.
func (n node) children() []uint64 {
	all := make([]uint64, n.count)
	for i := range all {
		all[i] = n.child(i)
	}
	return all
}

// child returns the page that element i of a branch page points to.
func (n node) child(i int) uint64 {
	return binary.LittleEndian.Uint64(n.data[pageHeader+i*elementSize+8:])
}

// freed returns the numbers of the free pages.
func (p *pages) freed() (map[uint64]bool, error) {
	free := make(map[uint64]bool)
	if p.free == noFreeList {
		return free, nil
	}
	list, err := p.freeList()
	if err != nil {
		return nil, fmt.Errorf("free list: %w", err)
	}
	for id := range slices.Chunk(list, 8) {
		id := binary.LittleEndian.Uint64(id)
		if id < 2 || id >= p.end || free[id] {
			return nil, fmt.Errorf("free list: page %d cannot be free", id)
		}
		free[id] = true
	}
	return free, nil
}

// freeList returns the numbers that the free list has, of 8 bytes each.
func (p *pages) freeList() ([]byte, error) {
	n, err := p.read(p.free)
	if err != nil {
		return nil, err
	}
	ids := n.data[pageHeader:]
	count := uint64(n.count)
	if count == 0xFFFF { // then the first element is the count
		count, ids = binary.LittleEndian.Uint64(ids), ids[8:]
	}
	if n.kind != freePage || count > uint64(len(ids)/8) {
		return nil, fmt.Errorf("page %d is not one", p.free)
	}
	return ids[:8*count], nil
}

// A visitor sees what a walk finds.
type visitor struct {
	record func(table table, key, stored []byte)
	damage func(error)
}

// walk visits all records of the tree and reports pages that are not as they
// should be, below which nothing is visited.
func (p *pages) walk(v visitor) (reached map[uint64]bool) {
	w := walker{pages: p, visitor: v, reached: map[uint64]bool{0: true, 1: true}}
	w.visit(p.root, "")
	return w.reached
}

type walker struct {
	*pages
	visitor
	reached map[uint64]bool
}

// visit visits what is below page n, of the given table: "" at the root.
func (w *walker) visit(n uint64, table table) {
	nd, err := w.read(n)
	if err != nil {
		w.damage(err)
		return
	}
	for i := range uint64(len(nd.data)) / uint64(w.page) {
		if w.reached[n+i] {
			w.damage(fmt.Errorf("page %d: used twice", n+i))
			return
		}
		w.reached[n+i] = true
	}
	switch nd.kind {
	case branchPage:
		for _, below := range nd.children() {
			w.visit(below, table)
		}
	case leafPage:
		w.leaves(nd, n, table)
	default:
		w.damage(fmt.Errorf("page %d: %w", n, errPage))
	}
}

// leaves visits the elements of a leaf page, among them buckets: those of few
// records lie within the element, others have a page of their own.
func (w *walker) leaves(nd node, n uint64, in table) {
	for i := range nd.count {
		bucket, key, value, ok := nd.leaf(i)
		switch {
		case !ok:
			w.damage(fmt.Errorf("page %d: element %d points out of the page", n, i))
		case !bucket:
			w.record(in, key, value)
		case in != "":
			w.damage(fmt.Errorf("page %d: element %d is not a record", n, i))
		default:
			root, inner, err := parseBucket(value)
			if err != nil {
				w.damage(fmt.Errorf("page %d: bucket %.32q: %w", n, key, err))
			} else if root != 0 {
				w.visit(root, table(key))
			} else {
				w.leaves(inner, n, table(key))
			}
		}
	}
}

// unused returns the pages that are free and to which the tree does not lead. The list of
// free pages may be damaged, or that of an older state: then it is not known.
func (p *pages) unused() (free map[uint64]bool, known bool) {
	free, err := p.freed()
	if err != nil || p.older {
		return nil, false
	}
	known = true
	whole := true // the tree
	reached := p.walk(visitor{func(table, []byte, []byte) {}, func(error) { whole = false }})
	for n := range reached {
		if free[n] {
			delete(free, n)
			known = false
		}
	}
	if list, err := p.read(p.free); err == nil && whole { // then each page is in the tree, the list, or listed
		known = known && uint64(len(reached)+len(free)+len(list.data)/int(p.page)) == p.end
	}
	return free, known
}

// salvage visits the records of every page that looks like a leaf, but for those that are
// free, whether or not the tree still leads there. The table of a record is not known.
func (p *pages) salvage(free map[uint64]bool, record func(key, stored []byte)) {
	last, ahead := uint64(p.size/p.page), uint64(mostExtent/p.page)
	if last > ahead && last-ahead > p.end { // no file grows so far ahead of the pages in use
		last = p.end + ahead
	}
	for n := range last {
		if nd, err := p.read(n); err == nil && nd.kind == leafPage && !free[n] {
			nd.salvage(record)
		}
	}
}

// salvage visits the records of a leaf page and of the buckets within it; those
// with pages of their own are found there.
func (n node) salvage(record func(key, stored []byte)) {
	for i := range n.count {
		bucket, key, value, ok := n.leaf(i)
		switch {
		case !ok:
		case !bucket:
			record(key, value)
		default:
			if root, inner, err := parseBucket(value); err == nil && root == 0 {
				inner.salvage(record)
			}
		}
	}
}
