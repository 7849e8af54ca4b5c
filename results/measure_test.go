package results

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// correlationCases holds SciPy's values; testdata/correlations.py wrote them.
type correlationCases struct {
	Origin string
	Cases  []struct {
		Name                                   string
		X, Y                                   []float64
		Tauw, Tau, Spearman, Pearson, Wpearson float64
		Ranked                                 []struct {
			Name string
			Rank []int
			Tau  float64
		}
	}
}

func readJSON[T any](t testing.TB, file string) (v T) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(file, err)
	}
	return v
}

func near(got, want, tolerance float64) bool {
	return math.Abs(got-want) <= tolerance || math.IsNaN(got) && math.IsNaN(want)
}

func TestCorrelationsAreSciPys(t *testing.T) {
	golden := readJSON[correlationCases](t, "testdata/correlations.json")
	for _, c := range golden.Cases {
		for _, m := range []struct {
			name      string
			got, want float64
		}{
			{"tauw", WeightedTau(c.X, c.Y), c.Tauw},
			{"tau", TauB(c.X, c.Y), c.Tau},
			{"spearman", Spearman(c.X, c.Y), c.Spearman},
			{"pearson", Pearson(c.X, c.Y), c.Pearson},
			{"wpearson", WeightedPearson(c.X, c.Y), c.Wpearson},
		} {
			if !near(m.got, m.want, 1e-12) {
				t.Errorf("%s, %s: %v, want %v (%s)", c.Name, m.name, m.got, m.want, golden.Origin)
			}
		}
		for _, r := range c.Ranked {
			if got := WeightedTauRanked(c.X, c.Y, r.Rank); !near(got, r.Tau, 1e-12) {
				t.Errorf("%s, tau ranked %s: %v, want %v (%s)", c.Name, r.Name, got, r.Tau, golden.Origin)
			}
		}
	}
}

// TestWeightedTauIsItsDefinition holds the n log n algorithm to Vigna's double sum.
func TestWeightedTauIsItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 30).Draw(t, "n")
		levels := rapid.SliceOfN(rapid.IntRange(0, 9), n, n)
		x, y := asFloats(levels.Draw(t, "x")), asFloats(levels.Draw(t, "y"))
		rank := rapid.SliceOfN(rapid.IntRange(0, 40), n, n).Draw(t, "rank")

		var xy, xx, yy float64
		for i := range n {
			for j := range i {
				w := 1/float64(1+rank[i]) + 1/float64(1+rank[j])
				sx, sy := sign(x[i]-x[j]), sign(y[i]-y[j])
				xy, xx, yy = xy+w*sx*sy, xx+w*sx*sx, yy+w*sy*sy
			}
		}
		if got, want := WeightedTauRanked(x, y, rank), xy/math.Sqrt(xx*yy); !near(got, want, 1e-12) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

func asFloats(ints []int) []float64 {
	out := make([]float64, len(ints))
	for i, v := range ints {
		out[i] = float64(v)
	}
	return out
}

// A scale changes no correlation, down to the smallest numbers and up to the largest.
func TestCorrelationsOfExtremeScales(t *testing.T) {
	x, y := []float64{1, 3, 2, 5, 4}, []float64{70, 75, 71, 74, 73}
	for _, scale := range []float64{0x1p-1060, 0x1p-700, 0x1p515, 0x1p1020} {
		scaled := make([]float64, len(x))
		for i, v := range x {
			scaled[i] = v * scale
		}
		for _, m := range []struct {
			name string
			of   func(x, y []float64) float64
		}{{"pearson", Pearson}, {"weighted pearson", WeightedPearson}, {"spearman", Spearman}} {
			if got, want := m.of(scaled, y), m.of(x, y); got != want {
				t.Errorf("%s of scores near %g: %v, want %v", m.name, scale, got, want)
			}
		}
	}
}

// TestMeasuresKeepTheirPromises checks what the comments say of every measure: the
// order of models does not matter, nor does a rising change of the accuracies'
// scale to those that only rank.
func TestMeasuresKeepTheirPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(5, 30).Draw(t, "n")
		levels := rapid.SliceOfN(rapid.IntRange(1, 12), n, n)
		x, y := asFloats(levels.Draw(t, "x")), asFloats(levels.Draw(t, "y"))
		order := rapid.Permutation(intsTo(n)).Draw(t, "order")
		px, py := make([]float64, n), make([]float64, n)
		for i, o := range order {
			px[i], py[i] = x[o], y[o]
		}
		for _, m := range Measures() {
			got, want := m.Of(px, py), m.Of(x, y)
			if !near(got.Value, want.Value, 1e-12) {
				t.Errorf("%s: %v after permutation, %v before", m.Name, got.Value, want.Value)
			}
			if math.IsNaN(want.Value) && len(want.Warnings) == 0 {
				t.Errorf("%s: NaN without a warning", m.Name)
			}
		}
	})
}

