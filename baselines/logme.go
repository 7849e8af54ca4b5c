package baselines

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/linalg"
	"sfdalab/internal/par"
	"sfdalab/metric"
)

// LogME is the logarithm of maximum evidence of You et al., "LogME: Practical
// Assessment of Pre-trained Models for Transfer Learning" (ICML 2021), in the
// fixed-point form of You et al., "Ranking and Tuning Pre-trained Models: A New
// Paradigm for Exploiting Model Hubs" (JMLR 2022). Each target y (N) is modelled
// as y ~ N(Xw, β⁻¹I) with w ~ N(0, α⁻¹I); its evidence is
//
//	L = D/2 log α + N/2 log β − ½ log|αI + βXᵀX| − β/2 ‖y − Xm‖² − α/2 ‖m‖² − N/2 log 2π
//	m = (XᵀX + tI)⁻¹Xᵀy,  t = α/β
//
// and from α = β = 1, α and β are found by repeating, at most 11 times,
//
//	γ = Σ_i σ_i/(σ_i + t),  α = γ/(‖m‖² + ε),  β = (N − γ)/(‖y − Xm‖² + ε)
//
// with σ the eigenvalues of XᵀX. The score is the mean of L/N over the targets:
// the columns of Labels.Targets (multi-label, regression), or one per class, 1
// for its samples and 0 for others.
//
// This is what thuml/LogME computes, and the papers do not say: ε = 1e-5; ‖m‖
// and ‖y − Xm‖ in L belong to the t before the last step; it is common that 11
// steps do not converge. The versions differ in when they stop (fixed-point when
// t moves by 0.1 % or less, icml by less than 1 %), and icml also adds ε to both
// squared norms in L. Where N < D, fixed-point leaves the D − N eigenvalues that
// are 0 out of the determinant, so that L is too large by (D − N)/2 · log α;
// icml does not. fixed-point also leaves out eigenvalues of 1e-20 and less, which
// rounding hardly ever lets happen; here all min(N, D) count.
type LogME struct {
	Version string `param:"version" default:"fixed-point" options:"fixed-point,icml" doc:"the released code's iteration: fixed-point (JMLR 2022) or icml (ICML 2021)"`
}

const (
	logmeSteps   = 11   // most steps of α and β
	logmeEpsilon = 1e-5 // added to squared norms
)

// Info describes the metric.
func (LogME) Info() metric.Info {
	return metric.Info{
		Name: "logme", Title: "LogME", Version: 5,
		Paper: metric.Paper{Authors: "You et al.", Title: "LogME: Practical Assessment of Pre-trained Models for Transfer Learning", Venue: "ICML", Year: 2021},
		Cost:  metric.CostGram, Targets: true,
	}
}

// Score returns the mean evidence of s, in nats per sample: any number. Its details are
// "iterations", their mean number, and the ranges of α and β over targets, "alpha-min" to
// "beta-max". It is an error when all features are 0, or the evidence is not finite.
func (m LogME) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	m, err := metric.Prepare(m, s)
	if err != nil {
		return metric.Score{}, err
	}
	icml := m.Version == "icml"
	problem, err := newRidge(s)
	if err != nil {
		return metric.Score{}, err
	}
	fits := make([]evidence, len(problem.squares))
	par.For(len(fits), func(k int) { fits[k] = problem.maximize(k, icml) })

	column := func(of func(evidence) float64) []float64 {
		values := make([]float64, len(fits))
		for k, fit := range fits {
			values[k] = of(fit)
		}
		return values
	}
	alpha := column(func(e evidence) float64 { return e.alpha })
	beta := column(func(e evidence) float64 { return e.beta })
	count := float64(len(fits))
	score := metric.Score{
		Value: floats.Sum(column(func(e evidence) float64 { return e.value })) / count,
		Details: map[string]float64{
			"iterations": floats.Sum(column(func(e evidence) float64 { return e.steps })) / count,
			"alpha-min":  slices.Min(alpha), "alpha-max": slices.Max(alpha),
			"beta-min": slices.Min(beta), "beta-max": slices.Max(beta),
		},
	}
	if math.IsNaN(score.Value) || math.IsInf(score.Value, 0) {
		return metric.Score{}, fmt.Errorf("the evidence is not finite (α from %.3g to %.3g): features are too small or too large in scale", slices.Min(alpha), slices.Max(alpha))
	}
	if s.N() <= s.D() {
		score.Warn(fmt.Errorf("%d samples have %d features: a linear model fits any labels", s.N(), s.D()))
	}
	if excess := s.D() - s.N(); excess > 0 && !icml {
		var logs float64
		for _, a := range alpha {
			logs += math.Log(a)
		}
		score.Warn(fmt.Errorf("there are fewer samples than features: as in the released code, the determinant leaves out %d eigenvalues of 0, which adds %.3g to the evidence (version=icml includes them)", excess, float64(excess)*logs/count/float64(2*s.N())))
	}
	return score, nil
}

