package experiments

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"sfdalab/experiments/plan"
	"sfdalab/extract"
	"sfdalab/features"
	"sfdalab/features/files"
	"sfdalab/results"
	"sfdalab/tracking"
)

// Options of a run. The zero value computes all cells and stores none.
type Options struct {
	Store *tracking.Store
	Note  tracking.Annotation // of the run in the store
	Fresh bool                // compute cells that the store has already

	// Progress is called after each cell, by one goroutine at a time; total is
	// the number of cells to compute.
	Progress func(done, total int)

	// Extract says how a spec's extraction is run: Folder, beside the store if empty,
	// Runtime, Threads, Workers, Progress and Say. The rest is the spec's.
	Extract extract.Options

	// Training is called as trials go on and when they are done, by one goroutine at a time.
	Training func(Training)

	// Failed are trials that failed and are not to be tried again.
	Failed map[tracking.Identity]tracking.Cell

	part *Part // the cells to score, see RunPart; nil for all

	unread bool // input files need no hash, since nobody keeps the scores

	// Cells are scored in stages, those that the first takes before all others; at once
	// where there is none.
	stages []func(*Cell) bool

	// partial says that an interrupted extraction is followed by the first stage of the
	// models whose features are there.
	partial bool
}

// Run scores all cells of a spec, in parallel, but for those that the store has,
// and logs them as one run. A cell that fails does not stop the others. When ctx
// ends, the cells that are done are stored, and the result holds them; the error
// is then that of ctx.
func Run(ctx context.Context, spec *Spec, o Options) (*Result, error) {
	r := &runner{spec: spec, Options: o, result: &Result{Spec: spec}}
	r.hashes.Unread = o.unread
	if err := r.plan(ctx); err != nil {
		return nil, err
	}
	if err := r.begin(); err != nil {
		return nil, err
	}
	if r.stopped != nil {
		ctx, r.stages = context.WithoutCancel(ctx), r.stages[:1]
	}
	err := r.train(ctx)
	if err == nil {
		err = r.measured()
	}
	if err == nil {
		err = cmp.Or(r.compute(ctx), r.stopped)
	}
	r.training.each(func(x *trial) {
		if x.state == done && x.wanted {
			r.result.Trials = append(r.result.Trials, x.Cell)
		}
	})
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
	spec     *Spec
	result   *Result
	batches  []*batch
	hashes   files.Hashes
	truths   []*results.Truth // by the order in which variants name them; nil for that of the run itself, until it is measured
	training *training        // nil for none
	log      *tracking.Logger // nil when nothing is stored
	stopped  error            // what interrupted the extraction

	unread func(files.Paths) bool // files not to hash in the plan, see Measure

	mu    sync.Mutex // guards count and the result's shapes
	total int        // cells to compute
	count int        // of these, computed until now
}

// compute scores the cells that are not done, stage by stage.
func (r *runner) compute(ctx context.Context) error {
	stages := r.stages
	if stages == nil {
		stages = []func(*Cell) bool{func(*Cell) bool { return true }}
	}
	for _, in := range stages {
		if err := r.computeStage(ctx, func(c *Cell) bool { return c.state == planned && in(c) }); err != nil {
			return err
		}
	}
	return nil
}

// computeStage scores the cells that are wanted.
func (r *runner) computeStage(ctx context.Context, wanted func(*Cell) bool) error {
	tasks, batches := r.tasks(wanted)
	work, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	err := tasks.Do(work, plan.Resources{}, func(ctx context.Context, i int, unmade error) error {
		err := r.score(ctx, batches[i], wanted, unmade)
		if err != nil { // the store's: nothing more can be kept
			stop(err)
		}
		return err
	})
	if err != nil {
		return cmp.Or(ctx.Err(), context.Cause(work))
	}
	return r.combine()
}

// score scores the cells of a batch that are wanted. The error is that of the context or of
// the store; failures of cells are in the cells.
func (r *runner) score(ctx context.Context, b *batch, wanted func(*Cell) bool, err error) error {
	var set *features.Set
	if err == nil {
		set, err = r.open(b)
	}
	if set != nil {
		defer set.Close()
	}
	samples, subset := set, 0
	var changed error // after which no cell can be scored
	for _, c := range b.cells {
		if !wanted(c) {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if c.SubsetNumber != subset && set != nil {
			subset = c.SubsetNumber
			samples, err = set.Subset(r.spec.draw(set.Labels, subset))
		}
		if err == nil && changed == nil {
			c.measure(ctx, r.result.Variants[c.Variant].Metric, samples)
			changed = r.hashes.Unchanged(b.input, b.files)
		}
		if err := cmp.Or(changed, err); err != nil {
			c.Error, c.Score, c.Details = err.Error(), 0, nil
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

// open opens the Set of a batch, of the bytes by which its cells are known.
func (r *runner) open(b *batch) (*features.Set, error) {
	set, err := openSet(b.input, &r.hashes)
	if err != nil {
		return nil, err
	}
	for i, f := range set.Files {
		if f != b.files[i] {
			return nil, errors.Join(files.Changed{Path: f.Path}, set.Close())
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result.note(b.input, set)
	return set, nil
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
