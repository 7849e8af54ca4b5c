package experiments

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"sfdalab/features"
	"sfdalab/internal/par"
	"sfdalab/results"
	"sfdalab/tracking"
)

// Options of a run. The zero value computes all cells and stores none.
type Options struct {
	Store *tracking.Store
	Fresh bool // compute cells that the store has already

	// Progress is called after each cell, by one goroutine at a time; total is
	// the number of cells to compute.
	Progress func(done, total int)

	shard Shard // the cells to score, see RunShard
}

// Run scores all cells of a spec, in parallel, but for those that the store has,
// and logs them as one run. A cell that fails does not stop the others. When ctx
// ends, the cells that are done are stored, and the result holds them; the error
// is then that of ctx.
func Run(ctx context.Context, spec *Spec, o Options) (*Result, error) {
	r := &runner{spec: spec, Options: o, result: &Result{Spec: spec}}
	if err := r.plan(ctx); err != nil {
		return nil, err
	}
	if err := r.begin(); err != nil {
		return nil, err
	}
	err := r.compute(ctx)
	for _, b := range r.batches {
		for _, c := range b.cells {
			if c.state == done {
				r.result.Cells = append(r.result.Cells, *c)
			}
		}
	}
	return r.result, errors.Join(err, r.finish(err))
}

// runner is one run of a spec.
type runner struct {
	Options
	spec    *Spec
	result  *Result
	batches []*batch
	truths  []*results.Truth
	log     *tracking.Logger // nil when nothing is stored

	mu    sync.Mutex // guards count
	total int        // cells to compute
	count int        // of these, computed until now
}

// plan makes the cells, with the scores that the store has.
func (r *runner) plan(ctx context.Context) error {
	if err := r.planVariants(); err != nil {
		return err
	}
	if err := r.checkTruths(); err != nil {
		return err
	}
	inputs, err := r.spec.Inputs()
	if err != nil {
		return err
	}
	inputs = r.shard.of(inputs)
	computed := make([]*batch, len(inputs))
	if err := par.Acquire(ctx); err != nil {
		return err
	}
	par.For(len(inputs), func(i int) {
		b := &batch{input: inputs[i]}
		b.files, b.err = inputs[i].Identify()
		b.plan(r.result.Variants, r.spec)
		computed[i] = b
	})
	par.Release()
	if r.shard.Count > 0 {
		r.batches = computed
		r.planParts()
	} else {
		groups(computed, r.result.Variants)
		r.batches = append(computed, r.batches...)
	}
	return r.reuse()
}

// planVariants makes the variants, and the cells of those whose scores are read.
func (r *runner) planVariants() error {
	for _, e := range r.spec.Metrics {
		var variants []Variant
		var read []tracking.Cell
		var err error
		if e.Scores == "" {
			variants, err = e.variants(r.spec)
		} else if read, err = loadScores(r.spec.table(e.Scores)); err == nil {
			variants = e.scoreVariants(read)
		}
		if err != nil {
			return r.spec.errorAt(e.line, err)
		}
		variants = slices.DeleteFunc(variants, r.lacks)
		r.planRead(variants, read)
		for _, v := range variants {
			if slices.ContainsFunc(r.result.Variants, func(w Variant) bool { return w.Label == v.Label }) {
				return r.spec.errorAt(e.line, fmt.Errorf("%q is listed twice: give one another name", v.Label))
			}
			if err := v.identify(); err != nil {
				return r.spec.errorAt(e.line, err)
			}
			v.Truth = r.spec.truth(e)
			r.result.Variants = append(r.result.Variants, v)
		}
	}
	return nil
}

