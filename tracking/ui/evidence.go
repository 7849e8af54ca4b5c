package ui

import (
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"time"

	"sfdalab/results/record"
	"sfdalab/results/report"
	"sfdalab/results/web"
	"sfdalab/tracking"
)

// Evidence is what the scores of a run come to: the report, which takes some seconds to
// make, or until then the tables.
type evidence struct {
	HTML    template.HTML // "" where there is nothing to tell
	Truth   string        // that scores are correlated with, where none was recorded
	Why     string        // there is no report
	Pending bool          // the report is being made
}

// reportEvery is how often the report of a run that goes on is made anew.
const reportEvery = time.Minute

// evidence returns the report of a run, or its tables as long as that is being made.
func (s *server) evidence(sel tracking.Selection) (evidence, error) {
	rec, truth := s.judged([]tracking.Selection{sel})
	if !scored([]tracking.Selection{sel}) {
		return evidence{}, nil
	}
	e := evidence{Truth: truth}
	if slices.ContainsFunc(rec.Variants, func(v record.Variant) bool { return v.Truth != "" }) {
		key := state(sel.Run)
		if sel.Run.Outcome == tracking.Running {
			key = sel.Run.ID + " " + strconv.FormatInt(time.Now().Unix()/int64(reportEvery.Seconds()), 10)
		}
		made, ok := s.reports.get(key, func() evidence { return reported(rec) })
		if made.HTML != "" {
			made.Truth = truth
			return made, nil
		}
		e.Why, e.Pending = made.Why, !ok
	}
	tables, _, err := rec.Tables(false)
	for _, t := range tables {
		e.HTML += web.Table(t)
	}
	return e, err
}

// reported returns the report of a record.
func reported(rec record.Record) evidence {
	in, err := report.Of(rec)
	if err != nil {
		return evidence{Why: err.Error()}
	}
	r, err := report.New(in)
	if err != nil {
		return evidence{Why: err.Error()}
	}
	body, err := r.Body()
	if err != nil {
		return evidence{Why: err.Error()}
	}
	return evidence{HTML: body}
}

// report shows what a run comes to without the rest of its page.
func (s *server) report(r *http.Request) (string, page, error) {
	run, err := s.Store.Run(r.PathValue("id"))
	if err != nil {
		return "", page{}, err
	}
	cells, err := s.Store.Cells(run.ID)
	if err != nil {
		return "", page{}, err
	}
	e, err := s.evidence(tracking.Selection{Run: run, Cells: cells})
	return "report", page{Body: map[string]any{"Run": run, "Report": e}}, err
}
