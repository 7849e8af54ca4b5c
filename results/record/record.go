// Package record makes tables, figures and the input of reports from what runs came to.
// A [Record] holds all that they need, so that they are the same wherever and whenever
// they are made: no file, registry or clock is read here.
//
// The way is one for all. [Join] puts the records of several runs into one;
// [Record.Of] has the scores that are correlated with one ground truth; [Record.Tables]
// correlates them, with intervals or with its spread over subsets of the samples.
package record

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sfdalab/results"
	"sfdalab/results/compare"
)

// A Record is what one or several runs came to.
type Record struct {
	Title string // of a report
	Runs  []Run

	Variants []Variant        // lines of tables, in their order
	Truths   []*results.Truth // that variants name
	Scores   results.Scores   // by dataset and model, in the order of columns and rows; the metric is a variant's label

	Subsets   []string                      // of the samples that have scores, those of the table's fraction first
	Measures  []results.Measure             // nil for the default of a table or report
	Protocols []*results.Truth              // of the same models, fine-tuned in other ways
	Baselines map[string][]results.Baseline // of the models, by the SHA-256 of the truth that they are for
	Test      compare.Test                  // that decides whether metrics differ
	Seed      uint64                        // of resampling
	Progress  results.Progress              // of what takes long

	Rankings []Ranking // of models for datasets

	Images   []Images // that features were extracted from; none where they came as files
	Warnings []string // of runs as a whole
}

// A Run says where scores came from.
type Run struct {
	ID, Title         string
	Revision, Go, CPU string
}

// A Variant is a line of a table: a metric with its parameters, or scores that were read
// from a table.
type Variant struct {
	Label  string          `json:"text"`
	Metric string          `json:"metric"`           // such as "ped:sfda"
	Params json.RawMessage `json:"params,omitempty"` // canonical, as those of its scores

	// Where its scores come from: a table, a program, or else what is built in.
	Table   string `json:"table,omitempty"`   // SHA-256 of the table
	Program string `json:"program,omitempty"` // SHA-256 of the program's files

	Truth string `json:"truth,omitempty"` // SHA-256 of the ground truth that it is correlated with; "" for none

	// What the program knew of the metric when it scored.
	Title       string            `json:"title,omitempty"`        // as papers write it
	Version     int               `json:"version,omitempty"`      // raised when the same input may get another score
	Seed        uint64            `json:"seed,omitempty"`         // of a random metric
	Flipped     bool              `json:"flipped,omitempty"`      // its authors' sign is the opposite
	LinearProbe bool              `json:"linear_probe,omitempty"` // the score is the accuracy of a linear classifier on the features
	AsPublished bool              `json:"as_published,omitempty"` // no parameter differs from the default
	Citation    *results.Citation `json:"citation,omitempty"`
}

// Of returns the scores of the variants that are correlated with a truth, given by its
// SHA-256, "" for those without one: on all samples, or on a subset of them. Cells that
// failed are not among them.
func (r *Record) Of(truth, subset string) results.Scores {
	return r.among(r.Scores, truth, subset)
}

// among is Of for scores that are picked already.
func (r *Record) among(picked results.Scores, truth, subset string) results.Scores {
	of := make(map[string]results.Scores)
	for _, s := range picked {
		if s.Subset == subset && s.Error == "" {
			of[s.Metric] = append(of[s.Metric], s)
		}
	}
	var scores results.Scores
	for _, v := range r.Variants {
		if v.Truth == truth {
			scores = append(scores, of[v.Label]...)
		}
	}
	return scores
}

// Truth returns the truth of that SHA-256, nil if there is none.
func (r *Record) Truth(sha string) *results.Truth {
	for _, t := range r.Truths {
		if t.SHA256 == sha {
			return t
		}
	}
	return nil
}

// Against correlates all scores with one ground truth.
func (r *Record) Against(t *results.Truth) {
	baselines := r.known()
	r.Truths = []*results.Truth{t}
	r.Variants = slices.Clone(r.Variants)
	for i := range r.Variants {
		r.Variants[i].Truth = t.SHA256
	}
	if r.Baselines != nil {
		r.Baselines = map[string][]results.Baseline{t.SHA256: append(baselines, results.History(t))}
	}
}

