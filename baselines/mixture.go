package baselines

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"

	"sfdalab/internal/linalg"
	"sfdalab/internal/par"
)

const (
	mixtureSteps     = 100
	mixtureTolerance = 1e-3 // change of the mean log-likelihood at which EM ends
	mixtureRidge     = 1e-6 // added to variances
)

// fitMixture fits k normal distributions with full covariances to the rows of x
// by expectation maximization and returns the N×k probabilities of each row to
// come from each, and the number of steps. Definitions are those of scikit-learn
// 1.2's GaussianMixture: a start from k-means, covariances with 1e-6 added to
// their diagonals, and an end where the mean log-likelihood changes by less than
// 1e-3, or after 100 steps.
//
// In many dimensions nearly all of these probabilities are 0 to float64, since
// exp(−745) is. So densities are computed a panel of coordinates at a time, only
// for rows whose probability may still be more than that, and rows of probability
// 0 are left out of sums. Neither changes a result.
func fitMixture(ctx context.Context, x *mat.Dense, k int, rng *rand.Rand) (p *mat.Dense, steps int, err error) {
	n, _ := x.Dims()
	if k > n {
		return nil, 0, fmt.Errorf("a mixture of %d components needs at least as many samples, but there are %d", k, n)
	}
	p = mat.NewDense(n, k, nil)
	for i, c := range kMeans(x, k, rng) {
		p.Set(i, c, 1)
	}
	components := make([]component, k)
	if err := maximise(x, p, components); err != nil {
		return nil, 0, err
	}
	likelihood := math.Inf(-1)
	for steps = 1; steps <= mixtureSteps; steps++ {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		before := likelihood
		likelihood = expect(x, components, p)
		if err := maximise(x, p, components); err != nil {
			return nil, 0, err
		}
		if math.Abs(likelihood-before) < mixtureTolerance {
			break
		}
	}
	expect(x, components, p)
	return p, steps, nil
}

// A component is one normal distribution of a mixture.
type component struct {
	logWeight float64
	mean      []float64  // d
	logDet    float64    // of the covariance
	factor    *mat.Dense // d×d, U of Σ = UᵀU with its diagonal panels inverted
}

// panel is how many coordinates of a density are computed at a time.
const panel = 32

// maximise sets components to those that fit the rows of x best with
// probabilities p. They keep their memory.
func maximise(x, p *mat.Dense, components []component) error {
	n, k := p.Dims()
	members := make([][]int, k)
	for i := range n {
		for c, v := range p.RawRowView(i) {
			if v > 0 {
				members[c] = append(members[c], i)
			}
		}
	}
	errs := make([]error, k)
	par.For(k, func(c int) { errs[c] = components[c].fit(x, p, c, members[c]) })
	for c, err := range errs {
		if err != nil {
			return fmt.Errorf("component %d of %d: %w", c+1, k, err)
		}
	}
	return nil
}

// fit fits component c to the rows that members lists.
func (g *component) fit(x, p *mat.Dense, c int, members []int) error {
	n, d := x.Dims()
	if g.factor == nil {
		g.mean, g.factor = make([]float64, d), mat.NewDense(d, d, nil)
	}
	clear(g.mean)
	weight := 10 * 0x1p-52 // as scikit-learn, so that an empty component has a mean
	for _, i := range members {
		v := p.At(i, c)
		weight += v
		floats.AddScaled(g.mean, v, x.RawRowView(i))
	}
	floats.Scale(1/weight, g.mean)

	rows := max(len(members), 1) // of zeros, where there is no member
	buffer, free := linalg.Scratch(rows * d)
	defer free()
	clear(buffer[:d])
	deviations := mat.NewDense(rows, d, buffer)
	for r, i := range members {
		row := deviations.RawRowView(r)
		floats.SubTo(row, x.RawRowView(i), g.mean)
		floats.Scale(math.Sqrt(p.At(i, c)), row)
	}
	u := g.factor.RawMatrix()
	covariance := blas64.Symmetric{Uplo: blas.Upper, N: d, Data: u.Data, Stride: d}
	blas64.Syrk(blas.Trans, 1/weight, deviations.RawMatrix(), 0, covariance)
	for j := range d {
		u.Data[j*d+j] += mixtureRidge
	}
	if _, ok := lapack64.Potrf(covariance); !ok {
		return fmt.Errorf("its covariance is singular even with %g added to the variances: scale the features up", mixtureRidge)
	}
	g.logWeight, g.logDet = math.Log(weight/float64(n)), 0
	for j := range d {
		g.logDet += 2 * math.Log(u.Data[j*d+j])
	}
	for lo := 0; lo < d; lo += panel {
		hi := min(lo+panel, d)
		lapack64.Trtri(blas64.Triangular{Uplo: blas.Upper, Diag: blas.NonUnit, N: hi - lo, Data: u.Data[lo*d+lo:], Stride: d})
		for i := lo; i < hi; i++ {
			clear(u.Data[i*d+lo : i*d+i]) // so that the panel is a matrix for Gemm
		}
	}
	return nil
}

// negligible is a difference of log-densities from which on the smaller density
// is 0 beside the larger, in float64.
const negligible = 800

