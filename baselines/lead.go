package baselines

import (
	"context"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/metric"
)

// LEAD models how the class scores of a network evolve in fine-tuning: Hu et al.,
// "LEAD: Exploring Logit Space Evolution for Model Selection" (CVPR 2024). From
// initial probabilities p_n, of a linear SVM on the features, gradient descent
// under a squared loss takes sample n of class k, with one-hot label e_k, to
//
//	F_n = (1 − exp(−η λ̄_k t)) e_k + exp(−η λ̄_k t) p_n
//	LEAD = 1/N Σ_n log F_n[y_n]
//
// where λ̄_k is the mean eigenvalue of the neural tangent kernel Φ of a randomly
// initialised multi-layer head on samples of class k.
//
// No code was released. The paper's text is public (arXiv 2507.14559), but only its
// beginning could be consulted here: the formulas above come from published
// re-implementations that quote it. They agree on the evolution, on λ̄_k and on the
// cross-entropy, and differ in the rest. This is ours:
//   - λ̄_k is its expectation over random heads. A head of ReLU layers without
//     biases is homogeneous, and normal weights prefer no direction, so that
//     E Φ(x, x) = κ‖x‖² for any widths, and λ̄_k, the trace of Φ over its size, is
//     κ times the mean of ‖x‖² over class k. So nothing is random here, and all
//     samples count, where the paper is said to draw 64 a class and one head.
//   - η κ cannot be known, and is set so that η λ̄_k is 1 on average over the
//     samples; t = Time is then the time in units of convergence.
//   - p_n is the softmax of the SVM's scores, on standardised features with its
//     cost 1; how the paper makes probabilities of scores is not known to us.
//   - The cross-entropy is that of F_n itself, which is a distribution.
type LEAD struct {
	Time metric.Optional[float64] `param:"time" default:"1" range:"0:" doc:"t, how long the scores evolve"`
}

// Info describes the metric.
func (LEAD) Info() metric.Info {
	return metric.Info{
		Name: "lead", Title: "LEAD", Version: 6,
		Paper: metric.Paper{Authors: "Hu et al.", Title: "LEAD: Exploring Logit Space Evolution for Model Selection", Venue: "CVPR", Year: 2024},
		Cost:  metric.CostIterative,
	}
}

// Score returns the LEAD of s, in (−∞, 0]. The detail "initial" is the mean of p_n[y_n], in
// [0, 1].
func (m LEAD) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	m, err := metric.Prepare(m, s)
	if err != nil {
		return metric.Score{}, err
	}
	svm, err := fitLinear(ctx, features.Matrix(s.Features), s.Labels.Index, s.C(), svmLoss(1), scoreTolerance)
	if err != nil {
		return metric.Score{}, err
	}
	p := svm.probabilities(s.Features)

	counts := s.Labels.Counts()
	squares := squareSums(s.Features, s.Labels.Index, mat.NewDense(s.C(), s.D(), nil))
	mean := mat.Sum(squares) / float64(s.N())
	if mean == 0 {
		return metric.Score{}, errConstant
	}
	decay := make([]float64, s.C()) // exp(−η λ̄_k t)
	for k, n := range counts {
		decay[k] = math.Exp(-m.Time.Value() * floats.Sum(squares.RawRowView(k)) / float64(n) / mean)
	}
	var logs float64
	for n, y := range s.Labels.Index {
		logs += math.Log(1 - decay[y] + decay[y]*p.At(n, y))
	}
	return metric.Score{
		Value:   logs / float64(s.N()),
		Details: map[string]float64{"initial": meanOwn(p, s.Labels.Index)},
	}, nil
}
