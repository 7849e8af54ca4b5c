package tracking

import (
	"cmp"
	"slices"
	"strings"

	"sfdalab/results"
	"sfdalab/results/record"
)

// Record returns what the tables of a run's selected cells need. Cells of a variant that
// is not recorded, as imports have them, are called by their metric and parameters.
func (s *Selection) Record() record.Record {
	run := &s.Run
	rec := record.Record{Title: run.Experiment, Truths: run.Truths, Seed: run.Seed, Warnings: run.Warnings, Rankings: run.Rankings}
	if run.ID != "" {
		env := run.Environment
		rec.Runs = []record.Run{{ID: run.ID, Title: cmp.Or(run.Name, run.Experiment, run.ID), Revision: env.Revision, Go: env.Go, CPU: env.CPU}}
	}
	lines := newLines(s)
	scored := make([]bool, len(lines.variants))
	subsets := make(map[string]bool)
	for i := range s.Cells {
		c := &s.Cells[i]
		v := lines.of(c)
		if v < 0 {
			continue
		}
		for len(scored) <= v {
			scored = append(scored, false)
		}
		scored[v] = true
		score := results.Score{
			Dataset: c.Dataset, Model: c.Model, Metric: lines.variants[v].Label,
			Value: c.Score, Error: c.Error, Warnings: c.Warnings, Seconds: c.Seconds,
		}
		if _, ok := record.Fraction(c.Subset); ok {
			score.Subset = c.Subset
			if !subsets[c.Subset] {
				subsets[c.Subset] = true
				rec.Subsets = append(rec.Subsets, c.Subset)
			}
		}
		rec.Scores = append(rec.Scores, score)
	}
	for v, of := range lines.variants {
		if v < len(scored) && scored[v] {
			rec.Variants = append(rec.Variants, of)
		}
	}
	if run.Layout != nil {
		run.Layout.apply(&rec)
	}
	return rec
}

// apply puts what a record has in the order of the layout. Scores that were read come last,
// in the order of their tables.
func (l *Layout) apply(rec *record.Record) {
	for _, name := range l.Measures {
		if m, err := results.MeasureByName(name); err == nil { // else a later program has it
			rec.Measures = append(rec.Measures, m)
		}
	}
	rec.Protocols, rec.Baselines, rec.Test, rec.Images = l.Protocols, l.Baselines, l.Test, l.Images
	place := func(names []string) func(a, b string) int {
		at := make(map[string]int, len(names))
		for i, name := range names {
			at[name] = i - len(names) // others come last, by name
		}
		return func(a, b string) int { return cmp.Or(cmp.Compare(at[a], at[b]), cmp.Compare(a, b)) }
	}
	datasets, models := place(l.Datasets), place(l.Models)
	read := make(map[string]int) // 1 for a variant whose scores were read
	for _, v := range rec.Variants {
		if v.Table != "" {
			read[v.Label] = 1
		}
	}
	slices.SortStableFunc(rec.Scores, func(a, b results.Score) int {
		if either := read[a.Metric] + read[b.Metric]; either > 0 {
			return read[a.Metric] - read[b.Metric]
		}
		return cmp.Or(datasets(a.Dataset, b.Dataset), models(a.Model, b.Model))
	})
	slices.SortStableFunc(rec.Subsets, place(l.Subsets))
}

// lines tells which variant a cell is of.
type lines struct {
	variants []record.Variant
	at       map[string]int // by what tells variants apart
	varied   func(*Cell) string
	truth    string // SHA-256 of that of variants which are not recorded
}

// newLines returns the variants that the run of s recorded. Those of other cells are added
// as they are met.
func newLines(s *Selection) *lines {
	l := &lines{variants: slices.Clone(s.Run.Variants), at: make(map[string]int)}
	if len(s.Run.Truths) > 0 {
		l.truth = s.Run.Truths[0].SHA256
	}
	for i := range l.variants {
		v := &l.variants[i]
		if s.Run.Layout == nil { // earlier programs did not record which
			v.Truth = cmp.Or(v.Truth, l.truth)
		}
		l.at[v.Metric+"\x00"+v.Table+"\x00"+string(v.Params)] = i
	}
	l.varied = Variants(s.Cells)
	return l
}

// partial ends the name of what is kept of a metric's score of one model, before it is
// combined with those of the other models: it is no score.
const partial = " part"

// of returns the number of the variant of c, −1 for what is no score.
func (l *lines) of(c *Cell) int {
	if c.Metric == FineTune {
		return -1
	}
	key := c.Metric + "\x00" + c.Files[TableRole] + "\x00" + string(c.Params)
	if v, ok := l.at[key]; ok {
		return v
	}
	if strings.HasSuffix(c.Metric, partial) {
		return -1
	}
	v := record.Variant{
		Label: strings.TrimSpace(c.Metric + " " + l.varied(c)), Metric: c.Metric, Version: c.Version,
		Params: c.Params, Table: c.Files[TableRole], Seed: c.Seed, Truth: l.truth,
	}
	for slices.ContainsFunc(l.variants, func(known record.Variant) bool { return known.Label == v.Label }) {
		v.Label += " (another)"
	}
	l.at[key], l.variants = len(l.variants), append(l.variants, v)
	return l.at[key]
}
