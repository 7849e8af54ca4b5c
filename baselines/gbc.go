package baselines

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/linalg"
	"sfdalab/internal/par"
	"sfdalab/metric"
)

// GBC is the Gaussian Bhattacharyya coefficient of Pándy et al., "Transferability
// Estimation using Bhattacharyya Class Separability" (CVPR 2022): with
// each class a normal distribution N(μ_c, Σ_c),
//
//	GBC = −Σ_{i≠j} exp(−B(i, j))
//	B(i, j) = ⅛ (μ_i − μ_j)ᵀ Σ⁻¹ (μ_i − μ_j) + ½ log(det Σ / √(det Σ_i det Σ_j)),  Σ = ½ (Σ_i + Σ_j)
//
// Features are first reduced to 64 principal components. Variances are over n_c and at
// least 1e-4, and a class has one variance for all components, the mean of theirs. All
// that is as the authors released it (google-research/google-research,
// stable_transfer/transferability/gbc.py and its configuration). For such spherical
// covariances σ² I their code counts the log-determinant once, where the formula has it
// D times; so does Covariance "spherical". Their sums are in float32, ours in float64.
//
// Published tables rest on ports of it by others as well:
//   - That of Khoba et al. (prafful-kumar/enhancing_TE) scores features as they are,
//     with variances over n_c − 1, and adds up in float32, which Rounding "port"
//     repeats to the last digit: dims=0 variance=unbiased rounding=port.
//   - That of Model Spider (zhangyikaii/Model-Spider) has full covariances over n_c − 1,
//     a pseudo-inverse, and 1e-5 added to determinants before they are divided, which
//     weighs more than most determinants do: covariance=model-spider
//     variance=unbiased. It asks for two samples of each class.
//
// Covariance "full" is the formula with variances floored eigenvalue by eigenvalue. A
// class of one sample has the least variance, in all forms but that of Model Spider.
type GBC struct {
	Covariance string               `param:"covariance" default:"spherical" options:"spherical,diagonal,full,model-spider" doc:"form of the class covariances"`
	Variance   string               `param:"variance" default:"population" options:"population,unbiased" doc:"divide by the samples of a class as the authors do, or by one less as ports do"`
	Dims       metric.Optional[int] `param:"dims" default:"64" range:"0:" doc:"principal components kept; 0 keeps the features"`
	Rounding   string               `param:"rounding" default:"none" options:"none,port" doc:"float64, or the float32 sums of the port by Khoba et al."`
}

// varianceFloor is the least variance of a class: 1e-4, which released code
// holds in float32.
var varianceFloor = float64(float32(1e-4))

// Info describes the metric.
func (GBC) Info() metric.Info {
	return metric.Info{
		Name: "gbc", Title: "GBC", Version: 6,
		Paper: metric.Paper{Authors: "Pándy et al.", Title: "Transferability Estimation using Bhattacharyya Class Separability", Venue: "CVPR", Year: 2022},
		Cost:  metric.CostGram,
	}
}

// Score returns the GBC of s, in [−C(C−1), 0]: 0 where no classes overlap. Model Spider's
// form has no lower bound, since what it adds to determinants can make B negative.
func (m GBC) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	m, err := metric.Prepare(m, s)
	if err != nil {
		return metric.Score{}, err
	}
	rows, unbiased := reduced(s, m.Dims.Value()), m.Variance == "unbiased"
	distances := bhattacharyyaDiagonal
	switch m.Covariance {
	case "spherical":
		distances = bhattacharyyaSpherical
	case "full":
		distances = bhattacharyyaFull
	case "model-spider":
		distances = bhattacharyyaSpider
	}
	b, err := distances(rows, s.Labels, unbiased)
	if err != nil {
		return metric.Score{}, err
	}

	score := metric.Score{Value: negativeOverlap(b, m.Rounding == "port")}
	warnBinary(&score, s, "the score rests on one pair of classes")
	if score.Value == 0 {
		score.Warn(errors.New("no two classes overlap measurably: the score is 0, as for any other such network"))
	}
	warnSingles(&score, s, fmt.Sprintf("no variance: %.0e is used", varianceFloor))
	return score, nil
}

