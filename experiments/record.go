package experiments

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"sfdalab/tracking"
)

// begin opens the run in the store and logs what is known already.
func (r *runner) begin() error {
	if r.Store == nil {
		return nil
	}
	inputs := make(map[string]string)
	var planned int
	for _, b := range r.batches {
		planned += len(b.cells)
		for _, f := range b.files {
			path, err := filepath.Abs(f.Path)
			if err != nil {
				return err
			}
			inputs[path] = f.SHA256
		}
	}
	path, err := filepath.Abs(r.spec.Path)
	if err != nil {
		return err
	}
	truths, err := r.knownTruths()
	if err != nil {
		return err
	}
	log, err := r.Store.Begin(tracking.Run{
		Experiment: r.spec.Name,
		Annotation: r.Note,
		Spec:       r.spec.Text,
		SpecPath:   path,
		Inputs:     inputs,
		Truths:     truths,
		Labels:     r.labels(),
		Seed:       r.spec.Seed,
		Planned:    planned,
	})
	if err != nil {
		return err
	}
	r.log, r.result.Run = log, log.Run()
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

// labels returns those of the variants that have cells, for the record.
func (r *runner) labels() []tracking.Label {
	labels := make([]tracking.Label, len(r.result.Variants))
	for _, b := range r.batches {
		for _, c := range b.cells {
			if l := &labels[c.Variant]; l.Text == "" {
				*l = tracking.Label{Text: r.result.Variants[c.Variant].Label, Metric: c.Metric, Params: c.Params, Table: c.Files[tracking.TableRole]}
			}
		}
	}
	return slices.DeleteFunc(labels, func(l tracking.Label) bool { return l.Text == "" })
}

// knownTruths returns what the ground truths tell of the cells, for the record.
func (r *runner) knownTruths() ([]tracking.Truth, error) {
	var known []tracking.Truth
	for _, t := range r.truths {
		h := sha256.New()
		if err := t.Frame.WriteCSV(h); err != nil {
			return nil, err
		}
		k := tracking.Truth{Name: t.Name, SHA256: hex.EncodeToString(h.Sum(nil)), Accuracies: map[string]map[string]float64{}}
		for _, b := range r.batches {
			for _, c := range b.cells {
				accuracy, ok := t.Accuracy(c.Dataset, c.Model)
				if !ok {
					continue
				}
				if k.Accuracies[c.Dataset] == nil {
					k.Accuracies[c.Dataset] = map[string]float64{}
				}
				k.Accuracies[c.Dataset][c.Model] = accuracy
			}
		}
		known = append(known, k)
	}
	return known, nil
}

// finish closes the run in the store; err is why it stopped early.
func (r *runner) finish(err error) error {
	if r.log == nil {
		return nil
	}
	failed := len(r.result.Failed())
	switch {
	case errors.Is(err, context.Canceled):
		return r.log.Finish(tracking.Interrupted, "")
	case err != nil:
		return r.log.Finish(tracking.Failed, err.Error())
	case failed > 0:
		return r.log.Finish(tracking.Failed, fmt.Sprintf("%d of %d cells failed", failed, len(r.result.Cells)))
	}
	return r.log.Finish(tracking.Done, "")
}
