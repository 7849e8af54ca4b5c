// Package parquet reads columns of Parquet files whose bytes may be damaged.
//
// The library parquet-go, by which the project writes such files, takes what pages say of
// themselves for true: a damaged byte can have it allocate until the process ends, or run
// assembly beyond a buffer, and neither can be recovered from. Here each size is compared
// with what there is before anything is allocated or read.
//
// All encodings of the format are read but bit-packed levels, which were given up in
// 2013, and all codecs but LZO and the LZ4 of Hadoop. Encrypted files are not.
package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"sfdalab/internal/linalg"
)

// A Kind is how values are stored.
type Kind int

// The kinds, by their numbers in the format.
const (
	Boolean Kind = iota
	Int32
	Int64
	Int96
	Float
	Double
	Bytes
	Fixed // bytes, Column.Length of them
)

// A Column is a leaf of a file's schema.
type Column struct {
	Path     []string
	Kind     Kind
	Length   int  // bytes of a value of kind Fixed
	Half     bool // it holds numbers of 16 bits, as kind Fixed
	Time     bool // it holds dates or times, as whole numbers of a unit
	Repeated int  // how many lists each value is in

	optional int     // levels at which a value may be missing, or a list empty
	unsigned bool    // whole numbers
	scale    float64 // of a decimal number, that whole ones are divided by; 1 of others
}

// A Value is one of a column.
type Value struct {
	First bool   // of its row
	Null  bool   // it is missing
	Bytes []byte // of the kinds Int96, Bytes and Fixed

	bits uint64 // of others
}

// Number returns a value as a number, of kinds that are numbers.
func (c *Column) Number(v Value) float64 {
	switch {
	case c.Half:
		var half [1]float64
		linalg.WidenF16(half[:], v.Bytes)
		return half[0]
	case c.Kind == Float:
		return float64(math.Float32frombits(uint32(v.bits)))
	case c.Kind == Double:
		return math.Float64frombits(v.bits)
	case c.unsigned:
		return float64(v.bits)
	}
	return float64(int64(v.bits)) / c.scale
}

// Whole reports whether values are whole numbers, or true and false.
func (c *Column) Whole() bool {
	return c.Kind == Boolean || (c.Kind == Int32 || c.Kind == Int64) && c.scale == 1
}

// Int returns a value of the kinds Boolean, Int32 and Int64.
func (v Value) Int() int64 { return int64(v.bits) }

// A File is an open Parquet file.
type File struct {
	Rows    int
	Groups  []int // rows of each group
	Columns []*Column

	r      io.ReaderAt
	size   int64
	memory int64
	meta   fields
	groups []fields
}

// Open reads what a file says of itself. Reading it must take no more memory, in bytes,
// than is given.
func Open(r io.ReaderAt, size, memory int64) (*File, error) {
	f := &File{r: r, size: size, memory: memory}
	var end [8]byte
	if _, err := f.read(end[:4], 0); err != nil || string(end[:4]) != "PAR1" {
		return nil, errors.New("not a Parquet file, or a damaged or encrypted one")
	}
	if _, err := f.read(end[:], size-8); err != nil || string(end[4:]) != "PAR1" {
		return nil, errors.New("not a Parquet file, or one that is cut short")
	}
	length := int64(binary.LittleEndian.Uint32(end[:]))
	if length > size-12 || length > memory/256 { // what a byte may take once it is read
		return nil, errThrift
	}
	footer := make([]byte, length)
	if _, err := f.read(footer, size-8-length); err != nil {
		return nil, err
	}
	var err error
	if f.meta, _, err = readFields(footer); err != nil {
		return nil, err
	}
	if err := f.readSchema(); err != nil {
		return nil, err
	}
	return f, f.readGroups()
}

