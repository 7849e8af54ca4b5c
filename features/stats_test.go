package features

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"sfdalab/internal/par"
)

// randomSet makes a Set of n samples whose classes, all with a sample, have
// distinct means and lie far from the origin.
func randomSet(t testing.TB, n, d, c int) *Set {
	t.Helper()
	r := rand.New(rand.NewPCG(uint64(n), uint64(d)))
	x, o, labels := mat.NewDense(n, d, nil), mat.NewDense(n, 5, nil), make([]int64, n)
	for i := range n {
		labels[i] = int64(i % c)
		for j := range d {
			x.Set(i, j, 10+float64((i%c)*(j%3))+r.NormFloat64())
		}
		for j := range 5 {
			o.Set(i, j, 3*r.NormFloat64())
		}
	}
	s, err := New(Data{Features: Dense(x), Outputs: Dense(o), Labels: Classes(labels)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// shapes are N, D and C: more and fewer samples than features, each within one
// block and over several.
var shapes = [][3]int{{60, 7, 3}, {9, 40, 2}, {30000, 40, 5}, {150, 9000, 4}}

// tooLarge is the side of square matrices that tests do not compute.
const tooLarge = 1000

func TestStatisticsMatchTheirFormulas(t *testing.T) {
	for _, shape := range shapes {
		s := randomSet(t, shape[0], shape[1], shape[2])
		n, d, c := s.N(), s.D(), s.C()
		x := Matrix(s.Features)

		mean := make([]float64, d)
		for j := range d {
			mean[j] = stat.Mean(mat.Col(nil, j, x), nil)
		}
		means, within := mat.NewDense(c, d, nil), mat.DenseCopyOf(x)
		for k := range c {
			var members [][]float64
			for i, y := range s.Labels.Index {
				if y == k {
					members = append(members, x.RawRowView(i))
				}
			}
			for j := range d {
				for _, m := range members {
					means.Set(k, j, means.At(k, j)+m[j]/float64(len(members)))
				}
			}
		}
		centred := mat.DenseCopyOf(x)
		for i, y := range s.Labels.Index {
			for j := range d {
				within.Set(i, j, x.At(i, j)-means.At(y, j))
				centred.Set(i, j, x.At(i, j)-mean[j])
			}
		}
		product := func(a, b mat.Matrix) *mat.Dense {
			var m mat.Dense
			m.Mul(a, b)
			return &m
		}

		near(t, "Mean", mat.NewDense(1, d, s.Mean()), mat.NewDense(1, d, mean))
		_, got := GroupMeans(s.Features, s.Labels.Index, c)
		near(t, "GroupMeans", got, means)
		if d < tooLarge {
			near(t, "Groups.Within", s.Groups().Within, product(within.T(), within))
			near(t, "Total", s.Total(), product(centred.T(), centred))
			near(t, "Gram", s.OwnGram(), product(x.T(), x))
		}
		if n > tooLarge {
			continue
		}
		near(t, "RowGram", s.RowGram(), product(centred, centred.T()))
		var svd mat.SVD
		svd.Factorize(centred, mat.SVDThin)
		spectrum := svd.Values(nil)
		for i, v := range spectrum {
			spectrum[i] = v * v
		}
		near(t, "Spectrum", mat.NewDense(1, min(n, d), s.Spectrum()), mat.NewDense(1, min(n, d), spectrum))

		const k = 2
		p := s.Principal(k)
		near(t, "Principal.Values", mat.NewDense(1, k, p.Values), mat.NewDense(1, k, spectrum[:k]))
		near(t, "Principal.Projected", p.Projected, product(centred, p.Components))
		near(t, "Principal.Components", product(p.Components.T(), p.Components), mat.NewDiagDense(k, []float64{1, 1}))
		for j := range k {
			column := mat.Col(nil, j, p.Projected)
			if -slices.Min(column) > slices.Max(column) {
				t.Errorf("%v: component %d projects a sample further down than any up", shape, j)
			}
		}
	}
}

// near reports whether two matrices agree to 1e-12 of the largest number.
func near(t *testing.T, what string, got, want mat.Matrix) {
	t.Helper()
	var difference mat.Dense
	difference.Sub(got, want)
	if off := mat.Norm(&difference, math.Inf(1)) / mat.Norm(want, math.Inf(1)); !(off < 1e-12) {
		n, d := want.Dims()
		t.Errorf("%s, %d×%d: off by %.1e of its norm", what, n, d, off)
	}
}

func TestPairs(t *testing.T) {
	for _, shape := range shapes {
		if shape[0] > tooLarge {
			continue
		}
		x := Matrix(randomSet(t, shape[0], shape[1], shape[2]).Features)
		n, _ := x.Dims()
		var products, distances mat.Dense
		products.Mul(x, x.T())
		distances.CloneFrom(&products)
		distances.Apply(func(i, j int, v float64) float64 {
			return products.At(i, i) + products.At(j, j) - 2*v
		}, &products)
		for _, check := range []struct {
			what  string
			pairs func(Rows, func(int, *mat.Dense))
			want  *mat.Dense
		}{{"products", PairProducts, &products}, {"distances", PairDistances, &distances}} {
			next := 0
			check.pairs(Dense(x), func(lo int, block *mat.Dense) {
				if lo != next {
					t.Errorf("block of %s at row %d, want row %d", check.what, lo, next)
				}
				rows, _ := block.Dims()
				near(t, check.what, block, check.want.Slice(lo, lo+rows, lo, n))
				next += rows
			})
			if next != n {
				t.Errorf("%s of %d rows, want %d", check.what, next, n)
			}
		}
	}
}

func TestSameBitsForAnyNumberOfCores(t *testing.T) {
	defer par.SetLimit(par.Limit())
	for _, shape := range shapes {
		var want []mat.Matrix
		for _, cores := range []int{1, 2, 5} {
			par.SetLimit(cores)
			s := randomSet(t, shape[0], shape[1], shape[2])
			p := s.Principal(2)
			probabilities, err := s.SourceProbabilities()
			if err != nil {
				t.Fatal(err)
			}
			got := []mat.Matrix{mat.NewVecDense(s.D(), s.Mean()), mat.NewVecDense(min(s.N(), s.D()), s.Spectrum()),
				p.Components, p.Projected, probabilities}
			if s.D() < tooLarge {
				got = append(got, s.Groups().Means, s.Groups().Within, s.Total(), s.OwnGram())
			}
			if s.N() < tooLarge {
				got = append(got, s.RowGram())
			}
			if want == nil {
				want = got
			}
			for i := range got {
				if !mat.Equal(got[i], want[i]) {
					t.Errorf("%v: statistic %d differs between 1 and %d cores", shape, i, cores)
				}
			}
		}
	}
}

func TestOrderOfSamplesDoesNotMatter(t *testing.T) {
	s := randomSet(t, 3000, 7, 3)
	shuffled, err := s.Subset(rand.New(rand.NewPCG(3, 4)).Perm(s.N()))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "Means", shuffled.Groups().Means, s.Groups().Means)
	near(t, "Within", shuffled.Groups().Within, s.Groups().Within)
	near(t, "Gram", shuffled.OwnGram(), s.OwnGram())
	near(t, "Spectrum", mat.NewVecDense(7, shuffled.Spectrum()), mat.NewVecDense(7, s.Spectrum()))
	near(t, "Components", shuffled.Principal(3).Components, s.Principal(3).Components)
}

// TestConcurrentCallers is for the race detector.
func TestConcurrentCallers(t *testing.T) {
	s := randomSet(t, 300, 20, 3)
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() { s.OwnGram() })
		callers.Go(func() { s.Principal(2) })
		callers.Go(func() { s.RowGram() })
		callers.Go(func() {
			groups, principal := s.Groups(), s.Principal(2)
			if s.Groups() != groups || s.Principal(2) != principal {
				t.Error("computed twice")
			}
		})
	}
	callers.Wait()
}

