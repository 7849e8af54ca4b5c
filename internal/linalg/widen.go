package linalg

import (
	"encoding/binary"
	"math"
	"sync"
	"unsafe"

	"github.com/x448/float16"
)

// WidenF16 sets dst to the numbers in src, which are little-endian float16 (IEEE
// 754 binary16), two bytes each. It panics if src has fewer than dst.
func WidenF16(dst []float64, src []byte) {
	src = src[:2*len(dst)]
	whole := len(dst) &^ 7
	active.widenF16(dst[:whole], src[:2*whole])
	widenF16Portable(dst[whole:], src[2*whole:])
}

// WidenF32 sets dst to the numbers in src, which are little-endian float32, four
// bytes each. It panics if src has fewer than dst.
func WidenF32(dst []float64, src []byte) {
	src = src[:4*len(dst)]
	whole := len(dst) &^ 7
	active.widenF32(dst[:whole], src[:4*whole])
	widenF32Portable(dst[whole:], src[4*whole:])
}

// ReadF32 sets dst to the numbers in src, which are as those of WidenF32.
func ReadF32(dst []float32, src []byte) {
	src = src[:4*len(dst)]
	if littleEndian {
		copy(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(dst))), len(src)), src)
		return
	}
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
	}
}

// littleEndian tells whether numbers in memory are as in files.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// AddF32 adds to sum the numbers in src, which are as those of WidenF32.
func AddF32(sum []float64, src []byte) {
	src = src[:4*len(sum)]
	whole := len(sum) &^ 7
	active.addF32(sum[:whole], src[:4*whole])
	addF32Portable(sum[whole:], src[4*whole:])
}

// halves are all float16 numbers, by their bits.
var halves = sync.OnceValue(func() *[1 << 16]float32 {
	var all [1 << 16]float32
	for i := range all {
		all[i] = float16.Frombits(uint16(i)).Float32()
	}
	return &all
})

func widenF16Portable(dst []float64, src []byte) {
	if len(dst) == 0 {
		return
	}
	table := halves()
	for i := range dst {
		dst[i] = float64(table[binary.LittleEndian.Uint16(src[2*i:])])
	}
}

func widenF32Portable(dst []float64, src []byte) {
	for i := range dst {
		dst[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:])))
	}
}

func addF32Portable(sum []float64, src []byte) {
	for i := range sum {
		sum[i] += float64(math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:])))
	}
}
