package parquet

import (
	"encoding/binary"
	"errors"
	"math"
)

// fields is a struct of Thrift: its values by number. They are int64, float64, bool,
// []byte, []any and fields.
type fields map[int]any

// errThrift is any damage to what describes a file or a page.
var errThrift = errors.New("damaged: the description of the file or of a page cannot be read")

// deepest is how deep structs may lie in each other; those of Parquet need six levels.
const deepest = 16

// A thriftReader reads the compact protocol of Thrift. Each value takes at least a byte,
// so nothing is allocated that the input is too short for. Its methods panic with errThrift
// where the input is damaged, which catch makes an error of.
type thriftReader struct{ rest []byte }

// catch sets *err to damage if a thriftReader has panicked. It is called by defer.
func catch(err *error, damage error) {
	if e := recover(); e == errThrift {
		*err = damage
	} else if e != nil {
		panic(e)
	}
}

// byte reads a byte.
func (r *thriftReader) byte() byte {
	if len(r.rest) == 0 {
		panic(errThrift)
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

// take reads n bytes, which it does not copy.
func (r *thriftReader) take(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		panic(errThrift)
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

// uvarint reads an unsigned number in base 128, least significant digit first.
func (r *thriftReader) uvarint() uint64 {
	x, n := binary.Uvarint(r.rest)
	if n <= 0 {
		panic(errThrift)
	}
	r.rest = r.rest[n:]
	return x
}

// varint reads a whole number with its sign, which the lowest bit of a uvarint is (ZigZag).
func (r *thriftReader) varint() int64 {
	x := r.uvarint()
	return int64(x>>1) ^ -int64(x&1)
}

// readFields reads a struct, and returns what follows it.
func readFields(b []byte) (s fields, rest []byte, err error) {
	defer catch(&err, errThrift)
	r := &thriftReader{b}
	s = r.fields(0)
	return s, r.rest, nil
}

// fields reads a struct: fields of which each begins with a byte, in its low half the type
// of the value and in its high half how much its number is above that of the field before,
// or 0 and then the number itself. A zero byte ends the struct. Of a truth value, the type
// is the value.
func (r *thriftReader) fields(depth int) fields {
	if depth > deepest {
		panic(errThrift)
	}
	s := make(fields)
	id := 0
	for {
		head := r.byte()
		if head == 0 {
			return s
		}
		if delta := int(head >> 4); delta != 0 {
			id += delta
		} else {
			id = int(r.varint())
		}
		switch kind := head & 15; kind {
		case 1, 2:
			s[id] = kind == 1
		default:
			s[id] = r.value(kind, depth)
		}
	}
}

// value reads a value of a type, by its number in the protocol.
func (r *thriftReader) value(kind byte, depth int) any {
	switch kind {
	case 1, 2: // truth values, of a list: a byte each
		return r.byte() == 1
	case 3: // whole numbers of 8, 16, 32 and 64 bits
		return int64(int8(r.byte()))
	case 4, 5, 6:
		return r.varint()
	case 7:
		return math.Float64frombits(binary.LittleEndian.Uint64(r.take(8)))
	case 8: // bytes or text
		return r.take(r.uvarint())
	case 9, 10: // lists and sets
		return r.list(depth)
	case 12:
		return r.fields(depth + 1)
	}
	panic(errThrift) // Parquet has no maps
}

// list reads a list or a set: a byte with the type of its values in the low half and how many
// there are in the high one, or 15 and then how many.
func (r *thriftReader) list(depth int) []any {
	if depth > deepest {
		panic(errThrift)
	}
	head := r.byte()
	size := uint64(head >> 4)
	if size == 15 {
		size = r.uvarint()
	}
	if size > uint64(len(r.rest)) {
		panic(errThrift)
	}
	all := make([]any, size)
	for i := range all {
		all[i] = r.value(head&15, depth+1)
	}
	return all
}

// has reports whether there is a field of that number.
func (s fields) has(id int) bool { return s[id] != nil }

// int returns a whole number; 0 if there is none.
func (s fields) int(id int) int64 {
	x, _ := s[id].(int64)
	return x
}

// text returns a text; "" if there is none.
func (s fields) text(id int) string {
	b, _ := s[id].([]byte)
	return string(b)
}

// sub returns a struct; nil, which has no fields, if there is none.
func (s fields) sub(id int) fields {
	sub, _ := s[id].(fields)
	return sub
}

// subs returns the structs of a list.
func (s fields) subs(id int) []fields {
	list, _ := s[id].([]any)
	var all []fields
	for _, v := range list {
		if sub, ok := v.(fields); ok {
			all = append(all, sub)
		}
	}
	return all
}
