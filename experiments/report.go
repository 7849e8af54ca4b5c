package experiments

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"sfdalab/results"
	"sfdalab/results/report"
	"sfdalab/tracking"
)

// Report returns the evidence of a result, which came from stored runs: a part for each
// ground truth that its variants are held against.
func (r *Result) Report(runs ...tracking.Run) (report.Report, error) {
	in, err := r.evidence()
	if err != nil {
		return report.Report{}, err
	}
	in.Facts = facts(runs)
	return report.New(in)
}

// evidence returns what a report says of a result.
func (r *Result) evidence() (report.Input, error) {
	in := report.Input{
		Title:      r.Spec.Name,
		Resampling: results.Resampling{Seed: r.Spec.Seed},
		Citations:  r.citations(),
		Warnings:   r.warnings(),
	}
	for _, f := range r.Failures() {
		in.Warnings = append(in.Warnings, "failed: "+f)
	}
	var err error
	if len(r.Spec.Measures) > 0 {
		if in.Measures, err = r.Spec.measures(); err != nil {
			return in, err
		}
	}
	var truths []string
	for _, v := range r.Variants {
		truths = append(truths, v.Truth)
	}
	seconds, names := r.seconds(), r.publishedNames()
	for _, name := range distinct(truths) {
		scores := r.Scores(name, 0)
		if name == "" || scores.Nrow() == 0 {
			continue
		}
		part := report.Part{Scores: scores, Seconds: seconds, Names: names, Subsets: r.subsetScores(name)}
		if part.Truth, err = results.LoadTruth(name); err != nil {
			return in, err
		}
		if part.Protocols, err = r.protocols(name); err != nil {
			return in, err
		}
		in.Parts = append(in.Parts, part)
	}
	if in.Parts == nil {
		return in, errors.New("a report needs scores that are held against a ground truth: name one under the key truth of the spec")
	}
	return in, nil
}

// subsetScores returns the scores of the subsets of the samples.
func (r *Result) subsetScores(truth string) []report.Subset {
	var subsets []report.Subset
	for _, p := range r.subsets() {
		if scores := r.Scores(truth, p.repeat); scores.Nrow() > 0 {
			subsets = append(subsets, report.Subset{Fraction: p.fraction, Scores: scores})
		}
	}
	return subsets
}

// linearProbes are the metrics that train a linear classifier on the features: what they
// score is the accuracy of a model whose last layer alone is trained.
var linearProbes = []string{"logistic", "linear-svm", "lda-cv"}

// protocols returns what other ways to fine-tune the models come to: the truths that
// the spec names and, where linear probes are among the metrics, their accuracies.
func (r *Result) protocols(truth string) ([]*results.Truth, error) {
	var others []*results.Truth
	for _, name := range r.Spec.Protocols {
		other, err := results.LoadTruth(r.Spec.table(name))
		if err != nil {
			return nil, err
		}
		others = append(others, other)
	}
	for v, variant := range r.Variants {
		if !slices.Contains(linearProbes, variant.Name) || variant.Truth != truth {
			continue
		}
		var table strings.Builder
		table.WriteString("dataset,model,accuracy\n")
		for _, c := range r.Cells {
			if c.Variant == v && c.Repeat == 0 && c.Error == "" {
				fmt.Fprintf(&table, "%q,%q,%g\n", c.Dataset, c.Model, c.Score)
			}
		}
		probe, err := results.ReadTruth(strings.NewReader(table.String()), variant.Label)
		if err != nil {
			continue // it scored nothing
		}
		probe.Source = "cross-validated accuracy of a linear classifier on the frozen features"
		others = append(others, probe)
	}
	return others, nil
}

// facts returns where runs were computed, each thing once.
func facts(runs []tracking.Run) []report.Fact {
	var all []report.Fact
	for _, f := range []struct {
		name string
		of   func(tracking.Run) string
	}{
		{"run", func(r tracking.Run) string { return r.ID }},
		{"revision", func(r tracking.Run) string { return r.Environment.Revision }},
		{"Go", func(r tracking.Run) string { return r.Environment.Go }},
		{"CPU", func(r tracking.Run) string { return r.Environment.CPU }},
	} {
		var values []string
		for _, r := range runs {
			values = append(values, f.of(r))
		}
		all = append(all, report.Fact{Name: f.name, Value: strings.Join(distinct(values), ", ")})
	}
	return all
}

// seconds returns the mean time for a model by variant, of those that were computed.
func (r *Result) seconds() map[string]float64 {
	seconds := make(map[string]float64)
	for v, variant := range r.Variants {
		var sum float64
		var n int
		for _, c := range r.Cells {
			if c.Variant == v && c.Repeat == 0 && c.Error == "" {
				sum, n = sum+c.Seconds, n+1
			}
		}
		if variant.Metric != nil && n > 0 {
			seconds[variant.Label] = sum / float64(n)
		}
	}
	return seconds
}

// publishedNames returns the names of the metrics that are as published, with no
// parameter changed, by variant.
func (r *Result) publishedNames() map[string]string {
	names := make(map[string]string)
	for _, v := range r.Variants {
		if v.Metric != nil {
			asPublished, err := newVariant(v.Name, nil, r.Spec.Seed)
			if err != nil || !bytes.Equal(asPublished.params, v.params) {
				continue
			}
		}
		names[v.Label] = v.Name
	}
	return names
}

// citations returns the papers of the metrics, each once.
func (r *Result) citations() []report.Citation {
	var citations []report.Citation
	seen := make(map[string]bool)
	for _, v := range r.Variants {
		if v.Metric == nil {
			continue
		}
		info := v.Metric.Info()
		p := info.Paper
		first, _, _ := strings.Cut(p.Authors, " ")
		if p.Title == "" || seen[p.Title] {
			continue
		}
		seen[p.Title] = true
		citations = append(citations, report.Citation{
			Key: citationKey(fmt.Sprint(first, p.Year, v.Name)), Of: fmt.Sprintf("%s (version %d)", info.Title, info.Version),
			Authors: p.Authors, Title: p.Title, Venue: p.Venue, Year: p.Year,
		})
	}
	return citations
}

// citationKey returns a key of letters, digits and dashes, as BibTeX wants it.
func citationKey(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ':':
			return '-'
		case r > unicode.MaxASCII:
			return -1 // the mark of a letter
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(s))
}
