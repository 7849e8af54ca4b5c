package results

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"gonum.org/v1/gonum/floats"
	"pgregory.net/rapid"

	"sfdalab/internal/par"
)

func TestBootstrapIsSciPys(t *testing.T) {
	golden := readJSON[struct {
		Origin string
		Cases  []struct {
			Measure       string
			X, Y          []float64
			Level, Lo, Hi float64
			Counts        [][]int
			Values        []float64
		}
	}](t, "testdata/bootstrap.json")
	for _, c := range golden.Cases {
		m, err := MeasureByName(c.Measure)
		if err != nil {
			t.Fatal(err)
		}
		at := m.counted(c.X, c.Y)
		drawn := octetsOf(c.Counts)
		for b, want := range c.Values {
			if got := at(drawn.octets[b/lanes])[b%lanes]; !near(got, want, 1e-12) {
				t.Errorf("%s of %d, resample %d: %v, want %v (%s)", c.Measure, len(c.X), b, got, want, golden.Origin)
			}
		}
		got, err := bootstrap(m, c.X, c.Y, Resampling{Level: c.Level}, drawn)
		if err != nil || !near(got.Lo, c.Lo, 1e-9) || !near(got.Hi, c.Hi, 1e-9) {
			t.Errorf("%s of %d at %v: %v, want [%v, %v] (%s)", c.Measure, len(c.X), c.Level, got, c.Lo, c.Hi, golden.Origin)
		}
	}
}

// octetsOf packs resamples.
func octetsOf(counts [][]int) resamples {
	drawn := resamples{count: len(counts)}
	for b, of := range counts {
		if b%lanes == 0 {
			drawn.octets = append(drawn.octets, make(octet, len(of)))
		}
		for i, k := range of {
			for range k {
				drawn.octets[b/lanes].add(i, b%lanes)
			}
		}
	}
	return drawn
}

// TestCountedIsTheMeasureOfTheResample holds what counts resamples to the measure of each, written
// out, with ties and without.
func TestCountedIsTheMeasureOfTheResample(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.OneOf(rapid.IntRange(2, 40), rapid.IntRange(129, 150)).Draw(t, "n")
		values := rapid.SliceOfN(rapid.IntRange(0, rapid.SampledFrom([]int{3, 12, 1000}).Draw(t, "levels")), n, n)
		x, y := asFloats(values.Draw(t, "x")), asFloats(values.Draw(t, "y"))
		counts := make([][]int, lanes)
		rx, ry := make([][]float64, lanes), make([][]float64, lanes)
		for l := range counts {
			counts[l] = make([]int, n)
			drawn := rapid.SliceOfN(rapid.IntRange(0, n-1), 2, n).Draw(t, "drawn")
			slices.Sort(drawn)
			for _, i := range drawn {
				counts[l][i]++
				rx[l], ry[l] = append(rx[l], x[i]), append(ry[l], y[i])
			}
		}
		for _, m := range Measures() {
			within := map[string]float64{"tauw": 1e-12, "tau": 1e-12, "fidelity": 1e-12}[m.Name] // else to the bit
			for l, got := range m.counted(x, y)(octetsOf(counts).octets[0]) {
				want := m.Func(rx[l], ry[l])
				if m.Name == "fidelity" {
					want = fidelityOfPairs(x, y, counts[l])
				}
				if !near(got, want, within) {
					t.Fatalf("%s: %v, want %v", m.Name, got, want)
				}
			}
		}
	})
}

// fidelityOfPairs is Fidelity of a resample pair by pair, of which two copies of a model are none.
func fidelityOfPairs(score, accuracy []float64, counts []int) float64 {
	var x, y, weights []float64
	for i := range score {
		for j := range i {
			if counts[i]*counts[j] > 0 {
				x, y = append(x, math.Abs(score[i]-score[j])), append(y, math.Abs(accuracy[i]-accuracy[j]))
				weights = append(weights, float64(counts[i]*counts[j]))
			}
		}
	}
	if len(x) == 0 {
		return math.NaN()
	}
	return correlation(x, y, weights)
}

