package experiments

import (
	"fmt"
	"path/filepath"
	"slices"

	"sfdalab/results"
	"sfdalab/results/record"
	"sfdalab/tracking"
)

// Headline returns what a stored run came to; nil where no score of it is correlated with a
// ground truth that it recorded. The error says why it cannot be read.
func Headline(store *tracking.Store, id string) (*record.Headline, error) {
	selection, err := store.Select(tracking.RunQuery(id)) // at once: each reading waits for writers
	if err != nil || len(selection) != 1 {
		return nil, err
	}
	Complete(selection)
	rec := selection[0].Record()
	if h, ok := rec.Headline(); ok {
		return &h, nil
	}
	return nil, nil
}

// Complete adds to runs that earlier programs recorded what their tables need and the
// record lacks: from their specs and, where those only name it, from the registry and the
// files of today. The warnings of such a run say which.
func Complete(selections []tracking.Selection) {
	for i := range selections {
		if run := &selections[i].Run; run.Layout == nil && run.Spec != "" {
			complete(run)
		}
	}
}

func complete(run *tracking.Run) {
	spec := &Spec{Text: run.Spec, Path: run.SpecPath}
	_ = spec.parse() // of a spec that this program does not take, what it can read
	if spec.Subsets.check() != nil {
		spec.Subsets = Subsets{}
	}
	run.Layout = &tracking.Layout{Measures: spec.Measures, Datasets: spec.Datasets, Models: spec.Models}
	for i := range spec.Subsets.Total() {
		run.Layout.Subsets = append(run.Layout.Subsets, spec.subsetName(i+1))
	}
	for _, name := range spec.Protocols {
		if t, err := results.LoadTruth(spec.table(name)); err == nil {
			run.Layout.Protocols = append(run.Layout.Protocols, t.On(run.Summary.Datasets))
			run.Warnings = append(run.Warnings, fmt.Sprintf("run %s is of an earlier program, which did not record the ground truth %s: it is taken as it is now", run.ID, t.Name))
		}
	}
	run.Variants = oldVariants(run, spec)
}

// oldVariants returns the variants of a spec as they would be recorded now, and those
// that were recorded and this program would not make.
func oldVariants(run *tracking.Run, spec *Spec) []record.Variant {
	recorded := slices.Clone(run.Variants)
	var variants []record.Variant
	take := func(truth string, own func(record.Variant) bool) {
		for _, v := range recorded {
			if own(v) {
				v.Truth = truth
				variants = append(variants, v)
			}
		}
		recorded = slices.DeleteFunc(recorded, own)
	}
	for _, e := range spec.Metrics {
		truth := oldTruth(run, spec.truth(e))
		if e.Scores != "" {
			if i := slices.IndexFunc(recorded, func(v record.Variant) bool { return v.Table != "" }); i >= 0 {
				table := recorded[i].Table
				take(truth, func(v record.Variant) bool { return v.Table == table })
			}
			continue
		}
		now, _ := e.variants(spec) // none of a metric or program that is gone
		for _, v := range now {
			of, err := v.recorded(spec.Seed)
			if err != nil {
				continue
			}
			of.Truth = truth
			variants = append(variants, of)
			recorded = slices.DeleteFunc(recorded, func(r record.Variant) bool {
				return r.Metric == of.Metric && r.Table == "" && string(r.Params) == string(of.Params)
			})
		}
	}
	take(oldTruth(run, spec.truth(Entry{})), func(record.Variant) bool { return true })
	return variants
}

// oldTruth returns the SHA-256 of the ground truth that a spec names: as it was recorded
// or, where it was not, as it is now.
func oldTruth(run *tracking.Run, nameOrPath string) string {
	if nameOrPath == "" {
		return ""
	}
	now, err := results.LoadTruth(nameOrPath)
	for i, t := range run.Truths {
		switch {
		case err == nil && t.SHA256 == now.SHA256:
			run.Truths[i] = now.On(run.Summary.Datasets) // the same, with its source
			return t.SHA256
		case t.Name == filepath.Base(nameOrPath):
			return t.SHA256
		}
	}
	if err != nil {
		return ""
	}
	run.Truths = append(run.Truths, now.On(run.Summary.Datasets))
	run.Warnings = append(run.Warnings, fmt.Sprintf("run %s is of an earlier program, which did not record the ground truth %s: it is taken as it is now", run.ID, now.Name))
	return now.SHA256
}
