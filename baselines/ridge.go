package baselines

import (
	"errors"
	"math"
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/linalg"
	"sfdalab/internal/par"
)

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
	rhs     [][]quad  // of each four targets: Qᵀb or Qᵀy, min(N, D)
	squares []float64 // ‖y‖² of each target

	anchors  []*anchor // of each four targets, or nil
	penalty  float64   // u of anchors
	anchored *factors  // of T + uI

	rooms sync.Pool // of *room
}

// room is what four targets need at a time.
type room struct {
	*factors
	x []quad
}

// quad has a number of each of four targets. They are solved side by side, since each step
// for a target waits for the one before.
type quad [lanes]float64

const lanes = 4

// inQuads returns the columns of m by fours, the last filled up with zeros.
func inQuads(m *mat.Dense) [][]quad {
	rows, columns := m.Dims()
	quads := make([][]quad, (columns+lanes-1)/lanes)
	par.For(len(quads), func(g int) {
		quads[g] = make([]quad, rows)
		for i := range rows {
			copy(quads[g][i][:], m.RawRowView(i)[g*lanes:])
		}
	})
	return quads
}

// dot returns the products of x and y, which are as long.
func dot(x, y []quad) (sum quad) {
	for i := range x {
		for l := range sum {
			sum[l] += x[i][l] * y[i][l]
		}
	}
	return sum
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
	size := gram.SymmetricDim()
	p.rooms.New = func() any { return &room{newFactors(size), make([]quad, size)} }
	p.t = linalg.Tridiagonalize(gram, len(p.squares))
	defer p.t.Free()
	p.t.MulQT(rhs)
	p.rhs = inQuads(rhs)
	p.anchors = make([]*anchor, len(p.rhs))
	if !p.dual {
		p.setAnchors(s, trace)
	}
	return p, nil
}

// anchor is the fit of targets at a penalty u of nothing, or of next to nothing where G
// is singular, with its residual as a sum of squares. From there the residual only
// grows: with δ = m_u − m = (t − u)(G + tI)⁻¹m_u,
//
//	‖y − Xm‖² = ‖y − Xm_u‖² + u(2 m_u·δ − ‖δ‖²) + δᵀ(G + uI)δ
//
// whose terms are positive, the last as Σ (Lᵀδ)²Δ with G + uI = LΔLᵀ.
type anchor struct {
	of       [lanes]bool // those of the four that have one
	weights  []quad      // Qᵀm_u
	residual quad        // ‖y − Xm_u‖²
}

const (
	anchorPenalty = 0x1p-40 // u of singular G, as a part of tr G
	nearPerfect   = 1e-3    // residual, as a part of ‖y‖², below which a target has an anchor
)

