package baselines

import (
	"testing"

	"sfdalab/features"
)

func TestHScoreGolden(t *testing.T) {
	testGolden(t, HScore{}, "hscore")
	testGolden(t, HScoreShrunk{}, "hscore-shrunk")
}

func TestHScoreWarnsWhereItIsForced(t *testing.T) {
	x, labels := randomSamples(20, 60, 4)
	score, err := HScore{}.Score(t.Context(), newSet(t, features.Dense(x), features.Classes(labels)))
	if err != nil {
		t.Fatal(err)
	}
	if relative(score.Value, 3) > 1e-9 || len(score.Warnings) != 1 {
		t.Errorf("score %v with warnings %v, want C − 1 = 3 and one warning", score.Value, score.Warnings)
	}
}

// With N ≤ D the score is computed from inner products of samples; of D×D scatters it
// must be the same, also where samples or features repeat.
func TestHScoreOfFewSamples(t *testing.T) {
	for name, repeat := range map[string]int{"distinct samples": 24, "repeated samples": 9} {
		t.Run(name, func(t *testing.T) {
			x, labels := randomSamples(24, 30, 3)
			for i := range 24 {
				copy(x.RawRowView(i), x.RawRowView(i%repeat))
			}
			s := newSet(t, features.Dense(x), features.Classes(labels))
			value, rank, err := pseudoTraceQuotient(s.Total(), s.Groups().Between(), 30)
			if err != nil {
				t.Fatal(err)
			}
			score, err := HScore{}.Score(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			if relative(score.Value, value) > 1e-12 || score.Details["rank"] != float64(rank) {
				t.Errorf("score %.17g of rank %v, want %.17g of rank %d", score.Value, score.Details["rank"], value, rank)
			}

			shrunk, err := HScoreShrunk{}.Score(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			n, alpha := float64(s.N()), shrunk.Details["shrinkage"]
			if want := ledoitWolf(n, 30, s.Total(), fourthPowers(s.Features, s.Mean())); relative(alpha, want) > 1e-12 {
				t.Errorf("shrinkage %.17g, want %.17g", alpha, want)
			}
			quotient, ok := traceQuotient(features.Shrunk(nil, s.Total(), s.N(), alpha, 30), s.Groups().Between(), s.Groups().Between())
			if want := (1 - alpha) * quotient / (n - 1); !ok || relative(shrunk.Value, want) > 1e-12 {
				t.Errorf("shrunk: score %.17g, want %.17g", shrunk.Value, want)
			}
		})
	}
}
