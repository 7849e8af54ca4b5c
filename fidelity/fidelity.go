// Package fidelity says what each metric was compared with: code of its authors, of
// others where they released none, or its formula; on how many cells, and how closely.
//
// The values that such code computed are in references.json, with its commit and the
// versions of the libraries under it. A test of this package computes ours, and fails
// where they differ by more than the file and the page README.md say.
package fidelity

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// A Record is all that is in references.json.
type Record struct {
	Versions   string          `json:"versions"` // of the libraries under the code
	Cells      map[string]Cell `json:"cells"`
	References []Reference     `json:"references"`
}

// A Cell is samples of the shipped zoo that values were computed on.
type Cell struct {
	Model   string `json:"model"`
	Dataset string `json:"dataset"`
	Rows    []int  `json:"rows,omitempty"` // all if none
	What    string `json:"what"`
}

// A Reference is code, or a formula, that a metric with some parameters was compared with.
type Reference struct {
	Metric     string             `json:"metric"`
	Params     map[string]any     `json:"params,omitempty"`
	Repository string             `json:"repository,omitempty"` // on GitHub
	Commit     string             `json:"commit,omitempty"`
	Function   string             `json:"function"`         // what of it, or "formula"
	Detail     string             `json:"detail,omitempty"` // compared in place of the score
	Group      bool               `json:"group,omitempty"`  // the cells stand for the models of one dataset
	Values     map[string]float64 `json:"values,omitempty"`

	// Where theirs is random, Values are means over Runs, and Spread is the standard
	// deviation of one run.
	Runs   int                `json:"runs,omitempty"`
	Spread map[string]float64 `json:"spread,omitempty"`

	// Agreement is a power of ten that the relative differences of the compared cells
	// are below, or, where theirs is random, the number of standard errors that no
	// difference exceeds; the test measures it.
	Agreement float64 `json:"agreement,omitempty"`

	// Except are cells on which both differ by more, or ours has no score, and why.
	Except map[string]string `json:"except,omitempty"`

	Note string `json:"note,omitempty"` // known differences, or how else it is tested
}

//go:embed references.json
var text []byte

// Load returns the record.
func Load() (*Record, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	r := new(Record)
	if err := decoder.Decode(r); err != nil {
		return nil, fmt.Errorf("references.json: %w", err)
	}
	for _, ref := range r.References {
		for name, value := range ref.Params {
			if number, ok := value.(float64); ok && number == math.Trunc(number) {
				ref.Params[name] = int(number) // JSON knows no whole numbers
			}
		}
	}
	return r, nil
}

// Of returns the references of a metric, such as "gbc"; those of "ped" are those of
// "ped:sfda" and its kin.
func (r *Record) Of(metric string) []Reference {
	var all []Reference
	for _, ref := range r.References {
		if name, _, _ := strings.Cut(ref.Metric, ":"); ref.Metric == metric || name == metric {
			all = append(all, ref)
		}
	}
	return all
}

// Compared returns the cells that count for Agreement, in order of name.
func (r Reference) Compared() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(r.Values)), func(cell string) bool {
		_, excepted := r.Except[cell]
		return excepted
	})
}

// Source names the code and where it is.
func (r Reference) Source() string {
	if r.Repository == "" {
		return r.Function
	}
	source := r.Repository
	if len(r.Commit) >= 7 {
		source += " at " + r.Commit[:7]
	}
	return source + ", " + r.Function
}

// Closeness says on how many cells ours agrees, and to what.
func (r Reference) Closeness() string {
	if len(r.Values) == 0 {
		return "other tests"
	}
	cells := fmt.Sprintf("%d of %d cells ", len(r.Compared()), len(r.Values))
	switch {
	case r.Runs > 0:
		return cells + fmt.Sprintf("within %.1f standard errors", r.Agreement)
	case r.Agreement == 0:
		return cells + "to the last bit"
	default:
		return cells + fmt.Sprintf("to %.0e", r.Agreement)
	}
}

// Differences tells of excepted cells and of what else is known to differ.
func (r Reference) Differences() string {
	var all []string
	for _, cell := range slices.Sorted(maps.Keys(r.Except)) {
		all = append(all, cell+": "+r.Except[cell])
	}
	if r.Note != "" {
		all = append(all, r.Note)
	}
	return strings.Join(all, "; ")
}

// Variant names the metric with its parameters.
func (r Reference) Variant() string {
	name := r.Metric
	for _, p := range slices.Sorted(maps.Keys(r.Params)) {
		name += fmt.Sprintf(" %s=%v", p, r.Params[p])
	}
	switch {
	case r.Group:
		name += ", combined over a group"
	case r.Detail != "":
		name += ", its detail " + r.Detail
	}
	return name
}

// Markdown returns the page.
func (r *Record) Markdown() string {
	var b strings.Builder
	b.WriteString(`# What each metric was compared with

The code in the column "compared with" computed the reference values, with ` + r.Versions + `.
Each cell is one model on one dataset of the shipped zoo (experiments/zoo): all of its samples, or a part that is hard to score:

| cell | features | samples |
|---|---|---|
`)
	for _, name := range slices.Sorted(maps.Keys(r.Cells)) {
		c := r.Cells[name]
		fmt.Fprintf(&b, "| %s | %s on %s | %s |\n", name, c.Model, c.Dataset, c.What)
	}
	b.WriteString(`
"7 of 7 cells to 1e-12" means that on all seven cells, the relative difference between our score and theirs is at most 1e-12.
A cell is not counted if their code fails on it, or gives no finite value. If their code is random, the mean of many runs of it is
compared with ours, and the difference is given in standard errors. If the authors released no code, our scores are compared with
the paper's formula, or with the code of others; the last column says so.

| metric | compared with | agreement | known differences |
|---|---|---|---|
`)
	for _, ref := range r.References {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", ref.Variant(), ref.Source(), ref.Closeness(), ref.Differences())
	}
	return b.String()
}
