package report

import (
	"errors"
	"strings"

	"sfdalab/results"
	"sfdalab/results/record"
)

// Of returns what a report says of a record: a part for each ground truth that its
// variants are correlated with, and its rankings.
func Of(r record.Record) (Input, error) {
	in := Input{
		Title:      r.Title,
		Measures:   r.Measures,
		Resampling: results.Resampling{Seed: r.Seed},
		Test:       r.Test,
		Rankings:   r.Rankings,
		Images:     r.AboutImages(),
		Warnings:   r.ScoreWarnings(),
		Facts:      facts(r.Runs),
	}
	for _, f := range r.Failures() {
		in.Warnings = append(in.Warnings, "failed: "+f)
	}
	cited := make(map[string]bool)
	for _, v := range r.Variants {
		if c := v.Citation; c != nil && !cited[c.Title] {
			cited[c.Title] = true
			in.Citations = append(in.Citations, *c)
		}
	}
	for _, t := range r.Truths {
		scores := r.Of(t.SHA256, "")
		if scores == nil {
			continue
		}
		part := Part{Truth: t, Scores: scores, Names: make(map[string]string), References: r.References(t.SHA256)}
		part.Seconds, part.Extraction = seconds(&r), record.Extraction(r.Images)
		for _, v := range r.Variants {
			if v.Table != "" || v.AsPublished {
				part.Names[v.Label] = v.Metric
			}
		}
		for _, sub := range r.Subsets {
			fraction, _ := record.Fraction(sub)
			if scores := r.Of(t.SHA256, sub); scores != nil {
				part.Subsets = append(part.Subsets, Subset{Fraction: fraction, Scores: scores})
			}
		}
		part.Protocols = append(r.Protocols[:len(r.Protocols):len(r.Protocols)], probes(&r, t.SHA256)...)
		in.Parts = append(in.Parts, part)
	}
	if len(r.Failed()) == len(r.Scores) {
		return in, errors.New("no cell has a score, so there is nothing to report")
	}
	if in.Parts == nil && in.Rankings == nil {
		return in, errors.New("a report needs scores that are correlated with a ground truth: name one under the key truth of the spec; or a ranking, as \"sfdalab rank --store\" keeps it")
	}
	return in, nil
}

// probes returns the accuracies of the linear classifiers among the variants: of models
// whose last layer alone is trained.
func probes(r *record.Record, truth string) []*results.Truth {
	var others []*results.Truth
	for _, v := range r.Variants {
		if !v.LinearProbe || v.Truth != truth {
			continue
		}
		var accuracies []results.Accuracy
		for _, s := range r.Of(truth, "") {
			if s.Metric == v.Label {
				accuracies = append(accuracies, results.Accuracy{Dataset: s.Dataset, Model: s.Model, Percent: s.Value})
			}
		}
		probe, err := results.NewTruth(v.Label, accuracies...)
		if err != nil {
			continue // it scored nothing
		}
		probe.Source = "cross-validated accuracy of a linear classifier on the frozen features"
		others = append(others, probe)
	}
	return others
}

// seconds returns the mean time for a model by variant, of those that were computed.
func seconds(r *record.Record) map[string]float64 {
	read := make(map[string]bool)
	for _, v := range r.Variants {
		read[v.Label] = v.Table != ""
	}
	sum, n := make(map[string]float64), make(map[string]float64)
	for _, s := range r.Scores {
		if s.Subset == "" && s.Error == "" && !read[s.Metric] {
			sum[s.Metric] += s.Seconds
			n[s.Metric]++
		}
	}
	for metric := range sum {
		sum[metric] /= n[metric]
	}
	return sum
}

// facts returns where runs were computed, each thing once.
func facts(runs []record.Run) []Fact {
	if len(runs) == 0 {
		return nil
	}
	var all []Fact
	for _, f := range []struct {
		name string
		of   func(record.Run) string
	}{
		{"run", func(r record.Run) string { return r.ID }},
		{"revision", func(r record.Run) string { return r.Revision }},
		{"Go", func(r record.Run) string { return strings.TrimPrefix(r.Go, "go") }},
		{"CPU", func(r record.Run) string { return r.CPU }},
	} {
		var values []string
		seen := make(map[string]bool)
		for _, r := range runs {
			if v := f.of(r); v != "" && !seen[v] {
				seen[v], values = true, append(values, v)
			}
		}
		if values != nil {
			all = append(all, Fact{f.name, strings.Join(values, ", ")})
		}
	}
	return all
}
