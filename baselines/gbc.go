package baselines

import (
	"context"
	"errors"
	"fmt"
	"math"

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
// Covariances are unbiased, with variances of at least 1e-4 as in released code:
// floored feature by feature, for full covariances eigenvalue by eigenvalue.
// A class of one sample gets that floor.
//
// The paper first reduces the features to 64 principal components; released
// reimplementations score them as they are, and so does the default. For
// spherical covariances σ² I they count the log-determinant once where the
// formula, and the paper, have it D times; so does Covariance "spherical", because
// published tables rest on it.
//
// They also add up in float32. Rounding "released" repeats that, to the last
// digit; "none" does without.
type GBC struct {
	Covariance string `param:"covariance" default:"spherical" options:"spherical,diagonal,full" doc:"form of the class covariances"`
	Dims       int    `param:"dims" range:"0:" doc:"principal components kept (64 in the paper); 0 keeps the features"`
	Rounding   string `param:"rounding" default:"released" options:"released,none" doc:"float32 sums as in released code, or float64"`
}

// varianceFloor is the least variance of a class: 1e-4, which released code
// holds in float32.
var varianceFloor = float64(float32(1e-4))

// Info describes the metric.
func (GBC) Info() metric.Info {
	return metric.Info{
		Name: "gbc", Title: "GBC", Version: 4,
		Paper: metric.Paper{Authors: "Pándy et al.", Title: "Transferability Estimation using Bhattacharyya Class Separability", Venue: "CVPR", Year: 2022},
		Cost:  metric.CostLinear,
	}
}

// Score returns the GBC of s, in [−C(C−1), 0].
func (m GBC) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	m, err := metric.Prepare(m, s)
	if err != nil {
		return metric.Score{}, err
	}
	rows := reduced(s, m.Dims)
	distances := bhattacharyyaDiagonal
	switch m.Covariance {
	case "spherical":
		distances = bhattacharyyaSpherical
	case "full":
		distances = bhattacharyyaFull
	}
	b, err := distances(rows, s.Labels)
	if err != nil {
		return metric.Score{}, err
	}

	score := metric.Score{Value: negativeOverlap(b, m.Rounding == "released")}
	warnBinary(&score, s, "the score rests on one pair of classes")
	if score.Value == 0 {
		score.Warn(errors.New("no two classes overlap by as much as a number can tell from none: scores are tied at 0"))
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
func bhattacharyyaDiagonal(rows features.Rows, labels *features.Labels) (*mat.SymDense, error) {
	means, variances := classVariances(rows, labels)
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
func bhattacharyyaSpherical(rows features.Rows, labels *features.Labels) (*mat.SymDense, error) {
	means, variances := classVariances(rows, labels)
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

// bhattacharyyaFull returns the C×C distances of classes with full covariances.
func bhattacharyyaFull(rows features.Rows, labels *features.Labels) (*mat.SymDense, error) {
	classes := byClass(labels)
	_, means := features.GroupMeans(rows, labels.Index, labels.C())
	_, d := means.Dims()
	covariances, logDets := make([]*mat.SymDense, len(classes)), make([]float64, len(classes))
	for c, samples := range classes {
		x := gather(rows, samples)
		subtractRow(x, means.RawRowView(c))
		covariance := mat.NewSymDense(d, nil)
		covariance.SymOuterK(1/math.Max(float64(len(samples)-1), 1), x.T())
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
		covariances[c] = covariance
	}
	return classDistances(len(classes), func(i, j int) (float64, error) {
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
	return b, errors.Join(errs...)
}

// classVariances returns the mean and the unbiased variance of each feature in
// each class (C×D), the latter at least varianceFloor.
func classVariances(rows features.Rows, labels *features.Labels) (means, variances *mat.Dense) {
	counts, means := features.GroupMeans(rows, labels.Index, labels.C())
	variances = squareSums(rows, labels.Index, means)
	for k, n := range counts {
		row := variances.RawRowView(k)
		for j := range row {
			row[j] = math.Max(row[j]/math.Max(float64(n-1), 1), varianceFloor)
		}
	}
	return means, variances
}

func squaredDistance(a, b []float64) float64 {
	var sum float64
	for k, v := range a {
		sum += (v - b[k]) * (v - b[k])
	}
	return sum
}

// reduced returns the features or, for k > 0, their first k principal
// components.
func reduced(s *features.Set, k int) features.Rows {
	if k == 0 || k >= min(s.N(), s.D()) {
		return s.Features
	}
	return features.Dense(s.Principal(k).Projected)
}