// Replace correlates the scores that were correlated with the i-th ground truth with another
// one.
func (r *Record) Replace(i int, with *results.Truth) {
	old := r.Truths[i].SHA256
	for j := range r.Variants {
		if r.Variants[j].Truth == old {
			r.Variants[j].Truth = with.SHA256
		}
	}
	if r.Baselines[old] != nil {
		r.Baselines[with.SHA256] = append(r.known(), results.History(with))
	}
	r.Truths[i] = with
}

// known returns what is known of models for any dataset.
func (r *Record) known() []results.Baseline {
	var all []results.Baseline
	for _, t := range r.Truths {
		for _, b := range r.Baselines[t.SHA256] {
			if b.Values[""] != nil {
				all = addBaselines(all, []results.Baseline{b})
			}
		}
	}
	return all
}

// Failed returns the scores that there are not.
func (r *Record) Failed() results.Scores {
	return slices.DeleteFunc(slices.Clone(r.Scores), func(s results.Score) bool { return s.Error == "" })
}

// Fraction returns the fraction of the samples that a subset has, from its name, such as
// "subset 2 of 0.8, seed 1"; ok is false for what names no subset.
func Fraction(subset string) (fraction float64, ok bool) {
	var number int
	n, _ := fmt.Sscanf(subset, "subset %d of %g", &number, &fraction)
	return fraction, n == 2
}

// Join returns the records of several runs as one. A variant that several of them have
// is followed by its run's title, or by its ID where titles are alike. Truths of one name
// that differ are told apart by the beginning of their hash. Subsets of the samples are
// the same where their names are. Where the records name different tests, none of them was
// chosen for the whole, and the rule decides.
func Join(records ...Record) Record {
	if len(records) == 1 {
		return records[0]
	}
	joined := Record{Title: "comparison", Baselines: make(map[string][]results.Baseline)}
	count, titles := make(map[string]int), make(map[string]int)
	for i, r := range records {
		if joined.Test = r.Test; r.Test != records[max(i-1, 0)].Test {
			joined.Test = compare.ByRule
			break
		}
	}
	for _, r := range records {
		for _, v := range r.Variants {
			count[v.Label]++
		}
		for _, run := range r.Runs {
			titles[run.Title]++
		}
	}
	for _, r := range records {
		own := make(map[string]string) // labels in the whole
		for _, v := range r.Variants {
			own[v.Label] = v.Label
			if count[v.Label] > 1 {
				of := r.Runs[0].Title
				if titles[of] > 1 {
					of = r.Runs[0].ID
				}
				own[v.Label] = fmt.Sprintf("%s (%s)", v.Label, of)
			}
			v.Label = own[v.Label]
			joined.Variants = append(joined.Variants, v)
		}
		for _, s := range r.Scores {
			s.Metric = own[s.Metric]
			joined.Scores = append(joined.Scores, s)
		}
		joined.Runs = append(joined.Runs, r.Runs...)
		joined.Rankings = append(joined.Rankings, r.Rankings...)
		joined.Warnings = append(joined.Warnings, r.Warnings...)
		joined.Images = append(joined.Images, r.Images...)
		joined.Subsets = union(joined.Subsets, r.Subsets, func(s string) string { return s })
		joined.Measures = union(joined.Measures, r.Measures, func(m results.Measure) string { return m.Name })
		joined.Truths = addTruths(joined.Truths, r.Truths)
		joined.Protocols = addTruths(joined.Protocols, r.Protocols)
		for truth, baselines := range r.Baselines {
			joined.Baselines[truth] = addBaselines(joined.Baselines[truth], baselines)
		}
	}
	return joined
}

// union returns the elements of either list, each name once.
func union[T any](all, more []T, name func(T) string) []T {
	for _, e := range more {
		if !slices.ContainsFunc(all, func(known T) bool { return name(known) == name(e) }) {
			all = append(all, e)
		}
	}
	return all
}

