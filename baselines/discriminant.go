package baselines

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/linalg"
	"sfdalab/internal/par"
	"sfdalab/internal/softmax"
)

// discriminant is a linear classifier of C classes: δ_c(x) = w_cᵀx + b_c, and
// softmax(δ) are the probabilities.
type discriminant struct {
	weights mat.Matrix // D×C, a Dense or the transpose of one
	bias    []float64  // C
}

// priors returns log π_c.
func priors(counts []int) []float64 {
	n, logs := float64(sum(counts)), make([]float64, len(counts))
	for c, k := range counts {
		logs[c] = math.Log(float64(k) / n)
	}
	return logs
}

// sum returns the number of samples in all classes.
func sum(counts []int) (n int) {
	for _, k := range counts {
		n += k
	}
	return n
}

// gaussian returns the discriminant of normal classes with means μ_c (C×D) and
// one covariance Σ for all, from the weights w_c = Σ⁻¹μ_c (D×C):
// b_c = −½ μ_cᵀw_c + log π_c.
func gaussian(g *features.Groups, weights *mat.Dense) discriminant {
	bias := priors(g.Counts)
	for c := range bias {
		bias[c] -= floats.Dot(g.Means.RawRowView(c), mat.Col(nil, c, weights)) / 2
	}
	return discriminant{weights, bias}
}

var errSingularWithin = errors.New("the within-class scatter is singular: drop repeated or constant features, or add samples")

// ill turns an error of bad condition, of which a score warns elsewhere, into
// none.
func ill(err error) error {
	var condition mat.Condition
	if errors.As(err, &condition) {
		return nil
	}
	return err
}

// delta returns δ_c(x_n), N×C.
func (d discriminant) delta(rows features.Rows) *mat.Dense {
	n, _ := rows.Dims()
	delta := mat.NewDense(n, len(d.bias), nil)
	features.Multiply(rows, d.weights, func(lo int, product *mat.Dense) {
		for i := range product.RawMatrix().Rows {
			floats.AddTo(delta.RawRowView(lo+i), product.RawRowView(i), d.bias)
		}
	})
	return delta
}

// probabilities returns p(c | x_n), N×C.
func (d discriminant) probabilities(rows features.Rows) *mat.Dense {
	p := d.delta(rows)
	par.For(p.RawMatrix().Rows, func(i int) { softmax.Row(p.RawRowView(i)) })
	return p
}

// meanOwn returns the mean of p[n, y_n].
func meanOwn(p *mat.Dense, index []int) float64 {
	var sum float64
	for n, y := range index {
		sum += p.At(n, y)
	}
	return sum / float64(len(index))
}

// fisher is a discriminant with its discriminant axes, the directions that set
// the classes apart, D×r, the best first. A projection of the samples on them
// has unit variance within classes.
type fisher struct {
	discriminant
	axes *mat.Dense
}

// rankTolerance is scikit-learn's: directions whose standard deviation is at
// most this part of the features' count as none.
const rankTolerance = 1e-4

// fisherSVD is scikit-learn's LinearDiscriminantAnalysis(solver="svd"), version
// 1.2: features are divided by their standard deviation within classes, directions
// of deviation up to rankTolerance in that scale are dropped, and the others
// whitened by the covariance over N − C. index says the class of each row, of c.
func fisherSVD(rows features.Rows, index []int, c int) (*fisher, error) {
	n, d := rows.Dims()
	if n == c {
		return nil, errors.New("every class has a single sample: a discriminant needs variance within classes")
	}
	g, whiten, err := whitenWithin(rows, index, c)
	if err != nil {
		return nil, err
	}

	average := g.Mean()
	white := whiten.project(g.Between())
	var svd mat.SVD
	if !svd.Factorize(white, mat.SVDThin) {
		return nil, fmt.Errorf("singular values of the %d class means did not converge", c)
	}
	spread := svd.Values(nil)
	r := 0
	for r < len(spread) && spread[r] > rankTolerance*spread[0] {
		r++
	}
	if r == 0 {
		return nil, errors.New("all classes have the same mean: no direction separates them")
	}
	var v mat.Dense
	svd.VTo(&v)
	rank, _ := v.Dims()
	axes := whiten.directions(v.Slice(0, rank, 0, r))

	// δ_c(x) = (x − x̄)ᵀ A Aᵀ (μ_c − x̄) − ½ ‖Aᵀ(μ_c − x̄)‖² + log π_c
	centred := mat.DenseCopyOf(g.Means)
	subtractRow(centred, average)
	var projected mat.Dense // C×r
	projected.Mul(centred, axes)
	weights := mat.NewDense(d, c, nil)
	weights.Mul(axes, projected.T())
	bias := priors(g.Counts)
	for k := range bias {
		row := projected.RawRowView(k)
		bias[k] -= floats.Dot(row, row)/2 + floats.Dot(average, mat.Col(nil, k, weights))
	}
	return &fisher{discriminant{weights, bias}, axes}, nil
}

// whitening is a D×r matrix A with AᵀSA = I, for the covariance S within classes in the
// r directions that it has: A = M, or A = ZᵀM, with M N×r.
type whitening struct{ m, z *mat.Dense }

