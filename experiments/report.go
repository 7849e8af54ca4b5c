package experiments

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"sfdalab/results"
	"sfdalab/results/report"
	"sfdalab/tracking"
)

// Report writes the evidence of a result, which came from stored runs, as one HTML
// page: that of the variants which are held against the spec's own ground truth.
func Report(w io.Writer, r *Result, runs ...tracking.Run) error {
	name := r.Spec.truth(Entry{})
	if name == "" {
		return errors.New("a report needs a ground truth, and the spec names none")
	}
	truth, err := results.LoadTruth(name)
	if err != nil {
		return err
	}
	in := report.Input{
		Title:      r.Spec.Name,
		Scores:     r.Scores(name, 0),
		Truth:      truth,
		Resampling: results.Resampling{Seed: r.Spec.Seed},
		Seconds:    r.seconds(),
		Facts:      facts(runs),
		Citations:  r.citations(),
	}
	if len(r.Spec.Measures) > 0 {
		if in.Measures, err = r.Spec.measures(); err != nil {
			return err
		}
	}
	return report.Write(w, in)
}

// facts returns where runs were computed, each thing once.
func facts(runs []tracking.Run) []report.Fact {
	var all []report.Fact
	for _, f := range []struct {
		name string
		of   func(tracking.Run) string
	}{
		{"run", func(r tracking.Run) string { return r.ID }},
		{"revision", func(r tracking.Run) string { return r.Environment.Revision }},
		{"Go", func(r tracking.Run) string { return r.Environment.Go }},
		{"CPU", func(r tracking.Run) string { return r.Environment.CPU }},
	} {
		var values []string
		for _, r := range runs {
			values = append(values, f.of(r))
		}
		all = append(all, report.Fact{Name: f.name, Value: strings.Join(distinct(values), ", ")})
	}
	return all
}

// seconds returns the mean time for a model by variant, of those that were computed.
func (r *Result) seconds() map[string]float64 {
	seconds := make(map[string]float64)
	for v, variant := range r.Variants {
		var sum float64
		var n int
		for _, c := range r.Cells {
			if c.Variant == v && c.Repeat == 0 && c.Error == "" {
				sum, n = sum+c.Seconds, n+1
			}
		}
		if variant.Metric != nil && n > 0 {
			seconds[variant.Label] = sum / float64(n)
		}
	}
	return seconds
}

// citations returns the papers of the metrics, each once.
func (r *Result) citations() []report.Citation {
	var citations []report.Citation
	seen := make(map[string]bool)
	for _, v := range r.Variants {
		if v.Metric == nil {
			continue
		}
		p := v.Metric.Info().Paper
		first, _, _ := strings.Cut(p.Authors, " ")
		key := strings.ToLower(fmt.Sprintf("%s%d%s", first, p.Year, strings.NewReplacer(":", "-").Replace(v.Name)))
		if p.Title == "" || seen[p.Title] {
			continue
		}
		seen[p.Title] = true
		citations = append(citations, report.Citation{Key: key, Authors: p.Authors, Title: p.Title, Venue: p.Venue, Year: p.Year})
	}
	return citations
}
