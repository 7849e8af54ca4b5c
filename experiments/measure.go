package experiments

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"time"

	"sfdalab/features"
	"sfdalab/features/files"
	"sfdalab/internal/par"
	"sfdalab/tracking"
)

// openSet opens a Set; a panic is an error.
func openSet(p files.Paths, h *files.Hashes) (s *features.Set, err error) {
	defer catch(&err)
	return h.Open(p)
}

// measure scores the Set by the metric and records what it took. Time and memory
// are the process's while it worked: where other cells run at the same time, they
// are in it.
func (c *Cell) measure(ctx context.Context, m Metric, s *features.Set) {
	before, start := tracking.Used(), time.Now()
	score, err := Score(ctx, m, s)
	c.Seconds = time.Since(start).Seconds()
	after := tracking.Used()
	c.CPUSeconds, c.PeakBytes = (after.CPU - before.CPU).Seconds(), after.Peak
	for _, w := range append(score.Warnings, s.Warnings()...) {
		c.Warnings = append(c.Warnings, w.Error())
	}
	c.Score, c.Details = score.Value, score.Details
	if err != nil {
		c.Error, c.Score = err.Error(), 0
	}
}

// Score returns what m says of s. A panic of the metric and a score that is not a
// finite number are errors.
func Score(ctx context.Context, m Metric, s *features.Set) (score features.Score, err error) {
	defer catch(&err)
	if info := m.Info(); s.C() == 0 && !info.Targets {
		return score, fmt.Errorf("%s scores classes, and these labels are targets of regression or of several labels at once", info.Name)
	}
	score, err = m.Score(ctx, s)
	if err == nil && (math.IsNaN(score.Value) || math.IsInf(score.Value, 0)) {
		err = fmt.Errorf("the score is %g: features may be too large or too small in scale", score.Value)
	}
	return score, err
}

// catch turns a panic into an error.
func catch(err *error) {
	switch r := recover().(type) {
	case nil:
	case runtime.Error:
		*err = fmt.Errorf("%w: a fault of the program, at\n%s", r, debug.Stack())
	case error:
		*err = r
	default:
		*err = fmt.Errorf("%v: a fault of the program, at\n%s", r, debug.Stack())
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
			if _, ok := m.(GroupMetric); ok {
				c.Warnings = append(c.Warnings, "it is defined over a group of models: for one alone this is a part of it")
			}
		}
		cells[i] = *c
	}
	return cells
}
