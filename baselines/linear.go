package baselines

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"sfdalab/features"
	"sfdalab/internal/par"
	"sfdalab/internal/softmax"
)

// Logistic is the cross-validated accuracy of a linear probe, in percent:
// multinomial logistic regression, on features standardised by the mean and
// deviation of the training folds, with weights W and intercepts b that minimise
//
//	½‖W‖² + C Σ_n −log softmax(Wᵀx_n + b)[y_n]
//
// as in scikit-learn's LogisticRegression, but solved to the minimum. See dealFolds
// for how samples are dealt to folds.
type Logistic struct {
	C     float64 `param:"c" range:"1e-6:1e6" doc:"weight of the loss against the size of the weights"`
	Folds int     `param:"folds" range:"2:" doc:"folds of the cross-validation"`
	Seed  uint64  `param:"seed" doc:"deals the samples to folds"`
}

// Info describes the metric.
func (Logistic) Info() features.Info {
	return features.Info{
		Name: "logistic", Title: "Linear probe", Version: 4,
		Paper: features.Paper{Authors: "Alain and Bengio", Title: "Understanding Intermediate Layers Using Linear Classifier Probes", Venue: "ICLR Workshop", Year: 2017},
		Cost:  features.CostIterative, Random: true,
	}
}

// Score returns the cross-validated accuracy of s, in [0, 100].
func (m Logistic) Score(ctx context.Context, s *features.Set) (features.Score, error) {
	return crossValidate(ctx, s, m.Folds, m.Seed, m.train)
}

func (m Logistic) train(x *mat.Dense, index []int, c int) (discriminant, error) {
	return seen(index, c, func(index []int, c int) (discriminant, error) {
		fit, err := fitLinear(x, index, c, linearLoss{m.C, crossEntropy, 0.05, false})
		return fit.discriminant, err
	})
}

// LinearSVM is the cross-validated accuracy of a linear support-vector machine, in
// percent: one machine for each class against the rest, the class of the largest
// margin chosen, on features standardised by the mean and deviation of the
// training folds. Weights w_c and intercepts b_c minimise
//
//	½(‖w_c‖² + b_c²) + C Σ_n max(0, 1 − t_nc (w_cᵀx_n + b_c))²,  t_nc = 1 if y_n = c, else −1
//
// as in scikit-learn's LinearSVC (liblinear), but solved to the minimum, where
// that often stops short of it. See dealFolds for how samples are dealt to folds.
type LinearSVM struct {
	C     float64 `param:"c" range:"1e-6:1e6" doc:"weight of the loss against the size of the weights"`
	Folds int     `param:"folds" range:"2:" doc:"folds of the cross-validation"`
	Seed  uint64  `param:"seed" doc:"deals the samples to folds"`
}

// Info describes the metric.
func (LinearSVM) Info() features.Info {
	return features.Info{
		Name: "linear-svm", Title: "Linear SVM", Version: 3,
		Paper: features.Paper{Authors: "Fan et al.", Title: "LIBLINEAR: A Library for Large Linear Classification", Venue: "JMLR", Year: 2008},
		Cost:  features.CostIterative, Random: true,
	}
}

// Score returns the cross-validated accuracy of s, in [0, 100].
func (m LinearSVM) Score(ctx context.Context, s *features.Set) (features.Score, error) {
	return crossValidate(ctx, s, m.Folds, m.Seed, m.train)
}

func (m LinearSVM) train(x *mat.Dense, index []int, c int) (discriminant, error) {
	return seen(index, c, func(index []int, c int) (discriminant, error) {
		fit, err := fitLinear(x, index, c, linearLoss{m.C, squaredHinge, 2, true})
		return fit.discriminant, err
	})
}

// linearLoss says what linear probes minimise over W ((D+1)×C, the last row b):
//
//	½‖W‖² + cost Σ_n loss(Wᵀ(x_n, 1), y_n)
type linearLoss struct {
	cost float64

	// loss returns the loss of a sample of class y with scores f (C), and
	// overwrites f with its gradient.
	loss      func(f []float64, y int) float64
	curvature float64 // a typical second derivative of loss
	penalised bool    // b counts in ‖W‖²
}

func crossEntropy(f []float64, y int) float64 {
	own := f[y]
	logSum := softmax.Row(f)
	f[y]--
	return logSum - own
}

func squaredHinge(f []float64, y int) (value float64) {
	for c, v := range f {
		t := -1.0
		if c == y {
			t = 1
		}
		short := max(0, 1-t*v)
		value += short * short
		f[c] = -2 * t * short
	}
	return value
}

// linearFit is the minimum and where it is, for features as they were.
type linearFit struct {
	discriminant
	value float64
}

// fitLinear minimises the loss on standardised rows x of c classes, each with a
// row.
func fitLinear(x *mat.Dense, index []int, c int, loss linearLoss) (linearFit, error) {
	n, d := x.Dims()
	mean, deviation := deviations(features.Dense(x))
	for j, v := range deviation {
		if v == 0 {
			deviation[j] = 1
		}
	}
	augmented := mat.NewDense(n, d+1, nil)
	augmented.Slice(0, n, 0, d).(*mat.Dense).Copy(features.Matrix(scaled{features.Dense(x), mean, deviation}))
	for i := range n {
		augmented.Set(i, d, 1)
	}
	w, value, err := minimise(augmented, index, c, loss, probeTolerance)
	if err != nil {
		return linearFit{}, err
	}

	// Wᵀ(x − m)/s + b, in terms of x.
	weights, bias := mat.DenseCopyOf(w.Slice(0, d, 0, c)), slices.Clone(w.RawRowView(d))
	for j := range d {
		row := weights.RawRowView(j)
		floats.Scale(1/deviation[j], row)
		floats.AddScaled(bias, -mean[j], row)
	}
	return linearFit{discriminant{weights, bias}, value}, nil
}

