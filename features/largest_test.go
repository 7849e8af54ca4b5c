package features

import (
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// singleRows is Rows of float32.
type singleRows struct{ dense }

func (r singleRows) IsSingle() bool { return true }
func (r singleRows) ReadSingle(dst []float32, i, j int) {
	for k, v := range r.data[i*r.d : j*r.d] {
		dst[k] = float32(v)
	}
}

func (r singleRows) AddRow(sum []float64, i int) { floats.Add(sum, r.data[i*r.d:(i+1)*r.d]) }

// TestLargest compares the classes with those of products in float64, where classes are
// clear, nearly alike or equal, and where numbers leave the range of float32.
func TestLargest(t *testing.T) {
	const n, d, c = 700, 300, 29
	random := rand.New(rand.NewPCG(7, 8))
	for _, scale := range []float64{1, 0x1p100, 0x1p126, 0x1p-70, 0x1p-130} {
		for _, apart := range []float64{1, 1e-6, 1e-12, 0} {
			x, labels := make([]float64, n*d), make([]int64, n)
			for i := range x {
				x[i] = float64(float32(scale * random.NormFloat64() / 16))
			}
			for i := range labels {
				labels[i] = int64(i % 2)
			}
			weights, one := mat.NewDense(c, d, nil), make([]float64, d)
			for j := range one {
				one[j] = scale * random.NormFloat64() / 16
			}
			weights.Apply(func(k, j int, _ float64) float64 { return one[j] + apart*scale*random.NormFloat64()/16 }, weights)
			bias := make([]float64, c)
			for k := range bias {
				bias[k] = apart * scale * scale * random.NormFloat64() / 16
			}
			s, err := New(Data{Features: singleRows{dense{n, d, x}}, Labels: Classes(labels)})
			if err != nil {
				t.Fatal(err)
			}
			var index []int
			for i := n - 1; i >= 0; i -= 2 {
				index = append(index, i)
			}
			want := make([]int, len(index))
			Multiply(Select(s.Features, index), weights.T(), func(lo int, product *mat.Dense) {
				for i := range product.RawMatrix().Rows {
					want[lo+i] = floats.MaxIdx(floats.AddTo(make([]float64, c), product.RawRowView(i), bias))
				}
			})
			for name, w := range map[string]mat.Matrix{"transposed": weights.T(), "dense": mat.DenseCopyOf(weights.T())} {
				if got := s.Largest(index, w, bias); !slices.Equal(got, want) {
					t.Errorf("scale %g, classes %g apart, %s: other classes than in float64", scale, apart, name)
				}
			}
		}
	}
}