// addTruths adds truths to those that there are: what another run knows of the same one
// is joined to it, and another of the same name gets the beginning of its hash as well.
func addTruths(all, more []*results.Truth) []*results.Truth {
	for _, t := range more {
		same := slices.IndexFunc(all, func(known *results.Truth) bool { return known.SHA256 == t.SHA256 })
		if same >= 0 {
			all[same] = all[same].With(t)
			continue
		}
		if slices.ContainsFunc(all, func(known *results.Truth) bool { return known.Name == t.Name }) {
			renamed := *t
			renamed.Name += " " + t.SHA256[:min(8, len(t.SHA256))]
			t = &renamed
		}
		all = append(all, t)
	}
	return all
}

// addBaselines joins what another run says of baselines to those that there are.
func addBaselines(all, more []results.Baseline) []results.Baseline {
	for _, b := range more {
		if i := slices.IndexFunc(all, func(known results.Baseline) bool { return known.Name == b.Name }); i >= 0 {
			all[i] = all[i].With(b)
		} else {
			all = append(all, b)
		}
	}
	return all
}

// Failures returns a line for each reason why scores are missing, with where.
func (r *Record) Failures() []string {
	var t Tally
	for _, s := range r.Failed() {
		t.Add(s.Error, fmt.Sprintf("%s on %s by %s", s.Model, s.Dataset, s.Metric))
	}
	return t.Lines()
}

// ScoreWarnings returns the warnings of the scores: for each variant the first, with the
// number of scores that have one, as their texts mostly differ in numbers only. Variants that
// warn of the same are told together.
func (r *Record) ScoreWarnings() []string {
	type warning struct{ place, text string }
	first, count := make(map[string]warning), make(map[string]int)
	for _, s := range r.Scores {
		if s.Subset != "" || len(s.Warnings) == 0 {
			continue
		}
		if count[s.Metric] == 0 {
			first[s.Metric] = warning{s.Model + " on " + s.Dataset, s.Warnings[0]}
		}
		count[s.Metric]++
	}
	var order []warning
	variants, more, told := make(map[warning][]string), make(map[warning]int), make(map[string]bool)
	for _, v := range r.Variants {
		if count[v.Label] == 0 || told[v.Label] {
			continue
		}
		told[v.Label] = true
		w := first[v.Label]
		if variants[w] == nil {
			order = append(order, w)
		}
		variants[w] = append(variants[w], v.Label)
		more[w] += count[v.Label] - 1
	}
	lines := slices.Clone(r.Warnings)
	for _, w := range order {
		line := fmt.Sprintf("%s by %s: %s", w.place, firstFew(variants[w]), w.text)
		if n := more[w]; n > 0 {
			line += fmt.Sprintf(" (and %s)", results.Count(n, "more cell"))
		}
		lines = append(lines, line)
	}
	return lines
}

// firstFew lists the first three of some names, and says how many there are besides.
func firstFew(names []string) string {
	const most = 3
	text := strings.Join(names[:min(most, len(names))], ", ")
	if more := len(names) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// Warnings returns a line for each warning in rows, with the datasets and metrics that it
// is of.
func Warnings(rows []results.Row) []string {
	var t Tally
	for _, r := range rows {
		for _, w := range r.Warnings {
			t.Add(w.Error(), r.Dataset+" by "+r.Metric)
		}
	}
	return t.Lines()
}

// A Tally lists texts, each once, with the places that it is of.
type Tally struct {
	texts  []string
	places map[string][]string
	known  map[[2]string]bool // texts with their places
}

// Add adds a text, unless it is listed, and the place to its places.
func (t *Tally) Add(text, place string) {
	if t.places == nil {
		t.places, t.known = make(map[string][]string), make(map[[2]string]bool)
	}
	if t.places[text] == nil {
		t.texts = append(t.texts, text)
	}
	if at := [2]string{text, place}; !t.known[at] {
		t.known[at], t.places[text] = true, append(t.places[text], place)
	}
}

// mostLines of a Tally are told: nobody reads a thousand.
const mostLines = 100

// Lines returns a line for each text with the first of its places; of many texts, for the
// first, and how many there are besides.
func (t *Tally) Lines() []string {
	var lines []string
	for i, text := range t.texts {
		if i == mostLines {
			return append(lines, "and for "+results.Count(len(t.texts)-mostLines, "other reason"))
		}
		lines = append(lines, firstFew(t.places[text])+": "+text)
	}
	return lines
}