func TestSubset(t *testing.T) {
	s, err := New(Data{
		Features:   Dense(mat.NewDense(4, 1, []float64{1, 2, 3, 4})),
		Labels:     Classes([]string{"a", "b", "c", "a"}),
		Embeddings: Dense(mat.NewDense(3, 1, []float64{10, 20, 30})),
	})
	if err != nil {
		t.Fatal(err)
	}
	sub, err := s.Subset([]int{3, 2})
	if err != nil {
		t.Fatal(err)
	}
	if x := Matrix(sub.Features).RawMatrix().Data; !slices.Equal(x, []float64{4, 3}) {
		t.Errorf("features %v, want those of samples 3 and 2", x)
	}
	if !slices.Equal(sub.Labels.Names, []string{"a", "c"}) || !slices.Equal(sub.Labels.Index, []int{0, 1}) {
		t.Errorf("classes %v of %v, want a and c", sub.Labels.Index, sub.Labels.Names)
	}
	if e := Matrix(sub.Embeddings).RawMatrix().Data; !slices.Equal(e, []float64{10, 30}) {
		t.Errorf("embeddings %v, want those of a and c", e)
	}
	if _, err := s.Subset([]int{0, 3}); err == nil {
		t.Error("made a Set of one class")
	}
}

func TestSourceProbabilities(t *testing.T) {
	for _, test := range []struct {
		name      string
		out, want []float64 // 2×2
	}{
		{"logits", []float64{0, math.Log(3), 1000, 1000}, []float64{0.25, 0.75, 0.5, 0.5}},
		{"probabilities", []float64{0.25, 0.75, 0.9995, 0}, []float64{0.25, 0.75, 0.9995, 0}},
		{"one row sums to 1", []float64{0.25, 0.75, 2, 2}, []float64{1 / (1 + math.Exp(0.5)), 1 / (1 + math.Exp(-0.5)), 0.5, 0.5}},
		{"a negative number", []float64{0.25, 0.75, -1, 2}, []float64{1 / (1 + math.Exp(0.5)), 1 / (1 + math.Exp(-0.5)), 1 / (1 + math.Exp(3)), 1 / (1 + math.Exp(-3))}},
	} {
		s, err := New(Data{Features: Dense(mat.NewDense(2, 1, []float64{1, 2})), Labels: Classes([]int64{0, 1}), Outputs: Dense(mat.NewDense(2, 2, test.out))})
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.SourceProbabilities()
		if err != nil {
			t.Fatal(err)
		}
		near(t, test.name, got, mat.NewDense(2, 2, test.want))
	}
}

