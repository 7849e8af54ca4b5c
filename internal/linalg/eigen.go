package linalg

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"
	lapack "gonum.org/v1/gonum/lapack/gonum"
	"gonum.org/v1/gonum/mat"

	"sfdalab/internal/par"
)

// EigenSym returns the eigenvalues of the symmetric n×n matrix a in descending
// order and, when vectors is set, the n×n matrix whose columns are their
// eigenvectors; otherwise v is nil. Errors of eigenvalues are of the order of
// n · 2⁻⁵² times the largest. It fails when a number is NaN or infinite.
func EigenSym(a mat.Symmetric, vectors bool) (values []float64, v *mat.Dense, err error) {
	if vectors {
		return EigenTop(a, a.SymmetricDim())
	}
	t := Tridiagonalize(copySym(a), 0)
	defer t.Free()
	scale, err := t.normalise()
	if err != nil {
		return nil, nil, err
	}
	values = t.Diagonal
	if !(lapack.Implementation{}).Dsterf(len(values), values, t.OffDiagonal) {
		return nil, nil, errNotConverged(len(values))
	}
	slices.Reverse(values)
	blas64.Scal(scale, vector(values))
	return values, nil, nil
}

// EigenTop returns the k largest eigenvalues of the symmetric n×n matrix a in
// descending order, and the n×k matrix of their eigenvectors, k ≤ n. It fails when a
// number is NaN or infinite.
func EigenTop(a mat.Symmetric, k int) (values []float64, v *mat.Dense, err error) {
	t := Tridiagonalize(copySym(a), k)
	defer t.Free()
	scale, err := t.normalise()
	if err != nil {
		return nil, nil, err
	}
	values, v, err = t.eigenTop(k)
	if err != nil {
		return nil, nil, err
	}
	blas64.Scal(scale, vector(values))
	t.MulQ(v)
	return values, v, nil
}

// normalise divides T by a power of 2, scale, so that its largest number is about
// 1 and no square of it overflows or is lost.
func (t *Tridiagonal) normalise() (scale float64, err error) {
	var largest float64
	for _, x := range [][]float64{t.Diagonal, t.OffDiagonal} {
		for _, v := range x {
			largest = max(largest, math.Abs(v)) // NaN if any is
		}
	}
	if math.IsNaN(largest) || math.IsInf(largest, 0) {
		return 0, fmt.Errorf("no eigenvalues of a %d×%d matrix with NaN, infinite or huge numbers", len(t.Diagonal), len(t.Diagonal))
	}
	_, exponent := math.Frexp(largest)
	for _, x := range [][]float64{t.Diagonal, t.OffDiagonal} {
		for i := range x {
			x[i] = math.Ldexp(x[i], -exponent)
		}
	}
	return math.Ldexp(1, exponent), nil
}

func errNotConverged(n int) error {
	return fmt.Errorf("eigenvalues of a %d×%d matrix did not converge", n, n)
}

// eigenTop returns the k largest eigenvalues of T in descending order, and the
// n×k matrix of their eigenvectors.
func (t *Tridiagonal) eigenTop(k int) (values []float64, v *mat.Dense, err error) {
	n := len(t.Diagonal)
	c := newConquest(t.Diagonal, t.OffDiagonal)
	defer c.free()
	if err := c.conquer(0, n, k); err != nil {
		return nil, nil, err
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(c.values[j], c.values[i]) })
	values = make([]float64, k)
	for j, i := range order[:k] {
		values[j] = c.values[i]
	}
	return values, columns(c.vectors, order[:k]), nil
}

// columns returns the matrix whose columns are the given rows of m.
func columns(m blas64.General, rows []int) *mat.Dense {
	v := mat.NewDense(m.Cols, len(rows), nil)
	const stripe = 32 // rows of v that stay in cache while they are filled
	par.For((m.Cols+stripe-1)/stripe, func(s int) {
		lo, hi := s*stripe, min((s+1)*stripe, m.Cols)
		to := part(v.RawMatrix(), lo, hi, 0, len(rows))
		for j, r := range rows {
			for i, x := range m.Data[r*m.Stride+lo : r*m.Stride+hi] {
				to.Data[i*to.Stride+j] = x
			}
		}
	})
	return v
}
