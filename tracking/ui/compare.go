package ui

import (
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"sfdalab/results/web"
	"sfdalab/tracking"
)

// mostRuns bounds how many runs are compared at once.
const mostRuns = 50

// selection returns what a request asks to compare.
func (s *server) selection(r *http.Request) ([]tracking.Selection, error) {
	q, err := s.selecting(r)
	if err != nil {
		return nil, err
	}
	return s.Store.Select(q)
}

// selecting returns the query of what a request asks to compare: the runs that it names, or
// those that its query selects, and of them the cells that the query selects.
func (s *server) selecting(r *http.Request) (q tracking.Query, err error) {
	v := r.URL.Query()
	text := v.Get("q")
	if q, err = tracking.ParseQuery(text); err != nil {
		return q, err
	}
	var named []string
	for _, id := range v["run"] {
		named = append(named, quote(id))
	}
	if len(named) > 0 {
		if q, err = tracking.ParseQuery(text + " run:" + strings.Join(named, ",")); err != nil {
			return q, err
		}
	}
	runs, err := s.Store.List(q, 0, mostRuns+1)
	if len(runs) > mostRuns {
		err = problem{http.StatusBadRequest, fmt.Errorf("more than %d runs: choose some, or narrow the filter down", mostRuns)}
	}
	return q, err
}

// compare shows runs side by side.
func (s *server) compare(r *http.Request) (string, page, error) {
	all, err := s.selection(r)
	if err != nil {
		return "", page{}, err
	}
	v := r.URL.Query()
	c, err := s.compareTo(s.recordOf(all), v.Get("truth"))
	if err != nil {
		return "", page{}, err
	}
	body := struct {
		comparison
		Runs          []tracking.Selection
		Scored        bool
		Line, Dataset string
		Scatter       template.HTML
		Ranks         template.HTML
		Facets        []facet
		Means         template.HTML // of each variant by run
		Link          template.URL
	}{comparison: c, Runs: all, Scored: scored(all), Line: one(c.Lines, v.Get("line")), Dataset: one(c.Datasets, v.Get("dataset")), Link: template.URL(v.Encode())}
	body.Scatter = web.Scatter("score", c.panels(body.Line))
	if body.Dataset != "" {
		f := c.ranks(body.Dataset)
		f.Heading = "" // that of the page
		if body.Ranks, err = web.Figure(f); err != nil {
			return "", page{}, err
		}
	}
	if len(all) > 1 {
		body.Facets = facets(all)
	}
	if len(all) > 1 && c.truth != nil {
		means, ok, err := s.meansByRun(all, c.truth)
		if err != nil {
			return "", page{}, err
		}
		if ok {
			body.Means = web.Table(means)
		}
	}
	return "compare.html", page{Title: "Comparison", Above: []above{{"Experiments", "/"}}, Query: v.Get("q"), Body: body}, nil
}

// scored reports whether a metric has scored a model in some runs.
func scored(all []tracking.Selection) bool {
	return slices.ContainsFunc(all, func(s tracking.Selection) bool {
		return slices.ContainsFunc(s.Cells, func(c tracking.Cell) bool { return c.Error == "" && c.Metric != tracking.FineTune })
	})
}

// mostChanges bounds how many differing scores a page shows.
const mostChanges = 500

// diff shows what differs between the runs a and b.
func (s *server) diff(r *http.Request) (string, page, error) {
	d, err := s.difference(r)
	if err != nil {
		return "", page{}, err
	}
	body := &struct {
		tracking.Diff
		Scores []tracking.Change // the first of them
		Link   template.URL
	}{Diff: d, Scores: d.Scores[:min(mostChanges, len(d.Scores))], Link: template.URL(r.URL.RawQuery)}
	return "diff.html", page{Title: "Difference of two runs", Above: []above{{"Experiments", "/"}}, Body: body}, nil
}

// difference compares the runs a and b of a request, or the two that it chose from a
// list, of which the older one comes first.
func (s *server) difference(r *http.Request) (tracking.Diff, error) {
	v := r.URL.Query()
	a, b := v.Get("a"), v.Get("b")
	if run := v["run"]; len(run) == 2 {
		a, b = run[1], run[0]
	}
	if a == "" || b == "" {
		return tracking.Diff{}, problem{http.StatusBadRequest, errors.New("choose two runs to see what differs")}
	}
	return s.Store.Diff(a, b, 0)
}