// negativeOverlap returns −Σ_{i≠j} exp(−b[i, j]), in float32 when single is set.
func negativeOverlap(b *mat.SymDense, single bool) float64 {
	c := b.SymmetricDim()
	var sum float64
	rounded := make([]float32, c)
	for i := range c {
		for j := range c {
			if i != j {
				overlap := math.Exp(-b.At(i, j))
				sum += overlap
				rounded[i] = float32(float64(rounded[i]) + overlap)
			}
		}
	}
	if single {
		return -float64(sum32(c, func(dst []float32, from int) { copy(dst, rounded[from:]) }))
	}
	return -sum
}

// bhattacharyyaDiagonal returns the C×C distances of classes with independent
// features.
func bhattacharyyaDiagonal(rows features.Rows, labels *features.Labels, unbiased bool) (*mat.SymDense, error) {
	means, variances := classVariances(rows, labels, unbiased)
	return classDistances(labels.C(), func(i, j int) (float64, error) {
		var mahalanobis, logs float64
		vi, vj, mi, mj := variances.RawRowView(i), variances.RawRowView(j), means.RawRowView(i), means.RawRowView(j)
		for k := range mi {
			v, delta := (vi[k]+vj[k])/2, mi[k]-mj[k]
			mahalanobis += delta * delta / v
			logs += math.Log(v / math.Sqrt(vi[k]*vj[k]))
		}
		return mahalanobis/8 + logs/2, nil
	})
}

// bhattacharyyaSpherical returns the C×C distances of classes with one variance
// for all features, the mean of theirs. The logarithm counts once.
func bhattacharyyaSpherical(rows features.Rows, labels *features.Labels, unbiased bool) (*mat.SymDense, error) {
	means, variances := classVariances(rows, labels, unbiased)
	c, d := means.Dims()
	variance := make([]float64, c)
	for k := range variance {
		variance[k] = mat.Sum(variances.RowView(k)) / float64(d)
	}
	return classDistances(c, func(i, j int) (float64, error) {
		v := (variance[i] + variance[j]) / 2
		square := squaredDistance(means.RawRowView(i), means.RawRowView(j))
		return square/v/8 + math.Log(v/math.Sqrt(variance[i]*variance[j]))/2, nil
	})
}

// bhattacharyyaFull returns the C×C distances of classes with full covariances. Their
// eigenvalues are raised to varianceFloor: without that, a class of no more than D samples
// has a determinant of 0 and no distance.
func bhattacharyyaFull(rows features.Rows, labels *features.Labels, unbiased bool) (*mat.SymDense, error) {
	means, covariances := classCovariances(rows, labels, unbiased)
	c, d := means.Dims()
	logDets := make([]float64, c)
	for c, covariance := range covariances {
		values, v, err := linalg.EigenSym(covariance, true)
		if err != nil {
			return nil, fmt.Errorf("class %s: %w", labels.Names[c], err)
		}
		for j, value := range values {
			values[j] = math.Max(value, varianceFloor)
			logDets[c] += math.Log(values[j])
			for i := range d {
				v.Set(i, j, v.At(i, j)*math.Sqrt(values[j]))
			}
		}
		covariance.SymOuterK(1, v)
	}
	return classDistances(c, func(i, j int) (float64, error) {
		average := mat.NewSymDense(d, nil)
		average.AddSym(covariances[i], covariances[j])
		average.ScaleSym(0.5, average)
		var chol mat.Cholesky
		if !chol.Factorize(average) {
			return 0, fmt.Errorf("the average covariance of classes %s and %s is singular", labels.Names[i], labels.Names[j])
		}
		var delta, solved mat.VecDense
		delta.SubVec(means.RowView(i), means.RowView(j))
		if err := chol.SolveVecTo(&solved, &delta); err != nil {
			return 0, err
		}
		return mat.Dot(&delta, &solved)/8 + (chol.LogDet()-(logDets[i]+logDets[j])/2)/2, nil
	})
}

