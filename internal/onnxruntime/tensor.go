package onnxruntime

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/x448/float16"
)

// A Type is that of a tensor's elements, numbered as in ONNX (TensorProto.DataType).
type Type int32

// The types that the program computes with, or that weights may have.
const (
	Float32  Type = 1
	Uint8    Type = 2
	Int32    Type = 6
	Int64    Type = 7
	String   Type = 8
	Bool     Type = 9
	Float16  Type = 10
	Float64  Type = 11
	BFloat16 Type = 16
)

var typeNames = map[Type]string{
	Float32: "float32", Uint8: "uint8", 3: "int8", 4: "uint16", 5: "int16", Int32: "int32", Int64: "int64",
	String: "string", Bool: "bool", Float16: "float16", Float64: "float64", 12: "uint32", 13: "uint64", BFloat16: "bfloat16",
}

// String returns the name of the type, as NumPy has it.
func (t Type) String() string {
	if name, ok := typeNames[t]; ok {
		return name
	}
	return fmt.Sprintf("type %d of ONNX", int32(t))
}

// A Tensor is an array of numbers in C order, its bytes as the machine has them.
type Tensor struct {
	Type  Type
	Shape []int64
	Bytes []byte
}

// FromFloats returns a tensor of float32 or, rounded to the nearest, float16. It
// shares memory with the values where it can.
func FromFloats(t Type, values []float32, shape ...int64) (Tensor, error) {
	switch t {
	case Float32:
		return Tensor{t, shape, bytesOf(values)}, nil
	case Float16:
		half := make([]float16.Float16, len(values))
		for i, v := range values {
			half[i] = float16.Fromfloat32(v)
		}
		return Tensor{t, shape, bytesOf(half)}, nil
	}
	return Tensor{}, fmt.Errorf("images cannot become a tensor of %s, only of float32 or float16", t)
}

// Floats returns the elements as float32, in memory of their own.
func (t Tensor) Floats() ([]float32, error) {
	switch t.Type {
	case Float32:
		return append([]float32(nil), elements[float32](t.Bytes)...), nil
	case Float16:
		return convert(elements[float16.Float16](t.Bytes), float16.Float16.Float32), nil
	case Float64:
		return convert(elements[float64](t.Bytes), func(v float64) float32 { return float32(v) }), nil
	}
	return nil, fmt.Errorf("a tensor of %s holds no floating-point numbers", t.Type)
}

// convert returns values as float32.
func convert[A any](values []A, float func(A) float32) []float32 {
	floats := make([]float32, len(values))
	for i, v := range values {
		floats[i] = float(v)
	}
	return floats
}

// bytesOf returns the memory of values as bytes.
func bytesOf[E any](values []E) []byte {
	var e E
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), len(values)*int(unsafe.Sizeof(e)))
}

// elements returns bytes as the values whose memory they are.
func elements[E any](b []byte) []E {
	var e E
	return unsafe.Slice((*E)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(e)))
}

// Bytes returns the size of a tensor of that type; false where there is none.
func (t Type) Bytes(shape []int64) (int64, bool) {
	n := int64(t.bits())
	for _, d := range shape {
		if d < 0 || d > 0 && n > (math.MaxInt64-7)/d {
			return 0, false
		}
		n *= d
	}
	return (n + 7) / 8, t.bits() > 0
}

// bits is the size of an element, 0 where it is not known.
func (t Type) bits() int {
	switch t {
	case 21, 22, 23: // uint4, int4, float4
		return 4
	case Uint8, 3, Bool, 17, 18, 19, 20, 24: // the last five are kinds of float8
		return 8
	case 4, 5, Float16, BFloat16:
		return 16
	case Float32, Int32, 12:
		return 32
	case Int64, Float64, 13, 14:
		return 64
	}
	return 0
}
