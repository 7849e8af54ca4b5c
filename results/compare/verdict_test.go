package compare

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sfdalab/results"
)

// letterCases holds values of SciPy, scikit-posthocs, pingouin and autorank;
// testdata/letters.py wrote them.
type letterCases struct {
	Origin string
	Cases  []struct {
		Values    [][]float64
		Best      int
		Effect    []float64
		MeanRanks []float64 `json:"mean_ranks"`
		CD        float64

		SignedRank pairCase `json:"signed-rank"`
		Nemenyi    pairCase
	}
}

type pairCase struct {
	P       [][]float64
	Letters []string
}

// TestDecideIsScikitPosthocss compares p-values of pairs, letters and effect sizes. Where
// no pair differs, all share one letter there, and none is shown here.
func TestDecideIsScikitPosthocss(t *testing.T) {
	data, err := os.ReadFile("testdata/letters.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden letterCases
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	for i, c := range golden.Cases {
		mx := matrix(c.Values)
		for test, want := range map[Test]pairCase{SignedRankTest: c.SignedRank, NemenyiTest: c.Nemenyi} {
			v := DecideBy(test, mx, 0.05, 0.01, results.Resampling{Resamples: -1})
			if v.Test != test || v.Best != mx.Metrics[c.Best] {
				t.Errorf("case %d: %s decides, the best is %s", i, v.Test, v.Best)
			}
			for a := range v.P {
				for b := range v.P {
					if a != b && !near(v.P[a][b], want.P[a][b], 1e-9) {
						t.Errorf("case %d, %s, %d against %d: p %v, want %v (%s)", i, test, a, b, v.P[a][b], want.P[a][b], golden.Origin)
					}
				}
			}
			same := !slices.ContainsFunc(want.Letters, func(s string) bool { return s != "a" })
			if d := cmp.Diff(want.Letters, v.Letters); d != "" && !(same && v.Letters == nil) {
				t.Errorf("case %d, %s: letters (−%s +ours): %s", i, test, golden.Origin, d)
			}
			for j, o := range v.Others {
				if !near(o.Effect, c.Effect[j], 1e-9) {
					t.Errorf("case %d, effect %d: %v, want %v (%s)", i, j, o.Effect, c.Effect[j], golden.Origin)
				}
			}
		}
		for j, rank := range mx.AverageRanks() {
			if !near(rank, c.MeanRanks[j], 1e-9) {
				t.Errorf("case %d, average rank %d: %v, want %v (%s)", i, j, rank, c.MeanRanks[j], golden.Origin)
			}
		}
	}
}

func TestLettersTellWhatDiffers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(2, 9).Draw(t, "k")
		differ := make([][]bool, k)
		for i := range differ {
			differ[i] = make([]bool, k)
			for j := range i {
				differ[i][j] = rapid.Bool().Draw(t, "differ")
				differ[j][i] = differ[i][j]
			}
		}
		names := letters(differ)
		for i := range k {
			for j := range i {
				if share := strings.ContainsAny(names[i], names[j]); share == differ[i][j] {
					t.Fatalf("%d and %d have letters %q and %q, and differ: %v", i, j, names[i], names[j], differ[i][j])
				}
			}
		}
	})
}

func TestDecide(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	values := make([][]float64, 12)
	for i := range values {
		base := rng.NormFloat64()
		values[i] = []float64{base, base + 1 + rng.Float64()/10, base + rng.NormFloat64()/100}
	}
	v := Decide(matrix(values), 0.05, 0.01, 1)
	if v.Best != "m1" || v.Test != SignedRankTest || len(v.Others) != 2 || v.Others[0].P > 0.01 || !near(v.Others[0].Effect, 1, 0) || v.Others[0].Posterior.Better < 0.99 {
		t.Errorf("%+v", v)
	}
	if d := cmp.Diff([]string{"b", "a", "b"}, v.Letters); d != "" {
		t.Error(d)
	}
	if want := "Worse than m1, the best by average rank: m0, m2 (least p = 0.001, n = 12 datasets; signed-rank test of each of 3 pairs with Holm's correction, level 0.05)."; v.Sentence != want {
		t.Error(cmp.Diff(want, v.Sentence))
	}
	if !strings.Contains(strings.Join(v.Supplementary, " "), "Friedman's test of 3 metrics on 12 datasets") {
		t.Errorf("supplementary: %q", v.Supplementary)
	}

	table := results.Table{Rows: []results.TableRow{{Label: "m0", Cells: make([]results.Cell, 2)}, {Label: "m1", Cells: make([]results.Cell, 2)}}}
	v.Mark(&table, 1)
	if table.Rows[0].Cells[1].Mark != " b" || table.Rows[1].Cells[1].Mark != " a" || len(table.Notes) != 1 {
		t.Errorf("%+v", table)
	}

	few := Decide(matrix(values[:4]), 0.05, 0.01, 1)
	if few.Sentence != "4 datasets cannot show whether metrics differ: at least 6 are needed." || few.Supplementary != nil || few.Letters != nil || !math.IsNaN(few.Others[0].P) {
		t.Errorf("%+v", few)
	}
}

