package parquet

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// A chunk is a column of a group of rows.
type chunk struct {
	column *Column
	codec  int64
	left   int64  // values to come
	rest   []byte // pages to come
	memory int64

	dictionary *stored
}

// Each calls fn with each value of a column of a group of rows. Their bytes stay as they
// are.
func (f *File) Each(group, column int, fn func(Value) error) error {
	g := f.groups[group].subs(groupChunks)[column]
	meta := g.sub(chunkMeta)
	switch {
	case g.has(chunkCrypto) || g.has(chunkEncrypted):
		return errors.New("it is encrypted")
	case g.text(chunkPath) != "":
		return errors.New("its values are in another file")
	}
	start, size := meta.int(metaData), meta.int(metaSize)
	if dictionary := meta.int(metaDictionary); dictionary > 0 {
		start = min(start, dictionary)
	}
	if start < 0 || size < 0 || start > f.size || size > f.size-start {
		return errors.New("damaged: its pages lie beyond the end of the file")
	}
	c := &chunk{column: f.Columns[column], codec: meta.int(metaCodec), left: meta.int(metaValues), rest: make([]byte, size), memory: f.memory}
	if _, err := f.read(c.rest, start); err != nil {
		return err
	}
	for c.left > 0 {
		if err := c.page(fn); err != nil {
			return err
		}
	}
	return nil
}

// page reads the next page.
func (c *chunk) page(fn func(Value) error) error {
	head, rest, err := readFields(c.rest)
	if err != nil {
		return err
	}
	size := head.int(pageSize)
	if size < 0 || size > int64(len(rest)) {
		return errors.New("damaged: a page is longer than its column")
	}
	data := rest[:size]
	c.rest = rest[size:]
	if head.has(pageChecksum) && crc32.ChecksumIEEE(data) != uint32(head.int(pageChecksum)) {
		return errors.New("damaged: the checksum of a page does not fit")
	}
	switch head.int(pageType) {
	case dataPage:
		return c.first(head, data, fn)
	case dictionaryPage:
		return c.readDictionary(head, data)
	case dataPageV2:
		return c.second(head, data, fn)
	}
	return nil // of an index
}

// readDictionary reads the page of values that later pages refer to.
func (c *chunk) readDictionary(head fields, data []byte) error {
	page := head.sub(pageDictionary)
	if e := page.int(dictionaryEncoding); c.dictionary != nil || e != plain && e != plainDictionary {
		return errors.New("damaged: a dictionary in another place or encoding than it can have")
	}
	data, err := c.unpack(data, head.int(pageUnpacked))
	if err != nil {
		return err
	}
	n := page.int(dictionaryValues)
	if n < 0 || n > c.memory/bytesOfValue {
		return errors.New("damaged: a dictionary of an impossible size")
	}
	c.dictionary, err = c.column.decode(plain, data, int(n), nil)
	return err
}

// count takes n values off those that are to come.
func (c *chunk) count(n int64) error {
	if n < 0 || n > c.left {
		return fmt.Errorf("damaged: a page has %d values, where %d are to come", n, c.left)
	}
	c.left -= n
	return nil
}

// first reads a page of version 1, which packs levels and values together.
func (c *chunk) first(head fields, data []byte, fn func(Value) error) error {
	page := head.sub(pageData)
	n := page.int(v1Values)
	if err := c.count(n); err != nil {
		return err
	}
	data, err := c.unpack(data, head.int(pageUnpacked))
	if err != nil {
		return err
	}
	level := func(most int, encoding int64) ([]uint32, error) {
		if most == 0 {
			return nil, nil
		}
		if encoding != rle {
			return nil, errors.New("its levels are packed in the format of before 2013")
		}
		if len(data) < 4 || uint64(binary.LittleEndian.Uint32(data)) > uint64(len(data)-4) {
			return nil, errShort
		}
		end := 4 + int(binary.LittleEndian.Uint32(data))
		packed := data[4:end]
		data = data[end:]
		return levels(packed, most, int(n))
	}
	repetition, err := level(c.column.Repeated, page.int(v1Repetitions))
	if err != nil {
		return err
	}
	definition, err := level(c.column.optional, page.int(v1Definitions))
	if err != nil {
		return err
	}
	return c.values(page.int(v1Encoding), data, int(n), repetition, definition, fn)
}

