package features

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// In the coordinates of their span, fewer samples than features have the same inner products
// of differences, also with each other's vector of ones.
func TestSpan(t *testing.T) {
	const n, d = 30, 50
	random := rand.New(rand.NewPCG(1, 2))
	labels := make([]int64, n)
	samples := mat.NewDense(n, d, nil)
	for i := range n {
		labels[i] = int64(i % 3)
		for j := range d {
			samples.Set(i, j, math.Round(16*random.NormFloat64())/16) // so that no sum rounds
		}
	}
	repeated := mat.DenseCopyOf(samples)
	repeated.SetRow(4, repeated.RawRowView(7))
	flat := mat.NewDense(n, d, nil)
	flat.Mul(samples.Slice(0, n, 0, 4), samples.Slice(0, 4, 0, d))
	for name, x := range map[string]*mat.Dense{"independent": samples, "repeated": repeated, "flat": flat} {
		for _, offset := range []float64{0, 1 << 20} {
			moved := mat.DenseCopyOf(x)
			moved.Apply(func(_, _ int, v float64) float64 { return v + offset }, moved)
			s, err := New(Data{Features: Dense(moved), Labels: Classes(labels)})
			if err != nil {
				t.Fatal(err)
			}
			span := s.Span()
			rows := Matrix(span.Rows)
			moved.Apply(func(_, _ int, v float64) float64 { return v - offset }, moved)
			near(t, name+": products", differenceProducts(rows), differenceProducts(moved))
			var sums, want mat.VecDense
			sums.MulVec(differences(rows), mat.NewVecDense(len(span.Ones), span.Ones))
			want.MulVec(differences(moved), mat.NewVecDense(d, constant(d, 1)))
			near(t, name+": sums", &sums, &want)
		}
	}
}

// differences returns each row less the first.
func differences(x *mat.Dense) *mat.Dense {
	m := mat.DenseCopyOf(x)
	m.Apply(func(i, j int, v float64) float64 { return v - x.At(0, j) }, m)
	return m
}

func differenceProducts(x *mat.Dense) mat.Matrix {
	var products mat.Dense
	products.Mul(differences(x), differences(x).T())
	return &products
}