// checkTruths reads the ground truths, so that a wrong name is found before the work
// is done and not after.
func (r *runner) checkTruths() error {
	for _, name := range r.spec.Protocols {
		if _, err := results.LoadTruth(r.spec.table(name)); err != nil {
			return r.spec.errorAt(0, err)
		}
	}
	checked := map[string]bool{"": true}
	for _, v := range r.result.Variants {
		if checked[v.Truth] {
			continue
		}
		checked[v.Truth] = true
		truth, err := results.LoadTruth(v.Truth)
		if err != nil {
			return r.spec.errorAt(0, err)
		}
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
	needs, key := v.Metric.Info().Needs, ""
	switch {
	case needs&features.Outputs != 0 && r.spec.Outputs == "":
		key = "outputs"
	case needs&features.Second != 0 && r.spec.Second == "":
		key = "second"
	default:
		return false
	}
	r.result.Warnings = append(r.result.Warnings, fmt.Sprintf("%s is left out: it needs the key %s, which the spec lacks", v.Label, key))
	return true
}

// planRead adds the cells that were read for variants, which are about to follow
// those that there are.
func (r *runner) planRead(variants []Variant, read []tracking.Cell) {
	b := &batch{}
	for _, c := range read {
		v := slices.IndexFunc(variants, func(v Variant) bool { return v.Name == c.Metric })
		b.cells = append(b.cells, &Cell{Cell: c, Variant: len(r.result.Variants) + v, state: done})
	}
	r.batches = append(r.batches, b)
}

// reuse takes the scores that the store has from it, or the parts of them.
func (r *runner) reuse() error {
	ids := make([]tracking.Identity, 0, len(r.batches)*len(r.result.Variants)*(1+r.spec.Repeats.Count))
	for _, b := range r.batches {
		for _, c := range b.cells {
			c.ID = c.Identify()
			ids = append(ids, c.ID)
			if r.waits(c) {
				ids = append(ids, c.part().ID)
			}
			if c.state == planned {
				r.total++
			}
		}
	}
	if r.Store == nil || r.Fresh {
		return nil
	}
	known, err := r.Store.Lookup(ids)
	if err != nil {
		return err
	}
	for _, b := range r.batches {
		for _, c := range b.cells {
			if c.state != planned {
				continue
			}
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
	}
	r.total -= r.result.Reused
	return nil
}

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
			inputs[f.Path] = f.SHA256
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
		Spec:       r.spec.Text,
		SpecPath:   path,
		Inputs:     inputs,
		Truths:     truths,
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

// compute scores the cells that are not done.
func (r *runner) compute(ctx context.Context) error {
	tasks, ctx := errgroup.WithContext(ctx)
	tasks.SetLimit(par.Limit())
	for _, b := range r.batches {
		tasks.Go(func() error {
			if err := par.Acquire(ctx); err != nil {
				return err
			}
			defer par.Release()
			return r.score(ctx, b)
		})
	}
	if err := tasks.Wait(); err != nil {
		return err
	}
	return r.combine()
}

// score scores the cells of a batch that are not done. The error is that of the
// context or of the store; failures of cells are in the cells.
func (r *runner) score(ctx context.Context, b *batch) error {
	var missing []*Cell
	for _, c := range b.cells {
		if c.state == planned {
			missing = append(missing, c)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	set, err := openSet(b.input)
	if set != nil {
		defer set.Close()
	}
	part, repeat := set, 0
	for _, c := range missing {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if c.Repeat != repeat && set != nil {
			repeat = c.Repeat
			part, err = set.Subset(r.spec.draw(set.Labels, repeat))
		}
		if err != nil {
			c.Error = err.Error()
		} else {
			c.measure(ctx, r.result.Variants[c.Variant].Metric, part)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := r.finished(c); err != nil {
			return err
		}
	}
	return nil
}

// finished counts a cell that has got its score or its error, and logs it unless
// it waits for the others of its group.
func (r *runner) finished(c *Cell) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count++
	if r.Progress != nil {
		r.Progress(r.count, r.total)
	}
	if r.waits(c) && c.Error == "" {
		c.state = scored
		return nil
	}
	return r.store(c)
}

// store marks a cell as done and logs it.
func (r *runner) store(c *Cell) error {
	c.state = done
	if r.log == nil {
		return nil
	}
	return r.log.Log(c.Cell)
}

// combine combines the groups that have a new member. Where a member failed, the
// group is of the others.
func (r *runner) combine() error {
	for _, g := range groups(r.batches, r.result.Variants) {
		if !slices.ContainsFunc(g.cells, func(c *Cell) bool { return c.state == scored }) {
			continue
		}
		g.combine()
		for _, c := range g.cells {
			c.ID = c.Identify()
			if err := r.store(c); err != nil {
				return err
			}
		}
	}
	return nil
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