func intsTo(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

func TestAtK(t *testing.T) {
	score := []float64{9, 8, 8, 8, 1}
	accuracy := []float64{50, 80, 60, 70, 100}
	for _, c := range []struct {
		name string
		want float64
	}{
		{"rel@1", 0.5},
		{"rel@2", (0.8 + 0.6 + 0.7) / 3}, // one of the tied three
		{"rel@3", (0.8 + 0.8 + 0.7) / 3}, // two of them: best is 80, 80 or 70
		{"rel@4", 0.8},
		{"rel@5", 1},
		{"rel@99", 1},
		{"hit@4", 0},
		{"hit@5", 1},
		{"regret@1", 50},
		{"regret@2", (20 + 40 + 30.) / 3},
		{"regret@5", 0},
	} {
		m, err := MeasureByName(c.name)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Of(score, accuracy); !near(got.Value, c.want, 1e-12) {
			t.Errorf("%s: %v, want %v", c.name, got.Value, c.want)
		}
	}
}

func TestDegenerateInputIsSaid(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name            string
		score, accuracy []float64
		defined         bool
		warning         string
	}{
		{"none", nil, nil, false, "needs two"},
		{"one", []float64{1}, []float64{2}, false, "needs two"},
		{"two", []float64{1, 2}, []float64{2, 4}, true, "only 2 models"},
		{"constant scores", []float64{1, 1, 1}, []float64{1, 2, 3}, false, "all 3 scores are equal"},
		{"constant accuracies", []float64{1, 2, 3}, []float64{1, 1, 1}, false, "all 3 accuracies are equal"},
		{"NaN score", []float64{nan, 2, 3}, []float64{1, 2, 3}, false, "a score is NaN"},
		{"NaN accuracy", []float64{1, 2, 3}, []float64{1, nan, 3}, false, "an accuracy is NaN"},
		{"lengths", []float64{1, 2, 3}, []float64{1, 2}, false, "3 scores for 2 accuracies"},
		{"many ties", []float64{1, 1, 1, 2, 3, 4}, []float64{1, 2, 3, 4, 5, 6}, true, "3 of 6 models share"},
	} {
		for _, m := range Measures() {
			got := m.Of(c.score, c.accuracy)
			defined := c.defined && !(m.Name == "fidelity" && len(c.score) == 2) // of one pair
			if !math.IsNaN(got.Value) != defined {
				t.Errorf("%s, %s: value %v", c.name, m.Name, got.Value)
			}
			if err := got.Err(); err == nil || !strings.Contains(err.Error(), c.warning) {
				t.Errorf("%s, %s: warnings %v, want %q", c.name, m.Name, err, c.warning)
			}
		}
	}
}

func TestMeasureByNameRefuses(t *testing.T) {
	for name, want := range map[string]string{
		"taw":      `the nearest is "tauw"`,
		"rel@0":    "whole number k, 1 or above",
		"hit@x":    "whole number k, 1 or above",
		"regret":   "whole number k, 1 or above",
		"recall@1": "unknown measure",
	} {
		if _, err := MeasureByName(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", name, err, want)
		}
	}
}

func BenchmarkWeightedTau(b *testing.B) {
	for _, n := range []int{11, 33, 1000, 100_000} {
		rng := rand.New(rand.NewPCG(1, 1))
		x, y := make([]float64, n), make([]float64, n)
		for i := range x {
			x[i], y[i] = rng.NormFloat64(), rng.NormFloat64()
		}
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			for b.Loop() {
				WeightedTau(x, y)
			}
		})
	}
}

// A device may never end, so none is read, and neither is a pipe.
func TestTablesAreFiles(t *testing.T) {
	if _, err := os.Stat("/dev/zero"); err != nil {
		t.Skip("skipped: ", err)
	}
	if _, err := LoadTruth("/dev/zero"); err == nil || !strings.Contains(err.Error(), "is not a file") {
		t.Error(err)
	}
	if _, err := LoadScores("/dev/zero"); err == nil || !strings.Contains(err.Error(), "is not a file") {
		t.Error(err)
	}
}

// sign returns −1, 0 or 1.
func sign(v float64) float64 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}