// bhattacharyyaSpider returns the C×C distances as Model Spider's port has them, from the
// pseudo-inverse and the determinants of full covariances.
func bhattacharyyaSpider(rows features.Rows, labels *features.Labels, unbiased bool) (*mat.SymDense, error) {
	const spare = 1e-5
	for c, n := range labels.Counts() {
		if n == 1 {
			return nil, fmt.Errorf("class %s has one sample, which has no covariance: set another covariance", labels.Names[c])
		}
	}
	means, covariances := classCovariances(rows, labels, unbiased)
	c, d := means.Dims()
	determinants := make([]float64, c)
	for k, covariance := range covariances {
		values, _, err := linalg.EigenSym(covariance, false)
		if err != nil {
			return nil, fmt.Errorf("class %s: %w", labels.Names[k], err)
		}
		determinants[k] = floats.Prod(values)
	}
	return classDistances(c, func(i, j int) (float64, error) {
		average := mat.NewSymDense(d, nil)
		average.AddSym(covariances[i], covariances[j])
		average.ScaleSym(0.5, average)
		delta := mat.NewDense(1, d, nil)
		floats.SubTo(delta.RawRowView(0), means.RawRowView(i), means.RawRowView(j))
		values, _, err := linalg.EigenSym(average, false)
		if err != nil {
			return 0, err
		}
		mahalanobis, _, err := pseudoTraceQuotient(average, delta, d)
		if err != nil {
			return 0, err
		}
		ratio := math.Abs(floats.Prod(values)) / (spare + math.Sqrt(spare+determinants[i]*determinants[j]))
		if math.IsNaN(ratio) || math.IsInf(ratio, 0) {
			return 0, errors.New("determinants of covariances overflow: scale the features down, or set another covariance")
		}
		return mahalanobis/8 + math.Log(spare+ratio)/2, nil
	})
}

// classCovariances returns the mean of each class (C×D) and its covariance (D×D).
func classCovariances(rows features.Rows, labels *features.Labels, unbiased bool) (means *mat.Dense, covariances []*mat.SymDense) {
	_, means = features.GroupMeans(rows, labels.Index, labels.C())
	_, d := means.Dims()
	for c, samples := range byClass(labels) {
		x := gather(rows, samples)
		subtractRow(x, means.RawRowView(c))
		covariance := mat.NewSymDense(d, nil)
		covariance.SymOuterK(1/divisor(len(samples), unbiased), x.T())
		covariances = append(covariances, covariance)
	}
	return means, covariances
}

// divisor is what the sum of squares of n samples is divided by for their variance.
func divisor(n int, unbiased bool) float64 {
	if unbiased {
		n = max(n-1, 1)
	}
	return float64(n)
}

// classDistances fills a C×C matrix with distance(i, j) for i < j.
func classDistances(c int, distance func(i, j int) (float64, error)) (*mat.SymDense, error) {
	b, errs := mat.NewSymDense(c, nil), make([]error, c)
	par.For(c, func(i int) {
		for j := i + 1; j < c && errs[i] == nil; j++ {
			var value float64
			value, errs[i] = distance(i, j)
			b.SetSym(i, j, value)
		}
	})
	return b, cmp.Or(errs...)
}

// classVariances returns the mean and the variance of each feature in each class (C×D),
// the latter at least varianceFloor.
func classVariances(rows features.Rows, labels *features.Labels, unbiased bool) (means, variances *mat.Dense) {
	counts, means := features.GroupMeans(rows, labels.Index, labels.C())
	variances = squareSums(rows, labels.Index, means)
	for k, n := range counts {
		row := variances.RawRowView(k)
		for j := range row {
			row[j] = math.Max(row[j]/divisor(n, unbiased), varianceFloor)
		}
	}
	return means, variances
}

// squaredDistance returns ‖a − b‖².
func squaredDistance(a, b []float64) float64 {
	var sum float64
	for k, v := range a {
		sum += (v - b[k]) * (v - b[k])
	}
	return sum
}

// reduced returns the features or, for k > 0, their first k principal components, or
// all where they are fewer.
func reduced(s *features.Set, k int) features.Rows {
	if k == 0 {
		return s.Features
	}
	return features.Dense(s.Principal(min(k, s.N(), s.D())).Projected)
}
