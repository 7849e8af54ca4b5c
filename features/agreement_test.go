package features

import (
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// aroundMeans returns features around a mean for each class, and the labels; where the
// order is not kept, labels are of other samples.
func aroundMeans(t *testing.T, n, d, c int, spread float64, kept bool) *Set {
	t.Helper()
	random := rand.New(rand.NewPCG(3, 4))
	labels := make([]int64, n)
	for i := range labels {
		labels[i] = int64(i % c)
	}
	means := mat.NewDense(c, d, nil)
	means.Apply(func(_, _ int, _ float64) float64 { return spread * random.NormFloat64() }, means)
	x := mat.NewDense(n, d, nil)
	x.Apply(func(i, j int, _ float64) float64 { return means.At(int(labels[i]), j) + random.NormFloat64() }, x)
	if !kept {
		random.Shuffle(n, func(i, j int) { labels[i], labels[j] = labels[j], labels[i] })
	}
	s, err := New(Data{Features: Dense(x), Labels: Classes(labels)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDoubtsOfTheOrder(t *testing.T) {
	for _, c := range []struct {
		name    string
		set     *Set
		doubted bool
	}{
		{"in order", aroundMeans(t, 200, 8, 4, 1, true), false},
		{"shuffled", aroundMeans(t, 200, 8, 4, 1, false), true},
		{"many classes", aroundMeans(t, 3000, 8, 600, 1, true), false},
		{"many classes, shuffled", aroundMeans(t, 3000, 8, 600, 1, false), true},
		{"large classes", aroundMeans(t, 5000, 4, 2, 1, true), false},
	} {
		doubts := c.set.Doubts()
		if doubted := len(doubts) > 0 && strings.Contains(doubts[0].Error(), "are the samples in the order of the labels?"); doubted != c.doubted {
			t.Errorf("%s: doubts %v", c.name, doubts)
		}
		if a := c.set.Agreement(); a.Samples > agreementSamples || a.Share < 0 || a.Share > 1 || !(a.P > 0 && a.P <= 1) {
			t.Errorf("%s: %+v", c.name, a)
		}
	}
}

// TestAgreementIsExact holds the test to its level: of sets without any relation, no more
// than a twentieth have p ≤ 0.05, but for the scatter of as many draws.
func TestAgreementIsExact(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	const sets = 200
	found := 0
	for range sets {
		x := mat.NewDense(30, 3, nil)
		x.Apply(func(_, _ int, _ float64) float64 { return random.NormFloat64() }, x)
		labels := make([]int64, 30)
		for i := range labels {
			labels[i] = random.Int64N(3)
		}
		s, err := New(Data{Features: Dense(x), Labels: Classes(labels)})
		if err != nil {
			t.Fatal(err)
		}
		if s.Agreement().P <= 0.05 {
			found++
		}
	}
	if found > 20 { // 10 are expected at most; 20 are exceeded once in 1000 times
		t.Errorf("%d of %d sets have p ≤ 0.05", found, sets)
	}
}

func TestDoubtsOfOutputs(t *testing.T) {
	s := aroundMeans(t, 60, 8, 3, 2, true)
	data := s.Data
	data.Outputs = data.Features
	same, err := New(data)
	if err != nil {
		t.Fatal(err)
	}
	if doubts := same.Doubts(); len(doubts) != 1 || !strings.Contains(doubts[0].Error(), "as many columns as the source outputs") {
		t.Errorf("doubts %v", doubts)
	}
	if doubts := aroundMeans(t, 60, 1000, 3, 2, true).Doubts(); len(doubts) != 1 || !strings.Contains(doubts[0].Error(), "1000 columns") {
		t.Errorf("doubts %v", doubts)
	}
}
