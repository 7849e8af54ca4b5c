package baselines

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
)

// A whitening A makes the covariance S within classes the identity, and has all r
// directions that S has: of few samples as of many.
func TestWhitening(t *testing.T) {
	for _, n := range []int{20, 60} {
		x, classes := randomSamples(n, 30, 3)
		labels := features.Classes(classes).Index
		rows := features.Dense(x)
		_, whiten, err := whitenWithin(rows, labels, 3)
		if err != nil {
			t.Fatal(err)
		}
		r := min(n-3, 30)
		if _, rank := whiten.m.Dims(); rank != r {
			t.Fatalf("%d samples: %d directions, want %d", n, rank, r)
		}
		identity := mat.NewDiagDense(r, nil)
		for i := range r {
			identity.SetDiag(i, 1)
		}
		a := whiten.directions(identity)
		var white, covariance mat.Dense
		covariance.Scale(1/float64(n-3), features.Group(rows, labels, 3).Within)
		white.Product(a.T(), &covariance, a)
		if !mat.EqualApprox(&white, identity, 1e-9) {
			t.Errorf("%d samples: AᵀSA is not the identity", n)
		}
		var projected mat.Dense
		projected.Mul(x, a)
		if !mat.EqualApprox(whiten.project(x), &projected, 1e-9) {
			t.Errorf("%d samples: XA differs", n)
		}
	}
}

func TestProductsOfFewSamples(t *testing.T) {
	for _, n := range []int{8, 40} {
		x, _ := randomSamples(n, 12, 2)
		y, _ := randomSamples(n, 17, 2)
		norm := func(a, b *mat.Dense) float64 {
			var product mat.Dense
			product.Mul(a.T(), b)
			return math.Pow(mat.Norm(&product, 2), 2)
		}
		p := newProducts(features.Dense(x), features.Dense(y))
		for _, v := range [][2]float64{{p.xx, norm(x, x)}, {p.xy, norm(x, y)}, {p.yy, norm(y, y)}} {
			if relative(v[0], v[1]) > 1e-12 {
				t.Errorf("%d samples: %.17g, want %.17g", n, v[0], v[1])
			}
		}
	}
}
