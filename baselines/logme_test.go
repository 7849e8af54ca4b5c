package baselines

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/metric"
)

func TestLogMEGolden(t *testing.T) { testGolden(t, LogME{}, "logme") }

func TestLogMEICML(t *testing.T) { testGolden(t, LogME{Version: "icml"}, "logme.icml") }

func TestLogMERegression(t *testing.T) {
	eachGolden(t, "logme.regression", func(t *testing.T, s *features.Set, want numbers) {
		other, err := zooSet("resnet20-cifar", s.Dataset)
		if err != nil {
			t.Fatal(err)
		}
		targets := mat.DenseCopyOf(features.Matrix(other.Outputs).Slice(0, s.N(), 0, 4))
		regression := newSet(t, s.Features, &features.Labels{Targets: targets})
		wantScore(t, LogME{}, regression, want[0], 1e-9)
	})
}

// The definition, by solving with αI + βXᵀX at each step.
func TestLogMEDefinition(t *testing.T) {
	for _, size := range [][2]int{{60, 7}, {60, 1}, {12, 12}, {9, 30}, {2, 3}} {
		for _, version := range []string{"fixed-point", "icml"} {
			t.Run(fmt.Sprintf("%d×%d %s", size[0], size[1], version), func(t *testing.T) {
				x, labels := randomSamples(size[0], size[1], 2)
				s := newSet(t, features.Dense(x), features.Classes(labels))
				var want float64
				for c := range 2 {
					y := mat.NewVecDense(size[0], nil)
					for n, class := range s.Labels.Index {
						if class == c {
							y.SetVec(n, 1)
						}
					}
					want += definedEvidence(t, x, y, version) / 2
				}
				wantScore(t, LogME{Version: version}, s, want, 1e-9)
			})
		}
	}
}

// Where a linear map nearly meets the targets, what is left of them is far smaller than
// they are, and its digits must not be those that cancel.
func TestLogMENearPerfect(t *testing.T) {
	for _, size := range [][2]int{{60, 7}, {200, 30}} {
		for _, scale := range []float64{1, 1e2, 1e4} {
			for _, noise := range []float64{0, 1e-6, 1e-3} {
				for _, singular := range []bool{false, true} {
					if singular && (scale > 1 || noise < 1e-3) {
						continue // t is down to what rounding leaves of eigenvalues of 0
					}
					t.Run(fmt.Sprintf("%d×%d scale %g noise %g singular %v", size[0], size[1], scale, noise, singular), func(t *testing.T) {
						x, _ := randomSamples(size[0], size[1], 3)
						weights, _ := randomSamples(size[1], 1, 2)
						rest, _ := randomSamples(size[0], 1, 2)
						if singular {
							for i := range size[0] {
								x.Set(i, 1, x.At(i, 0))
								x.Set(i, 2, 0)
							}
						}
						var y mat.Dense
						y.Mul(x, weights)
						rest.Scale(noise, rest)
						y.Add(&y, rest)
						y.Scale(scale, &y)
						s := newSet(t, features.Dense(x), &features.Labels{Targets: &y})
						for _, version := range []string{"fixed-point", "icml"} {
							want := definedEvidence(t, x, mat.VecDenseCopyOf(y.ColView(0)), version)
							wantScore(t, LogME{Version: version}, s, want, 1e-9)
						}
					})
				}
			}
		}
	}
}

func definedEvidence(t *testing.T, x *mat.Dense, y *mat.VecDense, version string) float64 {
	rows, cols := x.Dims()
	n, d := float64(rows), float64(cols)
	alpha, beta := 1.0, 1.0
	var weights, residual float64
	posterior := func() *mat.Cholesky { // of αI + βXᵀX
		a := mat.NewSymDense(cols, nil)
		a.SymOuterK(beta, x.T())
		for j := range cols {
			a.SetSym(j, j, a.At(j, j)+alpha)
		}
		var chol mat.Cholesky
		if !chol.Factorize(a) {
			t.Fatal("the reference is singular")
		}
		return &chol
	}
	for range 11 {
		before := alpha / beta
		chol := posterior()
		var m, fitted mat.VecDense
		m.MulVec(x.T(), y)
		m.ScaleVec(beta, &m)
		if err := chol.SolveVecTo(&m, &m); err != nil {
			t.Fatal(err)
		}
		fitted.MulVec(x, &m)
		fitted.SubVec(y, &fitted)
		weights, residual = mat.Dot(&m, &m), mat.Dot(&fitted, &fitted)
		var inverse mat.SymDense
		if err := chol.InverseTo(&inverse); err != nil {
			t.Fatal(err)
		}
		gamma := d - alpha*mat.Trace(&inverse)
		alpha, beta = gamma/(weights+1e-5), (n-gamma)/(residual+1e-5)
		change := math.Abs(alpha/beta-before) / before
		if version == "icml" && change < 1e-2 || version == "fixed-point" && change <= 1e-3 {
			break
		}
	}
	determinant := posterior().LogDet()
	if version == "icml" {
		weights, residual = weights+1e-5, residual+1e-5
	} else {
		determinant -= max(d-n, 0) * math.Log(alpha)
	}
	return (d*math.Log(alpha) + n*math.Log(beta) - determinant - beta*residual - alpha*weights - n*math.Log(2*math.Pi)) / (2 * n)
}

