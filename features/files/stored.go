package files

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
)

// stored is the Rows of an array, whose numbers are widened when they are read.
type stored struct {
	*array
	n, d int
}

// matrix returns the array as Rows.
func (a *array) matrix() (features.Rows, error) {
	n, d, err := a.matrixShape()
	if err != nil {
		return nil, err
	}
	if a.dtype.widen == nil {
		return nil, fmt.Errorf("%s holds text, not numbers", a.path)
	}
	return stored{a, n, d}, nil
}

// matrixShape drops sides of length 1 behind the first two, as pooling leaves
// them, and makes a list one column.
func (a *array) matrixShape() (n, d int, err error) {
	shape := a.shape
	for len(shape) > 2 && shape[len(shape)-1] == 1 {
		shape = shape[:len(shape)-1]
	}
	switch {
	case slices.Contains(shape, 0):
		return 0, 0, fmt.Errorf("%s has shape %v: no numbers", a.path, a.shape)
	case len(shape) == 1:
		return shape[0], 1, nil
	case len(shape) == 2:
		return shape[0], shape[1], nil
	}
	return 0, 0, fmt.Errorf("%s has shape %v, not N×D: pool or flatten each sample to one row", a.path, a.shape)
}

func (s stored) Dims() (n, d int) { return s.n, s.d }

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

// labels returns the array as labels: a column of whole numbers or text is
// classes; other numbers are regression targets, and so are several columns.
func (a *array) labels() (l *features.Labels, err error) {
	n, k, err := a.matrixShape()
	if err != nil {
		return nil, err
	}
	t := a.dtype
	text := t.kind == 'U' || t.kind == 'S'
	if k == 1 && (text || t.classes != nil) {
		defer features.CatchLost(&err)
		a.access(len(a.data), func() {
			if text {
				l = features.Classes(t.texts(a.data))
			} else {
				l = t.classes(t.little(a.data))
			}
		})
		return l, nil
	}
	rows, err := a.matrix()
	if err != nil {
		return nil, err
	}
	defer features.CatchLost(&err)
	targets := make([]float64, n*k)
	rows.Read(targets, 0, n)
	return fromNumbers(mat.NewDense(n, k, targets)), nil
}
