package features

import (
	"math"
	"slices"
	"sync"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/internal/linalg"
	"sfdalab/internal/par"
)

// Largest returns for each sample x that index lists the class c for which w_cᵀx + b_c
// is largest, the first of those that are; weights are D×C, a Dense or the transpose of one.
//
// Of features in float32, products in float32 decide wherever the two largest are further
// apart than the bound of their errors. The others are computed in float64, so that the classes
// are those of float64.
func (s *Set) Largest(index []int, weights mat.Matrix, bias []float64) []int {
	rows, classes := Select(s.Features, index), make([]int, len(index))
	var left []int // in index, to be computed in float64
	if r, ok := asSingles(rows); ok {
		squares := s.squares()
		lengths := make([]float64, len(index))
		for i, n := range index {
			lengths[i] = math.Sqrt(squares[n])
		}
		left = largestSingle(classes, r, lengths, weights, bias)
	} else {
		left = make([]int, len(index))
		for i := range left {
			left[i] = i
		}
	}
	if len(left) == 0 {
		return classes
	}
	Multiply(Select(rows, left), weights, func(lo int, product *mat.Dense) {
		for i := range product.RawMatrix().Rows {
			row := product.RawRowView(i)
			floats.Add(row, bias)
			classes[left[lo+i]] = floats.MaxIdx(row)
		}
	})
	return classes
}

// largestSingle sets the classes of Largest by products in float32, for rows of the given
// lengths, and returns, in ascending order, the rows whose class these leave open.
func largestSingle(classes []int, rows singles, lengths []float64, weights mat.Matrix, bias []float64) (open []int) {
	d, c := weights.Dims()
	w, free := linalg.NewSingle(c, d)
	defer free()
	column, longest := make([]float64, d), 0.0
	for k := range c {
		mat.Col(column, k, weights)
		w.Set(k, 1, column)
		longest = max(longest, math.Sqrt(floats.Dot(column, column)))
	}
	right, free := linalg.NewRightSingle(w)
	defer free()
	offset := math.Max(floats.Max(bias), -floats.Min(bias))

	// Numbers as large as this may overflow in float32; much smaller ones than tiny vanish.
	const large, tiny = 0x1p120, 0x1p-140
	var mutex sync.Mutex
	par.For((len(lengths)+partRows-1)/partRows, func(p int) {
		lo, hi := p*partRows, min((p+1)*partRows, len(lengths))
		x, free := linalg.NewSingle(hi-lo, d)
		defer free()
		products, free := linalg.NewSingle(hi-lo, c)
		defer free()
		rows.ReadSingle(x.Data, lo, hi)
		right.Mul(products, x)
		var unclear []int
		for i := lo; i < hi; i++ {
			first, second := math.Inf(-1), math.Inf(-1)
			for k, product := range products.Row(i - lo) {
				if v := float64(product) + bias[k]; v > first {
					first, second, classes[i] = v, first, k
				} else if v > second {
					second = v
				}
			}
			bound := linalg.MulTError(d)*lengths[i]*longest + tiny*float64(d)*(1+lengths[i]+longest) + 0x1p-50*offset
			if longest < large && lengths[i] < large && lengths[i]*longest < large && first-second > 2*bound {
				continue
			}
			unclear = append(unclear, i)
		}
		mutex.Lock()
		defer mutex.Unlock()
		open = append(open, unclear...)
	})
	slices.Sort(open)
	return open
}
