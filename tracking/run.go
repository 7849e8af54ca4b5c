package tracking

import (
	"crypto/rand"
	"strings"
	"time"

	"sfdalab/results"
	"sfdalab/results/compare"
	"sfdalab/results/record"
)

// A Run is one execution of a spec. Its JSON form is how it is
// exported.
type Run struct {
	ID         string `json:"id"`                   // set by Begin
	Experiment string `json:"experiment,omitempty"` // the runs of one experiment belong together
	Annotation

	Spec     string            `json:"spec,omitempty"`      // the spec file's text
	SpecPath string            `json:"spec_path,omitempty"` // where it was read from
	Inputs   map[string]string `json:"inputs,omitempty"`    // path of each input file to its SHA-256 in hex

	// Sources are, by the path of an input that is a part of a file, several joined, or
	// hashed with how it is read, the SHA-256 of the whole files that it is made of, by path.
	Sources map[string]map[string]string `json:"sources,omitempty"`

	Seed uint64 `json:"seed,omitempty"`

	// What its tables need besides its cells, so that they never change.
	Variants []record.Variant `json:"labels,omitempty"` // their lines
	Truths   []*results.Truth `json:"truths,omitempty"` // that the scores are correlated with, on its datasets
	Layout   *Layout          `json:"layout,omitempty"` // nil for imports and what earlier programs recorded

	Rankings   []record.Ranking `json:"rankings,omitempty"`   // of its models for its datasets
	Accuracies []*results.Truth `json:"accuracies,omitempty"` // that came after the rankings

	Environment Environment `json:"environment"` // filled by Begin where zero

	Start   time.Time `json:"start"`
	End     time.Time `json:"end,omitzero"`
	Outcome Outcome   `json:"outcome"`
	Reason  string    `json:"reason,omitempty"` // why it failed

	// What its process used, from the run's beginning to its last batch of cells.
	CPUSeconds float64 `json:"cpu_seconds,omitempty"`
	PeakBytes  int64   `json:"peak_bytes,omitempty"` // most resident memory

	Planned int `json:"planned,omitempty"` // cells that the spec asks for
	Summary
	Warnings []string `json:"warnings,omitempty"`

	// Process and Beat tell whether a run that never ended still goes on.
	Process  string    `json:"process,omitempty"`
	Beat     time.Time `json:"beat,omitzero"`
	Revision int       `json:"revision"` // counts the changes of this record

	number uint64
}

// A Layout says how the tables of a run are laid out.
type Layout struct {
	Measures  []string         `json:"measures,omitempty"` // of correlation; the usual ones if empty
	Datasets  []string         `json:"datasets"`           // columns, in their order
	Models    []string         `json:"models"`
	Images    []record.Images  `json:"images,omitempty"`    // that features were extracted from
	Subsets   []string         `json:"subsets,omitempty"`   // of the samples, those of the table's fraction first
	Protocols []*results.Truth `json:"protocols,omitempty"` // other ways to fine-tune the same models

	Baselines map[string][]results.Baseline `json:"baselines,omitempty"` // of its models, by the SHA-256 of the truth that they are for
	Test      compare.Test                  `json:"test,omitempty"`      // that decides whether metrics differ; by rule if empty
}

// TableRole is the role, in Cell.Files, of the table that a score was read from.
const TableRole = "scores"

// An Annotation is what users say of a run, also later.
type Annotation struct {
	Name  string   `json:"name,omitempty"`
	Tags  []string `json:"tags,omitempty"`
	Notes string   `json:"notes,omitempty"`
}

// An Outcome is how a run ended.
type Outcome string

const (
	Running     Outcome = "running"
	Done        Outcome = "done"
	Failed      Outcome = "failed"      // some cells have no score, or the run stopped with an error
	Interrupted Outcome = "interrupted" // stopped by its user
	Killed      Outcome = "killed"      // ended without a word; found out by its readers, never stored
	Damaged     Outcome = "damaged"     // its record cannot be read, nor can its cells; never stored
)

// Title returns the name of r, or its ID if it has none.
func (r *Run) Title() string {
	if r.Name != "" {
		return r.Name
	}
	return r.ID
}

// newID returns the ID of a run that starts now: its day and 40 random bits.
func newID(now time.Time) string {
	return now.Format("20060102") + "-" + strings.ToLower(rand.Text()[:8])
}

// silence is how long a run of another machine may stay silent before it
// counts as killed. A run writes its beat every beatEvery at least.
const (
	silence   = 5 * time.Minute
	beatEvery = 30 * time.Second
)

// settle replaces the outcome of a run that says it is running but is not. On
// the machine of the run the kernel knows. Elsewhere the time since its last
// beat tells; should the clocks disagree, a beat from the future counts as one
// of now.
func (r *Run) settle(now time.Time) {
	if r.Outcome != Running {
		return
	}
	alive, known := processAlive(r.Environment.Host, r.Process)
	if !known {
		alive = now.Sub(r.Beat) < silence
	}
	if !alive {
		r.Outcome = Killed
	}
}
