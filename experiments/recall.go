package experiments

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sfdalab/tracking"
)

// Recall returns the result of a stored run from its cells, in the order in which
// they were stored.
func Recall(run tracking.Run, cells []tracking.Cell) (*Result, error) {
	if run.Spec == "" {
		return recallImported(run, cells), nil
	}
	spec, err := Parse(run.Spec, run.SpecPath)
	if err != nil {
		return nil, fmt.Errorf("the spec of run %s: %w", run.ID, err)
	}
	r := &Result{Spec: spec, Run: run.ID}
	cells = slices.Clone(cells)
	slices.SortStableFunc(cells, spec.compare)

	var tables [][]tracking.Cell // of scores that were read, by their hash
	for len(cells) > 0 && cells[len(cells)-1].Files[tracking.TableRole] != "" {
		hash := cells[len(cells)-1].Files[tracking.TableRole]
		from := slices.IndexFunc(cells, func(c tracking.Cell) bool { return c.Files[tracking.TableRole] == hash })
		tables = append(tables, cells[from:])
		cells = cells[:from]
	}
	for _, e := range spec.Metrics {
		switch {
		case e.Scores == "":
			variants, err := e.variants(spec)
			if err != nil {
				return nil, err
			}
			for _, v := range variants {
				r.recall(e, v, cells, v.scored)
			}
		case len(tables) > 0:
			read := tables[len(tables)-1]
			tables = tables[:len(tables)-1]
			for _, v := range e.scoreVariants(read) {
				r.recall(e, v, read, func(c tracking.Cell) bool { return c.Metric == v.Name })
			}
		}
	}
	return r, nil
}

// recallImported returns the result of a run that no spec made: scores without a
// ground truth.
func recallImported(run tracking.Run, cells []tracking.Cell) *Result {
	r := &Result{Spec: &Spec{Name: run.Experiment}, Run: run.ID}
	varied := tracking.Variants(cells)
	var repeats numbering
	for _, c := range cells {
		name := strings.TrimSpace(c.Metric + " " + varied(&c))
		v := slices.IndexFunc(r.Variants, func(v Variant) bool { return v.Label == name })
		if v < 0 {
			v = len(r.Variants)
			r.Variants = append(r.Variants, Variant{Label: name, Name: c.Metric})
		}
		r.Cells = append(r.Cells, Cell{Cell: c, Variant: v, Repeat: repeats.of(c.Split), state: done})
	}
	return r
}

// recall adds a variant with those of the cells that are its own.
func (r *Result) recall(e Entry, v Variant, cells []tracking.Cell, own func(tracking.Cell) bool) {
	v.Truth = r.Spec.truth(e)
	for _, c := range cells {
		if own(c) {
			r.Cells = append(r.Cells, Cell{Cell: c, Variant: len(r.Variants), Repeat: r.Spec.Repeats.repeatOf(c.Split), state: done})
		}
	}
	r.Variants = append(r.Variants, v)
}

// scored reports whether a computed cell is of this variant.
func (v Variant) scored(c tracking.Cell) bool {
	return c.Metric == v.Name && c.Seed == v.seed && bytes.Equal(c.Params, v.params)
}

// compare orders cells as a run does: by dataset and model, in the order of the spec's
// lists or by name, and after them those that were read, as they are.
func (s *Spec) compare(a, b tracking.Cell) int {
	if a.Files[tracking.TableRole] != "" || b.Files[tracking.TableRole] != "" {
		return cmp.Compare(len(a.Files[tracking.TableRole]), len(b.Files[tracking.TableRole]))
	}
	by := func(list []string, a, b string) int {
		return cmp.Or(cmp.Compare(slices.Index(list, a), slices.Index(list, b)), cmp.Compare(a, b))
	}
	return cmp.Or(by(s.Datasets, a.Dataset, b.Dataset), by(s.Models, a.Model, b.Model))
}