// What must not change the score: the order of samples, the names of classes, a
// rotation of the features, and giving classes as targets.
func TestLogMEInvariance(t *testing.T) {
	for _, size := range [][2]int{{80, 12}, {20, 33}} {
		n, d := size[0], size[1]
		random := rand.New(rand.NewPCG(7, uint64(n)))
		x, labels := randomSamples(n, d, 3)
		s := newSet(t, features.Dense(x), features.Classes(labels))
		score, err := LogME{}.Score(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}

		permuted, permutedLabels := mat.NewDense(n, d, nil), make([]int64, n)
		for i, from := range random.Perm(n) {
			permuted.SetRow(i, x.RawRowView(from))
			permutedLabels[i] = labels[from]
		}
		renamed := make([]int64, n)
		for i, label := range labels {
			renamed[i] = []int64{30, -4, 11}[label]
		}
		var qr mat.QR
		var q, rotated mat.Dense
		square, _ := randomSamples(d, d, 2)
		qr.Factorize(square)
		qr.QTo(&q)
		rotated.Mul(x, &q)

		for name, other := range map[string]*features.Set{
			"permuted samples": newSet(t, features.Dense(permuted), features.Classes(permutedLabels)),
			"renamed classes":  newSet(t, s.Features, features.Classes(renamed)),
			"rotated features": newSet(t, features.Dense(&rotated), s.Labels),
			"one-hot targets":  newSet(t, s.Features, &features.Labels{Targets: targets(s)}),
		} {
			t.Run(fmt.Sprintf("%d×%d %s", n, d, name), func(t *testing.T) {
				wantScore(t, LogME{}, other, score.Value, 1e-10)
			})
		}
	}
}

func TestLogMEErrors(t *testing.T) {
	x, labels := randomSamples(10, 3, 2)
	s := newSet(t, features.Dense(x), features.Classes(labels))
	if _, err := (LogME{Version: "jmlr"}).Score(t.Context(), s); err == nil {
		t.Error("no error for an unknown version")
	}
}

func TestLogMEWarnsOfFewSamples(t *testing.T) {
	x, labels := randomSamples(10, 30, 2)
	score, err := LogME{}.Score(t.Context(), newSet(t, features.Dense(x), features.Classes(labels)))
	if err != nil {
		t.Fatal(err)
	}
	if len(score.Warnings) == 0 {
		t.Error("no warning for 10 samples of 30 features")
	}
}

func BenchmarkLogME(b *testing.B) {
	for _, size := range [][3]int{{1000, 512, 20}, {2000, 512, 50}, {5000, 2048, 100}} {
		b.Run(fmt.Sprintf("N=%d/D=%d/C=%d", size[0], size[1], size[2]), func(b *testing.B) {
			x, labels := randomSamples(size[0], size[1], size[2])
			for b.Loop() {
				s := newSet(b, features.Dense(x), features.Classes(labels))
				if _, err := (LogME{}).Score(b.Context(), s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// randomSamples returns n samples of d features, about a centre for each of c
// classes in turn.
func randomSamples(n, d, c int) (*mat.Dense, []int64) {
	random := rand.New(rand.NewPCG(uint64(n), uint64(d)))
	normal := func(rows int, scale float64) *mat.Dense {
		m := mat.NewDense(rows, d, nil)
		m.Apply(func(_, _ int, _ float64) float64 { return scale * random.NormFloat64() }, m)
		return m
	}
	x, centres, labels := normal(n, 1), normal(c, 0.5), make([]int64, n)
	for i := range labels {
		labels[i] = int64(i % c)
		for j, v := range centres.RawRowView(i % c) {
			x.Set(i, j, 1+x.At(i, j)+v)
		}
	}
	return x, labels
}

func newSet(t testing.TB, rows features.Rows, labels *features.Labels) *features.Set {
	t.Helper()
	s, err := features.New(features.Data{Features: rows, Labels: labels})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func wantScore(t *testing.T, m metric.Metric, s *features.Set, want, tolerance float64) {
	t.Helper()
	score, err := m.Score(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if deviation := relative(score.Value, want); !(deviation <= tolerance) {
		t.Errorf("score %.17g, want %.17g (off by %.1e of it)", score.Value, want, deviation)
	}
}
