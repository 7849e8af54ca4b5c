package parquet

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

var errShort = errors.New("damaged: a page is too short for its values")

// stored is values of a column: bits or bytes, as its kind is.
type stored struct {
	bits  []uint64
	bytes [][]byte
}

// width is how many bytes a value takes in plain encoding; 0 where values differ in it.
func (c *Column) width() int {
	switch c.Kind {
	case Int32, Float:
		return 4
	case Int64, Double:
		return 8
	case Int96:
		return 12
	case Fixed:
		return c.Length
	}
	return 0
}

// decode returns the n values of a page. Its memory is bounded by the page, or by n where
// the page repeats values.
func (c *Column) decode(encoding int64, data []byte, n int, dictionary *stored) (*stored, error) {
	if n == 0 {
		return &stored{}, nil
	}
	switch encoding {
	case plain:
		return c.plain(data, n)
	case plainDictionary, rleDictionary:
		return lookUp(data, n, dictionary)
	case byteStreamSplit:
		width := c.width()
		if width == 0 || len(data)/width < n {
			return nil, errShort
		}
		joined := make([]byte, n*width)
		for k := range width {
			for i := range n {
				joined[i*width+k] = data[k*n+i]
			}
		}
		return c.plain(joined, n)
	}
	switch {
	case encoding == rle && c.Kind == Boolean:
		if len(data) < 4 {
			return nil, errShort
		}
		flags, err := hybrid(data[4:], 1, n)
		return &stored{bits: flags}, err
	case encoding == deltaBinaryPacked && (c.Kind == Int32 || c.Kind == Int64):
		all, _, err := deltas(data, n)
		for i, x := range all {
			all[i] = c.whole(x)
		}
		return &stored{bits: all}, err
	case encoding == deltaLengthByteArray && c.Kind == Bytes:
		return c.lengths(data, n)
	case encoding == deltaByteArray && (c.Kind == Bytes || c.Kind == Fixed):
		return c.prefixes(data, n)
	}
	return nil, errors.New("damaged: a column of this type cannot have this encoding")
}

// whole makes the 64 bits of a whole number of those that are stored: of 32 bits, it repeats
// the sign where there is one.
func (c *Column) whole(x uint64) uint64 {
	switch {
	case c.Kind == Int32 && c.unsigned:
		return uint64(uint32(x))
	case c.Kind == Int32:
		return uint64(int64(int32(x)))
	}
	return x
}

// plain returns n values as they are written without any encoding, one after the other.
func (c *Column) plain(data []byte, n int) (*stored, error) {
	width := c.width()
	if width > 0 && len(data)/width < n {
		return nil, errShort
	}
	out := &stored{}
	switch c.Kind {
	case Boolean:
		if len(data) < (n+7)/8 {
			return nil, errShort
		}
		out.bits = unpackBits(nil, data, 1, n)
	case Int32, Float:
		out.bits = make([]uint64, n)
		for i := range out.bits {
			out.bits[i] = c.whole(uint64(binary.LittleEndian.Uint32(data[4*i:])))
		}
	case Int64, Double:
		out.bits = make([]uint64, n)
		for i := range out.bits {
			out.bits[i] = binary.LittleEndian.Uint64(data[8*i:])
		}
	case Int96, Fixed:
		out.bytes = make([][]byte, n)
		for i := range out.bytes {
			out.bytes[i] = data[i*width : (i+1)*width]
		}
	case Bytes:
		if len(data)/4 < n {
			return nil, errShort
		}
		out.bytes = make([][]byte, n)
		for i := range out.bytes {
			if len(data) < 4 || uint64(binary.LittleEndian.Uint32(data)) > uint64(len(data)-4) {
				return nil, errShort
			}
			end := 4 + int(binary.LittleEndian.Uint32(data))
			out.bytes[i], data = data[4:end], data[end:]
		}
	}
	return out, nil
}

// lookUp returns the values of a dictionary at the places that a page holds: the width of a
// place in bits, in a byte, and then the places in the hybrid encoding.
func lookUp(data []byte, n int, dictionary *stored) (*stored, error) {
	if dictionary == nil || len(data) == 0 || data[0] > 32 {
		return nil, errors.New("damaged: a page without its dictionary")
	}
	places, err := hybrid(data[1:], int(data[0]), n)
	if err != nil {
		return nil, err
	}
	out := &stored{}
	if dictionary.bytes != nil {
		out.bytes = make([][]byte, n)
	}
	for i, p := range places {
		switch {
		case p < uint64(len(dictionary.bytes)):
			out.bytes[i] = dictionary.bytes[p]
		case p < uint64(len(dictionary.bits)):
			places[i] = dictionary.bits[p]
		default:
			return nil, errors.New("damaged: a value is not in its dictionary")
		}
	}
	if dictionary.bytes == nil {
		out.bits = places
	}
	return out, nil
}