// whitenWithin returns the whitening of rows within classes, whose Groups have no scatter
// when there are fewer rows than columns. Then the eigenvectors v of ZZᵀ, for rows Z
// less the means of their classes, stand for those of ZᵀZ, which are Zᵀv/√λ.
func whitenWithin(rows features.Rows, index []int, c int) (*features.Groups, whitening, error) {
	n, d := rows.Dims()
	g, squares := groupsOf(rows, index, c)
	scale := make([]float64, d)
	for j, square := range squares {
		scale[j] = math.Sqrt(square / float64(n))
		if scale[j] == 0 {
			scale[j] = 1
		}
	}

	w := whitening{}
	var standard *mat.SymDense
	if n < d {
		w.z = features.Matrix(features.Centred(rows, index, g.Means))
		for i := range n {
			floats.Div(w.z.RawRowView(i), scale)
		}
		standard = features.RowGram(features.Dense(w.z))
		linalg.ScaleSym(standard, 1/float64(n-c), standard)
	} else {
		standard = mat.NewSymDense(d, nil)
		for i := range d {
			for j := i; j < d; j++ {
				standard.SetSym(i, j, g.Within.At(i, j)/scale[i]/scale[j]/float64(n-c))
			}
		}
	}
	values, vectors, err := linalg.EigenSym(standard, true)
	if err != nil {
		return nil, w, err
	}
	rank := 0
	for rank < len(values) && values[rank] > rankTolerance*rankTolerance {
		rank++
	}
	if rank == 0 {
		return nil, w, errors.New("the samples of each class are identical: a discriminant needs variance within classes")
	}
	w.m = mat.NewDense(len(values), rank, nil)
	if w.z == nil {
		w.m.Apply(func(i, j int, _ float64) float64 { return vectors.At(i, j) / scale[i] / math.Sqrt(values[j]) }, w.m)
		return g, w, nil
	}
	w.m.Apply(func(i, j int, _ float64) float64 { return vectors.At(i, j) / values[j] / math.Sqrt(float64(n-c)) }, w.m)
	// The axes are combinations of the scaled rows. They apply to features as they are once
	// each of their entries is divided by its feature's scale, too: hence the second division.
	for i := range n {
		floats.Div(w.z.RawRowView(i), scale)
	}
	return g, w, nil
}

// groupsOf returns the Groups of rows, and of each column the sum of its squares less the
// means of the classes. With fewer rows than columns the Groups have no scatter.
func groupsOf(rows features.Rows, index []int, c int) (g *features.Groups, squares []float64) {
	n, d := rows.Dims()
	squares = make([]float64, d)
	if n >= d {
		g = features.Group(rows, index, c)
		for j := range squares {
			squares[j] = g.Within.At(j, j)
		}
		return g, squares
	}
	counts, means := features.GroupMeans(rows, index, c)
	sums := squareSums(rows, index, means)
	for k := range c {
		floats.Add(squares, sums.RawRowView(k))
	}
	return &features.Groups{Counts: counts, Means: means}, squares
}

// project returns BA, k×r, for B k×D.
func (w whitening) project(b *mat.Dense) *mat.Dense {
	var all, white mat.Dense
	if w.z != nil {
		all.Mul(b, w.z.T())
		b = &all
	}
	white.Mul(b, w.m)
	return &white
}

// directions returns AV, D×k, for V r×k.
func (w whitening) directions(v mat.Matrix) *mat.Dense {
	var part, whole mat.Dense
	part.Mul(w.m, v)
	if w.z == nil {
		return &part
	}
	whole.Mul(w.z.T(), &part)
	return &whole
}

// fisherShrunk is scikit-learn's LinearDiscriminantAnalysis(solver="eigen") with
// shrinkage λ: S̃_w and S̃_t are the scatters over N, shrunk, and the axes solve
// (S̃_t − S̃_w) a = α S̃_w a. The first C−1 are returned.
func fisherShrunk(g *features.Groups, total *mat.SymDense, lambda float64) (*fisher, error) {
	n, d := sum(g.Counts), g.Within.SymmetricDim()
	within := features.Shrunk(nil, g.Within, n, lambda, d)
	between := features.Shrunk(nil, total, n, lambda, d)
	for i := range d {
		for j := i; j < d; j++ {
			between.SetSym(i, j, between.At(i, j)-within.At(i, j))
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(within) {
		return nil, errSingularWithin
	}
	var weights mat.Dense
	if err := ill(chol.SolveTo(&weights, g.Means.T())); err != nil {
		return nil, err
	}

	// With S̃_w = LLᵀ, the axes are L⁻ᵀ times the eigenvectors of L⁻¹S_bL⁻ᵀ.
	var l mat.TriDense
	chol.LTo(&l)
	var half, white mat.Dense
	if err := ill(half.Solve(&l, between)); err != nil {
		return nil, err
	}
	if err := ill(white.Solve(&l, half.T())); err != nil {
		return nil, err
	}
	symmetric := mat.NewSymDense(d, nil)
	for i := range d {
		for j := i; j < d; j++ {
			symmetric.SetSym(i, j, (white.At(i, j)+white.At(j, i))/2)
		}
	}
	_, vectors, err := linalg.EigenTop(symmetric, min(len(g.Counts)-1, d))
	if err != nil {
		return nil, err
	}
	var axes mat.Dense
	if err := ill(axes.Solve(l.T(), vectors)); err != nil {
		return nil, err
	}
	return &fisher{gaussian(g, &weights), &axes}, nil
}
