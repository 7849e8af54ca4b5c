package jpeg

import (
	"encoding/binary"
	"errors"
)

// lookupBits is the length of the prefix that one table lookup decodes. Codes of 10 bits or fewer are nearly all that
// occur in photographs, and the 6 KiB of such a table stay in the first cache.
const lookupBits = 10

// huffman is a Huffman table ready for decoding.
type huffman struct {
	// short gives, for each prefix, symbol<<8 | length of its code; 0 when the code is longer than the prefix.
	short [1 << lookupBits]uint16
	// whole gives, where a code and the value bits after it fit in the prefix,
	// value<<16 | run<<8 | length of both; 0 elsewhere.
	whole [1 << lookupBits]int32

	// limit[n] is the first code, aligned to 16 bits, that is longer than n bits.
	limit   [17]uint32
	offset  [17]int32 // index in symbols of a code of n bits, less the code
	symbols []uint8
}

// What may be wrong with codes.
var (
	errHuffmanTable = errors.New("corrupt JPEG: Huffman table")
	errCode         = errors.New("corrupt JPEG: invalid Huffman code")
)

// huffmanTables reads a DHT segment: tables of a class (DC or AC) and a number each, as the
// counts of codes of 1 to 16 bits and then their symbols.
func (d *decoder) huffmanTables(s []byte) error {
	for len(s) > 0 {
		if len(s) < 17 {
			return errHuffmanTable
		}
		class, id, n := s[0]>>4, s[0]&15, 0
		for _, count := range s[1:17] {
			n += int(count)
		}
		if class > 1 || id > 3 || n > 256 || len(s) < 17+n {
			return errHuffmanTable
		}
		table, err := newHuffman([16]uint8(s[1:17]), s[17:17+n])
		if err != nil {
			return err
		}
		if class == 0 {
			d.dc[id] = table
		} else {
			d.ac[id] = table
		}
		s = s[17+n:]
	}
	return nil
}

// newHuffman builds the canonical code with counts[n-1] symbols of n bits.
func newHuffman(counts [16]uint8, symbols []uint8) (*huffman, error) {
	t := &huffman{symbols: symbols}
	code, k := uint32(0), 0
	for n := 1; n <= 16; n++ {
		t.offset[n] = int32(k) - int32(code)
		for range counts[n-1] {
			if n <= lookupBits {
				t.fill(code, n, symbols[k])
			}
			code++
			k++
		}
		if code >= 1<<n { // all ones is no code
			return nil, errHuffmanTable
		}
		t.limit[n] = code << (16 - n)
		code <<= 1
	}
	return t, nil
}

// fill enters a code of n bits for every prefix that begins with it. More codes of n bits than there can be are
// found later: their prefixes wrap.
func (t *huffman) fill(code uint32, n int, symbol uint8) {
	run, size := int32(symbol>>4), int(symbol&15)
	free := lookupBits - n
	for rest := range 1 << free {
		prefix := (int(code)<<free | rest) & (1<<lookupBits - 1)
		t.short[prefix] = uint16(symbol)<<8 | uint16(n)
		if size > 0 && n+size <= lookupBits {
			value := extend(int32(rest>>(free-size)), size)
			t.whole[prefix] = value<<16 | run<<8 | int32(n+size)
		}
	}
}

// extend turns the size bits that follow a code into a signed value (ISO/IEC 10918-1, F.2.2.1): values with the highest
// bit set are positive, the others stand for the negative values of the same magnitude.
func extend(v int32, size int) int32 {
	if v < 1<<(size-1) {
		return v - 1<<size + 1
	}
	return v
}

// bits reads the entropy-coded bits of a scan. Past a marker or the end of the data it gives zeros and counts them.
type bits struct {
	data    []byte
	pos     int
	acc     uint64 // next bits, highest first
	n       int    // bits in acc
	padding int    // how many of them, the last ones, are not from the data

	coefs [64]int16 // of the block that is read
}

// refill brings acc to more than 56 bits.
func (r *bits) refill() {
	if r.pos+8 <= len(r.data) {
		v := binary.BigEndian.Uint64(r.data[r.pos:])
		// A byte 0xff begins a marker or is stuffed, so only eight bytes without one may be taken at once. Taking 1 from
		// the complement of a byte borrows into its highest bit only when the complement is 0, that is for 0xff.
		if (^v-0x0101010101010101)&v&0x8080808080808080 == 0 {
			// All 64 bits are entered, but only whole bytes are counted: (63−n)/8 of them fit, which brings n to 56 or more
			// and leaves its remainder modulo 8.
			r.acc |= v >> r.n
			r.pos += (63 - r.n) >> 3
			r.n |= 56
			return
		}
	}
	// Here bits of acc below the first n may be set from an earlier fast refill: they are those of the next bytes.
	r.acc &= ^uint64(0) << (64 - r.n)
	for r.n <= 56 {
		b, ok := r.next()
		if !ok {
			r.padding += 8
		}
		r.acc |= uint64(b) << (56 - r.n)
		r.n += 8
	}
}

// next gives the next byte without its stuffing.
func (r *bits) next() (b byte, ok bool) {
	if r.pos >= len(r.data) {
		return 0, false
	}
	b = r.data[r.pos]
	if b != 0xff {
		r.pos++
		return b, true
	}
	end := r.pos + 1
	for end < len(r.data) && r.data[end] == 0xff {
		end++
	}
	if end < len(r.data) && r.data[end] == 0 {
		r.pos = end + 1
		return 0xff, true
	}
	return 0, false
}

// overrun tells whether bits were used that the data does not have.
func (r *bits) overrun() bool { return r.n < r.padding }

// symbol reads one Huffman code. At least 16 bits beyond it are in acc afterwards.
func (r *bits) symbol(t *huffman) (uint8, bool) {
	if r.n < 32 {
		r.refill()
	}
	if e := t.short[r.acc>>(64-lookupBits)]; e != 0 {
		r.skip(int(e & 255))
		return uint8(e >> 8), true
	}
	s, n := t.long(r.acc)
	r.skip(n)
	return s, n > 0
}

// long finds a code longer than lookupBits; n is 0 when there is none.
func (t *huffman) long(acc uint64) (symbol uint8, n int) {
	code := uint32(acc >> 48)
	for n := lookupBits + 1; n <= 16; n++ {
		if code < t.limit[n] {
			i := int32(code>>(16-n)) + t.offset[n]
			if i < 0 || int(i) >= len(t.symbols) {
				return 0, 0
			}
			return t.symbols[i], n
		}
	}
	return 0, 0
}

// skip drops n bits that are in acc.
func (r *bits) skip(n int) {
	r.acc <<= n
	r.n -= n
}

// take reads n bits, at most 16, that are in acc.
func (r *bits) take(n int) int32 {
	v := int32(r.acc >> 1 >> (63 - n))
	r.skip(n)
	return v
}

// bit reads one bit.
func (r *bits) bit() bool {
	if r.n == 0 {
		r.refill()
	}
	b := r.acc>>63 != 0
	r.skip(1)
	return b
}
