package features

import (
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestPrincipalMatchesScikitLearn holds components, signs included, to PCA(2,
// svd_solver="full") of scikit-learn 1.2.1.
func TestPrincipalMatchesScikitLearn(t *testing.T) {
	for _, test := range []struct {
		n, d                     int
		values                   []float64 // explained_variance_ times n−1
		x, components, projected []float64 // components_ is 2×d
	}{
		{
			6, 3, []float64{10.02821864, 1.59654527},
			[]float64{-1, 1.5, -0.75, 0.5, -0.25, -0.25, 0.5, -0.75, 1.5, -1, 0, -1, 1.5, -0.75, 0.5, -0.25, -0.25, 0.5},
			[]float64{-0.6310102118980302, 0.5229178140726586, -0.5730471814832317, -0.6000346524586944, 0.13921810216463748, 0.7877669299218206},
			[]float64{
				1.9627948275781841, 0.18899231647029877, -0.1853502556376297, -0.560807876044948, -1.4496417302696145, 0.7481752002359194,
				1.321679901840004, -0.21677656925711253, -1.507604760684413, -0.6396263821445956, -0.14187798282653086, 0.4800433107404382,
			},
		},
		{
			3, 5, []float64{9.188183, 1.561817},
			[]float64{-1, 1.5, -0.75, 0.5, -0.25, -0.25, 0.5, -0.75, 1.5, -1, 0, -1, 1.5, -0.75, 0.5},
			[]float64{
				0.16668925731816242, -0.5364962704533417, 0.6060418599133126, -0.47357349606884597, 0.30467663372552506,
				-0.4282021205826012, 0.5781495152931758, -0.01391146942443605, -0.5549637329191158, 0.41738208880803984,
			},
			[]float64{-1.2171435685718817, 0.8884789625069566, -1.257711326492908, -0.8788224427483158, 2.4748548950647895, -0.009656519758640597},
		},
	} {
		labels := make([]int64, test.n)
		labels[0] = 1
		s, err := New(Data{Features: Dense(mat.NewDense(test.n, test.d, test.x)), Labels: Classes(labels)})
		if err != nil {
			t.Fatal(err)
		}
		p := s.Principal(2)
		for i, want := range test.values {
			if off := p.Values[i] - want; off > 1e-8 || off < -1e-8 {
				t.Errorf("value %d is %g, want %g", i, p.Values[i], want)
			}
		}
		near(t, "components", p.Components.T(), mat.NewDense(2, test.d, test.components))
		near(t, "projected", p.Projected, mat.NewDense(test.n, 2, test.projected))
	}
}

func TestPrincipalOfRepeatedColumnIsZeroBeyondItsRank(t *testing.T) {
	x := mat.NewDense(30, 3, nil)
	labels := make([]int64, 30)
	for i := range labels {
		labels[i] = int64(i % 2)
		x.SetRow(i, []float64{float64(i*i%7) / 3, float64(i % 5), float64(i*i%7) / 3})
	}
	s, err := New(Data{Features: Dense(x), Labels: Classes(labels)})
	if err != nil {
		t.Fatal(err)
	}
	p := s.Principal(3)
	if norm := mat.Norm(p.Projected.ColView(2), 2) + mat.Norm(p.Components.ColView(2), 2); norm != 0 || mat.Norm(p.Projected.ColView(1), 2) == 0 {
		t.Errorf("components are\n%v", mat.Formatted(p.Components))
	}
}

func TestPrincipalOfFlatDataIsZeroBeyondItsRank(t *testing.T) {
	x := mat.NewDense(3, 5, nil)
	for i := range 3 {
		x.Set(i, 1, float64(i))
	}
	s, err := New(Data{Features: Dense(x), Labels: Classes([]int64{0, 1, 1})})
	if err != nil {
		t.Fatal(err)
	}
	p := s.Principal(3)
	want := mat.NewDense(3, 3, []float64{1, 0, 0, 0, 0, 0, -1, 0, 0})
	if p.Projected.At(0, 0) < 0 {
		want.Scale(-1, want)
	}
	near(t, "projected", p.Projected, want)
	var product mat.Dense
	product.Mul(p.Components.T(), p.Components)
	near(t, "products of components", &product, mat.NewDiagDense(3, []float64{1, 0, 0}))
}