// levels returns n levels of at most most. A value's definition level says how many of the
// optional nodes above it are there: all of them, or the value is missing. Its repetition
// level says which list it goes on with: 0 begins a row.
func levels(data []byte, most, n int) ([]uint32, error) {
	all, err := hybrid(data, bits.Len(uint(most)), n)
	if err != nil {
		return nil, err
	}
	out := make([]uint32, n)
	for i, x := range all {
		if x > uint64(most) {
			return nil, errors.New("damaged: a level is not in the schema")
		}
		out[i] = uint32(x)
	}
	return out, nil
}

// hybrid returns n numbers of width bits in the encoding of that name: runs of one number,
// and groups of eight of which the last may be filled up. A run or a row of groups begins
// with a uvarint whose lowest bit is 1 for groups; the others are how many there are. The
// number of a run takes whole bytes, those of groups are packed.
func hybrid(data []byte, width, n int) ([]uint64, error) {
	out := make([]uint64, 0, n)
	for len(out) < n {
		head, k := binary.Uvarint(data)
		if k <= 0 {
			return nil, errShort
		}
		data = data[k:]
		left := uint64(n - len(out))
		count := head >> 1
		if head&1 == 1 {
			if count > (left+511)/8 || int(count)*width > len(data) { // writers fill up to 504
				return nil, errShort
			}
			out = unpackBits(out, data, width, int(min(left, 8*count)))
			data = data[int(count)*width:]
			continue
		}
		size := (width + 7) / 8
		if count > left || size > len(data) {
			return nil, errShort
		}
		var x uint64
		for i := range size {
			x |= uint64(data[i]) << (8 * i)
		}
		data = data[size:]
		for range count {
			out = append(out, x)
		}
	}
	return out, nil
}

// unpackBits appends n numbers of width bits, at most 64, the lowest bits first. data must
// hold as many. A number begins in any bit of a byte: it is cut from the 64 bits from that
// byte on, and where it reaches beyond these, from the ninth byte too.
func unpackBits(dst []uint64, data []byte, width, n int) []uint64 {
	mask := ^uint64(0) >> (64 - width)
	for i := range n {
		at := i * width
		from, shift := at>>3, at&7
		var word uint64
		if len(data)-from >= 8 {
			word = binary.LittleEndian.Uint64(data[from:])
		} else if width > 0 {
			for k, b := range data[from:] {
				word |= uint64(b) << (8 * k)
			}
		}
		x := word >> shift
		if shift+width > 64 {
			x |= uint64(data[from+8]) << (64 - shift)
		}
		dst = append(dst, x&mask)
	}
	return dst
}

// deltas returns n numbers of which each is stored as its difference to the one before,
// and what follows them. Differences come in blocks: a block has the least of its
// differences, how many bits each of its parts takes for what a difference is above that,
// and then the parts, packed. All arithmetic wraps around at 64 bits.
func deltas(data []byte, n int) (all []uint64, rest []byte, err error) {
	defer catch(&err, errShort)
	r := &thriftReader{data}
	block, parts, total := r.uvarint(), r.uvarint(), r.uvarint()
	last := uint64(r.varint())
	if block == 0 || block > 1<<20 || parts == 0 || parts > block || block%(8*parts) != 0 || total != uint64(n) {
		return nil, nil, errors.New("damaged: blocks of differences of an impossible size")
	}
	per := int(block / parts)
	if n > 0 {
		all = append(all, last)
	}
	for len(all) < n {
		least := uint64(r.varint())
		for _, width := range r.take(parts) {
			if len(all) == n {
				break
			}
			if width > 64 {
				return nil, nil, errShort
			}
			packed := r.take(uint64(per) * uint64(width) / 8)
			from := len(all)
			all = unpackBits(all, packed, int(width), min(per, n-from))
			for i := from; i < len(all); i++ {
				last += least + all[i]
				all[i] = last
			}
		}
	}
	return all, r.rest, nil
}

// lengths reads byte arrays whose lengths come before all of them.
func (c *Column) lengths(data []byte, n int) (*stored, error) {
	sizes, data, err := deltas(data, n)
	if err != nil {
		return nil, err
	}
	out := &stored{bytes: make([][]byte, n)}
	for i, size := range sizes {
		if size > uint64(len(data)) {
			return nil, errShort
		}
		out.bytes[i], data = data[:size], data[size:]
	}
	return out, nil
}

// prefixes reads byte arrays that begin as the one before does.
func (c *Column) prefixes(data []byte, n int) (*stored, error) {
	shared, data, err := deltas(data, n)
	if err != nil {
		return nil, err
	}
	out, err := c.lengths(data, n)
	if err != nil {
		return nil, err
	}
	var before []byte
	all := 0
	for i, suffix := range out.bytes {
		if shared[i] > uint64(len(before)) {
			return nil, errShort
		}
		if all += int(shared[i]); all > longestPrefixes {
			return nil, errors.New("a page of texts shares more than 1 GiB of prefixes")
		}
		before = append(append(make([]byte, 0, int(shared[i])+len(suffix)), before[:shared[i]]...), suffix...)
		if c.Kind == Fixed && len(before) != c.Length {
			return nil, errShort
		}
		out.bytes[i] = before
	}
	return out, nil
}

// longestPrefixes is how many bytes the texts of a page may repeat.
const longestPrefixes = 1 << 30
