package experiments

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sfdalab/experiments/plan"
	"sfdalab/features/files"
	"sfdalab/tracking"
)

// Plan returns what a spec asks for and the store lacks; with no store, all. To know what
// the store has of a feature file, that is hashed unless its hash was kept; one that no
// run of the store has read, under this path, is not.
func Plan(ctx context.Context, spec *Spec, store *tracking.Store) (*plan.Plan, error) {
	read, err := readBy(store)
	if err != nil {
		return nil, err
	}
	r := &runner{Options: Options{Store: store}, spec: spec, result: &Result{Spec: spec}}
	r.unread = func(p files.Paths) bool {
		path, err := filepath.Abs(archive(p.Features))
		return err != nil || !read[path]
	}
	if err := r.plan(ctx); err != nil {
		return nil, err
	}
	// What cannot be read here may be read elsewhere.
	lacks := func(c *Cell) bool { return c.state == planned || c.Error != "" }
	p, batches := r.tasks(lacks)
	if r.training != nil {
		tasks, _ := r.training.tasks(&spec.FineTune)
		p.Tasks = append(tasks, p.Tasks...)
	}
	for _, b := range batches {
		for _, c := range b.cells {
			switch {
			case lacks(c):
			case r.waits(c): // by which shards know it
				p.Known = append(p.Known, c.part().ID)
			default:
				p.Known = append(p.Known, c.ID)
			}
		}
	}
	return p, nil
}

// tasks returns the tasks of scoring the cells that are wanted, and their batches.
func (r *runner) tasks(wanted func(*Cell) bool) (*plan.Plan, []*batch) {
	p := new(plan.Plan)
	var batches []*batch
	for _, b := range r.batches {
		var results []tracking.Identity
		for _, c := range b.cells {
			if wanted(c) {
				results = append(results, c.ID)
			}
		}
		if len(results) > 0 {
			if b.input.Features == "" && r.spec.extracts() {
				p.Tasks = append(p.Tasks, r.spec.extractTask(b))
			}
			p.Tasks, batches = append(p.Tasks, b.task(results)), append(batches, b)
		}
	}
	return p, batches
}

// readBy returns the absolute paths of all files that runs of the store have read.
func readBy(store *tracking.Store) (map[string]bool, error) {
	read := make(map[string]bool)
	if store == nil {
		return read, nil
	}
	runs, err := store.Runs(tracking.Query{}, 0, 0)
	if err != nil {
		return nil, err
	}
	for _, r := range runs {
		for path := range r.Inputs {
			if path, err = filepath.Abs(archive(path)); err != nil {
				return nil, err
			}
			read[path] = true
		}
	}
	return read, nil
}

// costOfByte is what a byte of features is taken to cost in a cell: 1 s for 10,000 samples
// of 2,048 float32.
const costOfByte = 12.5 // ns

// task returns the task of scoring the batch's input.
func (b *batch) task(results []tracking.Identity) plan.Task {
	t := plan.Task{
		Key:     plan.Key{Kind: plan.Score, Model: b.input.Model, Dataset: b.input.Dataset},
		Results: results,
		Near:    archive(b.input.Features),
	}
	if b.input.Features == "" {
		t.After = []plan.Key{extraction(b.input.Model, b.input.Dataset)}
	}
	if info, err := os.Stat(t.Near); err == nil {
		t.Cost = time.Duration(costOfByte * float64(info.Size()) * float64(max(1, len(results))))
	}
	return t
}

// archive returns the file that a path names, which may name an array in it.
func archive(path string) string {
	if file, _, ok := strings.Cut(path, ".npz:"); ok {
		path = file + ".npz"
	}
	return path
}
