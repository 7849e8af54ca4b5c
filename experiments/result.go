package experiments

import (
	"github.com/go-gota/gota/dataframe"

	"sfdalab/features"
	"sfdalab/features/files"
	"sfdalab/results"
	"sfdalab/results/record"
	"sfdalab/tracking"
)

// A Result is what a run came to.
type Result struct {
	Spec     *Spec
	Run      string // ID in the store; "" when nothing is stored
	Variants []Variant
	Cells    []Cell          // by dataset, model, subset and variant, in the spec's order
	Trials   []tracking.Cell // that were trained, or known
	Warnings []string        // of the run as a whole
	Images   []record.Images // that features were extracted from
	Reused   int             // cells that the store had
	LeftOut  int             // of a shard: cells that the store has which it is for

	recorded    tracking.Run         // as the store has it
	unextracted []string             // models whose features an interrupted run lacks
	inputs      map[pair]files.Paths // of the cells that are computed
	shapes      map[pair]shape       // of the inputs that were opened
}

// A shape is how large an input is.
type shape struct {
	samples, features int
	classes           []int // samples of each; none without classes
}

// note keeps the shape of an input.
func (r *Result) note(in files.Paths, set *features.Set) shape {
	s := shape{samples: set.N(), features: set.D()}
	if set.C() > 0 {
		s.classes = set.Labels.Counts()
	}
	if r.shapes == nil {
		r.shapes = make(map[pair]shape)
	}
	r.shapes[pair{in.Model, in.Dataset}] = s
	return s
}

// Record returns what the tables of the result need.
func (r *Result) Record() record.Record {
	s := r.Selection()
	return s.Record()
}

// Selection returns the run as a store that has it selects it.
func (r *Result) Selection() tracking.Selection {
	s := tracking.Selection{Run: r.recorded, Cells: make([]tracking.Cell, len(r.Cells), len(r.Cells)+len(r.Trials))}
	for i, c := range r.Cells {
		s.Cells[i] = c.Cell
	}
	s.Cells = append(s.Cells, r.Trials...)
	return s
}

// Truth returns the accuracies that the run has measured, and what its rows do not have in
// common.
func (r *Result) Truth() (t *results.Truth, warnings []string, err error) {
	s := r.Selection()
	return s.Truth()
}

// Scores returns the scores of the variants that are correlated with a ground truth, of
// all samples or of the subset of that number, as a frame with the columns dataset, model,
// metric (the variant's label) and score. Cells that failed are not in it. The truth is
// given by its name; "" for the variants without one.
func (r *Result) Scores(truth string, subset int) dataframe.DataFrame {
	rec, sha := r.Record(), ""
	for _, t := range rec.Truths {
		if t.Name == truth {
			sha = t.SHA256
		}
	}
	if sha == "" && truth != "" {
		return results.Scores{}.Frame()
	}
	return rec.Of(sha, r.Spec.subsetName(subset)).Frame()
}

// Failures returns a line for each reason why cells have no score, with the cells.
func (r *Result) Failures() []string {
	rec := r.Record()
	return rec.Failures()
}

// A Cell is a scored cell of a result.
type Cell struct {
	tracking.Cell
	Variant      int // in Result.Variants
	SubsetNumber int // 0 for all samples, i for the i-th subset
	state        state
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

// FailedTrials returns the trials without an accuracy.
func (r *Result) FailedTrials() []tracking.Cell {
	var failed []tracking.Cell
	for _, c := range r.Trials {
		if c.Error != "" {
			failed = append(failed, c)
		}
	}
	return failed
}

// places returns the places of names in their list.
func places(names []string) map[string]int {
	at := make(map[string]int, len(names))
	for i, name := range names {
		at[name] = i
	}
	return at
}
