package files

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/x448/float16"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
)

// Precision is a type of numbers in an .npy file.
type Precision string

// The precisions, as NumPy names them.
const (
	Float16 Precision = "<f2"
	Float32 Precision = "<f4"
	Float64 Precision = "<f8"
)

// WriteRows writes a matrix as an .npy file (version 1, C order), rounding each
// number to the nearest of the precision. It holds one block of rows at a time.
func WriteRows(w io.Writer, rows features.Rows, p Precision) error {
	n, d := rows.Dims()
	var appendNumber func(b []byte, v float64) []byte
	switch p {
	case Float16:
		appendNumber = func(b []byte, v float64) []byte {
			return binary.LittleEndian.AppendUint16(b, float16.Fromfloat32(float32(v)).Bits())
		}
	case Float32:
		appendNumber = func(b []byte, v float64) []byte {
			return binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v)))
		}
	case Float64:
		appendNumber = func(b []byte, v float64) []byte {
			return binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
	default:
		return fmt.Errorf("unknown precision %q", p)
	}
	buffered := bufio.NewWriter(w)
	writeHeader(buffered, string(p), fmt.Sprintf("(%d, %d)", n, d))
	features.Blocks(rows, func(_ int, x *mat.Dense) {
		for _, v := range x.RawMatrix().Data {
			buffered.Write(appendNumber(buffered.AvailableBuffer(), v))
		}
	})
	return buffered.Flush()
}

// WriteInts writes a list of whole numbers, such as labels, as an .npy file
// (version 1, 64-bit).
func WriteInts(w io.Writer, values []int64) error {
	buffered := bufio.NewWriter(w)
	writeHeader(buffered, "<i8", fmt.Sprintf("(%d,)", len(values)))
	for _, v := range values {
		buffered.Write(binary.LittleEndian.AppendUint64(buffered.AvailableBuffer(), uint64(v)))
	}
	return buffered.Flush()
}

// writeHeader writes the header of an .npy file, filled up to 64 bytes so that
// the data behind it is aligned.
func writeHeader(w io.Writer, descr, shape string) {
	dict := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }", descr, shape)
	const prefix, align = 10, 64
	size := (prefix+len(dict)+1+align-1)/align*align - prefix
	io.WriteString(w, "\x93NUMPY\x01\x00")
	w.Write(binary.LittleEndian.AppendUint16(nil, uint16(size)))
	io.WriteString(w, dict+strings.Repeat(" ", size-len(dict)-1)+"\n")
}
