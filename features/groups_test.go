package features

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sfdalab/internal/linalg"
)

// Contrasts have the scatter within classes, of one and of more samples, and no null direction,
// wherever the samples lie.
func TestContrasts(t *testing.T) {
	const n, d, c = 12, 40, 4
	index := []int{1, 0, 1, 3, 3, 0, 1, 1, 2, 3, 1, 0} // class 2 has one sample
	random := rand.New(rand.NewPCG(1, 2))
	for _, offset := range []float64{0, 1e6} {
		x := mat.NewDense(n, d, nil)
		x.Apply(func(i, _ int, _ float64) float64 { return offset + float64(index[i]) + random.NormFloat64() }, x)
		_, means := GroupMeans(Dense(x), index, c)
		z := mat.NewDense(n-c, d, nil)
		z.Apply(func(int, int, float64) float64 { return math.NaN() }, z)
		Contrasts(z, Dense(x), index, means)

		near(t, "ZᵀZ", Scatter(Dense(z)), Scatter(Centred(Dense(x), index, means)))
		values, _, err := linalg.EigenSym(RowGram(Dense(z)), false)
		if err != nil {
			t.Fatal(err)
		}
		if least := values[n-c-1]; !(least > 1) {
			t.Errorf("offset %g: the smallest of the eigenvalues of ZZᵀ is %v", offset, least)
		}
	}
}

// A RowGram has the same bits whether rows lie in memory, are read as one block, or as several.
func TestRowGramOfBlocks(t *testing.T) {
	const n, d = 290, 60000 // 139 rows a block
	random := rand.New(rand.NewPCG(3, 4))
	x := mat.NewDense(n, d, nil)
	for i := range x.RawMatrix().Data {
		x.RawMatrix().Data[i] = random.Float64()
	}
	want, all := RowGram(Dense(x)), indices(0, n)
	for _, rows := range []int{n, 100} {
		if got := RowGram(Select(Dense(x), all[:rows])); !mat.Equal(got, want.SliceSym(0, rows)) {
			t.Errorf("the first %d rows have other bits", rows)
		}
	}
}