// deviations returns the mean and the standard deviation (over N) of each
// column. A column that is constant to rounding has deviation 0.
func deviations(rows features.Rows) (mean, deviation []float64) {
	n, _ := rows.Dims()
	_, means := features.GroupMeans(rows, make([]int, n), 1)
	mean, deviation = means.RawRowView(0), squareSums(rows, make([]int, n), means).RawRowView(0)
	for j, square := range deviation {
		deviation[j] = math.Sqrt(square / float64(n))
		if deviation[j] <= float64(n)*math.Abs(mean[j])*0x1p-52 {
			deviation[j] = 0
		}
	}
	return mean, deviation
}

// descent is a minimisation that runs over V = WᵀL with LLᵀ = I +
// cost·curvature·XᵀX, in which second derivatives are far better conditioned than
// in W. There XW = ZVᵀ with Z = XL⁻ᵀ, and ‖W‖² = tr(VMVᵀ) with M = L⁻¹L⁻ᵀ. V is C×D
// because a product of few rows with a matrix is faster than one with few columns.
type descent struct {
	linearLoss
	index []int
	c     int
	z     *mat.Dense // N×(D+1)
	m     *mat.Dense // (D+1)×(D+1)

	at       []float64  // the V that value and gradient are of
	value    float64    // objective there
	gradient *mat.Dense // C×(D+1)
	scores   *mat.Dense // ZVᵀ, N×C
	penalty  *mat.Dense // VM, C×(D+1)
}

const (
	probeTolerance = 1e-6 // of minimise, for linear probes
	descentSteps   = 5000 // most steps before it gives up
)

// minimise returns the minimum and the W it is at; the last column of x is 1. It
// is taken as found when the gradient with respect to V is as small a part of that
// at V = 0 as tolerance says; the objective is then within about the square of
// tolerance.
func minimise(x *mat.Dense, index []int, c int, loss linearLoss, tolerance float64) (w *mat.Dense, value float64, err error) {
	n, d := x.Dims()
	hessian := mat.NewSymDense(d, nil)
	hessian.SymOuterK(loss.cost*loss.curvature, x.T())
	for j := range d {
		hessian.SetSym(j, j, hessian.At(j, j)+1)
	}
	var chol mat.Cholesky
	if !chol.Factorize(hessian) {
		return nil, 0, fmt.Errorf("cost %g is too large for these features", loss.cost)
	}
	var l, inverse mat.TriDense
	chol.LTo(&l)
	if err := ill(inverse.InverseTri(&l)); err != nil {
		return nil, 0, err
	}
	k := mat.DenseCopyOf(&inverse) // L⁻¹
	rows := d                      // of W that count in ‖W‖²
	if !loss.penalised {
		rows = d - 1
	}
	counted := k.Slice(0, d, 0, rows)
	p := &descent{
		linearLoss: loss, index: index, c: c,
		z: mat.NewDense(n, d, nil), m: mat.NewDense(d, d, nil),
		gradient: mat.NewDense(c, d, nil), scores: mat.NewDense(n, c, nil), penalty: mat.NewDense(c, d, nil),
	}
	p.z.Mul(x, k.T())
	p.m.Mul(counted, counted.T())

	start := make([]float64, d*c)
	p.evaluate(start)
	result, err := optimize.Minimize(
		optimize.Problem{
			Func: func(v []float64) float64 { p.evaluate(v); return p.value },
			Grad: func(grad, v []float64) { p.evaluate(v); copy(grad, p.gradient.RawMatrix().Data) },
		},
		start,
		&optimize.Settings{
			GradientThreshold: tolerance * floats.Norm(p.gradient.RawMatrix().Data, math.Inf(1)),
			Converger:         optimize.NeverTerminate{},
			MajorIterations:   descentSteps,
		},
		&optimize.LBFGS{Store: 20},
	)
	// A line search fails when rounding hides any lower value: that is the
	// minimum.
	if result == nil || err != nil && result.Status != optimize.Failure {
		return nil, 0, err
	}
	if result.Status == optimize.IterationLimit {
		return nil, 0, fmt.Errorf("no minimum after %d steps: give a cost below %g", descentSteps, loss.cost)
	}
	w = mat.NewDense(d, c, nil)
	w.Mul(k.T(), mat.NewDense(c, d, result.X).T())
	return w, result.F, nil
}

// evaluate computes value and gradient at V, unless they are of it already.
func (p *descent) evaluate(v []float64) {
	if slices.Equal(p.at, v) {
		return
	}
	p.at = append(p.at[:0], v...)
	at := mat.NewDense(p.c, len(v)/p.c, p.at)
	p.scores.Mul(p.z, at.T())
	losses := make([]float64, len(p.index))
	par.For(len(losses), func(n int) { losses[n] = p.loss(p.scores.RawRowView(n), p.index[n]) })
	p.penalty.Mul(at, p.m)
	p.value = p.cost*floats.Sum(losses) + floats.Dot(p.at, p.penalty.RawMatrix().Data)/2
	p.gradient.Mul(p.scores.T(), p.z) // the losses have left their gradients in scores
	p.gradient.Scale(p.cost, p.gradient)
	p.gradient.Add(p.gradient, p.penalty)
}
