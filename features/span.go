package features

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/internal/linalg"
)

// Span is the samples of a Set in min(N, D) orthonormal coordinates: those of the space
// that they span, when there are fewer samples than features. It is for what only depends
// on inner products of differences between samples.
type Span struct {
	Rows   Rows      // N×min(N, D)
	Groups *Groups   // of Rows
	Ones   []float64 // the D-vector of ones, as far as it is in the span
}

// Span returns the samples as they are when N ≥ D, and in coordinates of their span
// otherwise. The labels must be classes.
func (s *Set) Span() *Span {
	return Shared(s, statistic("span"), func() *Span {
		if s.n >= s.d {
			return &Span{s.Features, s.Groups(), constant(s.d, 1)}
		}
		rows, ones := s.coordinates()
		return &Span{rows, Group(rows, s.Labels.Index, s.C()), ones}
	})
}

// coordinates returns D > N features in N coordinates, and the vector of ones.
//
// With K = XXᵀ the inner products of the samples less their mean, and RᵀR = K + t11ᵀ, the
// rows of Rᵀ are the samples with the length √t in a direction that is common to them and
// orthogonal to X. K has the null vector 1, so that this makes R regular unless samples
// depend on each other; then the rows are those of UΛ^½, with K = UΛUᵀ. The products
// of the rows and the vector of ones are the sums of the rows of X.
func (s *Set) coordinates() (Rows, []float64) {
	sums := make([]float64, s.n)
	Parts(s.centred(), func(lo int, x *mat.Dense) {
		for i := range x.RawMatrix().Rows {
			sums[lo+i] = floats.Sum(x.RawRowView(i))
		}
	})
	rounding := 0x1p-52 * float64(s.n)
	k := linalg.ScaleSym(nil, 1, s.RowGram())
	raw, t := k.RawSymmetric(), mat.Trace(k)/float64(s.n)
	for i := range s.n {
		floats.AddConst(t, raw.Data[i*raw.Stride+i:][:s.n-i])
	}
	factor, ok := linalg.Factor(k)
	defer factor.Free()
	if ok && rounding*factor.Condition() < 1 {
		factor.SolveLower(sums)
		return Dense(factor.Lower()), sums
	}

	values, rows, err := linalg.EigenSym(s.RowGram(), true)
	if err != nil {
		panic(err)
	}
	var ones mat.VecDense
	ones.MulVec(rows.T(), mat.NewVecDense(s.n, sums))
	lengths := make([]float64, s.n)
	for j, v := range values {
		if v <= rounding*values[0] {
			ones.SetVec(j, 0)
			continue
		}
		lengths[j] = math.Sqrt(v)
		ones.SetVec(j, ones.AtVec(j)/lengths[j])
	}
	for i := range s.n {
		floats.Mul(rows.RawRowView(i), lengths)
	}
	return Dense(rows), ones.RawVector().Data
}

// constant returns n times v.
func constant(n int, v float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = v
	}
	return x
}
