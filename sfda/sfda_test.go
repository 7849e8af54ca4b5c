package sfda

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/par"
	"sfdalab/metric"
)

// TestScoreEqualsEigenForm holds the score to the way the released code computes
// it: all generalised eigenvectors, and covariances class by class.
func TestScoreEqualsEigenForm(t *testing.T) {
	for _, size := range []struct{ n, d, c int }{
		{200, 10, 3}, {90, 40, 5}, {60, 1, 2},
		{30, 50, 4}, {24, 200, 6}, // N < D
	} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			x, y := clusters(1, size.n, size.d, size.c)
			got := score(t, SFDA{}, x, y)
			want, lambda := released(x, y)
			near(t, "score", got.Value, want, 1e-10)
			near(t, "shrinkage", got.Details["shrinkage"], lambda, 1e-10)
		})
	}
}

func TestOptions(t *testing.T) {
	x, y := clusters(2, 120, 8, 3)
	standard := score(t, SFDA{}, x, y)
	with := func(change func(*SFDA)) metric.Score {
		m := SFDA{}
		change(&m)
		return score(t, m, x, y)
	}

	off := with(func(m *SFDA) { m.Rounds = metric.Given(0) })
	near(t, "no self-challenge scores the first stage", off.Value, standard.Details["regfda"], 1e-15)

	fixed := with(func(m *SFDA) { m.Shrinkage, m.Lambda = "fixed", standard.Details["shrinkage"] })
	near(t, "fixing the adaptive λ changes nothing", fixed.Value, standard.Value, 0)

	logs := with(func(m *SFDA) { m.Likelihood = "log" })
	if !(logs.Value <= math.Log(standard.Value)) {
		t.Errorf("mean log-likelihood %g above the log of the mean likelihood %g", logs.Value, math.Log(standard.Value))
	}

	// Softening pushes confidence to below e/(e+C−1), so raw confidence mixes less.
	raw := with(func(m *SFDA) { m.Confidence = "raw" })
	if raw.Value <= standard.Value {
		t.Errorf("raw confidence scores %g, softened %g: want more", raw.Value, standard.Value)
	}

	twice := with(func(m *SFDA) { m.Rounds = metric.Given(2) })
	if twice.Value == standard.Value {
		t.Error("a second round of self-challenge changes nothing")
	}

	within, between := scatters(x, y)
	near(t, "Eq. 3", with(func(m *SFDA) { m.Shrinkage = "eq3" }).Details["shrinkage"], math.Exp(-4*top(within)), 1e-12)
	near(t, "Algorithm 1", with(func(m *SFDA) { m.Shrinkage = "algorithm1" }).Details["shrinkage"], 1/(1+math.Exp(-4*top(between))), 1e-12)

	// λ = 1 leaves plain distances: S̃_w = τI.
	isotropic := with(func(m *SFDA) { m.Rounds, m.Shrinkage, m.Lambda = metric.Given(0), "fixed", 1 })
	near(t, "λ = 1", isotropic.Value, nearestMean(x, y, mat.Trace(within)/8), 1e-12)
}

func TestInvariance(t *testing.T) {
	for _, d := range []int{6, 150} { // N ≥ D and N < D
		n := 100
		x, y := clusters(3, n, d, 4)
		want := score(t, SFDA{}, x, y).Value

		order := rand.New(rand.NewPCG(1, 1)).Perm(n)
		px, py := mat.NewDense(n, d, nil), make([]int64, n)
		for i, j := range order {
			px.SetRow(i, x.RawRowView(j))
			py[i] = y[j]
		}
		near(t, "order of samples", score(t, SFDA{}, px, py).Value, want, 1e-11)

		renamed := make([]int64, n)
		for i, c := range y {
			renamed[i] = []int64{-7, 1 << 40, 12, 3}[c]
		}
		near(t, "names of classes", score(t, SFDA{}, x, renamed).Value, want, 1e-11)

		var twice mat.Dense
		twice.Stack(x, x)
		near(t, "every sample twice", score(t, SFDA{}, &twice, append(slices.Clone(y), y...)).Value, want, 1e-10)

		// The power iteration of adaptive shrinkage starts from a fixed vector and
		// stops early, so only a given λ is invariant to rotation, and only shrinkage
		// that does not depend on scale to scaling.
		m := SFDA{}
		m.Shrinkage, m.Lambda = "fixed", 0.1
		want = score(t, m, x, y).Value
		var rotated, scaled mat.Dense
		rotated.Mul(x, rotation(d))
		scaled.Scale(37, x)
		near(t, "rotation", score(t, m, &rotated, y).Value, want, 1e-10)
		near(t, "scaling", score(t, m, &scaled, y).Value, want, 1e-10)
	}
}

