package experiments

import (
	"sfdalab/tracking"
)

// A Result is what a run came to.
type Result struct {
	Spec     *Spec
	Run      string // ID in the store; "" when nothing is stored
	Variants []Variant
	Cells    []Cell   // by dataset, model, repeat and variant, in the spec's order
	Warnings []string // of the run as a whole
	Reused   int      // cells that the store had
	LeftOut  int      // of a shard: cells that the store has which it is for
}

// A Cell is a scored cell of a result.
type Cell struct {
	tracking.Cell
	Variant int // in Result.Variants
	Repeat  int // 0 for all samples, r for the r-th subset
	state   state
}

// state says how far the work on a cell is.
type state int

const (
	planned state = iota
	scored        // by its metric, and waiting for the rest of its group
	done          // has its score, or the reason why there is none
)

// Failed returns the cells without a score.
func (r *Result) Failed() []Cell {
	var failed []Cell
	for _, c := range r.Cells {
		if c.Error != "" {
			failed = append(failed, c)
		}
	}
	return failed
}
