package datasets

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nlpodyssey/gopickle/pickle"
	"github.com/nlpodyssey/gopickle/types"
)

// A dictionary is what a file of CIFAR holds: texts or bytes with values. Python 2
// wrote the files, and Python 3 writes bytes otherwise.
type dictionary struct {
	path    string
	entries map[string]any
}

// unpickle reads a dictionary of lists and arrays of bytes. No code in the file is
// run: it may name nothing but what NumPy's arrays are made of.
func unpickle(path string) (d dictionary, err error) {
	defer func() {
		if r := recover(); r != nil { // in the library, for files that are damaged
			err = fmt.Errorf("%s: not a pickle of a dictionary: %v", path, r)
		}
	}()
	data, err := readFile(path)
	if err != nil {
		return d, err
	}
	if err := checkLengths(data); err != nil {
		return d, fmt.Errorf("%s: %w", path, err)
	}
	u := pickle.NewUnpickler(bytes.NewReader(data))
	u.FindClass = func(module, name string) (any, error) {
		if c, ok := arrayClasses[module+"."+name]; ok {
			return c, nil
		}
		return nil, fmt.Errorf("it names %s.%s, which is not read", module, name)
	}
	value, err := u.Load()
	if err != nil {
		return d, fmt.Errorf("%s: %w", path, err)
	}
	dict, ok := value.(*types.Dict)
	if !ok {
		return d, fmt.Errorf("%s: not a pickle of a dictionary", path)
	}
	d = dictionary{path, map[string]any{}}
	for _, e := range *dict {
		if key, ok := asBytes(e.Key); ok {
			d.entries[string(key)] = e.Value
		}
	}
	return d, nil
}

// checkLengths walks through the instructions of a pickle and refuses values longer than the
// file, for which the library would take memory.
func checkLengths(data []byte) error {
	// Each instruction is followed by so many bytes, by lines, or by a length of so many bytes
	// and as many bytes as that.
	const (
		one, two, four, eight = "Khq\x80\x82", "M\x83", "Jjr\x84", "G"
		line, lines           = "FILPSVgp", "ci"
		long1, long4, long8   = "CU\x8a\x8c", "BTX\x8b", "\x8d\x8e\x96"
		frame                 = "\x95"
	)
	errLength := errors.New("not a pickle: it ends within a value")
	for len(data) > 0 {
		is := func(instructions string) bool { return strings.IndexByte(instructions, data[0]) >= 0 }
		size, length := 0, 0
		switch {
		case data[0] == '.':
			return nil
		case is(one):
			size = 1
		case is(two):
			size = 2
		case is(four):
			size = 4
		case is(eight):
			size = 8
		case is(line), is(lines):
			count := 1
			if is(lines) {
				count = 2
			}
			for range count {
				end := bytes.IndexByte(data[1+size:], '\n')
				if end < 0 {
					return errLength
				}
				size += end + 1
			}
		case is(long1):
			length = 1
		case is(long4):
			length = 4
		case is(long8), is(frame):
			length = 8
		}
		if len(data) < 1+size+length {
			return errLength
		}
		if length > 0 {
			n := binary.LittleEndian.Uint64(append(slices.Clone(data[1:1+length]), make([]byte, 8-length)...))
			if n > uint64(len(data)-1-length) {
				return errLength
			}
			if !is(frame) { // what is in a frame is walked through, too
				size = int(n)
			}
		}
		data = data[1+size+length:]
	}
	return errLength
}

// list returns a list.
func (d dictionary) list(key string) (types.List, error) {
	l, ok := d.entries[key].(*types.List)
	if !ok {
		return nil, fmt.Errorf("%s has no list %s", d.path, key)
	}
	return *l, nil
}

// texts returns a list of texts.
func (d dictionary) texts(key string) ([]string, error) {
	l, err := d.list(key)
	var all []string
	for _, v := range l {
		b, ok := asBytes(v)
		if !ok {
			return nil, fmt.Errorf("%s: %s are not all texts", d.path, key)
		}
		all = append(all, string(b))
	}
	return all, err
}

// numbers returns a list of whole numbers.
func (d dictionary) numbers(key string) ([]int, error) {
	l, err := d.list(key)
	var all []int
	for _, v := range l {
		n, ok := v.(int)
		if !ok {
			return nil, fmt.Errorf("%s: %s are not all whole numbers", d.path, key)
		}
		all = append(all, n)
	}
	return all, err
}

// bytes returns an array of uint8, in C order.
func (d dictionary) bytes(key string) ([]byte, error) {
	a, ok := d.entries[key].(*array)
	if !ok || a.bytes == nil {
		return nil, fmt.Errorf("%s has no array %s of uint8", d.path, key)
	}
	return a.bytes, nil
}

// asBytes returns a text or bytes as bytes.
func asBytes(v any) ([]byte, bool) {
	switch v := v.(type) {
	case string:
		return []byte(v), true
	case []byte:
		return v, true
	}
	return nil, false
}

// arrayClasses are the names that arrays and bytes are pickled with.
var arrayClasses = map[string]any{
	"numpy.core.multiarray._reconstruct":  call(func(...any) (any, error) { return &array{}, nil }),
	"numpy._core.multiarray._reconstruct": call(func(...any) (any, error) { return &array{}, nil }),
	"numpy.ndarray":                       call(func(...any) (any, error) { return &array{}, nil }),
	"numpy.dtype":                         call(newDtype),
	"_codecs.encode":                      call(encode),
}

// call is a function that a pickle calls.
type call func(args ...any) (any, error)

// Call is how the library calls it.
func (c call) Call(args ...any) (any, error) { return c(args...) }

// A dtype is that of an array.
type dtype struct{ name string }

// newDtype makes the dtype of a name, such as "u1".
func newDtype(args ...any) (any, error) {
	if len(args) == 0 {
		return nil, errors.New("a dtype without a name")
	}
	name, _ := asBytes(args[0])
	return &dtype{string(name)}, nil
}

// PySetState takes byte order and fields, which bytes have none of.
func (*dtype) PySetState(any) error { return nil }

// encode undoes what Python 3 does to bytes in the protocols of Python 2: each is a
// character of Latin-1.
func encode(args ...any) (any, error) {
	text, ok := "", false
	if len(args) > 0 {
		text, ok = args[0].(string)
	}
	if !ok {
		return nil, errors.New("_codecs.encode of no text")
	}
	var b []byte
	for _, r := range text {
		if r > 255 {
			return nil, errors.New("_codecs.encode of a text that is not Latin-1")
		}
		b = append(b, byte(r))
	}
	return b, nil
}

// An array is one of uint8; bytes is nil where it is another.
type array struct{ bytes []byte }

// PySetState takes (version, shape, dtype, Fortran order, bytes).
func (a *array) PySetState(state any) error {
	t, ok := state.(*types.Tuple)
	if !ok || t.Len() != 5 {
		return errors.New("an array of an unknown form")
	}
	kind, ok := t.Get(2).(*dtype)
	fortran, _ := t.Get(3).(bool)
	data, isBytes := asBytes(t.Get(4))
	if !ok || !isBytes || fortran {
		return errors.New("an array that is not in C order, or of objects")
	}
	if kind.name == "u1" || kind.name == "|u1" {
		a.bytes = data
	}
	return nil
}
