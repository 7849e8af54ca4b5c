package baselines

import (
	"context"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/softmax"
	"sfdalab/metric"
)

// Logistic is the cross-validated accuracy of a linear probe, in percent:
// multinomial logistic regression, on features standardised by the mean and
// deviation of the training folds, with weights W and intercepts b that minimise
//
//	½‖W‖² + C Σ_n −log softmax(Wᵀx_n + b)[y_n]
//
// as in scikit-learn's LogisticRegression, but solved to the minimum. Folds are
// stratified, and drawn by Seed and the labels alone: all models of a dataset have the
// same. Of classes with the same score the first is chosen.
//
// Of several labels for a sample, each has a probe of its own, trained on the samples that
// have the label against the others: the score is the mean accuracy over labels, 100 less
// the Hamming loss in percent.
type Logistic struct {
	C     float64 `param:"c" default:"1" range:"1e-6:1e6" doc:"weight of the loss relative to the penalty on the weights"`
	Folds int     `param:"folds" default:"5" range:"2:" doc:"folds of the cross-validation"`
	Seed  uint64  `param:"seed" doc:"seed of the random folds"`
}

// Info describes the metric.
func (Logistic) Info() metric.Info {
	return metric.Info{
		Name: "logistic", Title: "Linear probe", Version: 7,
		Paper: metric.Paper{Authors: "Alain and Bengio", Title: "Understanding Intermediate Layers Using Linear Classifier Probes", Venue: "ICLR Workshop", Year: 2017},
		Cost:  metric.CostIterative, Random: true,
	}
}

// Score returns the cross-validated accuracy of s, in [0, 100]. The details "lowest",
// "highest" and "deviation" are of the accuracies of single folds. It is an error when
// there are fewer samples than folds.
func (m Logistic) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	m, err := metric.Prepare(m, s)
	if err != nil {
		return metric.Score{}, err
	}
	return crossValidate(ctx, s, m.Folds, m.Seed, m.train)
}

// train fits the probe to the samples of the training folds.
func (m Logistic) train(ctx context.Context, s *features.Set) (discriminant, error) {
	fit, err := fitLinear(ctx, features.Matrix(s.Features), s.Labels.Index, s.C(), logisticLoss(m.C), probeTolerance)
	return fit.discriminant, err
}

// LinearSVM is the cross-validated accuracy of a linear support-vector machine, in
// percent: one machine for each class against the rest, the class of the largest
// margin chosen, on features standardised by the mean and deviation of the
// training folds. Weights w_c and intercepts b_c minimise
//
//	½(‖w_c‖² + b_c²) + C Σ_n max(0, 1 − t_nc (w_cᵀx_n + b_c))²,  t_nc = 1 if y_n = c, else −1
//
// as in scikit-learn's LinearSVC (liblinear), but solved to the minimum, where
// that often stops short of it. Folds are those of Logistic.
type LinearSVM struct {
	C     float64 `param:"c" default:"1" range:"1e-6:1e6" doc:"weight of the loss relative to the penalty on the weights"`
	Folds int     `param:"folds" default:"5" range:"2:" doc:"folds of the cross-validation"`
	Seed  uint64  `param:"seed" doc:"seed of the random folds"`
}

// Info describes the metric.
func (LinearSVM) Info() metric.Info {
	return metric.Info{
		Name: "linear-svm", Title: "Linear SVM", Version: 7,
		Paper: metric.Paper{Authors: "Fan et al.", Title: "LIBLINEAR: A Library for Large Linear Classification", Venue: "JMLR", Year: 2008},
		Cost:  metric.CostIterative, Random: true,
	}
}

// Score returns the cross-validated accuracy of s, in [0, 100]. The details "lowest",
// "highest" and "deviation" are of the accuracies of single folds. It is an error when
// there are fewer samples than folds.
func (m LinearSVM) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	m, err := metric.Prepare(m, s)
	if err != nil {
		return metric.Score{}, err
	}
	return crossValidate(ctx, s, m.Folds, m.Seed, m.train)
}

// train fits the machines to the samples of the training folds.
func (m LinearSVM) train(ctx context.Context, s *features.Set) (discriminant, error) {
	fit, err := fitLinear(ctx, features.Matrix(s.Features), s.Labels.Index, s.C(), svmLoss(m.C), probeTolerance)
	return fit.discriminant, err
}

// linearLoss says what linear probes minimise over W (D×C) and b (C):
//
//	½‖W‖² + cost Σ_n loss(Wᵀx_n + b, y_n)
type linearLoss struct {
	cost float64

	// loss returns the loss of a sample of class y with scores f (C), and
	// overwrites f with its gradient.
	loss func(f []float64, y int) float64

	curvature func(gradient float64) float64 // second derivative by a score, where that is the first
	typical   float64                        // value of curvature
	penalised bool                           // b counts in ‖W‖²
}

// logisticLoss is the cross-entropy of a softmax.
func logisticLoss(cost float64) linearLoss {
	// The gradient is p, or p − 1 for a sample's own class, and the curvature p(1 − p).
	curvature := func(g float64) float64 { return math.Abs(g) * (1 - math.Abs(g)) }
	return linearLoss{cost, crossEntropy, curvature, 0.05, false}
}

// svmLoss is the squared hinge of each class against the rest.
func svmLoss(cost float64) linearLoss {
	curvature := func(g float64) float64 {
		if g == 0 {
			return 0
		}
		return 2
	}
	return linearLoss{cost, squaredHinge, curvature, 2, true}
}

// crossEntropy returns log Σ_c exp f[c] − f[y], and leaves softmax(f) − 1[c = y] in f.
func crossEntropy(f []float64, y int) float64 {
	own := f[y]
	logSum := softmax.Row(f)
	f[y]--
	return logSum - own
}

// squaredHinge returns Σ_c max(0, 1 − t_c f[c])², and leaves −2 t_c max(0, 1 − t_c f[c]) in f.
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

// linearFit is the minimum and where it is.
type linearFit struct {
	discriminant
	value float64
}

// fitLinear minimises the loss on standardised rows x of c classes, each with a
// row. The discriminant is for rows as they are.
func fitLinear(ctx context.Context, x *mat.Dense, index []int, c int, loss linearLoss, tolerance float64) (linearFit, error) {
	mean, deviation := deviations(features.Dense(x))
	for j, v := range deviation {
		if v == 0 {
			deviation[j] = 1
		}
	}
	fit, err := minimise(ctx, features.Matrix(scaled{features.Dense(x), mean, deviation}), index, c, loss, tolerance)
	if err != nil {
		return linearFit{}, err
	}
	weights := fit.weights.(*mat.Dense)
	for j, v := range deviation { // Wᵀ(x − m)/s + b, in terms of x
		row := weights.RawRowView(j)
		floats.Scale(1/v, row)
		floats.AddScaled(fit.bias, -mean[j], row)
	}
	return fit, nil
}