// An offset that all samples have costs the score no digits but those of the features, also
// with fewer samples than features.
func TestOffset(t *testing.T) {
	for _, n := range []int{60, 200} {
		const d, offset = 100, 1 << 14
		x, y := clusters(3, n, d, 4)
		x.Apply(func(_, _ int, v float64) float64 { return math.Round(v*0x1p30) / 0x1p30 }, x) // so that the sum is exact
		m := SFDA{}
		m.Shrinkage = "algorithm1"
		want := score(t, m, x, y).Value
		x.Apply(func(_, _ int, v float64) float64 { return v + offset }, x)
		near(t, fmt.Sprintf("%d samples of %d features", n, d), score(t, m, x, y).Value, want, 1e-11)
	}
}

func TestSameBitsForAnyNumberOfWorkers(t *testing.T) {
	defer par.SetLimit(par.Limit())
	x, y := clusters(4, 3000, 300, 5)
	var want float64
	for i, workers := range []int{1, 2, 3, 8} {
		par.SetLimit(workers)
		got := score(t, SFDA{}, x, y).Value
		if i == 0 {
			want = got
		}
		if got != want {
			t.Errorf("%d workers: %v, 1 worker: %v", workers, got, want)
		}
	}
}

func TestDegenerateInput(t *testing.T) {
	x, y := clusters(5, 40, 6, 3)

	t.Run("class of one sample", func(t *testing.T) {
		alone := slices.Clone(y)
		alone[7] = 99
		want, _ := released(x, alone)
		near(t, "score", score(t, SFDA{}, x, alone).Value, want, 1e-10)
	})
	t.Run("constant feature", func(t *testing.T) {
		constant := mat.DenseCopyOf(x)
		for i := range 40 {
			constant.Set(i, 2, 5)
		}
		if got := score(t, SFDA{}, constant, y).Value; !(got > 0 && got <= 1) {
			t.Errorf("score %g, want one in (0, 1]", got)
		}
	})
	t.Run("repeated feature at the floor of the shrinkage", func(t *testing.T) {
		large := mat.NewDense(40, 12, nil)
		for i := range 40 {
			for j := range 6 {
				large.Set(i, j, 100*x.At(i, j))
				large.Set(i, j+6, 100*x.At(i, j))
			}
		}
		warned(t, score(t, SFDA{}, large, y), "rounding noise")
	})
	t.Run("fewer samples than features", func(t *testing.T) {
		wide, y := clusters(5, 20, 30, 3)
		warned(t, score(t, SFDA{}, wide, y), "rank deficient")
	})
	t.Run("no scatter within classes", func(t *testing.T) {
		same := mat.NewDense(40, 6, nil)
		for i := range 40 {
			same.Set(i, 0, float64(y[i]))
		}
		fails(t, same, y, "scatter is zero")
	})
}

// TestFisherSpace checks what defines it: there, S̃_w is the identity and S_b is
// diagonal.
func TestFisherSpace(t *testing.T) {
	for _, d := range []int{7, 90} {
		x, y := clusters(6, 80, d, 4)
		m := SFDA{Shrinkage: "fixed", Lambda: 0.2}
		p, err := m.Project(set(t, x, y))
		if err != nil {
			t.Fatal(err)
		}
		if _, k := p.Samples.Dims(); k != 3 || len(p.Ratios) != 3 {
			t.Fatalf("%d directions and %d ratios for 4 classes, want 3", k, len(p.Ratios))
		}
		within, between := scatters(p.Samples, y)
		for i := range 3 {
			for j := range 3 {
				if i == j {
					near(t, "between-class scatter", between.At(i, i), p.Ratios[i], 1e-10)
					continue
				}
				near(t, "between-class scatter off the diagonal", 1+between.At(i, j), 1, 1e-10)
			}
			// uᵀS̃_w u = (1−λ) uᵀS_w u + λτ uᵀu = 1, and λτ uᵀu > 0.
			if got := (1 - m.Lambda) * within.At(i, i); !(got > 0 && got < 1) {
				t.Errorf("(1−λ) uᵀS_w u = %g for direction %d, want it in (0, 1)", got, i)
			}
		}
	}
}

