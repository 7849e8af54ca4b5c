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

	"sfdalab/features"
	"sfdalab/internal/linalg"
)

// dtype is a NumPy type of real numbers or text, such as "<f4" or "U10".
type dtype struct {
	numberType
	name string // without byte order
	kind byte   // 'f', 'i', 'u', 'b'; or for text 'U', 'S'
	size int    // of an item in bytes
	swap int    // bytes that belong together and are in big-endian order; else 0
}

// numberType says how numbers, stored in little-endian order, are read. Text has
// neither function.
type numberType struct {
	widen   func(dst []float64, src []byte)
	classes func(src []byte) *features.Labels // of whole numbers, exactly
}

// numberTypes are the types of numbers that can be read, by name.
var numberTypes = map[string]numberType{
	"f2": {widen: linalg.WidenF16},
	"f4": {widen: linalg.WidenF32},
	"f8": {widen: copyF64},
	"i1": integer[int8](), "i2": integer[int16](), "i4": integer[int32](), "i8": integer[int64](),
	"u1": integer[uint8](), "u2": integer[uint16](), "u4": integer[uint32](), "u8": integer[uint64](),
	"b1": integer[uint8](),
}

func copyF64(dst []float64, src []byte) {
	for i := range dst {
		dst[i] = math.Float64frombits(binary.LittleEndian.Uint64(src[8*i:]))
	}
}

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
		classes: func(src []byte) *features.Labels { return features.Classes(decode(src)) },
	}
}

var typePattern = regexp.MustCompile(`^['"]([<>|=])?([a-zA-Z?])(\d*)['"]$`)

// maxText is the longest text, in bytes, that a label may have.
const maxText = 1 << 16

// parseType reads the descr of an .npy header.
func parseType(descr string) (dtype, error) {
	m := typePattern.FindStringSubmatch(descr)
	if m == nil {
		return dtype{}, fmt.Errorf("holds records of type %.60s, not plain numbers", descr)
	}
	size, _ := strconv.Atoi(m[3])
	t := dtype{name: m[2] + m[3], kind: m[2][0], size: size}
	t.numberType = numberTypes[t.name]
	unit := size
	switch {
	case t.kind == 'O':
		return dtype{}, errors.New("holds pickled Python objects: save it as numbers or text, with .astype(...) in NumPy")
	case t.kind == 'U' && 0 < size && size <= maxText/4:
		t.size, unit = 4*size, 4
	case t.kind == 'S' && 0 < size && size <= maxText:
		unit = 1
	case t.widen == nil:
		return dtype{}, fmt.Errorf("holds type %.60s, not real numbers", descr)
	}
	if m[1] == ">" && unit > 1 {
		t.swap = unit
	}
	return t, nil
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