// expect sets p to the probabilities of the components given each row of x, and
// returns the mean log-likelihood. On entry the largest of each row of p says
// which component is likely to have that row: its density bounds what others must
// reach to count.
func expect(x *mat.Dense, components []component, p *mat.Dense) float64 {
	n, d := x.Dims()
	logs := make([]float64, n)
	const piece = 256
	par.For((n+piece-1)/piece, func(i int) {
		lo := i * piece
		hi := min(lo+piece, n)
		likely, least := make([]int, hi-lo), make([]float64, hi-lo)
		for r := range likely {
			row := p.RawRowView(lo + r)
			likely[r], least[r] = floats.MaxIdx(row), math.Inf(-1)
			for c := range row {
				row[c] = math.Inf(-1)
			}
		}
		buffer, free := linalg.Scratch((hi - lo) * (d + 2*panel))
		defer free()
		e := estep{
			x: x.Slice(lo, hi, 0, d).(*mat.Dense), p: p.Slice(lo, hi, 0, len(components)).(*mat.Dense), least: least,
			z: buffer[:(hi-lo)*d], side: buffer[(hi-lo)*d:], panel: buffer[(hi-lo)*(d+panel):],
		}
		for c := range components {
			e.logDensities(&components[c], c, func(r int) bool { return likely[r] == c })
		}
		for r, c := range likely {
			least[r] = e.p.At(r, c) - negligible
		}
		for c := range components {
			e.logDensities(&components[c], c, func(r int) bool { return likely[r] != c })
		}
		for r := range likely {
			logs[lo+r] = normalise(e.p.RawRowView(r))
		}
	})
	return floats.Sum(logs) / float64(n)
}

// normalise turns log-densities into probabilities and returns the logarithm of
// their sum.
func normalise(row []float64) float64 {
	top := floats.Max(row)
	var sum float64
	for _, v := range row {
		if v > top-negligible {
			sum += math.Exp(v - top)
		}
	}
	log := top + math.Log(sum)
	for c, v := range row {
		row[c] = 0
		if v > log-negligible {
			row[c] = math.Exp(v - log)
		}
	}
	return log
}

// An estep computes the densities of a few rows, with memory that serves one
// component after the other.
type estep struct {
	x, p  *mat.Dense // rows×d, rows×k
	least []float64  // rows: log-densities below it may be left out

	rows           []int
	squares        []float64
	side, panel, z []float64
}

// logDensities sets column c of p to the logarithms of g's weighted density at the
// rows that are wanted. Those that must be below least are left as they are.
//
// With Σ = UᵀU the distance (x−μ)ᵀ Σ⁻¹ (x−μ) is ‖z‖², z U = x − μ. Coordinates of z
// follow from those before, and each panel of them can only add to the distance.
func (e *estep) logDensities(g *component, c int, wanted func(r int) bool) {
	n, d := e.x.Dims()
	constant := g.logWeight - (float64(d)*math.Log(2*math.Pi)+g.logDet)/2
	rows, squares := e.rows[:0], e.squares[:0]
	for r := range n {
		if wanted(r) {
			rows, squares = append(rows, r), append(squares, 0)
		}
	}
	e.rows, e.squares = rows, squares
	z := dense(e.z, len(rows), d)
	for lo := 0; lo < d && len(rows) > 0; lo += panel {
		hi := min(lo+panel, d)
		side := dense(e.side, len(rows), hi-lo)
		for i, r := range rows {
			floats.SubTo(side.RawRowView(i), e.x.RawRowView(r)[lo:hi], g.mean[lo:hi])
		}
		if lo > 0 {
			blas64.Gemm(blas.NoTrans, blas.NoTrans, -1, window(z, 0, len(rows), 0, lo), window(g.factor, 0, lo, lo, hi), 1, side.RawMatrix())
		}
		next := dense(e.panel, len(rows), hi-lo)
		blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, side.RawMatrix(), window(g.factor, lo, hi, lo, hi), 0, next.RawMatrix())

		kept := 0
		for i, r := range rows {
			square := squares[i] + sumSquares(next.RawRowView(i))
			if constant-square/2 < e.least[r] {
				continue
			}
			rows[kept], squares[kept] = r, square
			copy(z.RawRowView(kept)[:lo], z.RawRowView(i)[:lo])
			copy(z.RawRowView(kept)[lo:hi], next.RawRowView(i))
			kept++
		}
		rows, squares = rows[:kept], squares[:kept]
	}
	for i, r := range rows {
		e.p.Set(r, c, constant-squares[i]/2)
	}
}

// dense returns a matrix in the memory of buffer.
func dense(buffer []float64, rows, columns int) *mat.Dense {
	if rows == 0 {
		return &mat.Dense{}
	}
	return mat.NewDense(rows, columns, buffer[:rows*columns])
}

// window returns rows r0 to r1−1 and columns c0 to c1−1 of m.
func window(m *mat.Dense, r0, r1, c0, c1 int) blas64.General {
	return m.Slice(r0, r1, c0, c1).(*mat.Dense).RawMatrix()
}
