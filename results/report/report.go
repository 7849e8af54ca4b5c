// Package report writes the evidence of a comparison as one self-contained HTML page:
// the table with intervals, the tests and what they say, how stable the verdict is, and
// a paragraph on the methods with their citations, ready for a paper.
package report

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/go-gota/gota/dataframe"

	"sfdalab/results"
	"sfdalab/results/compare"
	"sfdalab/results/figures"
)

// Input is what a report is about. The same input gives the same page, byte for byte.
type Input struct {
	Title  string
	Scores dataframe.DataFrame // dataset, model, metric, score
	Truth  *results.Truth

	// Measures are what the scores are held by; the first is that of the tests and
	// figures. Nil means weighted τ, τ-b and Rel@1.
	Measures []results.Measure

	Resampling results.Resampling
	Alpha      float64 // level of tests; 0 means 0.05
	Rope       float64 // what counts as practically the same; 0 means 0.01
	Noise      float64 // spread of an accuracy over seeds, in points; 0 means 0.5

	Seconds   map[string]float64 // a model, by metric; nil where they are not known
	Facts     []Fact             // such as version, revision, spec
	Citations []Citation         // of the metrics
}

// A Fact says one thing of how the numbers came about.
type Fact struct{ Name, Value string }

func (in Input) withDefaults() Input {
	if in.Measures == nil {
		for _, name := range []string{"tauw", "tau", "rel@1"} {
			m, _ := results.MeasureByName(name) // built in
			in.Measures = append(in.Measures, m)
		}
	}
	in.Resampling = in.Resampling.OrDefault()
	or := func(v *float64, otherwise float64) {
		if *v == 0 {
			*v = otherwise
		}
	}
	or(&in.Alpha, 0.05)
	or(&in.Rope, 0.01)
	or(&in.Noise, 0.5)
	return in
}

// page is what the template shows.
type page struct {
	Input
	Measure  results.Measure
	Tables   []template.HTML
	Warnings []string
	Sections []section
	Methods  string
	BibTeX   string
}

// A section is a heading with sentences, then figures and tables.
type section struct {
	Heading   string
	Sentences []string
	Blocks    []template.HTML
}

func (s *section) say(format string, args ...any) {
	s.Sentences = append(s.Sentences, fmt.Sprintf(format, args...))
}

func (s *section) figure(f figures.Figure) error {
	var b bytes.Buffer
	if err := f.Write(&b, "svg"); err != nil {
		return err
	}
	_, svg, ok := strings.Cut(b.String(), "<svg")
	if !ok {
		return errors.New("figure without an svg element")
	}
	s.Blocks = append(s.Blocks, template.HTML("<figure><svg"+svg+"</figure>"))
	return nil
}

func (s *section) table(t results.Table) {
	s.Blocks = append(s.Blocks, tableHTML(t))
}

func tableHTML(t results.Table) template.HTML {
	var b strings.Builder
	_ = t.Write(&b, results.HTML) // a builder takes all
	return template.HTML(b.String())
}

//go:embed report.html
var layout string

var pageTemplate = template.Must(template.New("report").Parse(layout))

// Write writes the report. What cannot be said of the input, as of one dataset or two
// models, is said to be so in the report; an error means that there is nothing to
// report at all.
func Write(w io.Writer, in Input) error {
	in = in.withDefaults()
	rows, err := results.Correlate(in.Scores, in.Truth, in.Measures, in.Resampling)
	if err != nil {
		return err
	}
	groups, err := results.Groups(in.Scores, in.Truth)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return errors.New("nothing to report: there are no scores")
	}
	p := page{Input: in, Measure: in.Measures[0], Warnings: warnings(rows, in.Measures[0]), Methods: methods(in, groups), BibTeX: bibTeX(in.Citations)}
	for i, m := range in.Measures {
		t := results.NewTable(rows, m, in.Truth.Name)
		if i == 0 {
			t.MeanIntervals(in.Resampling)
		}
		if mx, err := compare.New(rows, m); err == nil { // else the tests say why not
			compare.Decide(mx, in.Alpha, in.Rope, in.Resampling.Seed).Mark(&t, in.Alpha)
		}
		p.Tables = append(p.Tables, tableHTML(t))
	}
	e := evidence{in, in.Measures[0], rows, groups}
	for _, write := range []func() (section, error){e.overview, e.tests, e.chance, e.stability, e.truth, e.consensus, e.cost, e.published} {
		s, err := write()
		if err != nil {
			return err
		}
		p.Sections = append(p.Sections, s)
	}
	return pageTemplate.Execute(w, p)
}

// warnings lists the warnings of one measure, each with its dataset and metric; the
// same warning of many metrics is said once.
func warnings(rows []results.Row, m results.Measure) []string {
	var order []string
	metrics := map[string][]string{}
	for _, r := range rows {
		for _, w := range r.Warnings {
			key := r.Dataset + ": " + w.Error()
			if r.Measure == m.Name {
				if metrics[key] == nil {
					order = append(order, key)
				}
				metrics[key] = append(metrics[key], r.Metric)
			}
		}
	}
	for i, key := range order {
		order[i] = fmt.Sprintf("%s (%s)", key, strings.Join(metrics[key], ", "))
	}
	return order
}

// finite returns the values that are numbers.
func finite(values []float64) []float64 {
	return slices.DeleteFunc(slices.Clone(values), math.IsNaN)
}
