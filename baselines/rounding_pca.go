package baselines

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/mathext/prng"

	"sfdalab/features"
)

const (
	pcaSeed  = 1919 // of the released code
	pcaSpare = 10   // directions beyond those kept
)

// randomisedComponents returns the samples in k principal components as scikit-learn's
// PCA(k, svd_solver="randomized", iterated_power=1, random_state=1919) gives them (version
// 1.2; Halko et al., "Finding structure with randomness", 2011), N×k.
func randomisedComponents(s *features.Set, k int) *mat.Dense {
	n, d := s.N(), s.D()
	k = min(k, n, d)
	var m mat.Matrix = features.Matrix(features.Centred(s.Features, make([]int, n), mat.NewDense(1, d, s.Mean())))
	wide := n < d
	if wide {
		m = m.T()
	}
	rows, columns := m.Dims()
	q := normalDraws(columns, k+pcaSpare)
	var along, back, once mat.Dense
	along.Mul(m, q)
	back.Mul(m.T(), &along)
	once.Mul(m, &back)
	basis := orthonormal(mat.DenseCopyOf(once.Slice(0, rows, 0, min(rows, k+pcaSpare))))

	var small mat.Dense
	small.Mul(basis.T(), m)
	var svd mat.SVD
	if !svd.Factorize(&small, mat.SVDThin) {
		panic(errors.New("the principal components did not converge"))
	}
	var u, v, samples mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	if wide { // the samples are the columns of m
		samples.CloneFrom(&v)
	} else {
		samples.Mul(basis, &u)
	}
	values := svd.Values(nil)
	components := mat.NewDense(n, k, nil)
	for j := range k {
		var largest float64
		for i := range n {
			if x := samples.At(i, j); math.Abs(x) > math.Abs(largest) {
				largest = x
			}
		}
		for i := range n {
			components.Set(i, j, math.Copysign(samples.At(i, j), samples.At(i, j)*largest)*values[j])
		}
	}
	return components
}

// orthonormal returns an orthonormal basis of the columns of a, whose memory it takes.
func orthonormal(a *mat.Dense) *mat.Dense {
	raw := a.RawMatrix()
	tau := make([]float64, raw.Cols)
	for _, step := range []func(work []float64, size int){
		func(work []float64, size int) { lapack64.Geqrf(raw, tau, work, size) },
		func(work []float64, size int) { lapack64.Orgqr(raw, tau, work, size) },
	} {
		var query [1]float64
		step(query[:], -1)
		step(make([]float64, int(query[0])), int(query[0]))
	}
	return a
}

// normalDraws returns the rows×columns normal numbers that numpy.random.RandomState(1919)
// draws first: Mersenne Twister, 53 bits, Marsaglia's polar method.
func normalDraws(rows, columns int) *mat.Dense {
	twister := prng.NewMT19937()
	twister.Seed(pcaSeed)
	uniform := func() float64 {
		high, low := twister.Uint32()>>5, twister.Uint32()>>6
		return (float64(high)*(1<<26) + float64(low)) / (1 << 53)
	}
	draws := make([]float64, rows*columns)
	for i := 0; i < len(draws); {
		x, y := 2*uniform()-1, 2*uniform()-1
		square := x*x + y*y
		if square >= 1 || square == 0 {
			continue
		}
		scale := math.Sqrt(-2 * math.Log(square) / square)
		for _, v := range []float64{y, x} { // of each two, the second first
			if i < len(draws) {
				draws[i] = scale * v
				i++
			}
		}
	}
	return mat.NewDense(rows, columns, draws)
}
