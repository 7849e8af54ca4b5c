package ui

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sfdalab/results"
	"sfdalab/results/record"
	"sfdalab/tracking"
)

// cellPage is how many cells of a run a page lists.
const cellPage = 200

// run shows one run, with those of its cells that q selects.
func (s *server) run(r *http.Request) (string, page, error) {
	run, err := s.Store.Run(r.PathValue("id"))
	if err != nil {
		return "", page{}, err
	}
	cells, err := s.Store.Cells(run.ID)
	if err != nil {
		return "", page{}, err
	}
	v := r.URL.Query()
	selected, err := s.cellsOf(run, cells, v.Get("q"))
	if err != nil {
		return "", page{}, err
	}
	variant := tracking.Variants(cells)
	slices.SortStableFunc(selected, func(a, b tracking.Cell) int {
		return cmp.Or(cmp.Compare(a.Dataset, b.Dataset), cmp.Compare(a.Metric, b.Metric), cmp.Compare(variant(&a), variant(&b)),
			cmp.Compare(a.Subset, b.Subset), cmp.Compare(b.Score, a.Score))
	})
	body := struct {
		Run            tracking.Run
		Cells          []tracking.Cell
		Selected       int
		From, Last     int // numbers of the cells shown, from 1
		Variant        func(tracking.Cell) string
		Tables         []results.Table
		Truth          string // that they are correlated with, where none was recorded
		Scored         bool
		Warnings       []warning
		Values         url.Values
		CellQuery      string
		Earlier, Later string
	}{Run: run, Selected: len(selected), Warnings: cellWarnings(cells), Values: v, CellQuery: v.Get("q")}
	body.Variant = func(c tracking.Cell) string { return variant(&c) }
	own := []tracking.Selection{{Run: run, Cells: cells}}
	body.Scored = scored(own)
	if body.Tables, body.Truth, err = s.tablesOf(own); err != nil {
		return "", page{}, err
	}

	number, _ := strconv.Atoi(v.Get("page"))
	from := min(max(number, 0)*cellPage, len(selected))
	body.From, body.Last = from+1, min(from+cellPage, len(selected))
	body.Cells = selected[from:body.Last]
	turn := func(to int) string { return "?" + string(set(v, "page", strconv.Itoa(to))) + "#cells" }
	if number > 0 {
		body.Later = turn(number - 1)
	}
	if from+cellPage < len(selected) {
		body.Earlier = turn(number + 1)
	}
	return "run.html", page{Title: run.Title(), Above: aboveRun(run), Body: body}, nil
}

// tablesOf returns the tables of a run, as its record has them. Where no ground truth was
// recorded, scores are correlated with one that the server knows, whose name is returned.
func (s *server) tablesOf(run []tracking.Selection) (tables []results.Table, truth string, err error) {
	rec := s.recordOf(run)
	if slices.ContainsFunc(rec.Variants, func(v record.Variant) bool { return v.Truth != "" }) {
		tables, _, err = rec.Tables(false)
		return tables, "", err
	}
	c, err := s.compareTo(rec, "")
	return c.Tables, c.Truth, err
}

// aboveRun returns the pages above that of a run.
func aboveRun(r tracking.Run) []above {
	return []above{{"Experiments", "/"}, {cmp.Or(r.Experiment, "no experiment"), experimentLink(r.Experiment)}}
}

// cellsOf returns those of the cells of a run that a query selects.
func (s *server) cellsOf(run tracking.Run, cells []tracking.Cell, text string) ([]tracking.Cell, error) {
	if _, err := tracking.ParseQuery(text); err != nil || text == "" {
		return slices.Clone(cells), err
	}
	q, err := tracking.ParseQuery(text + " run:" + quote(run.ID))
	if err != nil {
		return nil, err
	}
	var selected []tracking.Cell
	all, err := s.Store.Select(q)
	for _, s := range all {
		selected = append(selected, s.Cells...)
	}
	return selected, err
}

// progress shows how far a run is, without the rest of its page.
func (s *server) progress(r *http.Request) (string, page, error) {
	run, err := s.Store.Run(r.PathValue("id"))
	return "progress", page{Body: run}, err
}

// cell shows all that is recorded of a cell. A run may have several of one identity:
// scores that differ although nothing that decides them does, or failures.
func (s *server) cell(r *http.Request) (string, page, error) {
	run, err := s.Store.Run(r.PathValue("id"))
	if err != nil {
		return "", page{}, err
	}
	var id tracking.Identity
	if err := id.UnmarshalText([]byte(r.PathValue("cell"))); err != nil {
		return "", page{}, problem{http.StatusNotFound, err}
	}
	cells, err := s.Store.Cells(run.ID)
	if err != nil {
		return "", page{}, err
	}
	variant := tracking.Variants(cells)
	cells = slices.DeleteFunc(cells, func(c tracking.Cell) bool { return c.ID != id })
	if len(cells) == 0 {
		return "", page{}, problem{http.StatusNotFound, fmt.Errorf("run %s has no cell %s", run.ID, id)}
	}
	holders, err := s.Store.Holders(id)
	if err != nil {
		return "", page{}, err
	}
	paths := make(map[string]string, len(run.Inputs)) // by SHA-256
	for path, sum := range run.Inputs {
		paths[sum] = path
	}
	body := struct {
		Run     tracking.Run
		Cells   []tracking.Cell
		Paths   map[string]string
		Holders []tracking.Run
	}{run, cells, paths, holders}
	c := &cells[0]
	title := strings.TrimSpace(c.Metric+" "+variant(c)) + ": " + c.Model + " on " + c.Dataset
	if c.Subset != "" {
		title += ", " + c.Subset
	}
	return "cell.html", page{Title: title, Above: append(aboveRun(run), above{run.Title(), "/run/" + url.PathEscape(run.ID)}), Body: body}, nil
}

// A warning is what some cells of a run tell, or why they have no score.
type warning struct {
	Text  string
	Cells int
}

// mostWarnings bounds how many warnings are shown above the cells.
const mostWarnings = 10

// cellWarnings returns the warnings and errors of the cells, the most frequent
// first.
func cellWarnings(cells []tracking.Cell) []warning {
	count := make(map[string]int)
	for _, c := range cells {
		if c.Error != "" {
			count[c.Error]++
		}
		for _, w := range c.Warnings {
			count[w]++
		}
	}
	var all []warning
	for text, n := range count {
		all = append(all, warning{text, n})
	}
	slices.SortFunc(all, func(a, b warning) int { return cmp.Or(cmp.Compare(b.Cells, a.Cells), cmp.Compare(a.Text, b.Text)) })
	return all[:min(mostWarnings, len(all))]
}

// annotate changes name, tags and notes of a run.
func (s *server) annotate(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		s.fail(w, problem{http.StatusBadRequest, fmt.Errorf("this form cannot be read: %w", err)})
		return
	}
	if !s.fromOwnForm(r) {
		s.fail(w, problem{http.StatusForbidden, errors.New("this form is not from this server, or older than it: open the run again")})
		return
	}
	id := r.PathValue("id")
	err := s.Store.Annotate(id, func(a *tracking.Annotation) {
		a.Name = strings.TrimSpace(r.PostFormValue("name"))
		a.Notes = strings.TrimSpace(r.PostFormValue("notes"))
		a.Tags = strings.FieldsFunc(r.PostFormValue("tags"), func(c rune) bool { return c == ',' || c == ' ' })
	})
	if err != nil {
		s.fail(w, err)
		return
	}
	http.Redirect(w, r, "/run/"+url.PathEscape(id), http.StatusSeeOther)
}