// TestTheTestIsChosenBeforehand makes sure that numbers of datasets and metrics alone decide
// which test does.
func TestTheTestIsChosenBeforehand(t *testing.T) {
	for _, c := range []struct {
		named Test
		n, k  int
		want  Test
	}{
		{ByRule, 6, 2, SignedRankTest}, {ByRule, 6, 3, NemenyiTest}, {ByRule, 11, 9, SignedRankTest}, {ByRule, 8, 9, NemenyiTest},
		{NemenyiTest, 30, 3, NemenyiTest}, {SignedRankTest, 6, 9, SignedRankTest}, {NemenyiTest, 8, 2, SignedRankTest},
	} {
		if got := c.named.on(c.n, c.k, 0.05); got != c.want {
			t.Errorf("%q, %d metrics on %d datasets: %s, want %s", c.named, c.k, c.n, got, c.want)
		}
	}
}

func TestGainOver(t *testing.T) {
	tau := results.Measures()[0]
	var groups []results.Group
	base := results.Baseline{Title: "size", Values: map[string]map[string]float64{"": {"a": 1, "b": 2, "c": 3, "d": 4}}}
	unknown := results.Baseline{Title: "unknown", Values: map[string]map[string]float64{"": {"a": 1}}}
	for i := range 7 {
		groups = append(groups, results.Group{Dataset: string(rune('p' + i)), Models: []string{"a", "b", "c", "d"}, Scores: []float64{1, 2, 3, 4}, Accuracies: []float64{2, 1, 3, 4}})
	}
	if g := GainOver([]results.Baseline{unknown, base}, groups, tau, results.Resampling{}); g.Over != "size" || g.Mean != 0 || g.N != 7 || g.P != 1 {
		t.Errorf("no gain over itself: %+v", g)
	}
	base.Values[""] = map[string]float64{"a": 4, "b": 3, "c": 2, "d": 1}
	if g := GainOver([]results.Baseline{base}, groups, tau, results.Resampling{}); !(g.Mean > 1) || !near(g.P, 2./128, 1e-12) || Mark(g.P, g.N, 0.05) != " (p=0.016 n=7)" {
		t.Errorf("a gain over the reverse: %+v", g)
	}
	if g := GainOver([]results.Baseline{unknown}, groups, tau, results.Resampling{}); !math.IsNaN(g.Mean) || g.Over != "" {
		t.Errorf("a gain over nothing: %+v", g)
	}
	regret, _ := results.MeasureByName("regret@1")
	if g := GainOver([]results.Baseline{base}, groups[:3], regret, results.Resampling{}); g.Mean != 2 || Mark(g.P, g.N, 0.05) != " ~ (n=3)" {
		t.Errorf("less regret is a gain: %+v", g)
	}
}

func TestRowsOfReferencesFillTheTable(t *testing.T) {
	truth, err := results.LoadTruth("supervised")
	if err != nil {
		t.Fatal(err)
	}
	facts, err := results.LoadFacts("")
	if err != nil {
		t.Fatal(err)
	}
	tauw, err := results.MeasureByName("tauw")
	if err != nil {
		t.Fatal(err)
	}
	for _, datasets := range [][]string{truth.Datasets()[:1], truth.Datasets()[:2]} {
		var scores results.Scores
		for _, d := range datasets {
			for i, m := range truth.Models(d) {
				scores = append(scores, results.Score{Dataset: d, Model: m, Metric: "x", Value: float64(i)})
			}
		}
		groups, err := scores.Groups(truth)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := scores.Correlate(truth, []results.Measure{tauw}, results.Resampling{Resamples: -1})
		if err != nil {
			t.Fatal(err)
		}
		table := results.NewTable(rows, tauw, truth.Name)
		refs := References{Baselines: results.Baselines(truth, facts), Ceilings: results.Siblings(truth), Spread: map[string]float64{datasets[0]: 0.5}}
		refs.AddTo(&table, groups, tauw, results.Resampling{Resamples: -1})
		for _, row := range table.Rows {
			if len(row.Cells) != len(table.Columns) {
				t.Errorf("%d datasets: row %s has %d cells for columns %v", len(datasets), row.Label, len(row.Cells), table.Columns)
			}
		}
	}
}
