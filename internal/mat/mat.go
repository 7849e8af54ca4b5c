// Package mat reads MATLAB's files of version 5 (-v6 and -v7), as far as data sets use
// them: arrays of numbers, texts, cells and structs.
//
// A file is a header of 128 bytes and then elements, each of a type, a size and so many
// bytes, filled up to a multiple of 8. An element is an array, or an array compressed by
// zlib. An array is itself made of elements: flags with its class, its dimensions, its
// name and its values.
package mat

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"sfdalab/internal/regular"
	"unicode/utf16"
)

// An Array is a variable or a part of one. Values come column by column; one of
// Numbers, Text, Cells and Fields is set.
type Array struct {
	Name    string
	Dims    []int
	Numbers []float64
	Whole   bool // the numbers are of a type of whole numbers, of 32 bits at most
	Text    string
	Cells   []Array
	Fields  map[string][]Array // of a struct array, each with as many values as there are structs
}

// Limits of what is read: no file of a dataset comes near them.
const (
	maxFile     = 1 << 30
	maxUnpacked = 1 << 28
	mostSides   = 64 // of an array
	maxDepth    = 16
)

// Types of elements and classes of arrays that are told apart.
const (
	typeInt8       = 1
	typeUint8      = 2
	typeInt16      = 3
	typeUint16     = 4
	typeInt32      = 5
	typeUint32     = 6
	typeSingle     = 7
	typeDouble     = 9
	typeInt64      = 12
	typeUint64     = 13
	typeMatrix     = 14
	typeCompressed = 15
	typeUTF8       = 16
	typeUTF16      = 17

	complexNumbers = 1 << 11 // a flag beside the class

	classCell   = 1
	classStruct = 2
	classChar   = 4
	firstNumber = 6 // double, single and whole numbers of all sizes
	firstWhole  = 8
	lastWhole   = 13
	lastNumber  = 15
)

// Read reads all variables of a file.
func Read(path string) (map[string]Array, error) {
	data, err := regular.Read(path, maxFile)
	if err != nil {
		return nil, err
	}
	variables, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return variables, nil
}

// Parse reads all variables of a file's bytes.
func Parse(data []byte) (map[string]Array, error) {
	const header = 128
	if bytes.HasPrefix(data, []byte("MATLAB 7.3")) {
		return nil, errors.New("a file of MATLAB 7.3 (HDF5) is not supported: save it with -v7")
	}
	if len(data) < header {
		return nil, errors.New("not a MATLAB file")
	}
	r := reader{order: binary.LittleEndian}
	switch string(data[126:128]) {
	case "IM":
	case "MI":
		r.order = binary.BigEndian
	default:
		return nil, errors.New("not a MATLAB file of version 5")
	}
	variables := map[string]Array{}
	for rest := data[header:]; len(rest) > 0; {
		e, after, err := r.element(rest)
		if err != nil {
			return nil, err
		}
		rest = after
		if e.kind == typeCompressed {
			if e, err = r.unpack(e.data); err != nil {
				return nil, err
			}
		}
		if e.kind != typeMatrix {
			continue
		}
		a, err := r.array(e.data, 0)
		if err != nil {
			return nil, err
		}
		variables[a.Name] = a
	}
	return variables, nil
}

// A reader reads elements. It keeps count of what it has unpacked, since a small file may
// unpack to a very large one.
type reader struct {
	order    binary.ByteOrder
	unpacked int // bytes, in all
}

// An element is a type with its bytes.
type element struct {
	kind uint32
	data []byte
}

var errShort = errors.New("the file is cut short or damaged")

// element reads the first element of data: a tag of four bytes for the type and four for the
// size, and then so many bytes. Where the upper half of the type is not 0 it is the size of
// a small element, whose bytes lie in place of the size.
func (r *reader) element(data []byte) (e element, rest []byte, err error) {
	if len(data) < 8 {
		return e, nil, errShort
	}
	tag := r.order.Uint32(data)
	if size := tag >> 16; size != 0 { // up to 4 bytes lie in the tag itself
		if size > 4 {
			return e, nil, errShort
		}
		return element{tag & 0xffff, data[4 : 4+size]}, data[8:], nil
	}
	size := int(r.order.Uint32(data[4:]))
	if size > len(data)-8 {
		return e, nil, errShort
	}
	e, rest = element{tag, data[8 : 8+size]}, data[8+size:]
	if filled := (8 - size%8) % 8; e.kind != typeCompressed {
		rest = rest[min(filled, len(rest)):]
	}
	return e, rest, nil
}

// unpack reads the element that another one holds compressed.
func (r *reader) unpack(data []byte) (element, error) {
	z, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return element{}, err
	}
	plain, err := io.ReadAll(io.LimitReader(z, int64(maxUnpacked-r.unpacked)+1))
	if err != nil {
		return element{}, err
	}
	if r.unpacked += len(plain); r.unpacked > maxUnpacked {
		return element{}, fmt.Errorf("it unpacks to more than %d MiB: save it as .npy", maxUnpacked>>20)
	}
	e, _, err := r.element(plain)
	return e, err
}

