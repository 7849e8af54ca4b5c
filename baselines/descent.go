package baselines

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/linalg"
	"sfdalab/internal/par"
)

const (
	probeTolerance = 1e-6 // of minimise, for linear probes, of which only the chosen class counts
	scoreTolerance = 1e-9 // of minimise, where a score is of first order in the weights
	descentSteps   = 5000 // most steps before it gives up
)

// minimise returns the minimum of the loss for rows x, whose columns have mean 0. It
// is taken as found when the gradient with respect to descent's V is as small a part
// of that at V = 0 as tolerance says; the objective is then within about the square of
// tolerance.
func minimise(ctx context.Context, x *mat.Dense, index []int, c int, loss linearLoss, tolerance float64) (linearFit, error) {
	p, to, err := newDescent(x, index, c, loss)
	if err != nil {
		return linearFit{}, err
	}
	defer p.free()
	for i, part := range []float64{0.1, 0.01, tolerance} {
		if i > 0 {
			p.rescale()
		}
		if err := p.descend(ctx, max(part, tolerance)*p.first); err != nil {
			return linearFit{}, err
		}
	}
	if loss.penalised && tolerance < probeTolerance {
		if err := p.polish(ctx); err != nil {
			return linearFit{}, err
		}
	}
	d, r := to.Dims()
	weights := mat.NewDense(d, c, nil)
	weights.Mul(to, p.v.Slice(0, c, 0, r).T())
	fit := linearFit{discriminant{weights, mat.Col(nil, r, p.v)}, p.value}
	floats.Scale(p.z.At(0, r), fit.bias)
	return fit, nil
}

// descent is a minimisation over V (C×(r+1)), in coordinates in which curvatures are
// much alike. With X = PΣUᵀ the singular value decomposition, of rank r, W = USVᵀ with
// S² = 1/(1 + cost·typical·Σ²). Then XW = ZVᵀ with Z = PΣS, and ‖W‖² = ‖SVᵀ‖². The last
// column of Z is constant and stands for b.
//
// The search is over V in units of scale, which curvatures met on the way set anew.
type descent struct {
	linearLoss
	index  []int
	z      *mat.Dense      // N×(r+1)
	factor linalg.Repeated // Z, as each evaluation has two products of it
	free   func()          // gives back the memory of factor
	m      []float64       // r+1, S², and 0 for a b that does not count

	scale    *mat.Dense // C×(r+1)
	at       []float64  // V/scale, which the following belong to
	v        *mat.Dense // C×(r+1)
	value    float64    // objective
	gradient *mat.Dense // C×(r+1), by V
	scores   *mat.Dense // N×C, ZVᵀ, then the gradient of each sample's loss by these
	first    float64    // largest part of the gradient at V = 0
}

// newDescent returns a descent at V = 0, and US (D×r).
func newDescent(x *mat.Dense, index []int, c int, loss linearLoss) (p *descent, to *mat.Dense, err error) {
	n, d := x.Dims()
	squares, vectors, err := linalg.EigenSym(smallGram(x), true) // Σ², and P or U
	if err != nil {
		return nil, nil, err
	}
	r := 1
	for r < len(squares) && squares[r] > float64(max(n, d))*0x1p-52*squares[0] {
		r++
	}
	p = &descent{
		linearLoss: loss, index: index,
		z: mat.NewDense(n, r+1, linalg.Zeros(n*(r+1))), m: make([]float64, r+1),
		v: mat.NewDense(c, r+1, nil), scale: mat.NewDense(c, r+1, nil), gradient: mat.NewDense(c, r+1, nil), scores: mat.NewDense(n, c, nil),
	}
	shrink := func(square float64) float64 { return 1 / (1 + loss.cost*loss.typical*square) }
	for j, square := range squares[:r] {
		p.m[j] = shrink(square)
	}
	z := p.z.Slice(0, n, 0, r).(*mat.Dense)
	to = mat.NewDense(d, r, nil)
	if wide := n < d; wide && squares[0] > 0 { // US = XᵀP S/Σ
		z.Apply(func(i, j int, _ float64) float64 { return vectors.At(i, j) * math.Sqrt(p.m[j]/squares[j]) }, z)
		to.Mul(x.T(), z)
		z.Apply(func(_, j int, v float64) float64 { return v * squares[j] }, z)
	} else if !wide {
		to.Apply(func(i, j int, _ float64) float64 { return vectors.At(i, j) * math.Sqrt(p.m[j]) }, to)
		z.Mul(x, to)
	}
	constant := 1 / math.Sqrt(loss.cost*loss.typical*float64(n))
	if loss.penalised {
		constant = math.Sqrt(shrink(float64(n)))
		p.m[r] = constant * constant
	}
	for i := range n {
		p.z.Set(i, r, constant)
	}
	p.scale.Apply(func(_, _ int, _ float64) float64 { return 1 }, p.scale)
	p.factor, p.free = linalg.NewRepeated(p.z)
	p.evaluate(make([]float64, c*(r+1)))
	p.first = floats.Norm(p.gradient.RawMatrix().Data, math.Inf(1))
	return p, to, nil
}

