package features

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"sfdalab/internal/linalg"
)

// Principal are the first k principal components of a Set's features, those of
// the largest variance first.
type Principal struct {
	// Values are the eigenvalues of the total scatter, k: N−1 times the
	// variance along each component.
	Values []float64

	// Components is D×k, with columns of length 1; a component whose variance
	// is 0 to rounding is zero. Projected is N×k, the centred samples times
	// Components.
	//
	// Signs are as in scikit-learn's PCA (svd_flip of version 1.2): the sample
	// that a component moves most, it moves upwards.
	Components, Projected *mat.Dense
}

// principal is Principal for k ≤ min(N, D). With fewer samples than features it takes the
// eigenvectors of XXᵀ, N×N, and not those of XᵀX.
func (s *Set) principal(k int) *Principal {
	values, vectors, err := linalg.EigenTop(s.smallerScatter(), k)
	if err != nil {
		panic(err)
	}
	p := &Principal{Values: values, Components: mat.NewDense(s.d, k, nil), Projected: mat.NewDense(s.n, k, nil)}
	if s.n < s.d {
		s.projectedFirst(p, vectors)
	} else {
		p.Components = vectors
		rounding := 0x1p-52 * float64(s.d) * values[0]
		for j, v := range values {
			if v <= rounding {
				vectors.SetCol(j, make([]float64, s.d))
			}
		}
		Blocks(s.centred(), func(lo int, x *mat.Dense) {
			rows, _ := x.Dims()
			p.Projected.Slice(lo, lo+rows, 0, k).(*mat.Dense).Mul(x, vectors)
		})
	}
	for j := range k {
		p.flip(j)
	}
	return p
}

// projectedFirst fills p from the eigenvectors U of the N×N matrix XXᵀ of
// centred samples X: these are projected to U·Λ^½, by the components
// XᵀU·Λ^-½.
func (s *Set) projectedFirst(p *Principal, u *mat.Dense) {
	k := len(p.Values)
	rounding := 1e-15 * float64(s.n) * p.Values[0]
	inverse := make([]float64, k)
	for j, v := range p.Values {
		if v <= rounding {
			continue
		}
		inverse[j] = 1 / math.Sqrt(v)
		for i := range s.n {
			p.Projected.Set(i, j, u.At(i, j)*math.Sqrt(v))
		}
	}
	var part mat.Dense
	Blocks(s.centred(), func(lo int, x *mat.Dense) {
		rows, _ := x.Dims()
		part.Mul(x.T(), u.Slice(lo, lo+rows, 0, k))
		p.Components.Add(p.Components, &part)
	})
	p.Components.Apply(func(_, j int, v float64) float64 { return v * inverse[j] }, p.Components)
}

// flip turns component j so that its projection of largest magnitude is
// positive.
func (p *Principal) flip(j int) {
	var largest float64
	n, _ := p.Projected.Dims()
	for i := range n {
		if v := p.Projected.At(i, j); math.Abs(v) > math.Abs(largest) {
			largest = v
		}
	}
	if largest >= 0 {
		return
	}
	for _, m := range []*mat.Dense{p.Projected, p.Components} {
		rows, _ := m.Dims()
		for i := range rows {
			m.Set(i, j, -m.At(i, j))
		}
	}
}
