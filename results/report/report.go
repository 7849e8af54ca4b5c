// Package report writes the evidence of a comparison as one self-contained page, in HTML
// or Markdown: the table with intervals, the tests and what they say, how stable the
// verdict is, and a paragraph on the methods with their citations, ready for a paper.
package report

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"strings"

	"sfdalab/results"
	"sfdalab/results/compare"
	"sfdalab/results/record"
)

// Input is what a report is about. The same input gives the same page, byte for byte.
type Input struct {
	Title string
	Parts []Part

	// Rankings are of models whose accuracies need not be known.
	Rankings []record.Ranking

	// Measures correlate the scores with the accuracies; the first is that of the tests and
	// figures. Nil means weighted τ, τ-b and Rel@1.
	Measures []results.Measure

	Resampling results.Resampling
	Test       compare.Test // that decides whether metrics differ
	Alpha      float64      // level of tests; 0 means 0.05
	Rope       float64      // what counts as practically the same; 0 means 0.01
	Noise      float64      // spread of an accuracy over seeds, in points, where the truth does not say; 0 means 0.5

	// Supplementary asks for tests that do not decide in formats without a fold, too.
	Supplementary bool

	Images    string             // what captions say of the images that features were extracted from, see record.AboutImages
	Warnings  []string           // of the scores
	Facts     []Fact             // such as version, revision, spec
	Citations []results.Citation // of the metrics
}

// A Part is the scores that are correlated with one ground truth.
type Part struct {
	Truth   *results.Truth
	Scores  results.Scores
	Subsets []Subset

	// Protocols are other ground truths of the same models, fine-tuned another way.
	// One that has the name of a metric is made of its scores, and not correlated with
	// them.
	Protocols []*results.Truth

	References compare.References // what the metrics are compared with besides each other

	Seconds    map[string]float64 // a model, by metric; nil where they are not known
	Extraction float64            // seconds, of a model's features; 0 where that is not known

	// Names are those under which published figures of metrics are sought, where they
	// are called otherwise here: "logme" of "LogME".
	Names map[string]string
}

// A Subset is the scores of a random part of the samples.
type Subset struct {
	Fraction float64 // of the samples
	Scores   results.Scores
}

// A Fact says one thing of how the numbers came about.
type Fact struct{ Name, Value string }

// withDefaults returns the input with what it leaves open.
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

// A Report is evidence put into words, tables and figures.
type Report struct{ page page }

// New weighs the evidence. What cannot be said of the input, as of one dataset or two
// models, is said to be so in the report; an error means that there is nothing to report
// at all.
func New(in Input) (Report, error) {
	in = in.withDefaults()
	if len(in.Parts) == 0 && len(in.Rankings) == 0 {
		return Report{}, errors.New("nothing to report: no scores are correlated with a ground truth, and no models are ranked")
	}
	p := page{Title: in.Title, folded: in.Supplementary, BibTeX: bibTeX(in.Citations, in.Measures[0].Citation), Facts: in.Facts}
	for _, r := range in.Rankings {
		p.Sections = append(p.Sections, rankingSections(r)...)
	}
	var all []evidence
	for _, part := range in.Parts {
		e, err := weigh(in, part)
		if err != nil {
			return Report{}, fmt.Errorf("ground truth %s: %w", part.Truth.Name, err)
		}
		sections, err := e.sections()
		if err != nil {
			return Report{}, err
		}
		if len(in.Parts) > 1 {
			nameAfter(part.Truth, sections)
		}
		p.abouts = append(p.abouts, e.about())
		all, p.Sections = append(all, e), append(p.Sections, sections...)
	}
	if in.Warnings != nil {
		p.Sections = append(p.Sections, section{Heading: "Warnings about the scores", List: in.Warnings})
	}
	nameFiles(p.Sections)
	p.Methods = rankingMethods(in)
	if len(all) > 0 {
		p.Methods = methods(in, all)
	} else {
		p.BibTeX = entries(in.Citations)
	}
	return Report{p}, nil
}

// nameAfter names the sections of a part, and their files, after its ground truth, and puts
// all but the first below that.
func nameAfter(truth *results.Truth, sections []section) {
	for i := range sections {
		sections[i].Below = i > 0
		for j := range sections[i].Blocks {
			b := &sections[i].Blocks[j]
			b.name = truth.Name + "-" + b.name
		}
	}
	sections[0].Heading = fmt.Sprintf("Ground truth %s: %s", truth.Name, sections[0].Heading)
}

// Write writes the report as one page: results.HTML or, without figures,
// results.Markdown.
func (r Report) Write(w io.Writer, f results.Format) error {
	switch f {
	case results.HTML:
		return r.page.html(w)
	case results.Markdown:
		return r.page.markdown(w)
	}
	return fmt.Errorf("a report cannot be written as %s: want %s or %s", f, results.HTML, results.Markdown)
}

