package experiments

import (
	"context"
	"time"

	"sfdalab/features"
	"sfdalab/features/files"
	"sfdalab/internal/fault"
	"sfdalab/internal/par"
	"sfdalab/metric"
	"sfdalab/tracking"
)

// openSet opens a Set; a panic is an error.
func openSet(p files.Paths, h *files.Hashes) (s *features.Set, err error) {
	defer fault.Catch(&err)
	return h.Open(p)
}

// measure scores the Set by the metric and records what it took. Seconds are those of the
// metric on a Set of its own: it is charged for all shared statistics that it uses, also
// where another metric came first. CPU time and memory are the process's while it worked:
// where other cells run at the same time, they are in it.
func (c *Cell) measure(ctx context.Context, m metric.Metric, s *features.Set) {
	shared, before, start := s.Meter(), tracking.Used(), time.Now()
	score, err := metric.Evaluate(ctx, m, s)
	c.Seconds = (time.Since(start) + shared()).Seconds()
	after := tracking.Used()
	c.CPUSeconds, c.PeakBytes = (after.CPU - before.CPU).Seconds(), after.Peak
	warnings := append(score.Warnings, s.Warnings()...)
	if c.SubsetNumber == 0 {
		warnings = append(warnings, s.Doubts()...)
	}
	for _, w := range warnings {
		c.Warnings = append(c.Warnings, w.Error())
	}
	c.Score, c.Details = score.Value, score.Details
	if err != nil {
		c.Error, c.Score = err.Error(), 0
	}
}

// ScoreFiles returns the cell of each variant for one model, without a store. What
// fails is said in the cells.
func ScoreFiles(ctx context.Context, input files.Paths, variants []Variant) []Cell {
	b := &batch{input: input}
	b.plan(variants, &Spec{})
	set, err := openSet(input, new(files.Hashes))
	if err == nil {
		defer set.Close()
		if err = par.Acquire(ctx, 1); err == nil {
			defer par.Release(1)
		}
	}
	cells := make([]Cell, len(b.cells))
	for i, c := range b.cells {
		m := variants[c.Variant].Metric
		if err != nil {
			c.Error = err.Error()
		} else if c.measure(ctx, m, set); c.Error == "" {
			if _, ok := m.(metric.GroupMetric); ok {
				c.Warnings = append(c.Warnings, "it is defined over a group of models: for one alone this is a part of it")
			}
		}
		cells[i] = *c
	}
	return cells
}