// ridge is the regression of each target on the features, for any penalty t.
//
// With G = XᵀX (D×D) and b = Xᵀy, or with K = XXᵀ (N×N) where that is no larger,
//
//	m = (G + tI)⁻¹b     ‖y − Xm‖² = ‖y‖² − bᵀm − t‖m‖²
//	a = (K + tI)⁻¹y     ‖y − Xm‖² = t²‖a‖²,  ‖m‖² = yᵀa − t‖a‖²
//
// After G or K is brought to the form QTQᵀ, with T tridiagonal, each t costs
// O(min(N, D)) a target, and no eigenvalue is needed. The first residual is a small
// difference of large numbers where the fit is near perfect: see anchor.
type ridge struct {
	n, d    int
	dual    bool // T is that of K
	t       *linalg.Tridiagonal
	rhs     *mat.Dense // targets × min(N, D): Qᵀb or Qᵀy
	squares []float64  // ‖y‖² of each target

	anchors  []*anchor // of each target, or nil
	penalty  float64   // u of anchors
	anchored *factors  // of T + uI
}

func newRidge(s *features.Set) (*ridge, error) {
	p := &ridge{n: s.N(), d: s.D(), dual: s.N() <= s.D(), squares: targetSquares(s)}
	var gram *mat.SymDense
	var rhs *mat.Dense
	if p.dual {
		gram, rhs = plainRowGram(s), targets(s)
	} else {
		gram, rhs = s.OwnGram(), targetProducts(s)
	}
	trace := mat.Trace(gram)
	if trace == 0 {
		return nil, errors.New("all features are 0: there is nothing to score")
	}
	p.t = linalg.Tridiagonalize(gram, len(p.squares))
	defer p.t.Free()
	p.t.MulQT(rhs)
	p.rhs = mat.DenseCopyOf(rhs.T())
	p.anchors = make([]*anchor, len(p.squares))
	if !p.dual {
		p.setAnchors(s, trace)
	}
	return p, nil
}

// anchor is the fit of a target at a penalty u of nothing, or of next to nothing where G
// is singular, with its residual as a sum of squares. From there the residual only
// grows: with δ = m_u − m = (t − u)(G + tI)⁻¹m_u,
//
//	‖y − Xm‖² = ‖y − Xm_u‖² + u(2 m_u·δ − ‖δ‖²) + δᵀ(G + uI)δ
//
// whose terms are positive, the last as Σ (Lᵀδ)²Δ with G + uI = LΔLᵀ.
type anchor struct {
	weights  []float64 // Qᵀm_u
	residual float64   // ‖y − Xm_u‖²
}

const (
	anchorPenalty = 0x1p-40 // u of singular G, as a part of tr G
	nearPerfect   = 1e-3    // residual, as a part of ‖y‖², below which a target has an anchor
)

// setAnchors gives anchors to the targets that are fitted nearly perfectly.
func (p *ridge) setAnchors(s *features.Set, trace float64) {
	f := newFactors(len(p.t.Diagonal))
	f.set(p.t, 0)
	if least := slices.Min(f.pivots); !(least > anchorPenalty*slices.Max(f.pivots)) {
		p.penalty = anchorPenalty * trace
		f.set(p.t, p.penalty)
	}
	var near []int
	for k, square := range p.squares {
		m := slices.Clone(p.rhs.RawRowView(k))
		product := f.substitute(m)
		if square-product-p.penalty*floats.Dot(m, m) <= nearPerfect*square {
			near = append(near, k)
			p.anchors[k] = &anchor{weights: m}
		}
	}
	if near == nil {
		return
	}
	p.anchored = f
	all, y := targets(s), mat.NewDense(s.N(), len(near), nil)
	for j, k := range near {
		y.SetCol(j, mat.Col(nil, k, all))
	}
	weights, rest := p.fit(s, y, near)
	// Once more, from what is left: the first fit has lost digits to b.
	correction := transposedProduct(s.Features, rest)
	weights.Scale(p.penalty, weights)
	correction.Sub(correction, weights)
	p.t.MulQT(correction)
	for j, k := range near {
		more := mat.Col(nil, j, correction)
		f.substitute(more)
		floats.Add(p.anchors[k].weights, more)
	}
	_, rest = p.fit(s, y, near)
	for j, k := range near {
		p.anchors[k].residual = mat.Dot(rest.ColView(j), rest.ColView(j))
	}
}

