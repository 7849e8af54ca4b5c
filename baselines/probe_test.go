package baselines

import (
	"path/filepath"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
)

func TestProbesGolden(t *testing.T) {
	testGolden(t, NCM{}, "ncm")
	testGolden(t, LDACV{}, "lda-cv")
	testGolden(t, Logistic{}, "logistic")
	testGolden(t, LinearSVM{}, "linear-svm")
}

// probeData is a small set with scikit-learn's results.
type probeData struct {
	Features      [][]float64
	Labels, Folds []int
	Accuracy      map[string]float64 // percent, on these folds
	Objective     map[string]float64 // its minimum over all samples
}

func readProbeData(t *testing.T) (data probeData, set *features.Set) {
	t.Helper()
	if err := readJSON(filepath.Join("testdata", "probes.json"), &data); err != nil {
		t.Fatal(err)
	}
	x := mat.NewDense(len(data.Features), len(data.Features[0]), nil)
	labels := make([]int64, len(data.Labels))
	for i, row := range data.Features {
		x.SetRow(i, row)
		labels[i] = int64(data.Labels[i])
	}
	set, err := features.New(features.Data{Features: features.Dense(x), Labels: features.Classes(labels)})
	if err != nil {
		t.Fatal(err)
	}
	return data, set
}

func TestProbesOnGivenFolds(t *testing.T) {
	data, s := readProbeData(t)
	for name, train := range map[string]trainer{
		"ncm":        nearestMean,
		"lda-cv":     LDACV{}.train,
		"logistic":   Logistic{C: 1}.train,
		"linear-svm": LinearSVM{C: 1}.train,
	} {
		var right int
		for f := range 4 {
			k, _, err := classifyFold(t.Context(), s, s.Folds(data.Folds, 4), f, train)
			if err != nil {
				t.Fatal(err)
			}
			right += k
		}
		if got := 100 * float64(right) / float64(s.N()); got != data.Accuracy[name] {
			t.Errorf("%s: accuracy %v, want %v", name, got, data.Accuracy[name])
		}
	}
}

// The minimum of the objective is compared with what scikit-learn finds.
func TestLinearReachesMinimum(t *testing.T) {
	data, s := readProbeData(t)
	for name, loss := range map[string]linearLoss{
		"logistic":   logisticLoss(1),
		"linear-svm": svmLoss(1),
	} {
		fit, err := fitLinear(t.Context(), features.Matrix(s.Features), s.Labels.Index, s.C(), loss, probeTolerance)
		if err != nil {
			t.Fatal(err)
		}
		if deviation := relative(fit.value, data.Objective[name]); deviation > 1e-9 {
			t.Errorf("%s: minimum %.15g, want %.15g (off by %.1e of it)", name, fit.value, data.Objective[name], deviation)
		}
	}
}

func TestDealFolds(t *testing.T) {
	labels := &features.Labels{Index: []int{1, 0, 0, 2, 1, 0, 0, 0, 2, 1, 1, 0}, Names: []string{"a", "b", "c"}}
	renamed := &features.Labels{Index: make([]int, labels.N()), Names: []string{"b", "c", "a"}}
	for n, c := range labels.Index {
		renamed.Index[n] = (c + 2) % 3
	}
	const count = 3
	fold := dealFolds(labels, count, 1)
	if other := dealFolds(renamed, count, 1); !slices.Equal(fold, other) {
		t.Errorf("folds %v, and %v after renaming classes", fold, other)
	}
	if slices.Equal(fold, dealFolds(labels, count, 2)) {
		t.Error("the seed changes nothing")
	}
	for c, size := range labels.Counts() {
		var dealt [count]int
		for n, f := range fold {
			if labels.Index[n] == c {
				dealt[f]++
			}
		}
		if least, most := slices.Min(dealt[:]), slices.Max(dealt[:]); most-least > 1 {
			t.Errorf("folds have %v of the %d samples of class %d", dealt, size, c)
		}
	}
}
