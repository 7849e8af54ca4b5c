package features

import (
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestFolds compares the class means of what each fold leaves with those of a Set of the
// same samples, where folds share them and where they do not.
func TestFolds(t *testing.T) {
	for _, c := range []struct{ n, folds, classes int }{{200, 5, 6}, {30, 30, 4}, {60, 2, 30}} {
		random := rand.New(rand.NewPCG(1, 2))
		x := mat.NewDense(c.n, 7, nil)
		x.Apply(func(i, j int, _ float64) float64 { return 10 + random.NormFloat64() }, x)
		fold, class := make([]int, c.n), make([]int64, c.n)
		for i := range c.n {
			fold[i], class[i] = i%c.folds, int64(random.IntN(c.classes))
		}
		class[0], fold[0] = int64(c.classes), 1 // the only sample of its class
		s, err := New(Data{Features: Dense(x), Labels: Classes(class)})
		if err != nil {
			t.Fatal(err)
		}
		folds := s.Folds(fold, c.folds)
		for k := range c.folds {
			rest, err := folds.Without(k)
			if err != nil {
				t.Fatal(err)
			}
			counts, means := GroupMeans(rest.Features, rest.Labels.Index, rest.C())
			if got := rest.Classes(); !slices.Equal(got.Counts, counts) || !mat.EqualApprox(got.Means, means, 1e-14*10) {
				t.Errorf("%+v without fold %d: counts %v, want %v; means\n%v\nwant\n%v", c, k, got.Counts, counts, mat.Formatted(got.Means), mat.Formatted(means))
			}
			if n := len(folds.Held(k)) + rest.N(); n != c.n {
				t.Errorf("%+v: fold %d and the rest have %d samples", c, k, n)
			}
		}
	}
}

// TestConstantInSubset wants of a Subset what a Set of its samples finds.
func TestConstantInSubset(t *testing.T) {
	x := mat.NewDense(2000, 40, nil)
	x.Apply(func(i, j int, _ float64) float64 {
		switch {
		case j%4 == 0:
			return 3 // in all samples
		case j%4 == 1 && i%2 == 0:
			return 5 // in every other one
		}
		return float64(i * j)
	}, x)
	labels := make([]int64, 2000)
	var even []int
	for i := range labels {
		labels[i] = int64(i / 2 % 3)
		if i%2 == 0 {
			even = append(even, i)
		}
	}
	s, err := New(Data{Features: Dense(x), Labels: Classes(labels)})
	if err != nil {
		t.Fatal(err)
	}
	subset, err := s.Subset(even)
	if err != nil {
		t.Fatal(err)
	}
	alone, err := New(Data{Features: Select(Dense(x), even), Labels: subset.Labels})
	if err != nil {
		t.Fatal(err)
	}
	if len(alone.constant) != 20 || !slices.Equal(subset.constant, alone.constant) {
		t.Errorf("constant columns %v, want %v", subset.constant, alone.constant)
	}
}
