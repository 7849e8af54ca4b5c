package files

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"regexp"
	"strconv"
	"strings"
)

// maxHeader is more than any header of numbers needs. NumPy's own limit is
// 10,000 bytes.
const maxHeader = 1 << 16

// openNpy opens an .npy file, which holds one array.
func openNpy(in *input, _ string, _ []string) (content, error) { return parseNpy(in) }

// parseNpy reads the header of an .npy file and finds the data behind it. Nothing is
// allocated for data, and every length is compared with the bytes there are.
//
// An .npy file is "\x93NUMPY", the major and the minor version, the length of the header in
// two bytes (of version 1) or four, the header, which is a Python dictionary with blanks to
// fill it up, and the numbers.
//
// The header is read here and not by a library: npyio v0.14 knows no version 3, expects
// the keys in one order, allocates what a header claims and panics on a damaged one.
func parseNpy(in *input) (*array, error) {
	var a *array
	err := in.parse(maxHeader, func() (err error) {
		a, err = parseHeader(in.bytes, len(in.bytes))
		return err
	})
	if err != nil {
		return nil, err
	}
	a.input, a.npy = in, true
	return a, nil
}

var errNotNpy = errors.New("not an .npy file: it does not start as one")

// parseHeader reads the header that an .npy file of so many bytes begins with, and finds
// the data in b, which may be its beginning alone.
func parseHeader(b []byte, total int) (*array, error) {
	a, start, err := parseStart(b)
	if err != nil {
		return nil, err
	}
	want, ok := a.bytes()
	if !ok {
		return nil, fmt.Errorf("damaged: its header claims shape %v, more than any file holds", a.shape)
	}
	if got := total - start; got < want {
		return nil, fmt.Errorf("truncated: shape %v of type %s is %d bytes, but %d follow the header", a.shape, a.dtype.name, want, got)
	} else if got > want {
		return nil, fmt.Errorf("damaged: shape %v of type %s is %d bytes, but %d follow the header", a.shape, a.dtype.name, want, got)
	}
	return a, nil
}

// parseStart reads the header that an .npy file begins with, and returns where it ends.
func parseStart(b []byte) (a *array, end int, err error) {
	if len(b) < 10 || string(b[:6]) != "\x93NUMPY" {
		return nil, 0, errNotNpy
	}
	var size, start int
	switch version := b[6]; version {
	case 1:
		size, start = int(binary.LittleEndian.Uint16(b[8:])), 10
	case 2, 3:
		if len(b) < 12 {
			return nil, 0, errNotNpy
		}
		size, start = int(binary.LittleEndian.Uint32(b[8:])), 12
	default:
		return nil, 0, fmt.Errorf(".npy version %d is not known: 1, 2 and 3 are", version)
	}
	if size > maxHeader {
		return nil, 0, fmt.Errorf("damaged: claims a header of %d bytes", size)
	}
	if size > len(b)-start {
		return nil, 0, fmt.Errorf("truncated: ends within its header of %d bytes", size)
	}
	if a, err = parseDict(string(b[start : start+size])); err != nil {
		return nil, 0, err
	}
	a.data = b[start+size:]
	return a, start + size, nil
}

// mostSides of an array are read, as many as NumPy and PyTorch allow.
const mostSides = 64

// checkSides reports a shape of more sides than there can be, without printing it.
func checkSides(shape []int) error {
	if n := len(shape); n > mostSides {
		return fmt.Errorf("damaged: claims %d dimensions, and at most %d are possible", n, mostSides)
	}
	return nil
}

// bytes is the length of the data that the header claims, unless that overflows.
func (a *array) bytes() (n int, ok bool) {
	product := uint64(a.dtype.size)
	for _, side := range a.shape {
		high, low := bits.Mul64(product, uint64(side))
		if high != 0 || low > 1<<62 {
			return 0, false
		}
		product = low
	}
	return int(product), true
}

// entry is one item of the Python dictionary that a header is.
var entry = regexp.MustCompile(`^\s*['"](\w+)['"]\s*:\s*('[^']*'|"[^"]*"|\w+|\([^()]*\)|\[.*\])\s*(?:,|$)`)

// parseDict reads the Python dictionary that a header is.
func parseDict(header string) (*array, error) {
	damaged := errors.New("damaged: its header is not a dictionary of descr, fortran_order and shape")
	header = strings.TrimSpace(header)
	if !strings.HasPrefix(header, "{") || !strings.HasSuffix(header, "}") {
		return nil, damaged
	}
	values := make(map[string]string)
	for rest := header[1 : len(header)-1]; strings.TrimSpace(rest) != ""; {
		m := entry.FindStringSubmatch(rest)
		if m == nil {
			return nil, damaged
		}
		if _, twice := values[m[1]]; twice {
			return nil, fmt.Errorf("damaged: its header has %s twice", m[1])
		}
		values[m[1]] = m[2]
		rest = rest[len(m[0]):]
	}
	descr, shape, order := values["descr"], values["shape"], values["fortran_order"]
	if len(values) != 3 || descr == "" || shape == "" || order != "True" && order != "False" {
		return nil, damaged
	}
	a := &array{fortran: order == "True"}
	var err error
	if a.shape, err = parseShape(shape); err != nil {
		return nil, err
	}
	a.dtype, err = parseType(descr)
	if errors.Is(err, errObjects) && len(a.shape) == 0 {
		err = errDictionary
	}
	return a, err
}

// parseShape reads a tuple such as "(100, 2048)" or "(100,)".
func parseShape(tuple string) ([]int, error) {
	damaged := fmt.Errorf("damaged: its header claims shape %.60s", tuple)
	inner, ok := strings.CutPrefix(tuple, "(")
	if !ok {
		return nil, damaged
	}
	shape := []int{}
	for side := range strings.SplitSeq(strings.TrimSuffix(inner, ")"), ",") {
		side = strings.TrimSuffix(strings.TrimSpace(side), "L") // as Python 2 wrote them
		if side == "" {
			continue
		}
		n, err := strconv.Atoi(side)
		if err != nil || n < 0 {
			return nil, damaged
		}
		shape = append(shape, n)
	}
	return shape, checkSides(shape)
}
