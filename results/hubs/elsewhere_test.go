package hubs

import (
	"math"
	"slices"
	"testing"

	"sfdalab/results"
)

// TestElsewhere checks that nothing is learned from hubs that share models with the one at
// hand: the metrics of supervised CNNs that no other hub has are not known there.
func TestElsewhere(t *testing.T) {
	truth, groups, err := read("supervised/full", "supervised/model-spider")
	if err != nil {
		t.Fatal(err)
	}
	metrics, history := elsewhere(truth)
	for _, metric := range []string{"otce", "gbc", "pactran-dirichlet"} { // of this hub and of Back to Basics, which has densenet121 too
		if tau, ok := metrics[metric]; ok {
			t.Errorf("%s is known, with %v", metric, tau)
		}
	}
	// LogME is on MedMNIST by source and on TransferGraph alone.
	var sources, transfer []float64
	for _, l := range lessons() {
		switch l.hub {
		case "medmnist/sources":
			sources = append(sources, l.metrics["logme"])
		case "transfergraph":
			transfer = append(transfer, l.metrics["logme"])
		}
	}
	if want := (sources[0] + (transfer[0]+transfer[1])/2) / 2; math.Abs(metrics["logme"]-want) > 1e-12 {
		t.Errorf("LogME: %v, want %v", metrics["logme"], want)
	}
	if !(history > 0 && history < 1) {
		t.Errorf("history %v", history)
	}

	if got := elsewhereGroups(truth, withTargetData(groups)); len(got) != 8 {
		t.Errorf("%d datasets are ranked", len(got))
	}
	none, groups, err := read("vlm/lovm", "vlm/lovm")
	if err != nil {
		t.Fatal(err)
	}
	if got := elsewhereGroups(none, withTargetData(groups)); got != nil {
		t.Errorf("%d datasets are ranked by metrics that no other hub has", len(got))
	}
}

func TestPaperHubs(t *testing.T) {
	sizes := map[string]int{}
	for _, h := range builtInPaperHubs() {
		sizes[h.name] = len(h.models)
	}
	for name, n := range map[string]int{
		"SFDA, NCTI and ETran (11 supervised CNNs)":                                  11,
		"LogME, Model Spider and the Transfer Learning Library (10 supervised CNNs)": 10,
		"SFDA and PED (12 self-supervised ResNet-50s)":                               12,
		"EMMS (10 vision transformers)":                                              10,
		"Back to Basics (10 CNNs and transformers)":                                  10,
		"MedMNIST, by architecture (9 CNNs)":                                         9,
		"MedMNIST, by source (15 ResNet-18s)":                                        15,
		"LOVM (35 vision-language models)":                                           35,
	} {
		if sizes[name] != n {
			t.Errorf("%s: %d models", name, sizes[name])
		}
	}
	tll, err := results.LoadTruth("supervised/tll")
	if err != nil {
		t.Fatal(err)
	}
	if got := paperHubsOf(modelsOf(tll)).names(); len(got) != 1 { // SFDA's has ResNet-34 too
		t.Errorf("hubs among the ten of LogME: %v", got)
	}
	full, err := results.LoadTruth("supervised/full")
	if err != nil {
		t.Fatal(err)
	}
	if got := paperHubsOf(modelsOf(full)).names(); len(got) != 2 || !slices.Contains(modelsOf(full), "resnet34") {
		t.Errorf("hubs among the eleven of SFDA: %v", got)
	}
}
