package experiments

import (
	"bytes"
	"context"
	"maps"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sfdalab/results"
	"sfdalab/results/hubs"
)

// cheap are metrics that score the shipped zoo in seconds.
var cheap = []string{"sfda", "logme", "hscore", "hscore-shrunk", "ncti", "lda", "etran", "gbc", "ncm", "lda-cv", "leep", "nce", "transrate", "lfc", "pactran-dirichlet", "energy", "fisher-ratio"}

// zoo scores the shipped zoo, once for all tests.
var zoo = sync.OnceValues(func() (*Result, error) {
	spec := &Spec{
		Features: "zoo/{model}_{dataset}_feature.npy", Labels: "zoo/{dataset}_label.npy", Outputs: "zoo/{model}_{dataset}_output.npy",
		Datasets: []string{"animals", "vehicles", "cifar10", "sign"},
	}
	for _, name := range cheap {
		spec.Metrics = append(spec.Metrics, Entry{Metric: name})
	}
	return Run(context.Background(), spec, Options{})
})

// A knownPair is scores, the accuracies of their models, and what else a user would know of
// these.
type knownPair struct {
	scores  results.Scores
	truth   *results.Truth
	history []*results.Truth
}

// knownPairs returns all scores and ground truths that are built in, and the shipped zoo.
func knownPairs(t *testing.T) []knownPair {
	t.Helper()
	scored, err := zoo()
	if err != nil {
		t.Fatal(err)
	}
	ofZoo, err := results.LoadTruth("zoo/finetuned_accuracy.csv")
	if err != nil {
		t.Fatal(err)
	}
	ofZoo.Name = "zoo"
	zooScores, err := results.ScoresOf(scored.Scores("", 0))
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range zooScores {
		zooScores[i].Metric = scored.Variants[slices.IndexFunc(scored.Variants, func(v Variant) bool { return v.Label == s.Metric })].Name
	}

	full := hubs.FullFineTuning()
	pairs := []knownPair{{zooScores, ofZoo, append(slices.Clone(full), ofZoo)}}
	for _, s := range results.PublishedScores() {
		if s.Name == "vlm/lovm" {
			continue // zero-shot, and by none of our metrics
		}
		frame, err := results.LoadScores(s.Name)
		if err != nil {
			t.Fatal(err)
		}
		scores, err := results.ScoresOf(frame)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range s.Truths {
			truth, err := results.LoadTruth(name)
			if err != nil {
				t.Fatal(err)
			}
			pairs = append(pairs, knownPair{scores, truth, full})
		}
	}
	return pairs
}

// TestCalibration recomputes what shortlists and weights are calibrated on: all scores and
// ground truths that are built in, and the shipped zoo. To rewrite it, and what follows
// from it:
//
//	go test ./experiments -run TestCalibration -update && go test ./results/hubs -run TestHowSure -update
func TestCalibration(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	facts, err := results.LoadFacts("")
	if err != nil {
		t.Fatal(err)
	}
	pairs := knownPairs(t)
	groups := map[string][]results.Group{} // by hub
	for _, p := range pairs {
		of, err := p.scores.Groups(p.truth)
		if err != nil {
			t.Fatal(err)
		}
		groups[hubs.ModelSet(p.truth.Name)] = append(groups[hubs.ModelSet(p.truth.Name)], of...)
	}
	var cases []hubs.Case
	for _, p := range pairs {
		others := maps.Clone(groups)
		delete(others, hubs.ModelSet(p.truth.Name))
		of, err := hubs.CasesOf(p.scores, p.truth, p.history, facts, Panel(true), hubs.AgreementsOf(others))
		if err != nil {
			t.Fatal(err)
		}
		cases = append(cases, of...)
	}

	held(t, "../results/hubs/data/agreement.csv", func(b *bytes.Buffer) error { return hubs.WriteAgreements(b, hubs.AgreementsOf(groups)) })
	held(t, "../results/hubs/data/cases.csv", func(b *bytes.Buffer) error { return hubs.WriteCases(b, cases) })
}

// held compares a file with what write writes, or rewrites it.
func held(t *testing.T, file string, write func(*bytes.Buffer) error) {
	t.Helper()
	var got bytes.Buffer
	if err := write(&got); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s differs (−committed +recomputed); if it should, run with -update:\n%s", file, diff)
	}
}