// read fills b with what the file holds at a place, all of which must lie in the file.
func (f *File) read(b []byte, at int64) (int, error) {
	if at < 0 || at > f.size-int64(len(b)) {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := f.r.ReadAt(b, at)
	if n == len(b) {
		err = nil
	}
	return n, err
}

// Metadata returns the text that the file has under a key; "" for none.
func (f *File) Metadata(key string) string {
	for _, pair := range f.meta.subs(fileKeyValue) {
		if pair.text(pairKey) == key {
			return pair.text(pairValue)
		}
	}
	return ""
}

// readSchema finds the leaves of the schema, which lists each node before its children. A
// column has as many definition levels as nodes on the way to it are optional or repeated,
// and as many repetition levels as are repeated.
func (f *File) readSchema() error {
	nodes := f.meta.subs(fileSchema)
	damaged := errors.New("damaged: its schema is inconsistent")
	var walk func(above Column, depth int) error
	walk = func(above Column, depth int) error {
		if len(nodes) == 0 || depth > deepest {
			return damaged
		}
		node := nodes[0]
		nodes = nodes[1:]
		c := above
		if depth > 0 {
			c.Path = append(append([]string(nil), above.Path...), node.text(nodeName))
			switch node.int(nodeRepetition) {
			case isOptional:
				c.optional++
			case isRepeated:
				c.optional++
				c.Repeated++
			}
		}
		if !node.has(nodeType) {
			for range node.int(nodeChildren) {
				if err := walk(c, depth+1); err != nil {
					return err
				}
			}
			return nil
		}
		c.Kind, c.Length = Kind(node.int(nodeType)), int(node.int(nodeLength))
		if depth == 0 || c.Kind < Boolean || c.Kind > Fixed || c.Kind == Fixed && (c.Length < 1 || c.Length > 1<<20) {
			return damaged
		}
		c.annotate(node)
		f.Columns = append(f.Columns, &c)
		return nil
	}
	if err := walk(Column{scale: 1}, 0); err != nil {
		return err
	}
	if len(nodes) > 0 {
		return damaged
	}
	return nil
}

// annotate takes from a node of the schema what its values mean.
func (c *Column) annotate(node fields) {
	logical, converted := node.sub(nodeLogical), node.int(nodeConverted)
	c.Half = c.Kind == Fixed && c.Length == 2 && (logical == nil || logical.has(logicalFloat16)) && !node.has(nodeConverted)
	for kind := logicalDate; kind <= logicalMoment; kind++ {
		c.Time = c.Time || logical.has(kind)
	}
	c.Time = c.Time || converted >= convertedDate && converted <= convertedMoment
	integer := logical.sub(logicalInteger)
	c.unsigned = converted >= convertedUint8 && converted <= convertedUint64 || integer != nil && integer[integerSigned] == false
	if c.unsigned && c.Kind != Int32 && c.Kind != Int64 {
		c.unsigned = false
	}
	if decimal := logical.sub(logicalDecimal); decimal != nil {
		c.scale = math.Pow10(int(decimal.int(decimalScale)))
	} else if node.has(nodeConverted) && converted == convertedDecimal {
		c.scale = math.Pow10(int(node.int(nodeScale)))
	}
}

// readGroups compares what the groups of rows say with the file.
func (f *File) readGroups() error {
	f.groups = f.meta.subs(fileGroups)
	rows, values := int64(0), int64(0)
	for i, g := range f.groups {
		n, chunks := g.int(groupRows), g.subs(groupChunks)
		if n < 0 || n > f.memory || len(chunks) != len(f.Columns) {
			return fmt.Errorf("damaged: group of rows %d does not agree with the schema", i)
		}
		for k, chunk := range chunks {
			count := chunk.sub(chunkMeta).int(metaValues)
			if count < n || f.Columns[k].Repeated == 0 && count != n {
				return fmt.Errorf("damaged: group of rows %d has %d values of column %v in %d rows", i, count, f.Columns[k].Path, n)
			}
			if values += min(count, f.memory); values > f.memory/bytesOfValue {
				return fmt.Errorf("it has more values than fit into the free memory, %d MiB", f.memory>>20)
			}
		}
		rows += n
		f.Groups = append(f.Groups, int(n))
	}
	if f.Rows = int(rows); rows != f.meta.int(fileRows) {
		return fmt.Errorf("damaged: it has %d rows, and says %d", rows, f.meta.int(fileRows))
	}
	return nil
}

// bytesOfValue is what a value takes while it is read.
const bytesOfValue = 24
