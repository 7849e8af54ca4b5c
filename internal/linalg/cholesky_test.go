package linalg

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestCholesky(t *testing.T) {
	for _, n := range []int{1, 2, 17, 130} {
		random := rand.New(rand.NewPCG(uint64(n), 0))
		x, b := mat.NewDense(n+3, n, nil), mat.NewDense(4, n, nil)
		for _, m := range []*mat.Dense{x, b} {
			for i := range m.RawMatrix().Data {
				m.RawMatrix().Data[i] = random.NormFloat64()
			}
		}
		var a, copied mat.SymDense
		a.SymOuterK(1, x.T())
		copied.SymOuterK(1, x.T())
		factor, ok := Factor(&copied)
		if !ok {
			t.Fatalf("n = %d: not positive definite", n)
		}
		var back mat.Dense
		back.Mul(&a, factor.SolveRows(b))
		if !mat.EqualApprox(&back, b.T(), 1e-9) {
			t.Errorf("n = %d: A·A⁻¹Bᵀ is not Bᵀ", n)
		}
		lower := factor.Lower()
		var product mat.Dense
		product.Mul(lower, lower.T())
		if !mat.EqualApprox(&product, &a, 1e-12*float64(n)) {
			t.Errorf("n = %d: RᵀR is not A", n)
		}
		solved := mat.VecDenseCopyOf(b.RowView(0))
		factor.SolveLower(solved.RawVector().Data)
		solved.MulVec(lower, solved)
		if !mat.EqualApprox(solved, b.RowView(0), 1e-9) {
			t.Errorf("n = %d: Rᵀ·R⁻ᵀb is not b", n)
		}
		if got, exact := factor.Condition(), mat.Cond(&a, 2); !(got >= 1 && got <= exact*(1+1e-9)) {
			t.Errorf("n = %d: condition number at least %g, but it is %g", n, got, exact)
		}
	}
	if _, ok := Factor(mat.NewSymDense(2, []float64{1, 2, 2, 1})); ok {
		t.Error("an indefinite matrix was factored")
	}
	diagonal, _ := Factor(mat.NewSymDense(2, []float64{1e4, 0, 0, 1}))
	if got := diagonal.Condition(); math.Abs(got-1e4) > 1e-8 {
		t.Errorf("condition of diag(1e4, 1): %g", got)
	}
}