// setAnchors gives anchors to the targets that are fitted nearly perfectly.
func (p *ridge) setAnchors(s *features.Set, trace float64) {
	f := newFactors(len(p.t.Diagonal))
	f.set(p.t, quad{})
	if least, most := f.pivotRange(); !(least > anchorPenalty*most) {
		p.penalty = anchorPenalty * trace
		f.set(p.t, quad{p.penalty, p.penalty, p.penalty, p.penalty})
	}
	par.For(len(p.rhs), func(g int) {
		r := p.rooms.Get().(*room)
		defer p.rooms.Put(r)
		m := r.x
		copy(m, p.rhs[g])
		product, square := f.substitute(m), dot(m, m)
		for l, y := range p.squares[g*lanes : min((g+1)*lanes, len(p.squares))] {
			if y-product[l]-p.penalty*square[l] <= nearPerfect*y {
				if p.anchors[g] == nil {
					p.anchors[g] = &anchor{weights: slices.Clone(m)}
				}
				p.anchors[g].of[l] = true
			}
		}
	})
	var near []int
	for g, a := range p.anchors {
		for l := range lanes {
			if a != nil && a.of[l] {
				near = append(near, g*lanes+l)
			}
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
	for first, more := range inQuads(correction) {
		f.substitute(more)
		for l, k := range near[first*lanes : min((first+1)*lanes, len(near))] {
			at := p.anchors[k/lanes].weights
			for i := range at {
				at[i][k%lanes] += more[i][l]
			}
		}
	}
	_, rest = p.fit(s, y, near)
	for j, k := range near {
		p.anchors[k/lanes].residual[k%lanes] = mat.Dot(rest.ColView(j), rest.ColView(j))
	}
}

// fit returns the weights (D×k) that anchors of the targets near have, and what they
// leave of these, y (N×k).
func (p *ridge) fit(s *features.Set, y *mat.Dense, near []int) (weights, rest *mat.Dense) {
	weights = mat.NewDense(s.D(), len(near), nil)
	for j, k := range near {
		for i, w := range p.anchors[k/lanes].weights {
			weights.Set(i, j, w[k%lanes])
		}
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

// residual returns ‖y − Xm‖² of the targets that have an anchor at t, of which f are the
// factors.
func (p *ridge) residual(a *anchor, f *factors, t quad) quad {
	delta := slices.Clone(a.weights)
	f.substitute(delta)
	for i := range delta {
		for l := range t {
			delta[i][l] *= t[l] - p.penalty
		}
	}
	sum, along, square := a.residual, dot(a.weights, delta), dot(delta, delta)
	for l := range sum {
		sum[l] += p.penalty * (2*along[l] - square[l])
	}
	for i, pivot := range p.anchored.pivots {
		v := delta[i]
		if i+1 < len(delta) {
			for l, below := range p.anchored.below[i] {
				v[l] += below * delta[i+1][l]
			}
		}
		for l := range sum {
			sum[l] += v[l] * v[l] * pivot[l]
		}
	}
	return sum
}

// factors are those of T + tI = LΔLᵀ with pivots Δ, for the t of each target.
type factors struct {
	pivots, inverses []quad // Δ, 1/Δ
	below            []quad // what L has below its diagonal of ones
	trace            quad   // tr (T + tI)⁻¹
}

func newFactors(size int) *factors {
	return &factors{pivots: make([]quad, size), inverses: make([]quad, size), below: make([]quad, size)}
}

// set factors T + tI. Its inverse's trace is the derivative by t of the logarithm of
// the determinant, Σ Δ'/Δ: a sum of positive terms, from which no digits cancel.
func (f *factors) set(t *linalg.Tridiagonal, penalty quad) {
	var before, slope, trace quad // 1/Δ of the row before, Δ'
	for i, d := range t.Diagonal {
		var off float64
		if i > 0 {
			off = t.OffDiagonal[i-1]
		}
		below, pivots, inverses := &f.below[max(i-1, 0)], &f.pivots[i], &f.inverses[i]
		for l := range before {
			x := off * before[l]
			pivot := d + penalty[l] - x*off
			inverse := 1 / pivot
			slope[l] = slope[l]*x*x + 1
			trace[l] += slope[l] * inverse
			below[l], pivots[l], inverses[l], before[l] = x, pivot, inverse, inverse
		}
	}
	f.trace = trace
}

// pivotRange returns the least and the largest pivot of the first target.
func (f *factors) pivotRange() (least, most float64) {
	least, most = math.Inf(1), math.Inf(-1)
	for _, pivot := range f.pivots {
		least, most = min(least, pivot[0]), max(most, pivot[0])
	}
	return least, most
}

// substitute replaces r by x = (T + tI)⁻¹r and returns r·x = Σ (L⁻¹r)²/Δ, without
// cancellation.
func (f *factors) substitute(x []quad) (product quad) {
	var before quad
	for i := range x {
		at, below, inverses := &x[i], &f.below[max(i-1, 0)], &f.inverses[i]
		for l := range before {
			v := at[l] - below[l]*before[l]
			product[l] += v * v * inverses[l]
			at[l], before[l] = v, v
		}
	}
	var after quad
	for i := len(x) - 1; i >= 0; i-- {
		at, below, inverses := &x[i], &f.below[i], &f.inverses[i]
		for l := range after {
			v := at[l]*inverses[l] - below[l]*after[l]
			at[l], after[l] = v, v
		}
	}
	return product
}

// solve returns ‖m‖² and ‖y − Xm‖² of the g-th four targets at t, of which f are the factors. It works in
// x, of size min(N, D).
func (p *ridge) solve(g int, t quad, f *factors, x []quad) (weights, residual quad) {
	copy(x, p.rhs[g])
	product := f.substitute(x)
	weights = dot(x, x)
	if p.dual {
		for l, square := range weights {
			weights[l], residual[l] = max(product[l]-t[l]*square, 0), t[l]*t[l]*square
		}
		return weights, residual
	}
	var anchored quad
	a := p.anchors[g]
	if a != nil {
		anchored = p.residual(a, f, t)
	}
	for l, square := range p.squares[g*lanes : min((g+1)*lanes, len(p.squares))] {
		residual[l] = square - product[l] - t[l]*weights[l]
		if a != nil && a.of[l] {
			residual[l] = anchored[l]
		}
		residual[l] = max(residual[l], 0)
	}
	return weights, residual
}

// logDeterminants returns log|T + tI| for the t of each target.
func (f *factors) logDeterminants() (sum quad) {
	for _, pivots := range f.pivots {
		for l, pivot := range pivots {
			sum[l] += math.Log(pivot)
		}
	}
	return sum
}