// array reads what an element of type matrix holds: its flags, of which the lowest byte is the
// class, its dimensions, its name, and what its class asks for.
func (r *reader) array(data []byte, depth int) (a Array, err error) {
	if depth > maxDepth {
		return a, errors.New("arrays are nested too deeply")
	}
	if len(data) == 0 {
		return a, nil // an empty cell
	}
	next := func() (e element) {
		if err == nil {
			e, data, err = r.element(data)
		}
		return e
	}
	flags, dims, name := next(), next(), next()
	if err != nil {
		return a, err
	}
	if len(flags.data) < 4 {
		return a, errShort
	}
	a.Name = string(name.data)
	if n := len(dims.data) / 4; n > mostSides {
		return a, fmt.Errorf("variable %q claims %d dimensions, and at most %d are possible", a.Name, n, mostSides)
	}
	var count int
	if a.Dims, count, err = r.dimensions(dims); err != nil {
		return a, err
	}
	switch class := r.order.Uint32(flags.data) & 0xff; {
	case class == classCell:
		a.Cells, err = r.arrays(&data, count, depth)
	case class == classStruct:
		lengths, names := next(), next()
		if err == nil {
			err = r.fields(&a, lengths, names, &data, count, depth)
		}
	case class == classChar:
		text := next()
		if err == nil {
			a.Text, err = r.text(text)
		}
	case class >= firstNumber && class <= lastNumber:
		values := next()
		if err == nil && r.order.Uint32(flags.data)&complexNumbers != 0 {
			err = fmt.Errorf("variable %q has complex numbers, which are not read", a.Name)
		}
		a.Whole = class >= firstWhole && class <= lastWhole
		if err == nil {
			a.Numbers, err = r.numbers(values)
		}
		if err == nil && len(a.Numbers) != count {
			err = errShort
		}
	}
	return a, err
}

// dimensions reads the lengths of an array's sides, and returns their product too.
func (r *reader) dimensions(e element) (dims []int, count int, err error) {
	count = 1
	for rest := e.data; len(rest) >= 4; rest = rest[4:] {
		d := int(int32(r.order.Uint32(rest)))
		if d < 0 || d > 0 && count > maxUnpacked/d {
			return nil, 0, errShort
		}
		dims, count = append(dims, d), count*d
	}
	return dims, count, nil
}

// arrays reads so many arrays, which cells and structs hold, and takes them off data.
func (r *reader) arrays(data *[]byte, count, depth int) ([]Array, error) {
	var all []Array
	for range count {
		e, rest, err := r.element(*data)
		if err != nil {
			return nil, err
		}
		if e.kind != typeMatrix {
			return nil, errShort
		}
		*data = rest
		a, err := r.array(e.data, depth+1)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

// fields reads the values of a struct array: of each struct in turn, all fields. Their names
// lie one after the other in as many bytes each as lengths says, filled up with zeros.
func (r *reader) fields(a *Array, lengths, names element, data *[]byte, count, depth int) error {
	if len(lengths.data) < 4 {
		return errShort
	}
	length := int(r.order.Uint32(lengths.data))
	if length <= 0 || length > len(names.data) {
		return errShort
	}
	a.Fields = map[string][]Array{}
	var list []string
	for text := names.data; len(text) >= length; text = text[length:] {
		name, _, _ := bytes.Cut(text[:length], []byte{0})
		list = append(list, string(name))
	}
	for range count {
		values, err := r.arrays(data, len(list), depth)
		if err != nil {
			return err
		}
		for i, name := range list {
			a.Fields[name] = append(a.Fields[name], values[i])
		}
	}
	return nil
}

// text reads characters.
func (r *reader) text(e element) (string, error) {
	switch e.kind {
	case typeUTF8, typeInt8, typeUint8:
		return string(e.data), nil
	case typeUint16, typeUTF16:
		units := make([]uint16, len(e.data)/2)
		for i := range units {
			units[i] = r.order.Uint16(e.data[2*i:])
		}
		return string(utf16.Decode(units)), nil
	}
	return "", fmt.Errorf("characters of type %d are not supported", e.kind)
}

// numbers reads numbers of any type: MATLAB stores them in the smallest that holds them.
func (r *reader) numbers(e element) ([]float64, error) {
	var size int
	var value func([]byte) float64
	switch e.kind {
	case typeInt8:
		size, value = 1, func(b []byte) float64 { return float64(int8(b[0])) }
	case typeUint8:
		size, value = 1, func(b []byte) float64 { return float64(b[0]) }
	case typeInt16:
		size, value = 2, func(b []byte) float64 { return float64(int16(r.order.Uint16(b))) }
	case typeUint16:
		size, value = 2, func(b []byte) float64 { return float64(r.order.Uint16(b)) }
	case typeInt32:
		size, value = 4, func(b []byte) float64 { return float64(int32(r.order.Uint32(b))) }
	case typeUint32:
		size, value = 4, func(b []byte) float64 { return float64(r.order.Uint32(b)) }
	case typeSingle:
		size, value = 4, func(b []byte) float64 { return float64(math.Float32frombits(r.order.Uint32(b))) }
	case typeDouble:
		size, value = 8, func(b []byte) float64 { return math.Float64frombits(r.order.Uint64(b)) }
	case typeInt64:
		size, value = 8, func(b []byte) float64 { return float64(int64(r.order.Uint64(b))) }
	case typeUint64:
		size, value = 8, func(b []byte) float64 { return float64(r.order.Uint64(b)) }
	default:
		return nil, fmt.Errorf("numbers of type %d are not supported", e.kind)
	}
	numbers := make([]float64, len(e.data)/size)
	for i := range numbers {
		numbers[i] = value(e.data[i*size:])
	}
	return numbers, nil
}
