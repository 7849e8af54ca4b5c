package baselines

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
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
		Name: "logme", Title: "LogME", Version: 6,
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
	fours := make([][]evidence, len(problem.rhs))
	par.For(len(fours), func(g int) { fours[g] = problem.maximize(g, icml) })
	fits := slices.Concat(fours...)

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

// evidence is the maximum evidence of one target.
type evidence struct {
	value       float64 // L/N
	alpha, beta float64
	steps       float64
}

// maximize finds α and β of the g-th four targets by the released iteration.
func (p *ridge) maximize(g int, icml bool) []evidence {
	n, d, size := float64(p.n), float64(p.d), float64(len(p.rhs[g]))
	fits := make([]evidence, min(lanes, len(p.squares)-g*lanes))
	var weights, residual, t quad // ‖m‖², ‖y − Xm‖², α/β
	var done [lanes]bool
	for l := range t {
		t[l], done[l] = 1, l >= len(fits)
	}
	f := p.rooms.Get().(*room)
	defer p.rooms.Put(f)
	for step := 0; step < logmeSteps && slices.Contains(done[:], false); step++ {
		f.set(p.t, t)
		square, rest := p.solve(g, t, f.factors, f.x)
		for l := range fits {
			if done[l] {
				continue
			}
			e := &fits[l]
			weights[l], residual[l] = square[l], rest[l]
			e.alpha = (size - t[l]*f.trace[l]) / (weights[l] + logmeEpsilon)
			e.beta = (n - size + t[l]*f.trace[l]) / (residual[l] + logmeEpsilon)
			e.steps++
			change := math.Abs(e.alpha/e.beta-t[l]) / t[l]
			done[l] = !(change > 1e-3)
			if icml {
				done[l] = !(change >= 1e-2)
			}
			t[l] = e.alpha / e.beta
		}
	}
	f.set(p.t, t)
	determinants := f.logDeterminants()
	for l := range fits {
		e := &fits[l]
		determinant := size*math.Log(e.beta) + determinants[l]
		if icml {
			determinant += (d - size) * math.Log(e.alpha)
			weights[l], residual[l] = weights[l]+logmeEpsilon, residual[l]+logmeEpsilon
		}
		e.value = (d*math.Log(e.alpha) + n*math.Log(e.beta) - determinant -
			e.beta*residual[l] - e.alpha*weights[l] - n*math.Log(2*math.Pi)) / (2 * n)
	}
	return fits
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
	for i := range s.D() {
		for c, count := range g.Counts {
			sums.Set(i, c, g.Means.At(c, i)*float64(count))
		}
	}
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