// TestResamplesAllocateNothing makes sure that resamples are counted, and not written out and
// sorted, each by itself: large runs have millions of them.
func TestResamplesAllocateNothing(t *testing.T) {
	const n = 300
	x, y := make([]float64, n), make([]float64, n)
	for i := range n {
		x[i], y[i] = float64(i*i%101), float64(i*i*i%103)
	}
	drawn := draw(n, Resampling{Resamples: lanes}).octets[0]
	for _, m := range Measures() {
		at := m.counted(x, y)
		for range 3 { // what it keeps grows to its size
			at(drawn)
		}
		if count := testing.AllocsPerRun(10, func() { at(drawn) }); count > 0 {
			t.Errorf("%s allocates %v times", m.Name, count)
		}
	}
}

func TestBootstrapDependsOnNothingButTheSeed(t *testing.T) {
	defer par.SetLimit(par.Limit())
	scores, err := LoadScores("model-spider")
	if err != nil {
		t.Fatal(err)
	}
	truth, err := LoadTruth("supervised")
	if err != nil {
		t.Fatal(err)
	}
	correlate := func(workers int, seed uint64) string {
		par.SetLimit(workers)
		rows, err := Correlate(scores, truth, nil, Resampling{Resamples: 200, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		return Frame(rows).String()
	}
	if one, two := correlate(1, 5), correlate(2, 5); one != two {
		t.Errorf("intervals depend on the number of workers:\n%s\n%s", one, two)
	}
	if five, six := correlate(2, 5), correlate(2, 6); five == six {
		t.Error("intervals do not depend on the seed")
	}
}

func TestNoIntervalThatMisleads(t *testing.T) {
	up := []float64{1, 2, 3, 4, 5, 6}
	for _, c := range []struct {
		name            string
		score, accuracy []float64
		want            string
	}{
		{"four models", []float64{1, 2, 3, 4}, []float64{1, 3, 2, 4}, "it needs 5 models, of which there are 4"},
		{"perfect order", up, up, "all resamples agree"},
		{"constant", up, make([]float64, 6), "no value"},
		{"one differs", up, []float64{0, 0, 0, 0, 0, 1}, "without one of the models there is no value"},
	} {
		got, err := Bootstrap(Measures()[0], c.score, c.accuracy, Resampling{Resamples: 500})
		if got.Exists() || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v, want %q", c.name, got, err, c.want)
		}
	}
}

var simulations = flag.Int("simulations", 0, "simulations of each case of TestCoverage; a few of two cases when 0")

// TestCoverage simulates how often intervals at 95 % hold what they are of: the τ-b, and
// the mean weighted τ, of normal scores and accuracies that correlate; and the mean of
// such weighted τ on several datasets. The comments of Bootstrap and BootstrapMean tell
// what comes out of
//
//	go test ./results -run TestCoverage -v -simulations 1000
func TestCoverage(t *testing.T) {
	trials, counts, rhos, datasets := *simulations, []int{5, 6, 8, 11, 33}, []float64{0, 0.5, 0.8}, []int{5, 8, 11, 30}
	if trials == 0 {
		trials, counts, rhos, datasets = 300, []int{11}, []float64{0.5}, []int{30}
	}
	binormal := func(rng *rand.Rand, n int, rho float64) (x, y []float64) {
		for range n {
			v := rng.NormFloat64()
			x, y = append(x, v), append(y, rho*v+math.Sqrt(1-rho*rho)*rng.NormFloat64())
		}
		return x, y
	}
	r := Resampling{Resamples: 2000}
	check := func(name string, want func() float64, interval func(*rand.Rand) (Interval, error)) {
		t.Run(name, func(t *testing.T) { cover(t, trials, want(), interval) })
	}
	tauw, tau := Measures()[0], Measures()[1]
	meanOf := func(n int, rho float64) func() float64 {
		return func() float64 {
			const samples = 100_000
			sums := make([]float64, 100)
			par.For(len(sums), func(k int) {
				rng := rand.New(rand.NewPCG(2, uint64(k)))
				for range samples / len(sums) {
					sums[k] += WeightedTau(binormal(rng, n, rho)) / samples
				}
			})
			return floats.Sum(sums)
		}
	}
	for _, n := range counts {
		for _, rho := range rhos {
			check(fmt.Sprintf("τ-b, %d models, ρ %g", n, rho), func() float64 { return 2 / math.Pi * math.Asin(rho) }, func(rng *rand.Rand) (Interval, error) {
				x, y := binormal(rng, n, rho)
				return Bootstrap(tau, x, y, r)
			})
			check(fmt.Sprintf("weighted τ, %d models, ρ %g", n, rho), meanOf(n, rho), func(rng *rand.Rand) (Interval, error) {
				x, y := binormal(rng, n, rho)
				return Bootstrap(tauw, x, y, r)
			})
		}
	}
	pairs, _ := MeasureByName("pairs@0") // built in
	shares := []float64{0.5, 0.9}
	for _, n := range counts {
		for _, rho := range rhos {
			check(fmt.Sprintf("pairwise accuracy, %d models, ρ %g", n, rho), func() float64 { return 0.5 + math.Asin(rho)/math.Pi }, func(rng *rand.Rand) (Interval, error) {
				x, y := binormal(rng, n, rho)
				return Bootstrap(pairs, x, y, r)
			})
		}
	}
	for _, n := range datasets {
		for _, share := range shares {
			check(fmt.Sprintf("share of %d datasets, %g", n, share), func() float64 { return share }, func(rng *rand.Rand) (Interval, error) {
				values := make([]float64, n)
				for i := range values {
					if rng.Float64() < share {
						values[i] = 1
					}
				}
				return ShareInterval(values, 0.95)
			})
		}
	}
	for _, n := range datasets {
		for _, rho := range rhos {
			check(fmt.Sprintf("gain of ρ %g over none in mean weighted τ, %d datasets", rho, n), meanOf(11, rho), func(rng *rand.Rand) (Interval, error) {
				gains := make([]float64, n)
				for i := range gains {
					x, y := binormal(rng, 11, rho)
					gains[i] = WeightedTau(x, y)
					for k := range x {
						x[k] = rng.NormFloat64()
					}
					gains[i] -= WeightedTau(x, y)
				}
				return BootstrapMean(gains, r)
			})
		}
	}
	for _, n := range datasets {
		for _, rho := range rhos {
			check(fmt.Sprintf("mean weighted τ, %d datasets, ρ %g", n, rho), meanOf(11, rho), func(rng *rand.Rand) (Interval, error) {
				values := make([]float64, n)
				for i := range values {
					values[i] = WeightedTau(binormal(rng, 11, rho))
				}
				return BootstrapMean(values, r)
			})
		}
	}
}

// cover counts how many intervals at 95 % hold what they should.
func cover(t *testing.T, trials int, want float64, interval func(*rand.Rand) (Interval, error)) {
	var covered, none atomic.Int32
	par.For(trials, func(k int) {
		switch in, err := interval(rand.New(rand.NewPCG(1, uint64(k)))); {
		case err != nil:
			none.Add(1)
		case in.Lo <= want && want <= in.Hi:
			covered.Add(1)
		}
	})
	share := float64(covered.Load()) / float64(trials-int(none.Load()))
	t.Logf("%.3f is in %.1f %% of intervals; there is none in %.1f %%", want, 100*share, 100*float64(none.Load())/float64(trials))
	if *simulations == 0 && share < 0.93 {
		t.Errorf("%v is in %v of the intervals at 95 %%", want, share)
	}
}

func TestJackknifeLeavesOneOut(t *testing.T) {
	x := []float64{3, 1, 4, 1, 5, 9}
	y := []float64{2, 7, 1, 8, 2, 8}
	for _, m := range Measures() {
		for i, got := range Jackknife(m, x, y) {
			want := m.Func(slices.Delete(slices.Clone(x), i, i+1), slices.Delete(slices.Clone(y), i, i+1))
			if !near(got, want, 1e-12) {
				t.Errorf("%s without %d: %v, want %v", m.Name, i, got, want)
			}
		}
	}
}

// BenchmarkBootstrap is 10,000 resamples of 33 models × 30 metrics × 11 datasets.
func BenchmarkBootstrap(b *testing.B) {
	const models, cells = 33, 30 * 11
	rng := rand.New(rand.NewPCG(1, 1))
	x, y := make([][]float64, cells), make([][]float64, cells)
	for c := range x {
		for range models {
			x[c], y[c] = append(x[c], rng.NormFloat64()), append(y[c], rng.NormFloat64())
		}
	}
	tauw := Measures()[0]
	for b.Loop() {
		drawn := draw(models, Resampling{})
		par.For(cells, func(c int) { bootstrap(tauw, x[c], y[c], Resampling{}, drawn) })
	}
}
