package baselines

import (
	"testing"

	"sfdalab/metric"
)

func TestEnergyGolden(t *testing.T) {
	testGolden(t, Energy{Input: "outputs", Percent: 100}, "energy")
}

func TestLDAGolden(t *testing.T) {
	testGolden(t, LDA{}, "etran.lda")
	testGolden(t, LDA{Metric: "within"}, "sfda.regfda")
}

func TestETranCombine(t *testing.T) {
	model := func(energy, lda float64) metric.Score {
		return metric.Score{Value: lda, Details: map[string]float64{"energy": energy, "lda": lda}}
	}
	for _, c := range []struct {
		name     string
		group    []metric.Score
		want     []float64
		warnings int // of each score
	}{
		{"three models", []metric.Score{model(5, 0.2), model(7, 0.6), model(6, 0.4)}, []float64{0, 1, 0.5}, 0},
		{"parts disagree", []metric.Score{model(5, 0.6), model(7, 0.2)}, []float64{0.85, 0.15}, 0},
		{"equal energies", []metric.Score{model(5, 0.2), model(5, 0.6)}, []float64{0, 0.85}, 1},
		{"one model", []metric.Score{model(5, 0.2)}, []float64{0}, 1},
		{"no model", nil, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ETran{}.Combine(c.group)
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range c.want {
				if relative(got[i].Value, want) > 1e-14 {
					t.Errorf("model %d: %v, want %v", i, got[i].Value, want)
				}
				if len(got[i].Warnings) != c.warnings {
					t.Errorf("model %d: warnings %v, want %d of them", i, got[i].Warnings, c.warnings)
				}
			}
		})
	}
	if _, err := (ETran{}).Combine([]metric.Score{{Value: 1}}); err == nil {
		t.Error("a score without parts is combined")
	}
}
