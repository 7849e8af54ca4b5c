package experiments

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"

	"sfdalab/experiments/plan"
	"sfdalab/extract/datasets"
	"sfdalab/features/files"
	"sfdalab/internal/par"
	"sfdalab/metric"
	"sfdalab/results/record"
	"sfdalab/tracking"
)

// plan makes the cells, with the scores that the store has.
func (r *runner) plan(ctx context.Context) error {
	if err := r.planVariants(); err != nil {
		return err
	}
	if err := r.checkTruths(); err != nil {
		return err
	}
	if err := r.planTrials(ctx); err != nil {
		return err
	}
	if err := r.planInputs(ctx); err != nil {
		return err
	}
	if r.part != nil {
		r.planParts()
	} else {
		groups(r.batches, r.result.Variants)
	}
	par.For(len(r.batches), func(i int) {
		for _, c := range r.batches[i].cells {
			c.ID = c.Identify()
		}
	})
	if r.part != nil {
		r.leaveOut()
	}
	return r.reuse()
}

// planInputs makes the cells of each input, which come before those that were read.
func (r *runner) planInputs(ctx context.Context) error {
	inputs, err := r.inputs()
	if err != nil {
		return err
	}
	if err := r.spec.Subsets.check(); err != nil {
		return err
	}
	if n := float64(len(inputs)) * float64(len(r.result.Variants)) * float64(r.spec.Subsets.Total()+1); n > mostCells {
		return r.spec.errorAt(r.spec.lines["metrics"], fmt.Errorf("%.0f cells are too many: a run may have at most %d; ask for fewer subsets or variants", n, mostCells))
	}
	computed := make([]*batch, len(inputs))
	for i, in := range inputs {
		computed[i] = &batch{input: in}
	}
	if r.spec.extracts() && r.unread == nil {
		if err := r.extract(ctx, computed); err != nil {
			if computed = r.extracted(computed); !r.partial || ctx.Err() == nil || len(computed) == 0 {
				return err
			}
			ctx, r.stopped = context.WithoutCancel(ctx), err
		}
	}
	if err := par.Acquire(ctx, 1); err != nil {
		return err
	}
	defer par.Release(1)
	r.loadHashes()
	par.For(len(computed), func(i int) {
		b := computed[i]
		if ctx.Err() != nil {
			return
		}
		r.identify(b)
		b.plan(r.result.Variants, r.spec)
	})
	for _, b := range computed {
		r.hashes.TellLabels(b.input)
	}
	r.saveHashes()
	r.result.inputs = make(map[pair]files.Paths, len(computed))
	for _, b := range computed {
		r.result.inputs[pair{b.input.Model, b.input.Dataset}] = b.input
	}
	r.describeSplits(computed)
	r.batches = append(computed, r.batches...)
	return ctx.Err()
}

// describeSplits has the run record of which splits its samples are, where files tell.
func (r *runner) describeSplits(batches []*batch) {
	if r.spec.extracts() {
		return // which has said so
	}
	for _, b := range batches {
		of := record.Images{Dataset: b.input.Dataset}
		var taken []string
		for _, s := range r.hashes.Splits(b.input) {
			taken = append(taken, fmt.Sprintf("%s (%d)", s.Name, s.N))
			of.Count += s.N
		}
		of.Samples = enumerate(taken)
		if taken != nil && !slices.Contains(r.result.Images, of) {
			r.result.Images = append(r.result.Images, of)
		}
	}
}

// enumerate joins words as a sentence does: a, b and c.
func enumerate(words []string) string {
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
	return strings.Join(words, "")
}

// inputs returns those of the spec, or of the part that is asked for.
func (r *runner) inputs() ([]files.Paths, error) {
	if r.part == nil {
		return r.spec.Inputs()
	}
	listed := make(map[pair]files.Paths)
	if r.spec.List != "" {
		all, err := r.spec.listed()
		if err != nil {
			return nil, err
		}
		for _, p := range all {
			listed[pair{p.Model, p.Dataset}] = p
		}
	}
	var inputs []files.Paths
	for _, t := range r.part.Tasks {
		if t.Kind != plan.Score {
			continue
		}
		p, ok := listed[pair{t.Model, t.Dataset}]
		switch {
		case ok:
		case r.spec.List != "": // the row is gone: the list itself is an error to open
			p = files.Paths{Model: t.Model, Dataset: t.Dataset, Features: r.spec.path(r.spec.List)}
		default:
			p = r.spec.input(t.Model, t.Dataset)
		}
		inputs = append(inputs, p)
	}
	return inputs, nil
}

// identify finds the hashes of a batch's files. Those that are left unread have none,
// and so identities that no store has.
func (r *runner) identify(b *batch) {
	if b.err != nil || b.input.Features == "" {
		return // it was not extracted
	}
	if r.unread != nil && r.unread(b.input) {
		b.files = r.hashes.Known(b.input)
		return
	}
	b.files, b.err = r.hashes.Identify(b.input)
}

// loadHashes loads the hashes that earlier runs have kept beside the store and its
// shards. They save time and decide nothing: what cannot be read is done without.
func (r *runner) loadHashes() {
	if r.Store == nil || r.Fresh {
		return
	}
	files := []string{hashFile(r.Store.Path())}
	if r.part != nil {
		files = append(files, hashFile(r.part.store))
	}
	shards, _ := filepath.Glob(filepath.Join(datasets.EscapeGlob(ShardFolder(r.Store.Path())), hashFile("*")))
	for _, f := range append(files, shards...) {
		_ = r.hashes.Load(f)
	}
}