// fit returns the weights (D×k) that anchors of the targets near have, and what they
// leave of these, y (N×k).
func (p *ridge) fit(s *features.Set, y *mat.Dense, near []int) (weights, rest *mat.Dense) {
	weights = mat.NewDense(s.D(), len(near), nil)
	for j, k := range near {
		weights.SetCol(j, p.anchors[k].weights)
	}
	p.t.MulQ(weights)
	rest = mat.DenseCopyOf(y)
	features.Parts(s.Features, func(lo int, x *mat.Dense) {
		rows, _ := x.Dims()
		part := rest.Slice(lo, lo+rows, 0, len(near)).(*mat.Dense)
		var fitted mat.Dense
		fitted.Mul(x, weights)
		part.Sub(part, &fitted)
	})
	return weights, rest
}

// residual returns ‖y − Xm‖² at t, of which f are the factors.
func (p *ridge) residual(a *anchor, f *factors, t float64) float64 {
	delta := slices.Clone(a.weights)
	f.substitute(delta)
	floats.Scale(t-p.penalty, delta)
	sum := a.residual + p.penalty*(2*floats.Dot(a.weights, delta)-floats.Dot(delta, delta))
	for i, pivot := range p.anchored.pivots {
		v := delta[i]
		if i+1 < len(delta) {
			v += p.anchored.below[i] * delta[i+1]
		}
		sum += v * v * pivot
	}
	return max(sum, 0)
}

// factors are those of T + tI = LΔLᵀ with pivots Δ.
type factors struct {
	pivots []float64
	below  []float64 // what L has below its diagonal of ones
	trace  float64   // tr (T + tI)⁻¹
}

func newFactors(size int) *factors {
	return &factors{pivots: make([]float64, size), below: make([]float64, size)}
}

// set factors T + tI. Its inverse's trace is the derivative by t of the logarithm of
// the determinant, Σ Δ'/Δ: a sum of positive terms, from which no digits cancel.
func (f *factors) set(t *linalg.Tridiagonal, penalty float64) {
	f.trace = 0
	var slope float64 // Δ'
	for i, d := range t.Diagonal {
		pivot := d + penalty
		if i > 0 {
			l := t.OffDiagonal[i-1] / f.pivots[i-1]
			f.below[i-1] = l
			pivot -= l * t.OffDiagonal[i-1]
			slope *= l * l
		}
		slope++
		f.pivots[i] = pivot
		f.trace += slope / pivot
	}
}

// substitute replaces r by x = (T + tI)⁻¹r and returns r·x = Σ (L⁻¹r)²/Δ, without
// cancellation.
func (f *factors) substitute(x []float64) (product float64) {
	for i, pivot := range f.pivots {
		if i > 0 {
			x[i] -= f.below[i-1] * x[i-1]
		}
		product += x[i] * x[i] / pivot
	}
	for i := len(x) - 1; i >= 0; i-- {
		x[i] /= f.pivots[i]
		if i+1 < len(x) {
			x[i] -= f.below[i] * x[i+1]
		}
	}
	return product
}

// evidence is the maximum evidence of one target.
type evidence struct {
	value       float64 // L/N
	alpha, beta float64
	steps       float64
}

// maximize finds α and β of target k by the released iteration.
func (p *ridge) maximize(k int, icml bool) evidence {
	n, d, size := float64(p.n), float64(p.d), float64(min(p.n, p.d))
	e := evidence{alpha: 1, beta: 1}
	var weights, residual float64 // ‖m‖², ‖y − Xm‖²
	m, f := make([]float64, min(p.n, p.d)), newFactors(min(p.n, p.d))
	for t, moved := 1.0, true; moved && e.steps < logmeSteps; e.steps++ {
		f.set(p.t, t)
		weights, residual = p.solve(k, t, f, m)
		e.alpha = (size - t*f.trace) / (weights + logmeEpsilon)
		e.beta = (n - size + t*f.trace) / (residual + logmeEpsilon)
		change := math.Abs(e.alpha/e.beta-t) / t
		moved = change > 1e-3
		if icml {
			moved = change >= 1e-2
		}
		t = e.alpha / e.beta
	}
	determinant := size*math.Log(e.beta) + p.logDeterminant(e.alpha/e.beta)
	if icml {
		determinant += (d - size) * math.Log(e.alpha)
		weights, residual = weights+logmeEpsilon, residual+logmeEpsilon
	}
	e.value = (d*math.Log(e.alpha) + n*math.Log(e.beta) - determinant -
		e.beta*residual - e.alpha*weights - n*math.Log(2*math.Pi)) / (2 * n)
	return e
}