// released computes SFDA by its definition, with dense eigenvectors.
func released(x *mat.Dense, labels []int64) (score, lambda float64) {
	y := features.Classes(labels).Index
	within, _ := scatters(x, labels)
	d := within.SymmetricDim()
	v := mat.NewVecDense(d, nil)
	ones := mat.NewVecDense(d, nil)
	for i := range d {
		ones.SetVec(i, 1)
	}
	u := mat.NewVecDense(d, nil)
	v.MulVec(within, ones)
	for range 3 {
		u.MulVec(within, v)
		u.ScaleVec(1/mat.Norm(u, 2), u)
		v.MulVec(within, u)
		v.ScaleVec(1/mat.Norm(v, 2), v)
	}
	lambda = math.Max(math.Exp(-5*mat.Inner(v, within, u)), 1e-10)

	p := eigenPosterior(x, labels, lambda)
	n, c := p.Dims()
	means := classMeans(x, y, c)
	mixed := mat.NewDense(n, d, nil)
	for i := range n {
		var sum float64
		for k := range c {
			sum += math.Exp(p.At(i, k))
		}
		q := math.Exp(p.At(i, y[i])) / sum
		for j := range d {
			var other float64
			for k := range c {
				if k != y[i] {
					other += means.At(k, j) / float64(c-1)
				}
			}
			mixed.Set(i, j, q*x.At(i, j)+(1-q)*other)
		}
	}
	p = eigenPosterior(mixed, labels, lambda)
	for i := range n {
		score += p.At(i, y[i]) / float64(n)
	}
	return score, lambda
}

// eigenPosterior is the posterior by the generalised eigenvectors E of (S_b, S̃_w),
// found by whitening: with S̃_w = WΩWᵀ, E = WΩ^(−1/2)V for any orthogonal V.
func eigenPosterior(x *mat.Dense, labels []int64, lambda float64) *mat.Dense {
	y := features.Classes(labels)
	within, _ := scatters(x, labels)
	d := within.SymmetricDim()
	tau := mat.Trace(within) / float64(d)
	within.ScaleSym(1-lambda, within)
	for i := range d {
		within.SetSym(i, i, within.At(i, i)+lambda*tau)
	}
	var eigen mat.EigenSym
	eigen.Factorize(within, true)
	var e mat.Dense
	eigen.VectorsTo(&e)
	for j, w := range eigen.Values(nil) {
		for i := range d {
			e.Set(i, j, e.At(i, j)/math.Sqrt(w))
		}
	}
	n, _ := x.Dims()
	var samples, means, p mat.Dense
	samples.Mul(x, &e)
	means.Mul(classMeans(x, y.Index, y.C()), &e)
	p.Mul(&samples, means.T())
	for i := range n {
		row := p.RawRowView(i)
		for k, size := range y.Counts() {
			m := means.RawRowView(k)
			row[k] += math.Log(float64(size)/float64(n)) - floats.Dot(m, m)/2
		}
		normaliser := floats.LogSumExp(row)
		for k := range row {
			row[k] = math.Exp(row[k] - normaliser)
		}
	}
	return &p
}

// scatters returns S_w and S_b by their definitions.
func scatters(x *mat.Dense, labels []int64) (within, between *mat.SymDense) {
	y := features.Classes(labels)
	n, d := x.Dims()
	means := classMeans(x, y.Index, y.C())
	overall := classMeans(x, make([]int, n), 1)
	within, between = mat.NewSymDense(d, nil), mat.NewSymDense(d, nil)
	diff := mat.NewVecDense(d, nil)
	for i, c := range y.Index {
		diff.SubVec(x.RowView(i), means.RowView(c))
		within.SymRankOne(within, 1/float64(n), diff)
		diff.SubVec(means.RowView(c), overall.RowView(0))
		between.SymRankOne(between, 1/float64(n), diff)
	}
	return within, between
}

func classMeans(x *mat.Dense, y []int, c int) *mat.Dense {
	_, d := x.Dims()
	means, counts := mat.NewDense(c, d, nil), make([]float64, c)
	for i, k := range y {
		floats.Add(means.RawRowView(k), x.RawRowView(i))
		counts[k]++
	}
	for k, n := range counts {
		floats.Scale(1/n, means.RawRowView(k))
	}
	return means
}