// saveHashes keeps the hashes beside the store, for the next run.
func (r *runner) saveHashes() {
	if r.Store != nil {
		_ = r.hashes.Save(hashFile(r.Store.Path()))
	}
}

// hashFile is where the hashes of the files that a store has scores of are kept.
func hashFile(store string) string { return store + ".hashes" }

// planVariants makes the variants, and the cells of those whose scores are read.
func (r *runner) planVariants() error {
	hashes := make(map[string]string)
	known := known{labels: make(map[string]bool), scores: make(map[string]listed)}
	for _, e := range r.spec.Metrics {
		var variants []Variant
		var read []tracking.Cell
		var err error
		if e.Scores == "" {
			variants, err = e.variants(r.spec)
		} else if read, err = r.spec.loadScores(r.spec.table(e.Scores)); err == nil {
			variants = e.scoreVariants(r.spec, read)
		}
		if err != nil {
			return r.spec.errorAt(e.line, err)
		}
		variants = slices.DeleteFunc(variants, r.lacks)
		if e.Scores != "" && r.part == nil { // of which no shard has a part
			r.planRead(variants, read)
		}
		if len(r.result.Variants)+len(variants) > mostVariants {
			return r.spec.errorAt(e.line, errVariants)
		}
		for _, v := range variants {
			if err := known.add(v, e.line); err != nil {
				return r.spec.errorAt(e.line, err)
			}
			if err := v.identify(hashes); err != nil {
				return r.spec.errorAt(e.line, err)
			}
			if v.Truth = r.spec.truth(e); v.Truth == "" && r.spec.trains() {
				v.Truth = ownTruth
			}
			r.result.Variants = append(r.result.Variants, v)
		}
	}
	return nil
}

// checkTruths reads the ground truths, so that a wrong name is found before the work
// is done and not after.
func (r *runner) checkTruths() error {
	for _, name := range r.spec.Protocols {
		truth, err := r.loadTruth(r.spec.table(name))
		if err != nil {
			return r.spec.errorAt(0, err)
		}
		r.spec.tellAll(truth.Told)
	}
	checked := map[string]bool{"": true}
	for _, v := range r.result.Variants {
		if checked[v.Truth] {
			continue
		}
		checked[v.Truth] = true
		if v.Truth == ownTruth {
			r.truths = append(r.truths, nil)
			continue
		}
		truth, err := r.loadTruth(v.Truth)
		if err != nil {
			return r.spec.errorAt(0, err)
		}
		r.spec.tellAll(truth.Told)
		r.truths = append(r.truths, truth)
	}
	return nil
}

// lacks reports whether a variant needs data that the spec does not name, and warns
// of it.
func (r *runner) lacks(v Variant) bool {
	if v.Metric == nil {
		return false
	}
	needs, lacking := v.Metric.Info().Needs, ""
	switch {
	case r.spec.List != "":
		return false // its rows say what there is, and cells without it fail
	case needs&metric.Outputs != 0 && r.spec.Outputs == "" && !r.spec.extracts():
		lacking = "source outputs (the key outputs of a spec, or --outputs)"
	case needs&metric.Second != 0 && r.spec.Second == "":
		lacking = "second features (the key second of a spec)"
	default:
		return false
	}
	r.result.Warnings = append(r.result.Warnings, fmt.Sprintf("%s is left out: it needs %s", v.Label, lacking))
	return true
}

// planRead adds the cells that were read for variants, which are about to follow
// those that there are.
func (r *runner) planRead(variants []Variant, read []tracking.Cell) {
	b, at := &batch{}, make(map[string]int)
	for i, v := range variants {
		at[v.Name] = len(r.result.Variants) + i
	}
	for _, c := range read {
		b.cells = append(b.cells, &Cell{Cell: c, Variant: at[c.Metric], state: done})
	}
	r.batches = append(r.batches, b)
}

// reuse takes the scores that the store has from it, or the parts of them.
func (r *runner) reuse() error {
	ids := make([]tracking.Identity, 0, len(r.batches)*len(r.result.Variants)*(1+r.spec.Subsets.Total()))
	for c := range r.planned() {
		r.total++
		ids = append(ids, c.ID)
		if r.waits(c) {
			ids = append(ids, c.part().ID)
		}
	}
	if r.Store == nil || r.Fresh {
		return nil
	}
	known, err := r.Store.Lookup(ids)
	if err != nil {
		return err
	}
	for c := range r.planned() {
		old, ok := known[c.ID]
		state := done
		if !ok && r.waits(c) {
			old, ok = known[c.part().ID]
			state = scored
		}
		if !ok {
			continue
		}
		old.Metric, old.Dataset, old.Model, old.Files = c.Metric, c.Dataset, c.Model, c.Files
		c.Cell, c.state = old, state
		r.result.Reused++
	}
	r.total -= r.result.Reused
	return nil
}

// planned yields the cells that have no score yet.
func (r *runner) planned() iter.Seq[*Cell] {
	return func(yield func(*Cell) bool) {
		for _, b := range r.batches {
			for _, c := range b.cells {
				if c.state == planned && !yield(c) {
					return
				}
			}
		}
	}
}
