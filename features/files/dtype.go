package files

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sfdalab/internal/linalg"
)

// dtype is a NumPy type of real numbers or text, such as "<f4" or "U10".
type dtype struct {
	numberType
	name string // without byte order
	kind byte   // 'f', 'i', 'u', 'b'; or for text 'U', 'S'
	size int    // of an item in bytes
	swap int    // bytes that belong together and are in big-endian order; else 0
	told string // how the type is read, where that is not plain
}

// numberType says how numbers, stored in little-endian order, are read. Text has
// neither function.
type numberType struct {
	widen func(dst []float64, src []byte)
	whole func(src []byte) ([]int64, []uint64) // whole numbers; in uint64 where int64 does not hold them
}

// numberTypes are the types of numbers that can be read, by name.
var numberTypes = map[string]numberType{
	"f2": {widen: linalg.WidenF16},
	"V2": {widen: widenBF16}, // as NumPy writes the bfloat16 of ml_dtypes
	"f4": {widen: linalg.WidenF32},
	"f8": {widen: copyF64},
	"i1": integer[int8](), "i2": integer[int16](), "i4": integer[int32](), "i8": integer[int64](),
	"u1": integer[uint8](), "u2": integer[uint16](), "u4": integer[uint32](), "u8": integer[uint64](),
	"b1": integer[uint8](),
}

// widenBF16 widens bfloat16, which is the upper half of a float32.
func widenBF16(dst []float64, src []byte) {
	for i := range dst {
		dst[i] = float64(math.Float32frombits(uint32(binary.LittleEndian.Uint16(src[2*i:])) << 16))
	}
}

// copyF64 reads float64.
func copyF64(dst []float64, src []byte) {
	for i := range dst {
		dst[i] = math.Float64frombits(binary.LittleEndian.Uint64(src[8*i:]))
	}
}

// integer returns how whole numbers of type T are read.
func integer[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64]() numberType {
	decode := func(src []byte) []T {
		values := make([]T, len(src)/binary.Size(T(0)))
		if _, err := binary.Decode(src, binary.LittleEndian, values); err != nil {
			panic(err) // the lengths agree
		}
		return values
	}
	return numberType{
		widen: func(dst []float64, src []byte) {
			for i, v := range decode(src) {
				dst[i] = float64(v)
			}
		},
		whole: func(src []byte) (ints []int64, huge []uint64) {
			for _, v := range decode(src) {
				if v > 0 && uint64(v) > math.MaxInt64 {
					huge = make([]uint64, 0, len(ints))
					break
				}
				ints = append(ints, int64(v))
			}
			if huge != nil {
				for _, v := range decode(src) {
					huge = append(huge, uint64(v))
				}
				return nil, huge
			}
			return ints, nil
		},
	}
}

// typePattern is a type of NumPy: byte order, kind and, in bytes or characters, size.
var typePattern = regexp.MustCompile(`^['"]([<>|=])?([a-zA-Z?])(\d*)['"]$`)

// maxText is the longest text, in bytes, that a label may have.
const maxText = 1 << 16

// parseType reads the descr of an .npy header.
func parseType(descr string) (dtype, error) {
	if strings.Trim(descr, `'"`) == "bfloat16" {
		descr = "'<V2'"
	}
	m := typePattern.FindStringSubmatch(descr)
	switch {
	case strings.Contains(descr, "M8") || strings.Contains(descr, "m8"):
		return dtype{}, fmt.Errorf("holds dates or times of type %.60s, not numbers: convert them with .astype('int64') in NumPy, if they are meant", descr)
	case m == nil:
		return dtype{}, fmt.Errorf("holds records of type %.60s, not plain numbers: save one field, such as x['features'] in NumPy", descr)
	}
	size, _ := strconv.Atoi(m[3])
	t := dtype{name: m[2] + m[3], kind: m[2][0], size: size}
	t.numberType = numberTypes[t.name]
	unit := size
	switch {
	case t.kind == 'O':
		return dtype{}, errObjects
	case t.kind == 'T':
		return dtype{}, errors.New("holds text of NumPy's type StringDType: save it with .astype('U') in NumPy")
	case t.name == "V2":
		t.told, unit = "2-byte items are taken for bfloat16", 2
	case t.kind == 'U' && 0 < size && size <= maxText/4:
		t.size, unit = 4*size, 4
	case t.kind == 'S' && 0 < size && size <= maxText:
		unit = 1
	case t.widen == nil:
		return dtype{}, fmt.Errorf("holds type %.60s, not real numbers: convert it with .astype('float32') in NumPy", descr)
	}
	if m[1] == ">" && unit > 1 {
		t.swap = unit
	}
	return t, nil
}

// What a file holds that has no plain numbers.
var (
	errObjects    = errors.New("holds pickled Python objects, which are not read: save it as numbers or text, with .astype('float32') or .astype('U') in NumPy")
	errDictionary = errors.New("holds a pickled Python object, such as a dictionary, which is not read: save one array of it, such as numpy.load(..., allow_pickle=True).item()['features']")
)

// descr is the type as NumPy's headers name it, in little-endian order.
func (t dtype) descr() string {
	if t.size == 1 {
		return "|" + t.name
	}
	return "<" + t.name
}

// title is what the type is called in NumPy.
func (t dtype) title() string {
	switch t.kind {
	case 'U', 'S':
		return "text"
	case 'b':
		return "bool"
	case 'V':
		return "bfloat16"
	}
	kind := map[byte]string{'f': "float", 'i': "int", 'u': "uint"}[t.kind]
	return fmt.Sprintf("%s%d", kind, 8*t.size)
}

// little returns src in little-endian order.
func (t dtype) little(src []byte) []byte {
	if t.swap == 0 {
		return src
	}
	src = slices.Clone(src)
	for unit := range slices.Chunk(src, t.swap) {
		slices.Reverse(unit)
	}
	return src
}

// texts returns the items of text in src, bytes or 32-bit code points, without
// the zeros that fill them up.
func (t dtype) texts(src []byte) []string {
	var texts []string
	for item := range slices.Chunk(t.little(src), t.size) {
		text := string(item)
		if t.kind == 'U' {
			var points []rune
			for unit := range slices.Chunk(item, 4) {
				points = append(points, rune(binary.LittleEndian.Uint32(unit)))
			}
			text = string(points)
		}
		texts = append(texts, strings.TrimRight(text, "\x00"))
	}
	return texts
}
