package experiments

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"sfdalab/features"
	"sfdalab/internal/process"
	"sfdalab/metric"
	"sfdalab/results"
	"sfdalab/results/record"
	"sfdalab/tracking"
)

// begin opens the run in the store and logs what is known already.
func (r *runner) begin() error {
	run, err := r.recorded()
	if err != nil {
		return err
	}
	r.result.recorded = run
	if r.Store == nil {
		return nil
	}
	run.Environment = tracking.Here()
	log, err := r.Store.Begin(run)
	if err != nil {
		return err
	}
	run.ID = log.Run()
	r.log, r.result.Run, r.result.recorded = log, run.ID, run
	var failed error
	r.training.each(func(x *trial) {
		if x.state == done && x.wanted && failed == nil {
			failed = log.Log(x.Cell)
		}
	})
	if failed != nil {
		return failed
	}
	for _, b := range r.batches {
		for _, c := range b.cells {
			if c.state != done {
				continue
			}
			if err := log.Log(c.Cell); err != nil {
				return err
			}
		}
	}
	return nil
}

// recorded returns the run with all that its tables need besides its cells, and what its
// scores were made of.
func (r *runner) recorded() (tracking.Run, error) {
	run := tracking.Run{
		Experiment: r.spec.Name,
		Annotation: r.Note,
		Spec:       r.spec.Text,
		Inputs:     make(map[string]string),
		Seed:       r.spec.Seed,
		Layout:     &tracking.Layout{Measures: r.spec.Measures, Test: r.spec.Test, Images: r.result.Images},
		Warnings:   slices.Clone(r.result.Warnings),
	}
	var err error
	if run.SpecPath, err = filepath.Abs(r.spec.Path); err != nil {
		return run, err
	}
	r.recordCells(&run)
	if err := r.recordInputs(&run); err != nil {
		return run, err
	}
	for _, name := range r.spec.Protocols {
		t, err := r.loadTruth(r.spec.table(name))
		if err != nil {
			return run, err
		}
		run.Layout.Protocols = append(run.Layout.Protocols, t.On(run.Layout.Datasets))
	}
	return run, r.recordVariants(&run)
}

// recordCells records how many cells there are, and of which datasets, models and subsets.
func (r *runner) recordCells(run *tracking.Run) {
	var datasets, models []string
	r.training.each(func(x *trial) {
		run.Planned++
		if r.part == nil {
			datasets, models = append(datasets, x.dataset), append(models, x.model)
		}
	})
	for _, b := range r.batches {
		run.Planned += len(b.cells)
		for _, c := range b.cells {
			if n := len(datasets); n == 0 || datasets[n-1] != c.Dataset || models[n-1] != c.Model {
				datasets, models = append(datasets, c.Dataset), append(models, c.Model)
			}
		}
	}
	run.Layout.Datasets, run.Layout.Models = results.Distinct(datasets), results.Distinct(models)
	for i := range r.spec.Subsets.Total() {
		run.Layout.Subsets = append(run.Layout.Subsets, r.spec.subsetName(i+1))
	}
}

