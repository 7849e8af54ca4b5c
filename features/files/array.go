package files

import (
	"bytes"
	"fmt"
	"hash"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/linalg"
)

// An array is numbers or text as they are stored, such as what an .npy file holds
// behind its header.
type array struct {
	*input
	dtype   dtype
	fortran bool // column by column
	shape   []int
	data    []byte
	npy     bool // the input is an .npy file
}

// samples returns nothing: an array has no names.
func (a *array) samples() ([]string, error) { return nil, nil }

// hash adds the bytes of an .npy file to a hash: those that there are, or else those
// that NumPy would write, so that the same array has the same hash in any file.
func (a *array) hash(h hash.Hash) error {
	if a.npy {
		return a.input.hash(h)
	}
	h.Write(npyHeader(a.dtype.descr(), a.shape))
	rest := input{path: a.path, bytes: a.data, mapped: a.mapped}
	return rest.hash(h)
}

// rows returns the array as a matrix N×D. Sides of length 1 are dropped but for the
// first; a list is one column. Larger arrays are pooled, if r says how.
func (a *array) rows(r Reading, told *notes) (features.Rows, error) {
	if a.dtype.widen == nil {
		return nil, fmt.Errorf("%s holds text, not numbers", a.path)
	}
	if a.dtype.told != "" {
		told.add("%s: %s", a.path, a.dtype.told)
	}
	shape := squeeze(a.shape)
	if slices.Contains(shape, 0) || len(shape) == 0 {
		return nil, fmt.Errorf("%s has shape %v: no numbers", a.path, a.shape)
	}
	if len(shape) <= 2 {
		return stored{a, shape[0], append(shape, 1)[1]}, nil
	}
	return a.pool(shape, r.Pool, told)
}

// squeeze drops sides of length 1 but for the first.
func squeeze(shape []int) []int {
	if len(shape) < 2 {
		return slices.Clone(shape)
	}
	rest := slices.DeleteFunc(slices.Clone(shape[1:]), func(side int) bool { return side == 1 })
	if len(rest) == 0 {
		rest = []int{1}
	}
	return append([]int{shape[0]}, rest...)
}

// stored is the Rows of an array, whose numbers are widened when they are read.
type stored struct {
	*array
	n, d int
}

// Dims returns N and D.
func (s stored) Dims() (n, d int) { return s.n, s.d }

// Read writes rows i to j−1 to dst.
func (s stored) Read(dst []float64, i, j int) {
	t := s.dtype
	widen := func(dst []float64, first int) {
		src := s.data[first*t.size : (first+len(dst))*t.size]
		t.widen(dst, t.little(src))
	}
	s.access((j-i)*s.d*t.size, func() {
		if !s.fortran {
			widen(dst[:(j-i)*s.d], i*s.d)
			return
		}
		column := make([]float64, j-i)
		for k := range s.d {
			widen(column, k*s.n+i)
			for r, v := range column {
				dst[r*s.d+k] = v
			}
		}
	})
}

// IsSingle reports whether ReadSingle and AddRow can be used: the numbers are float32, row
// by row.
func (s stored) IsSingle() bool { return s.dtype.name == "f4" && !s.fortran }

// ReadSingle is Read without widening.
func (s stored) ReadSingle(dst []float32, i, j int) {
	s.accessRows(i, j, func(src []byte) { linalg.ReadF32(dst[:(j-i)*s.d], src) })
}

// AddRow adds row i to sum.
func (s stored) AddRow(sum []float64, i int) {
	s.accessRows(i, i+1, func(src []byte) { linalg.AddF32(sum, src) })
}

// accessRows calls fn with rows i to j−1, which are stored one after the other.
func (s stored) accessRows(i, j int, fn func(src []byte)) {
	size := s.d * s.dtype.size
	s.access((j-i)*size, func() { fn(s.dtype.little(s.data[i*size : j*size])) })
}

// Ways to make one row of the several that a sample has.
const (
	PoolMean = "mean" // over positions or tokens
	PoolMax  = "max"
	PoolCLS  = "cls" // the first token alone
)

// pooled is N×D: what is pooled of samples that have several numbers for each feature.
type pooled struct {
	of    stored // N×(D·P)
	d, p  int    // features, and numbers of each
	inner bool   // numbers of a feature lie together, as in N×C×H×W
	how   string
}

