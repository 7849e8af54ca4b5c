package baselines

import (
	"testing"

	"sfdalab/features"
	"sfdalab/metric"
)

func TestLEEPGolden(t *testing.T) { testGolden(t, LEEP{}, "leep") }
func TestNCEGolden(t *testing.T)  { testGolden(t, NCE{}, "nce") }

// Probabilities in place of logits are taken as they are.
func TestProbabilitiesForLogits(t *testing.T) {
	outputs, labels := randomSamples(50, 4, 3)
	set := func(outputs features.Rows) *features.Set {
		s, err := features.New(features.Data{Features: outputs, Outputs: outputs, Labels: features.Classes(labels)})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	logits := set(features.Dense(outputs))
	p, err := logits.SourceProbabilities()
	if err != nil {
		t.Fatal(err)
	}
	probabilities := set(features.Dense(p))
	for _, m := range []metric.Metric{LEEP{}, NCE{}, PACTranDirichlet{}, PACTranGamma{}} {
		a, err := m.Score(t.Context(), logits)
		if err != nil {
			t.Fatal(err)
		}
		b, err := m.Score(t.Context(), probabilities)
		if err != nil {
			t.Fatal(err)
		}
		if relative(b.Value, a.Value) > 1e-12 {
			t.Errorf("%s: %v of logits, %v of their probabilities", m.Info().Name, a.Value, b.Value)
		}
	}
}

// With arguments swapped, LEEP and NCE are one number: −H(z | y).
func TestSwapped(t *testing.T) {
	outputs, labels := randomSamples(50, 4, 3)
	s, err := features.New(features.Data{Features: features.Dense(outputs), Outputs: features.Dense(outputs), Labels: features.Classes(labels)})
	if err != nil {
		t.Fatal(err)
	}
	leep, err := LEEP{Swapped: true}.Score(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	nce, err := NCE{Swapped: true}.Score(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := NCE{}.Score(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if leep.Value != nce.Value || nce.Value == plain.Value {
		t.Errorf("swapped LEEP %v, swapped NCE %v, NCE %v", leep.Value, nce.Value, plain.Value)
	}
}