// Body returns the report without its title as what stands in the body of a page that has
// web.Style.
func (r Report) Body() (template.HTML, error) {
	var b strings.Builder
	err := pageTemplate.ExecuteTemplate(&b, "body", r.page.once())
	return template.HTML(b.String()), err
}

// evidence writes the sections of one part, each in a method.
type evidence struct {
	Input
	part    Part
	measure results.Measure
	rows    []results.Row
	groups  []results.Group
	subsets []subset

	matrix   compare.Matrix // by the first measure
	verdict  compare.Verdict
	untested error     // why there is neither
	chances  []float64 // p of the permutation test of each group
	rates    compare.WinRate
	unstable error // why there are no rates
}

// subset is what the scores of a Subset say by the first measure.
type subset struct {
	fraction float64
	groups   []results.Group
	rows     []results.Row
}

// weigh correlates the scores of a part with its truth.
func weigh(in Input, part Part) (evidence, error) {
	e := evidence{Input: in, part: part, measure: in.Measures[0]}
	var err error
	if e.rows, err = part.Scores.Correlate(part.Truth, in.Measures, in.Resampling); err != nil {
		return e, err
	}
	if e.groups, err = part.Scores.Groups(part.Truth); err != nil {
		return e, err
	}
	if len(e.rows) == 0 {
		return e, errors.New("nothing to report: there are no scores")
	}
	for _, s := range part.Subsets {
		sub := subset{fraction: s.Fraction}
		if sub.rows, err = s.Scores.Correlate(part.Truth, in.Measures[:1], results.Resampling{Resamples: -1}); err != nil {
			return e, err
		}
		if sub.groups, err = s.Scores.Groups(part.Truth); err != nil {
			return e, err
		}
		e.subsets = append(e.subsets, sub)
	}
	if e.matrix, e.untested = compare.New(e.rows, e.measure); e.untested == nil {
		e.verdict = compare.DecideBy(in.Test, e.matrix, in.Alpha, in.Rope, in.Resampling)
	}
	e.chances = make([]float64, len(e.groups))
	in.Resampling.Progress.For("p-values", len(e.chances), func(i int) {
		e.chances[i] = results.Permutation(e.measure, e.groups[i].Scores, e.groups[i].Accuracies, in.Resampling).P
	})
	v := compare.Variation{Seed: in.Resampling.Seed, Measures: in.Measures, Progress: in.Resampling.Progress}
	for _, sub := range e.subsets {
		v.Subsets = append(v.Subsets, sub.groups)
	}
	e.rates, e.unstable = compare.Stability(e.groups, v)
	return e, nil
}

// sections returns those that have something to say, in their order on the page.
func (e evidence) sections() ([]section, error) {
	var all []section
	for _, write := range []func() (section, error){e.short, e.sure, e.otherMeasures, e.warnings, e.overview, e.tests, e.supplementary, e.chance, e.samples, e.stability, e.truth, e.consensus, e.cost, e.published} {
		s, err := write()
		if err != nil {
			return nil, err
		}
		if !s.empty() {
			all = append(all, s)
		}
	}
	return all, nil
}

// metrics returns the metrics that have scores.
func (e evidence) metrics() []string {
	return e.distinct(func(g results.Group) []string { return []string{g.Metric} })
}

// datasets returns those on which the truth has some of the models.
func (e evidence) datasets() []string {
	return e.distinct(func(g results.Group) []string {
		if len(g.Models) == 0 {
			return nil
		}
		return []string{g.Dataset}
	})
}

// models returns those that have an accuracy and a score.
func (e evidence) models() []string {
	return e.distinct(func(g results.Group) []string { return g.Models })
}

// distinct returns the names in all groups, each once.
func (e evidence) distinct(names func(results.Group) []string) []string {
	var all []string
	for _, g := range e.groups {
		all = append(all, names(g)...)
	}
	return results.Distinct(all)
}

// values returns the values of a metric by the first measure, one for each dataset that
// has one.
func (e evidence) values(metric string) []float64 { return valuesOf(e.rows, metric, e.measure) }

// valuesOf returns the values of a metric by a measure, without those that are not finite.
func valuesOf(rows []results.Row, metric string, m results.Measure) []float64 {
	var values []float64
	for _, r := range rows {
		if r.Metric == metric && r.Measure == m.Name {
			values = append(values, r.Value)
		}
	}
	return finite(values)
}

// about ends a caption: what the numbers of a table are of.
func (e evidence) about() string { return e.of(results.Count(len(e.datasets()), "dataset")) }

// aboutTests is about, of what the tests rest on: the datasets of the matrix, which may lack
// some.
func (e evidence) aboutTests() string {
	all, tested := len(e.datasets()), len(e.matrix.Datasets)
	if tested == all {
		return e.about()
	}
	return e.of(fmt.Sprintf("%d of %s", tested, results.Count(all, "dataset")))
}

// of names the ground truth, so many datasets, and how many models.
func (e evidence) of(datasets string) string {
	return fmt.Sprintf("(%s; %s, %s)", e.part.Truth.Name, results.Count(len(e.models()), "model"), datasets)
}