// A pair is what a step taught: a move in V/scale, by how much the gradient changed,
// and one over the product of both.
type pair struct {
	move, change []float64
	inverse      float64
}

const (
	pairsKept  = 20
	stallSteps = 20 // steps without a smaller gradient or objective after which rounding hides the minimum
)

// descend takes steps of L-BFGS (Nocedal, "Updating quasi-Newton matrices with limited
// storage", 1980) until no part of the gradient by V is more than enough.
func (p *descent) descend(ctx context.Context, enough float64) error {
	var past []pair
	least, lowest, stalled := math.Inf(1), math.Inf(1), 0
	for range descentSteps {
		if err := ctx.Err(); err != nil {
			return err
		}
		norm := floats.Norm(p.gradient.RawMatrix().Data, math.Inf(1))
		if norm <= enough {
			return nil
		}
		stalled++
		if norm < least {
			least, stalled = norm, 0
		}
		if p.value < lowest*(1-1e-13) {
			lowest, stalled = p.value, 0
		}
		if stalled == stallSteps {
			return nil
		}
		at, slope := slices.Clone(p.at), p.slope()
		direction := newton(past, slope)
		if !p.search(at, direction, floats.Dot(slope, direction)) {
			return nil
		}
		next := pair{move: floats.SubTo(at, p.at, at), change: p.slope()}
		floats.Sub(next.change, slope)
		if product := floats.Dot(next.move, next.change); product > 0 {
			next.inverse = 1 / product
			past = append(past[max(0, len(past)-pairsKept+1):], next)
		}
	}
	return fmt.Errorf("no minimum after %d steps: set a cost (c) below %g", descentSteps, p.cost)
}

// newton returns minus the gradient times the inverse of the second derivatives that
// past pairs tell of.
func newton(past []pair, gradient []float64) []float64 {
	direction := slices.Clone(gradient)
	floats.Scale(-1, direction)
	along := make([]float64, len(past))
	for i, q := range slices.Backward(past) {
		along[i] = q.inverse * floats.Dot(q.move, direction)
		floats.AddScaled(direction, -along[i], q.change)
	}
	if len(past) > 0 {
		last := past[len(past)-1]
		floats.Scale(1/(last.inverse*floats.Dot(last.change, last.change)), direction)
	}
	for i, q := range past {
		floats.AddScaled(direction, along[i]-q.inverse*floats.Dot(q.change, direction), q.move)
	}
	return direction
}

// search goes from at as far in a direction as the objective falls enough for the
// slope there, or as rounding lets one tell. It is false where there is no such point.
func (p *descent) search(at, direction []float64, slope float64) bool {
	before, to := p.value, make([]float64, len(at))
	for length := 1.0; length > 1e-10; length /= 2 {
		floats.AddScaledTo(to, at, length, direction)
		p.evaluate(to)
		if p.value <= before+1e-4*length*slope || math.Abs(p.value-before) <= 1e-13*before {
			return true
		}
	}
	p.evaluate(at)
	return false
}