// nearestMean is the mean posterior under the covariance τI.
func nearestMean(x *mat.Dense, labels []int64, tau float64) float64 {
	y := features.Classes(labels)
	means := classMeans(x, y.Index, y.C())
	var sum float64
	for i, own := range y.Index {
		delta := make([]float64, y.C())
		for k, size := range y.Counts() {
			distance := floats.Distance(x.RawRowView(i), means.RawRowView(k), 2)
			delta[k] = math.Log(float64(size)) - distance*distance/(2*tau)
		}
		sum += math.Exp(delta[own] - floats.LogSumExp(delta))
	}
	return sum / float64(len(labels))
}

func top(a *mat.SymDense) float64 {
	var e mat.EigenSym
	e.Factorize(a, false)
	return floats.Max(e.Values(nil))
}

func rotation(d int) *mat.Dense {
	r := rand.New(rand.NewPCG(9, 9))
	a := mat.NewDense(d, d, nil)
	for i := range a.RawMatrix().Data {
		a.RawMatrix().Data[i] = r.NormFloat64()
	}
	var qr mat.QR
	qr.Factorize(a)
	var q mat.Dense
	qr.QTo(&q)
	return &q
}

// clusters returns n correlated samples of d features around c class means, with
// overlap, in classes of unequal size.
func clusters(seed uint64, n, d, c int) (*mat.Dense, []int64) {
	r := rand.New(rand.NewPCG(seed, 0))
	means := mat.NewDense(c, d, nil)
	for i := range means.RawMatrix().Data {
		means.RawMatrix().Data[i] = r.NormFloat64() / math.Sqrt(float64(d))
	}
	x, y := mat.NewDense(n, d, nil), make([]int64, n)
	for i := range n {
		y[i] = int64(min(i%(c+1), c-1))
		common := r.NormFloat64()
		for j := range d {
			x.Set(i, j, means.At(int(y[i]), j)+0.4*r.NormFloat64()/(1+0.1*float64(j%7))+0.2*common)
		}
	}
	return x, y
}

func set(t *testing.T, x *mat.Dense, y []int64) *features.Set {
	t.Helper()
	s, err := features.New(features.Data{Features: features.Dense(x), Labels: features.Classes(y)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func score(t *testing.T, m SFDA, x *mat.Dense, y []int64) metric.Score {
	t.Helper()
	got, err := m.Score(context.Background(), set(t, x, y))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// near checks got against want to a relative tolerance.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s: got %.17g, want %.17g, off by %.1e of it", what, got, want, math.Abs(got/want-1))
	}
}

func warned(t *testing.T, s metric.Score, about string) {
	t.Helper()
	for _, w := range s.Warnings {
		if strings.Contains(w.Error(), about) {
			return
		}
	}
	t.Errorf("warnings %v, want one about %q", s.Warnings, about)
}

func fails(t *testing.T, x *mat.Dense, y []int64, about string) {
	t.Helper()
	got, err := (SFDA{}).Score(context.Background(), set(t, x, y))
	if err == nil || !strings.Contains(err.Error(), about) {
		t.Errorf("score %v, error %v, want an error about %q", got.Value, err, about)
	}
}

// TestNearlyCertain holds posteriors near 1 to their series: what they lack of 1 is the
// sum of exp(δ_c − δ_y) over the other classes.
func TestNearlyCertain(t *testing.T) {
	for _, c := range []struct {
		delta []float64
		lack  float64
	}{
		{[]float64{3, 40, 1}, math.Exp(-37) + math.Exp(-39)},
		{[]float64{1e6 - 64, 1e6, -1e6}, math.Exp(-64)},
		{[]float64{-300, 300}, math.Exp(-600)},
	} {
		logP, _ := ownClass(slices.Clone(c.delta), 1)
		near(t, fmt.Sprint("log p for δ = ", c.delta), logP, -c.lack, 1e-14*c.lack)
	}

	// Each term rounds to 1 − 2⁻⁵³ or to 1; their sum lacks 300 times 1e-17.
	logs := slices.Repeat([]float64{-1e-17}, 300)
	if got := meanExp(logs); got != 1 {
		t.Errorf("a mean of 1 − 1e-17 is 1 − %g, want 1", 1-got)
	}
	logs = append(logs, slices.Repeat([]float64{-3e-16}, 300)...)
	if got, want := meanExp(logs), 1-1.55e-16; got != want {
		t.Errorf("a mean is 1 − %g, want 1 − %g", 1-got, 1-want)
	}
}