// recordInputs records the input files, and the files that those are made of.
func (r *runner) recordInputs(run *tracking.Run) error {
	for _, b := range r.batches {
		for _, f := range b.files {
			path, err := filepath.Abs(f.Path)
			if err != nil {
				return err
			}
			run.Inputs[path] = f.SHA256
			if err := r.recordSources(run, path, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// recordSources adds the files that an input is made of, where they are others than it.
func (r *runner) recordSources(run *tracking.Run, path string, f features.File) error {
	if f.Path == "" || run.Sources[path] != nil { // it could not be opened
		return nil
	}
	sources, err := r.hashes.Sources(f)
	if err != nil || sources == nil {
		return err
	}
	if run.Sources == nil {
		run.Sources = make(map[string]map[string]string)
	}
	run.Sources[path] = make(map[string]string)
	for file, sum := range sources {
		if file, err = filepath.Abs(file); err != nil {
			return err
		}
		run.Sources[path][file] = sum
	}
	return nil
}

// recordVariants records the variants with their files, and the ground truths that they are
// correlated with.
func (r *runner) recordVariants(run *tracking.Run) error {
	facts, err := r.spec.facts()
	if err != nil {
		return err
	}
	truths := make(map[string]string) // SHA-256 by the spec's name
	for _, v := range r.result.Variants {
		if _, known := truths[v.Truth]; v.Truth != "" && !known {
			t := r.truths[len(truths)]
			truths[v.Truth] = ""
			if t != nil { // else it is still to be measured
				truths[v.Truth] = t.SHA256
			}
			if t != nil && !slices.ContainsFunc(run.Truths, func(known *results.Truth) bool { return known.SHA256 == t.SHA256 }) {
				run.Truths = append(run.Truths, t.On(run.Layout.Datasets))
				r.recordReferences(run.Layout, t, facts)
			}
		}
		of, err := v.recorded(r.spec.Seed)
		if err != nil {
			return err
		}
		of.Truth = truths[v.Truth]
		run.Variants = append(run.Variants, of)
		if err := v.addFiles(run.Inputs); err != nil {
			return err
		}
	}
	return nil
}

// recordReferences records what scores are compared with besides each other: the baselines
// of the models and, of a ground truth that is built in, other ways to fine-tune them.
func (r *runner) recordReferences(l *tracking.Layout, t *results.Truth, facts results.Facts) {
	if !r.spec.NoBaselines {
		for _, b := range results.Baselines(t, facts) {
			if l.Baselines == nil {
				l.Baselines = make(map[string][]results.Baseline)
			}
			l.Baselines[t.SHA256] = append(l.Baselines[t.SHA256], b.On(l.Datasets, l.Models))
		}
	}
	if len(r.spec.Protocols) > 0 {
		return
	}
	for _, other := range results.Siblings(t) {
		other = other.On(l.Datasets)
		known := func(p *results.Truth) bool { return p.Name == other.Name }
		if len(other.Accuracies) > 0 && !slices.ContainsFunc(l.Protocols, known) {
			l.Protocols = append(l.Protocols, other)
		}
	}
}

// linearProbes are the metrics that train a linear classifier on the features: what they
// score is the accuracy of a model whose last layer alone is trained.
var linearProbes = []string{"logistic", "linear-svm", "lda-cv"}

// recorded returns the variant as it is recorded. The seed is the spec's.
func (v Variant) recorded(seed uint64) (record.Variant, error) {
	of := record.Variant{Label: v.Label, Metric: v.Name, Params: v.params, Seed: v.seed, Table: v.table}
	if v.Metric == nil {
		return of, nil
	}
	info := v.Metric.Info()
	of.Title, of.Version, of.Flipped = info.Title, info.Version, info.Flipped
	of.LinearProbe = slices.Contains(linearProbes, v.Name)
	if p, ok := v.Metric.(Program); ok {
		var err error
		of.Program, err = p.hash()
		return of, err
	}
	usual, err := newVariant(v.Name, nil, seed)
	of.AsPublished = err == nil && slices.Equal(usual.params, v.params)
	if p := info.Paper; p.Title != "" {
		first, _, _ := strings.Cut(p.Authors, " ")
		of.Citation = &results.Citation{
			Key: citationKey(fmt.Sprint(first, p.Year, v.Name)), Of: fmt.Sprintf("%s (version %d)", info.Title, info.Version),
			Authors: p.Authors, Title: p.Title, Venue: p.Venue, Year: p.Year,
		}
	}
	return of, nil
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

// addFiles adds the files that the scores of a variant come from besides features: the
// table that they were read from, the program that computes them, and those that its
// parameters name.
func (v Variant) addFiles(inputs map[string]string) error {
	var files []string
	if v.source != "" {
		files = append(files, v.source)
	}
	switch m := v.Metric.(type) {
	case nil:
	case Program:
		for _, arg := range m.Command {
			if path, ok := process.File(m.Folder, arg); ok {
				files = append(files, path)
			}
		}
	default:
		for _, path := range metric.Paths(m) {
			files = append(files, path)
		}
	}
	for _, path := range files {
		path, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		if inputs[path] != "" { // many variants may come from one table
			continue
		}
		if inputs[path], err = process.HashFile(path); err != nil {
			return err
		}
	}
	return nil
}

// finish closes the run in the store; err is why it stopped early.
func (r *runner) finish(err error) error {
	if r.log == nil {
		return nil
	}
	failed, all := len(r.result.Failed())+len(r.result.FailedTrials()), len(r.result.Cells)+len(r.result.Trials)
	switch {
	case errors.Is(err, context.Canceled):
		return r.log.Finish(tracking.Interrupted, "")
	case err != nil:
		return r.log.Finish(tracking.Failed, err.Error())
	case failed > 0:
		return r.log.Finish(tracking.Failed, fmt.Sprintf("%d of %d cells failed", failed, all))
	}
	return r.log.Finish(tracking.Done, "")
}