// pool returns the Rows of an array of three or more sides: N×T×D, N×C×H×W or N×H×W×C.
// Maps are told from their channels by being square.
func (a *array) pool(shape []int, how string, told *notes) (features.Rows, error) {
	kind := "N×T×D (tokens)"
	p := pooled{how: how, d: shape[len(shape)-1], p: shape[1]}
	switch {
	case len(shape) > 4:
		return nil, fmt.Errorf("%s has shape %v, which is not a known kind of features: make it N×D", a.path, a.shape)
	case len(shape) == 4 && shape[1] == shape[2] && shape[2] != shape[3]:
		kind, p.p = "N×H×W×C (maps)", shape[1]*shape[2]
	case len(shape) == 4:
		kind, p.d, p.p, p.inner = "N×C×H×W (maps)", shape[1], shape[2]*shape[3], true
	}
	choices := "--pool mean or --pool max"
	if len(shape) == 3 {
		choices = "--pool mean, --pool cls (the first token) or --pool max"
	}
	switch {
	case how == "":
		return nil, fmt.Errorf("%s has shape %v, taken for %s, not N×D: say how to pool it, by %s", a.path, a.shape, kind, choices)
	case how == PoolCLS && len(shape) == 4:
		return nil, fmt.Errorf("%s has shape %v, taken for %s, which has no first token: use %s", a.path, a.shape, kind, choices)
	case how != PoolMean && how != PoolMax && how != PoolCLS:
		return nil, fmt.Errorf("pool %q: use mean, max or cls", clip(how))
	case a.fortran:
		return nil, fmt.Errorf("%s is stored column by column and has shape %v: save it with numpy.ascontiguousarray", a.path, a.shape)
	}
	p.of = stored{a, shape[0], p.d * p.p}
	told.add("%s: shape %v taken for %s: %d features, the %s of %d numbers each", a.path, a.shape, kind, p.d, how, p.p)
	return p, nil
}

// Dims returns N and D.
func (p pooled) Dims() (n, d int) { return p.of.n, p.d }

// Read pools rows i to j−1 into dst.
func (p pooled) Read(dst []float64, i, j int) {
	all := make([]float64, p.of.d)
	column := make([]float64, p.p)
	for ; i < j; i++ {
		p.of.Read(all, i, i+1)
		row := dst[:p.d]
		dst = dst[p.d:]
		for k := range row {
			for m := range column {
				if p.inner {
					column[m] = all[k*p.p+m]
				} else {
					column[m] = all[m*p.d+k]
				}
			}
			switch p.how {
			case PoolMean:
				row[k] = floats.Sum(column) / float64(p.p)
			case PoolMax:
				row[k] = floats.Max(column)
			default:
				row[k] = column[0]
			}
		}
	}
}

// labels returns the array as labels: whole numbers or text of one column exactly,
// others as numbers.
func (a *array) labels(_ Reading, _ *notes) (v *values, err error) {
	shape := squeeze(a.shape)
	if len(shape) == 0 || slices.Contains(shape, 0) {
		return nil, fmt.Errorf("%s has shape %v: no labels", a.path, a.shape)
	}
	if len(shape) > 2 {
		return nil, fmt.Errorf("%s has shape %v, not N or N×K", a.path, a.shape)
	}
	n, k := shape[0], append(shape, 1)[1]
	t := a.dtype
	v = &values{path: a.path, stored: t.title()}
	defer features.CatchLost(&err)
	if text := t.kind == 'U' || t.kind == 'S'; text && k > 1 {
		return nil, fmt.Errorf("%s has shape %v of text: one name for each sample is read", a.path, a.shape)
	} else if text {
		a.access(len(a.data), func() { v.texts = t.texts(a.data) })
		return v, nil
	}
	if k == 1 && t.whole != nil {
		a.access(len(a.data), func() { v.ints, v.huge = t.whole(t.little(a.data)) })
		return v, nil
	}
	v.whole = t.whole != nil
	numbers := make([]float64, n*k)
	stored{a, n, k}.Read(numbers, 0, n)
	v.numbers = mat.NewDense(n, k, numbers)
	return v, nil
}

// npyHeader is the header of an .npy file, as NumPy writes it.
func npyHeader(descr string, shape []int) []byte {
	var b bytes.Buffer
	text := "("
	for i, side := range shape {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprint(side)
	}
	if len(shape) == 1 {
		text += ","
	}
	writeHeader(&b, descr, text+")")
	return b.Bytes()
}
