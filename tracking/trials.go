package tracking

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"

	"sfdalab/finetune"
	"sfdalab/results"
)

// FineTune is the metric of cells that are trials: a network was trained, and the score is
// its accuracy, in percent, on the split that is the cell's Subset. Params holds the
// settings, Seed that of training.
const FineTune = "fine-tune"

// A Trial is what a cell has of a trial besides.
type Trial struct {
	Protocol string              `json:"protocol"` // in words
	Label    string              `json:"label"`    // what tells its settings from the others of its sweep
	Final    bool                `json:"final,omitempty"`
	Measure  finetune.Measure    `json:"measure"`
	Curve    []finetune.Progress `json:"curve,omitempty"`
	Versions map[string]string   `json:"versions,omitempty"` // of the program's libraries
}

// Trials returns the trials of the selection.
func (s *Selection) Trials() []Cell {
	var trials []Cell
	for _, c := range s.Cells {
		if c.Metric == FineTune && c.Trial != nil {
			trials = append(trials, c)
		}
	}
	return trials
}

// ErrNoTruth is the error of a run that has no accuracy on a test split.
var ErrNoTruth = errors.New("it has fine-tuned and tested no network")

// ErrUnfit is the error of an export of cells that it cannot be made of.
var ErrUnfit = errors.New("the selected cells make no ground truth")

// Truth returns the ground truth that the trials of a run make: of each model on each
// dataset the accuracy on the test split, the mean over seeds, with its spread where there
// are several. Warnings say what its rows do not have in common.
func (s *Selection) Truth() (t *results.Truth, warnings []string, err error) {
	type key struct{ dataset, model string }
	of := make(map[key][]float64)
	protocols, versions := make(map[string]bool), make(map[string]int)
	for _, c := range s.Trials() {
		if !c.Trial.Final || c.Error != "" {
			continue
		}
		k := key{c.Dataset, c.Model}
		of[k] = append(of[k], c.Score)
		protocols[c.Trial.Protocol] = true
		versions[versionText(c.Trial.Versions)]++
	}
	if len(of) == 0 {
		return nil, nil, fmt.Errorf("run %s: %w", s.Run.ID, ErrNoTruth)
	}
	if len(protocols) > 1 {
		return nil, nil, fmt.Errorf("run %s: its accuracies come from %d protocols, and a ground truth needs one", s.Run.ID, len(protocols))
	}
	keys := slices.SortedFunc(maps.Keys(of), func(a, b key) int {
		return strings.Compare(a.dataset+"\x00"+a.model, b.dataset+"\x00"+b.model)
	})
	var rows []results.Accuracy
	for _, k := range keys {
		slices.Sort(of[k]) // so that the mean does not depend on which seed came first
		rows = append(rows, results.Accuracy{Dataset: k.dataset, Model: k.model, Percent: stat.Mean(of[k], nil), Seeds: len(of[k]), SD: spread(of[k])})
	}
	name := "run"
	if s.Run.ID != "" {
		name = results.RunPrefix + s.Run.ID
	}
	if t, err = results.NewTruth(name, rows...); err != nil {
		return nil, nil, err
	}
	for t.Protocol = range protocols {
	}
	t.Title = "accuracies that were measured in " + strings.TrimSpace("run "+s.Run.ID)
	t.Source = strings.TrimSpace("run "+s.Run.ID) + strings.TrimSuffix(" of "+s.Run.Experiment, " of ")
	if len(versions) > 1 {
		warnings = append(warnings, fmt.Sprintf("the accuracies of %s were reached with different versions: %s", t.Name, strings.Join(slices.Sorted(maps.Keys(versions)), "; ")))
	}
	return t, warnings, nil
}

// spread returns the standard deviation over seeds; 0 for one seed, which tells nothing.
func spread(accuracies []float64) float64 {
	if len(accuracies) < 2 {
		return 0
	}
	return stat.StdDev(accuracies, nil)
}

// versionText returns the versions of libraries in one line.
func versionText(versions map[string]string) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(versions)) {
		parts = append(parts, name+" "+versions[name])
	}
	if parts == nil {
		return "not told"
	}
	return strings.Join(parts, ", ")
}

// LoadTruth returns the ground truth that a run of the store has made: the latest that made
// one for "latest", in any case of letters.
func (s *Store) LoadTruth(ref string) (*results.Truth, error) {
	if !strings.EqualFold(ref, "latest") {
		run, err := s.Run(ref)
		if err != nil {
			return nil, err
		}
		return s.truthOf(run)
	}
	query, err := ParseQuery("metric:" + FineTune)
	if err != nil {
		return nil, err
	}
	const most = 100 // runs to look at, of which the latest may have failed
	runs, err := s.Runs(query, 0, most)
	if err != nil {
		return nil, err
	}
	for _, run := range runs {
		t, err := s.truthOf(run)
		if !errors.Is(err, ErrNoTruth) {
			return t, err
		}
	}
	return nil, fmt.Errorf("store %s: no run has fine-tuned a network and tested it", s.path)
}

// truthOf returns the ground truth that a run of the store has made.
func (s *Store) truthOf(run Run) (*results.Truth, error) {
	cells, err := s.Cells(run.ID)
	if err != nil {
		return nil, err
	}
	t, _, err := (&Selection{Run: run, Cells: cells}).Truth()
	return t, err
}

// ExportTruth writes the ground truth that the trials of a run make as CSV, which
// [results.LoadTruth] reads.
func ExportTruth(w io.Writer, rows Rows) error {
	var trials Selection
	runs := make(map[string]bool)
	err := rows(func(run *Run, c *Cell) error {
		if !runs[run.ID] {
			runs[run.ID], trials.Run = true, *run
		}
		if c.Metric == FineTune {
			trials.Cells = append(trials.Cells, *c)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(runs) != 1 {
		return fmt.Errorf("export: %w: they are of %d runs, and it comes from one: name one, as run:ID", ErrUnfit, len(runs))
	}
	t, _, err := trials.Truth()
	if err != nil {
		return fmt.Errorf("export: %w: %w", ErrUnfit, err)
	}
	return t.WriteCSV(w)
}
