package experiments

import (
	"fmt"
	"strings"
	"testing"
)

func TestEnsembles(t *testing.T) {
	spec, err := Load("specs/zoo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	spec.Datasets = []string{"vehicles"}
	if _, err := Ensembles(t.Context(), spec, []int{2, 3, 2}, 0.5); err == nil || !strings.Contains(err.Error(), "of 2 models are asked for twice") {
		t.Errorf("error %v, want one of a size that is there twice", err)
	}
	trials, err := Ensembles(t.Context(), spec, []int{1, 2, 8}, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	for i, ensembles := range []int{8, 28, 1} {
		e := trials[i]
		if e.Ensembles != ensembles {
			t.Errorf("%d ensembles of %d among 8 models, want %d", e.Ensembles, e.K, ensembles)
		}
		for _, accuracy := range []float64{e.Chosen.Accuracy, e.Top.Accuracy, e.Mean} {
			if !(accuracy > 0 && accuracy <= e.Best) {
				t.Errorf("%d models: accuracy %g, want it above 0 and not above the best, %g", e.K, accuracy, e.Best)
			}
		}
	}
	// An ensemble of one model has the accuracy of the model, and there is one of all.
	if best := fmt.Sprintf("%.2f", trials[0].Best); best != "54.17" {
		t.Errorf("the best model has accuracy %s, want 54.17 as in finetuned_accuracy.csv", best)
	}
	if all := trials[2]; all.Chosen.Accuracy != all.Best || all.Mean != all.Best {
		t.Errorf("all models: chosen %g, mean %g, best %g, want one number", all.Chosen.Accuracy, all.Mean, all.Best)
	}
}

func TestEnsemblesNeedFineTunedOutputs(t *testing.T) {
	spec, err := Load("specs/zoo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	spec.Finetuned = ""
	if _, err := Ensembles(t.Context(), spec, []int{2}, 0.5); err == nil || !strings.Contains(err.Error(), "finetuned") {
		t.Errorf("error %v, want one that names the key finetuned", err)
	}
}

// TestEnsemblesOfRankings compares the ensembles that rankings name with chance and with the
// best model by itself.
func TestEnsemblesOfRankings(t *testing.T) {
	spec, err := Load("specs/zoo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	trials, err := EnsemblesBy(t.Context(), spec, Panel(false), []int{3}, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	gain := 0.0
	for _, e := range trials {
		t.Logf("%s: chosen %.2f, by rank alone %.2f, chance %.2f, best model %.2f", e.Dataset, e.Chosen.Accuracy, e.Top.Accuracy, e.Mean, e.Alone)
		gain += (e.Chosen.Accuracy - e.Mean) / float64(len(trials))
	}
	if !(gain > 0) || trials[0].By != "NCTI, Cross-validated LDA" {
		t.Errorf("by %s, chosen ensembles are %.2f points above chance", trials[0].By, gain)
	}
}