// evaluate computes value and gradient at V/scale.
func (p *descent) evaluate(at []float64) {
	p.at = append(p.at[:0], at...)
	floats.MulTo(p.v.RawMatrix().Data, at, p.scale.RawMatrix().Data)
	p.factor.MulT(p.scores, p.v)
	losses := make([]float64, len(p.index))
	par.For(len(losses), func(n int) { losses[n] = p.loss(p.scores.RawRowView(n), p.index[n]) })
	p.factor.TMul(p.gradient, p.scores) // the losses have left their gradients in scores
	p.value = p.cost * floats.Sum(losses)
	for k := range p.v.RawMatrix().Rows {
		v, gradient := p.v.RawRowView(k), p.gradient.RawRowView(k)
		for j, m := range p.m {
			p.value += m * v[j] * v[j] / 2
			gradient[j] = p.cost*gradient[j] + m*v[j]
		}
	}
}

// polish takes Newton steps on the squared hinge, class by class, until the samples
// within the margin stay the same (Mangasarian, "A finite Newton method for
// classification", 2002): between its kinks the objective is quadratic, so that this is
// the minimum, where gradients alone stop short of it.
func (p *descent) polish(ctx context.Context) error {
	classes, _ := p.v.Dims()
	errs := make([]error, classes)
	par.For(classes, func(k int) {
		within := make([]bool, len(p.index))
		for range 100 {
			changed, err := p.step(k, within)
			if errs[k] = cmp.Or(err, ctx.Err()); !changed || errs[k] != nil {
				return
			}
		}
	})
	return cmp.Or(errs...)
}

// step sets the weights v of class k to the minimum of the objective as it is where they
// are now, with the samples within the margin. It is the solution of
//
//	(diag m + 2 cost Σ z zᵀ) v = 2 cost Σ t z
//
// summed over these samples. If they are those that within names, v is that minimum already.
func (p *descent) step(k int, within []bool) (changed bool, err error) {
	r, v := len(p.m), p.v.RawRowView(k)
	h, side := mat.NewSymDense(r, nil), mat.NewVecDense(r, nil)
	for j, m := range p.m {
		h.SetSym(j, j, m)
	}
	var rows []float64
	for n, y := range p.index {
		t, z := -1.0, p.z.RawRowView(n)
		if y == k {
			t = 1
		}
		in := t*floats.Dot(z, v) < 1
		changed = changed || in != within[n]
		if within[n] = in; in {
			rows = append(rows, z...)
			floats.AddScaled(side.RawVector().Data, 2*p.cost*t, z)
		}
	}
	if !changed {
		return false, nil
	}
	if rows != nil {
		h.SymRankK(h, 2*p.cost, mat.NewDense(len(rows)/r, r, rows).T())
	}
	var chol mat.Cholesky
	var solved mat.VecDense
	if !chol.Factorize(h) {
		return true, errSingularWithin
	}
	if err := ill(chol.SolveVecTo(&solved, side)); err != nil {
		return true, err
	}
	copy(v, solved.RawVector().Data)
	return true, nil
}

// slope returns the gradient by V/scale.
func (p *descent) slope() []float64 {
	g := p.gradient.RawMatrix().Data
	return floats.MulTo(make([]float64, len(g)), g, p.scale.RawMatrix().Data)
}

// rescale sets scale so that all second derivatives by a single part of V/scale are 1
// where the descent has come to.
func (p *descent) rescale() {
	curvatures := mat.NewDense(len(p.index), p.scores.RawMatrix().Cols, nil)
	curvatures.Apply(func(_, _ int, g float64) float64 { return p.curvature(g) }, p.scores)
	sum := mat.NewDense(curvatures.RawMatrix().Cols, len(p.m), nil)
	var part mat.Dense
	features.Blocks(features.Dense(p.z), func(lo int, z *mat.Dense) {
		z.MulElem(z, z)
		rows, _ := z.Dims()
		part.Mul(curvatures.Slice(lo, lo+rows, 0, curvatures.RawMatrix().Cols).T(), z)
		sum.Add(sum, &part)
	})
	const least = 1e-6 // lest b, where all samples are far on one side, have no unit
	p.scale.Apply(func(_, j int, v float64) float64 { return 1 / math.Sqrt(p.cost*v+p.m[j]+least) }, sum)
	floats.DivTo(p.at, p.v.RawMatrix().Data, p.scale.RawMatrix().Data)
}
