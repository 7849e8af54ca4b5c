package results

import (
	"math"
	"strconv"
	"testing"
)

// pairCases holds values of SciPy, NumPy and statsmodels; testdata/pairs.py wrote them.
type pairCases struct {
	Origin string
	Cases  []struct {
		Score, Accuracy     []float64
		Fidelity, Unordered float64
		Pairs               map[string]float64
	}
	Shares []struct {
		Right, N      int
		Level, Lo, Hi float64
	}
}

func TestMeasuresOfPairs(t *testing.T) {
	golden := readJSON[pairCases](t, "testdata/pairs.json")
	for _, c := range golden.Cases {
		if got := Fidelity(c.Score, c.Accuracy); !near(got, c.Fidelity, 1e-12) {
			t.Errorf("fidelity of %d: %v, want %v (%s)", len(c.Score), got, c.Fidelity, golden.Origin)
		}
		if got := Unordered(c.Accuracy, 0.7); !near(got, c.Unordered, 1e-12) {
			t.Errorf("%v of %d pairs are not ordered, want %v (%s)", got, len(c.Score), c.Unordered, golden.Origin)
		}
		for points, want := range c.Pairs {
			m, err := MeasureByName("pairs@" + points)
			if err != nil {
				t.Fatal(err)
			}
			if got := m.Func(c.Score, c.Accuracy); !near(got, want, 1e-12) {
				t.Errorf("%s of %d: %v, want %v (%s)", m.Name, len(c.Score), got, want, golden.Origin)
			}
		}
	}
	for _, c := range golden.Shares {
		values := make([]float64, c.N)
		for i := range c.Right {
			values[i] = 1
		}
		got, err := ShareInterval(values, c.Level)
		if err != nil || !near(got.Lo, c.Lo, 1e-12) || !near(got.Hi, c.Hi, 1e-12) {
			t.Errorf("%d of %d: %v, %v, want %v to %v (%s)", c.Right, c.N, got, err, c.Lo, c.Hi, golden.Origin)
		}
	}
	if _, err := ShareInterval([]float64{1, 1, 0, 1}, 0.95); err == nil {
		t.Error("four values have an interval")
	}
}

func TestMeasuresOfPairsWithNothingToSay(t *testing.T) {
	for _, c := range []struct {
		name            string
		score, accuracy []float64
		fidelity, pairs float64
	}{
		{"two models lie as far apart as they do", []float64{1, 2}, []float64{70, 80}, math.NaN(), 1},
		{"no pair is beyond a point", []float64{1, 2, 4}, []float64{70, 70.5, 71}, math.Sqrt(3) / 2, math.NaN()},
		{"equal scores", []float64{1, 1, 1}, []float64{70, 80, 90}, math.NaN(), 0.5},
		{"one model", []float64{1}, []float64{70}, math.NaN(), math.NaN()},
		{"NaN", []float64{1, math.NaN(), 2}, []float64{70, 80, 90}, math.NaN(), math.NaN()},
	} {
		if got := Fidelity(c.score, c.accuracy); !near(got, c.fidelity, 1e-12) {
			t.Errorf("%s: fidelity %v, want %v", c.name, got, c.fidelity)
		}
		if got := PairAccuracy(1, c.score, c.accuracy); !near(got, c.pairs, 1e-12) {
			t.Errorf("%s: pairwise accuracy %v, want %v", c.name, got, c.pairs)
		}
	}
	for _, name := range []string{"pairs@", "pairs@-1", "pairs@x", "pairs@inf"} {
		if _, err := MeasureByName(name); err == nil {
			t.Errorf("%s is a measure", name)
		}
	}
}

// TestCopiesAreNoPair makes sure that a resample is not the better for holding a model twice.
func TestCopiesAreNoPair(t *testing.T) {
	score, accuracy := []float64{1, 5, 2, 4}, []float64{70, 80, 90, 60}
	for name, of := range map[string]func(octet) [lanes]float64{"fidelity": countedFidelity(score, accuracy), "pairs": countedPairAccuracy(1, score, accuracy)} {
		got := of(octetsOf([][]int{{2, 2, 2, 2}, {1, 1, 1, 1}, {4, 0, 0, 0}}).octets[0])
		if !near(got[0], got[1], 1e-12) {
			t.Errorf("%s of each model twice is %v, of each once %v", name, got[0], got[1])
		}
		if !math.IsNaN(got[2]) {
			t.Errorf("%s of one model is %v", name, got[2])
		}
	}
}

// TestCopiesOfManyModelsAreNoPair holds resamples of as many models as are found in large hubs to
// the same.
func TestCopiesOfManyModelsAreNoPair(t *testing.T) {
	const n = 200
	score, accuracy, twice := make([]float64, n), make([]float64, n), make(octet, n)
	for i := range n {
		score[i], accuracy[i], twice[i] = float64(i*i%101), float64(i*i*i%103), 2
	}
	for _, m := range Measures() {
		if m.Name != "fidelity" && m.Name != "pairs@1" {
			continue
		}
		if got, want := m.counted(score, accuracy)(twice)[0], m.Func(score, accuracy); !near(got, want, 1e-12) {
			t.Errorf("%s of each model twice is %v, of each once %v", m.Name, got, want)
		}
	}
}

// TestFidelityOfManyModels is of more models than whose pairs fit into memory, one by one.
func TestFidelityOfManyModels(t *testing.T) {
	const n = 30_000
	score, accuracy := make([]float64, n), make([]float64, n)
	for i := range n {
		score[i], accuracy[i] = float64(i*7919%n), float64(i*7919%n)
	}
	if got := Fidelity(score, accuracy); got != 1 {
		t.Errorf("fidelity of scores that are the accuracies is %v", got)
	}
	for i := range n {
		accuracy[i] = 1e9 - accuracy[i]
	}
	if got := Fidelity(score, accuracy); !near(got, 1, 1e-9) {
		t.Errorf("fidelity of an inverse order is %v", got)
	}
}

func TestTitlesOfFamilies(t *testing.T) {
	for name, want := range map[string]string{"hit@" + strconv.Itoa(5): "P(best in top 5)", "regret@2": "regret@2 in points", "pairs@0.5": "pairwise accuracy beyond 0.5 points"} {
		if m, err := MeasureByName(name); err != nil || m.Title != want {
			t.Errorf("%s: %q, %v", name, m.Title, err)
		}
	}
}