// solve returns ‖m‖² and ‖y − Xm‖² of target k at t, of which f are the factors. It
// works in x, of size min(N, D).
func (p *ridge) solve(k int, t float64, f *factors, x []float64) (weights, residual float64) {
	copy(x, p.rhs.RawRowView(k))
	product := f.substitute(x)
	square := floats.Dot(x, x)
	switch {
	case p.dual:
		return max(product-t*square, 0), t * t * square
	case p.anchors[k] != nil:
		return square, p.residual(p.anchors[k], f, t)
	default:
		return square, max(p.squares[k]-product-t*square, 0)
	}
}

// logDeterminant returns log|T + tI|.
func (p *ridge) logDeterminant(t float64) (sum float64) {
	var previous float64
	for i, d := range p.t.Diagonal {
		pivot := d + t
		if i > 0 {
			off := p.t.OffDiagonal[i-1]
			pivot -= off * off / previous
		}
		sum += math.Log(pivot)
		previous = pivot
	}
	return sum
}

// targets returns the targets as columns, one for each class or as given.
func targets(s *features.Set) *mat.Dense {
	if s.Labels.Targets != nil {
		return mat.DenseCopyOf(s.Labels.Targets)
	}
	y := mat.NewDense(s.N(), s.C(), nil)
	for n, c := range s.Labels.Index {
		y.Set(n, c, 1)
	}
	return y
}

// targetProducts returns XᵀY with Y as targets returns it. For a class it is the
// sum of its samples.
func targetProducts(s *features.Set) *mat.Dense {
	if y := s.Labels.Targets; y != nil {
		return transposedProduct(s.Features, y)
	}
	g := s.Groups()
	sums := mat.NewDense(s.D(), s.C(), nil)
	sums.Apply(func(i, c int, _ float64) float64 { return g.Means.At(c, i) * float64(g.Counts[c]) }, sums)
	return sums
}

// transposedProduct returns XᵀY.
func transposedProduct(rows features.Rows, y *mat.Dense) *mat.Dense {
	_, d := rows.Dims()
	_, k := y.Dims()
	products := mat.NewDense(d, k, nil)
	var part mat.Dense
	features.Blocks(rows, func(lo int, x *mat.Dense) {
		n, _ := x.Dims()
		part.Mul(x.T(), y.Slice(lo, lo+n, 0, k))
		products.Add(products, &part)
	})
	return products
}

// targetSquares returns the squared norm of each target.
func targetSquares(s *features.Set) []float64 {
	if y := s.Labels.Targets; y != nil {
		_, k := y.Dims()
		squares := make([]float64, k)
		for j := range squares {
			squares[j] = mat.Dot(y.ColView(j), y.ColView(j))
		}
		return squares
	}
	squares := make([]float64, s.C())
	for c, n := range s.Labels.Counts() {
		squares[c] = float64(n)
	}
	return squares
}

// plainRowGram returns XXᵀ, N×N, of samples that are not centred: with centred
// rows z_n, x_n·x_m = z_n·z_m + z_n·μ + z_m·μ + μ·μ.
func plainRowGram(s *features.Set) *mat.SymDense {
	mean := mat.NewVecDense(s.D(), s.Mean())
	shift := mat.NewVecDense(s.N(), nil) // z_n·μ + μ·μ/2
	features.Blocks(s.Features, func(lo int, x *mat.Dense) {
		rows, _ := x.Dims()
		shift.SliceVec(lo, lo+rows).(*mat.VecDense).MulVec(x, mean)
	})
	half := mat.Dot(mean, mean) / 2
	ones := mat.NewVecDense(s.N(), nil)
	for n := range s.N() {
		shift.SetVec(n, shift.AtVec(n)-half)
		ones.SetVec(n, 1)
	}
	gram := mat.NewSymDense(s.N(), nil)
	gram.RankTwo(s.RowGram(), 1, shift, ones)
	return gram
}