// second reads a page of version 2, whose levels lie before what is packed.
func (c *chunk) second(head fields, data []byte, fn func(Value) error) error {
	page := head.sub(pageDataV2)
	n, definitions, repetitions := page.int(v2Values), page.int(v2Definitions), page.int(v2Repetitions)
	if err := c.count(n); err != nil {
		return err
	}
	if definitions < 0 || repetitions < 0 || repetitions > int64(len(data)) || definitions > int64(len(data))-repetitions {
		return errShort
	}
	var repetition, definition []uint32
	var err error
	if most := c.column.Repeated; most > 0 {
		if repetition, err = levels(data[:repetitions], most, int(n)); err != nil {
			return err
		}
	}
	data = data[repetitions:]
	if most := c.column.optional; most > 0 {
		if definition, err = levels(data[:definitions], most, int(n)); err != nil {
			return err
		}
	}
	data = data[definitions:]
	if page[v2Compressed] != false {
		if data, err = c.unpack(data, head.int(pageUnpacked)-definitions-repetitions); err != nil {
			return err
		}
	}
	return c.values(page.int(v2Encoding), data, int(n), repetition, definition, fn)
}

// values decodes the values of a page, and calls fn with those and with the missing ones.
func (c *chunk) values(encoding int64, data []byte, n int, repetition, definition []uint32, fn func(Value) error) error {
	there := n
	for _, d := range definition {
		if int(d) != c.column.optional {
			there--
		}
	}
	decoded, err := c.column.decode(encoding, data, there, c.dictionary)
	if err != nil {
		return err
	}
	at := 0
	for i := range n {
		v := Value{First: repetition == nil || repetition[i] == 0}
		if v.Null = definition != nil && int(definition[i]) != c.column.optional; !v.Null {
			if decoded.bytes != nil {
				v.Bytes = decoded.bytes[at]
			} else {
				v.bits = decoded.bits[at]
			}
			at++
		}
		if err := fn(v); err != nil {
			return err
		}
	}
	return nil
}

// unpack undoes the compression of a page, which is size bytes long without it.
func (c *chunk) unpack(data []byte, size int64) ([]byte, error) {
	if size < 0 || size > c.memory/4 {
		return nil, fmt.Errorf("a page of %d bytes, which is damaged, or does not fit into memory", size)
	}
	switch {
	case c.codec == uncompressed:
		return data, nil
	case size == 0:
		return nil, nil
	}
	page, err := decompress(c.codec, data, int(size))
	if err == nil && len(page) != int(size) {
		err = fmt.Errorf("%d bytes, not %d", len(page), size)
	}
	if err != nil {
		return nil, fmt.Errorf("damaged: a page cannot be unpacked: %w", err)
	}
	return page, nil
}

// decompress returns the bytes that a codec has packed into data, size of them at most.
func decompress(codec int64, data []byte, size int) (page []byte, err error) {
	whole := func(r io.Reader) ([]byte, error) {
		page := make([]byte, size)
		n, err := io.ReadFull(r, page)
		return page[:n], err
	}
	switch codec {
	case snappyCodec:
		if n, err := snappy.DecodedLen(data); err != nil || n != size {
			return nil, fmt.Errorf("%d bytes, not %d (%v)", n, size, err)
		}
		return snappy.Decode(nil, data)
	case gzipCodec:
		r, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		return whole(r)
	case brotliCodec:
		return whole(brotli.NewReader(bytes.NewReader(data)))
	case zstdCodec:
		r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(uint64(max(size, 128<<20)))) // windows may be larger than what is in them
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return r.DecodeAll(data, make([]byte, 0, size))
	case lz4Raw:
		page = make([]byte, size)
		n, err := lz4.UncompressBlock(data, page)
		if err != nil {
			return nil, err
		}
		return page[:n], nil
	}
	return nil, fmt.Errorf("codec %d is not known; write the file with another one, such as snappy or zstd", codec)
}
