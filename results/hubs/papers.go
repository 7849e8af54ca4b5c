package hubs

import (
	"slices"

	"sfdalab/results"
)

// A paperHub is the set of models that papers compared metrics on.
type paperHub struct {
	name   string
	models []string
}

// paperHubs are searched for the one that a user's models are of.
type paperHubs []paperHub

// builtInPaperHubs returns the hubs of papers whose fine-tuned accuracies are built in.
func builtInPaperHubs() paperHubs {
	var all paperHubs
	for _, h := range []struct{ name, truth string }{
		{"SFDA, NCTI and ETran (11 supervised CNNs)", "supervised/full"},
		{"LogME, Model Spider and the Transfer Learning Library (10 supervised CNNs)", "supervised/tll"},
		{"SFDA and PED (12 self-supervised ResNet-50s)", "self-supervised/full"},
		{"EMMS (10 vision transformers)", "vit/full"},
		{"Back to Basics (10 CNNs and transformers)", "back-to-basics/full"},
		{"MedMNIST, by architecture (9 CNNs)", "medmnist/architectures"},
		{"MedMNIST, by source (15 ResNet-18s)", "medmnist/sources"},
		{"LOVM (35 vision-language models)", "vlm/lovm"},
	} {
		truth, err := results.LoadTruth(h.truth)
		if err != nil {
			panic(err) // built in: a test reads them
		}
		all = append(all, paperHub{h.name, rankedIn(truth)})
	}
	return all
}

// rankedIn returns the models of a ground truth that its authors rank: all where it does
// not say.
func rankedIn(truth *results.Truth) []string {
	if !slices.Contains(truth.Frame.Names(), "in_paper_hub") {
		return modelsOf(truth)
	}
	var models []string
	names := truth.Frame.Col("model").Records()
	for i, ranked := range truth.Frame.Col("in_paper_hub").Records() {
		if ranked == "true" {
			models = append(models, names[i])
		}
	}
	slices.Sort(models)
	return slices.Compact(models)
}

// paperHubsOf returns the hubs of papers all of whose models are among those.
func paperHubsOf(models []string) paperHubs {
	return slices.DeleteFunc(builtInPaperHubs(), func(h paperHub) bool {
		return slices.ContainsFunc(h.models, func(m string) bool { return !slices.Contains(models, m) })
	})
}

// parts returns the models of each hub.
func (hs paperHubs) parts() [][]string {
	var parts [][]string
	for _, h := range hs {
		parts = append(parts, h.models)
	}
	return parts
}

// names returns the name of each hub.
func (hs paperHubs) names() []string {
	var names []string
	for _, h := range hs {
		names = append(names, h.name)
	}
	return names
}
