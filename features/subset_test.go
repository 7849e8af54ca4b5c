package features

import (
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// Statistics of a Subset, which follow from those of the whole, are those of its samples
// alone: with many samples and with few, where a class or all that varies in a feature is
// left out, and of a Subset of a Subset. They have the same bits on a whole of which
// nothing was asked before.
func TestStatisticsOfSubsets(t *testing.T) {
	const classes = 4
	for name, shape := range map[string][2]int{"many samples": {120, 30}, "few samples": {60, 90}} {
		t.Run(name, func(t *testing.T) {
			n, d := shape[0], shape[1]
			random := rand.New(rand.NewPCG(5, 6))
			x, labels := mat.NewDense(n, d, nil), make([]int, n)
			for i := range n {
				labels[i] = min(i%8, classes-1)
				for j := range d {
					x.Set(i, j, random.NormFloat64()+float64(labels[i]*j%3))
				}
			}
			var index []int
			for i := range n {
				if labels[i] != 1 && i%7 != 3 {
					index = append(index, i)
				}
				x.Set(i, 4, 0)
			}
			x.Set(3, 4, 1e3) // which is left out
			newWhole := func() *Set {
				s, err := New(Data{Features: Dense(x), Labels: Classes(labels)})
				if err != nil {
					t.Fatal(err)
				}
				return s
			}
			subset := func(s *Set, index []int) *Set {
				part, err := s.Subset(index)
				if err != nil {
					t.Fatal(err)
				}
				if part.whole == nil {
					t.Fatal("the Subset does not know its whole")
				}
				return part
			}
			whole := newWhole()
			whole.Total()
			whole.RowGram()
			whole.Span()
			latter := indices(n/8, n)
			slices.Reverse(latter)
			for _, chain := range [][][]int{{index}, {latter}, {latter, indices(3, len(latter)-5)}} {
				part, again := whole, newWhole()
				for _, index := range chain {
					part, again = subset(part, index), subset(again, index)
				}
				data := part.Data
				data.Features = Dense(Matrix(part.Features))
				alone, err := New(data)
				if err != nil {
					t.Fatal(err)
				}
				for what, of := range map[string]func(*Set) mat.Matrix{
					"within":   func(s *Set) mat.Matrix { return s.Groups().Within },
					"total":    func(s *Set) mat.Matrix { return s.Total() },
					"row gram": func(s *Set) mat.Matrix { return s.RowGram() },
					"products in the span": func(s *Set) mat.Matrix {
						return RowGram(s.Span().Rows)
					},
					"means in the span, with ones": func(s *Set) mat.Matrix {
						var v mat.VecDense
						v.MulVec(s.Span().Groups.Means, mat.NewVecDense(len(s.Span().Ones), slices.Clone(s.Span().Ones)))
						return &v
					},
				} {
					got, want := of(part), of(alone)
					if !mat.EqualApprox(got, want, 1e-12*mat.Norm(want, 2)) {
						t.Errorf("%s differs from that of the samples alone", what)
					}
					if !mat.Equal(got, of(again)) {
						t.Errorf("%s depends on what was computed before", what)
					}
				}
				if v := part.Groups().Within.At(4, 4); v != 0 {
					t.Errorf("a feature that is constant has scatter %g", v)
				}
			}
		})
	}
}

func indices(from, to int) (all []int) {
	for i := from; i < to; i++ {
		all = append(all, i)
	}
	return all
}

// Repeated samples and small parts are summed on their own.
func TestSubsetsWithoutAWhole(t *testing.T) {
	x := mat.NewDense(6, 2, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3})
	s, err := New(Data{Features: Dense(x), Labels: Classes([]int{0, 1, 0, 1, 0, 1})})
	if err != nil {
		t.Fatal(err)
	}
	for _, index := range [][]int{{0, 1}, {0, 1, 2, 2, 3}} {
		part, err := s.Subset(index)
		if err != nil {
			t.Fatal(err)
		}
		if part.whole != nil {
			t.Errorf("samples %v are not far from a whole of six", index)
		}
	}
}