func TestRegressionNeedsNoClasses(t *testing.T) {
	s := randomSet(t, 60, 7, 3)
	regression, err := New(Data{Features: s.Features, Labels: &Labels{Targets: mat.NewDense(60, 1, nil)}})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "Total", regression.Total(), s.Total())
	near(t, "Gram", regression.OwnGram(), s.OwnGram())
}

func TestPanicReachesEveryCaller(t *testing.T) {
	s := randomSet(t, 60, 7, 3)
	s.Features = broken{s.Features}
	for range 3 {
		func() {
			defer func() {
				if r := recover(); r != "disk gone" {
					t.Errorf("recovered %v, want the reader's panic", r)
				}
			}()
			s.Groups()
		}()
	}
}

type broken struct{ Rows }

func (broken) Read([]float64, int, int) { panic("disk gone") }

// Rows that are equal are at distance 0, and near ones at theirs, however far all are
// from the mean.
func TestPairDistancesOfNearRows(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	const n, d = 300, 90
	x := mat.NewDense(n, d, nil)
	x.Apply(func(_, _ int, _ float64) float64 { return 1 + random.NormFloat64() }, x)
	for k := range 10 {
		x.SetRow(290+k, x.RawRowView(20*k))
		x.SetRow(5+20*k, x.RawRowView(280+k))
		x.Set(5+20*k, 3, x.At(5+20*k, 3)+1e-9)
	}
	PairDistances(Dense(x), func(lo int, distances *mat.Dense) {
		size, width := distances.Dims()
		for i := range size {
			for j := range width {
				var want float64
				for k, v := range x.RawRowView(lo + i) {
					want += (v - x.At(lo+j, k)) * (v - x.At(lo+j, k))
				}
				if got := distances.At(i, j); math.Abs(got-want) > 1e-9*want {
					t.Errorf("rows %d and %d are at squared distance %v, want %v", lo+i, lo+j, got, want)
				}
			}
		}
	})
}

func BenchmarkRowGram(b *testing.B) {
	s := randomSet(b, 1000, 2048, 100)
	for b.Loop() {
		RowGram(s.Features)
	}
}

// TestWithinTrace compares the trace of the scatter within classes with the sum of centred
// samples: where it is a difference, in a Subset, and where the difference would lose its digits.
func TestWithinTrace(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for _, offset := range []float64{0, 1, 1e8} {
		x := mat.NewDense(300, 9, nil)
		x.Apply(func(i, j int, _ float64) float64 { return offset + float64(i%3) + random.NormFloat64() }, x)
		labels := make([]int64, 300)
		var some []int
		for i := range labels {
			labels[i] = int64(i % 3)
			if i%5 > 0 {
				some = append(some, i)
			}
		}
		s, err := New(Data{Features: Dense(x), Labels: Classes(labels)})
		if err != nil {
			t.Fatal(err)
		}
		subset, err := s.Subset(some)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []*Set{s, subset} {
			want := floats.Sum(SquaredLengths(Centred(s.Features, s.Labels.Index, s.Classes().Means)))
			if got := s.WithinTrace(); math.Abs(got-want) > 1e-13*want {
				t.Errorf("offset %g, %d samples: %v, want %v", offset, s.N(), got, want)
			}
		}
	}
}
