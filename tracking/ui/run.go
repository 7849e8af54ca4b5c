package ui

import (
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sfdalab/results/web"
	"sfdalab/tracking"
)

// cellPage is how many cells of a run a page lists.
const cellPage = 200

// run shows one run: what it came to, and those of its cells that q selects.
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
	list, err := s.cellsOf(run, cells, v)
	if err != nil {
		return "", page{}, err
	}
	body := struct {
		Run      tracking.Run
		Report   evidence
		Scored   bool
		Warnings []warning
		Trials   []tracking.Cell
		Curves   []template.HTML

		Accuracies template.HTML // what the trials came to
		cellList
	}{Run: run, Warnings: cellWarnings(cells), cellList: list}
	own := []tracking.Selection{{Run: run, Cells: cells}}
	body.Scored = scored(own)
	if body.Report, err = s.evidence(own[0]); err != nil {
		return "", page{}, err
	}
	body.Trials = own[0].Trials()
	body.Curves = curves(body.Trials)
	if len(body.Trials) > 0 {
		if t, _, err := own[0].Truth(); err == nil { // else no trial is done yet
			body.Accuracies = web.Table(accuracies(t))
		}
	}
	return "run.html", page{Title: title(run), Above: aboveRun(run), Body: body}, nil
}

// A cellList is some of the cells of a run, sorted.
type cellList struct {
	Cells          []tracking.Cell
	Columns        []cellColumn
	Selected       int
	From, Last     int // numbers of the cells shown, from 1
	Values         url.Values
	CellQuery      string
	Earlier, Later string // addresses of the pages beside this one

	variant func(*tracking.Cell) string
}

// A cellColumn is a column of the list of cells.
type cellColumn struct {
	Key, Title string
	Number     bool
	compare    func(l *cellList, a, b *tracking.Cell) int
}

var cellColumns = []cellColumn{
	{"dataset", "Dataset", false, func(_ *cellList, a, b *tracking.Cell) int { return cmp.Compare(a.Dataset, b.Dataset) }},
	{"metric", "Metric", false, func(l *cellList, a, b *tracking.Cell) int {
		return cmp.Or(cmp.Compare(a.Metric, b.Metric), cmp.Compare(l.variant(a), l.variant(b)))
	}},
	{"model", "Model", false, func(_ *cellList, a, b *tracking.Cell) int { return cmp.Compare(a.Model, b.Model) }},
	{"score", "Score", true, func(_ *cellList, a, b *tracking.Cell) int { return cmp.Compare(a.Score, b.Score) }},
	{"seconds", "Seconds", true, func(_ *cellList, a, b *tracking.Cell) int { return cmp.Compare(a.Seconds, b.Seconds) }},
	{"subset", "Samples", false, func(_ *cellList, a, b *tracking.Cell) int { return cmp.Compare(a.Subset, b.Subset) }},
}

// usualOrder is that of cells unless they are sorted by a column: by dataset, metric and
// samples, the best score first.
func (l *cellList) usualOrder(a, b *tracking.Cell) int {
	return cmp.Or(cmp.Compare(a.Dataset, b.Dataset), cmp.Compare(a.Metric, b.Metric), cmp.Compare(l.variant(a), l.variant(b)),
		cmp.Compare(a.Subset, b.Subset), cmp.Compare(b.Score, a.Score))
}

// sort sorts the cells; those without a score come last in whatever is one.
func (l *cellList) sort() {
	by, falling := strings.CutPrefix(l.Values.Get("sort"), "-")
	i := slices.IndexFunc(cellColumns, func(c cellColumn) bool { return c.Key == by })
	failed := func(c *tracking.Cell) int {
		if c.Error != "" {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(l.Cells, func(a, b tracking.Cell) int {
		if i < 0 {
			return cmp.Or(cmp.Compare(a.Dataset, b.Dataset), cmp.Compare(a.Metric, b.Metric), cmp.Compare(failed(&a), failed(&b)), l.usualOrder(&a, &b))
		}
		order := cellColumns[i].compare(l, &a, &b)
		if falling {
			order = -order
		}
		if by == "score" {
			order = cmp.Or(cmp.Compare(failed(&a), failed(&b)), order)
		}
		return cmp.Or(order, l.usualOrder(&a, &b))
	})
}

// Variant tells the parameters of a cell that not all cells of its metric have.
func (l cellList) Variant(c tracking.Cell) string { return l.variant(&c) }

// Order tells how the list is sorted by c, in the words of aria-sort, and Turn what to sort
// by when c is asked for.
func (l cellList) Order(c cellColumn) string { return orderOf(l.Values.Get("sort"), c.Key) }
func (l cellList) Turn(c cellColumn) string  { return turnOf(l.Values.Get("sort"), c.Key) }

// Sorted says how the cells are sorted.
func (l cellList) Sorted() string {
	by, falling := strings.CutPrefix(l.Values.Get("sort"), "-")
	for _, c := range cellColumns {
		if c.Key == by && falling {
			return "by " + strings.ToLower(c.Title) + ", falling"
		} else if c.Key == by {
			return "by " + strings.ToLower(c.Title) + ", rising"
		}
	}
	return "by dataset, metric and samples, the highest score first"
}

// cellsOf returns those of the cells of a run that a request asks for.
func (s *server) cellsOf(run tracking.Run, cells []tracking.Cell, v url.Values) (l cellList, err error) {
	l = cellList{Columns: cellColumns, Values: v, CellQuery: v.Get("q"), variant: tracking.Variants(cells)}
	if l.Cells, err = s.selected(run, cells, l.CellQuery); err != nil {
		return l, err
	}
	l.sort()
	l.Selected = len(l.Cells)
	number, _ := strconv.Atoi(v.Get("page"))
	number = min(max(number, 0), 1<<20)
	from := min(number*cellPage, l.Selected)
	l.From, l.Last = from+1, min(from+cellPage, l.Selected)
	l.Cells = l.Cells[from:l.Last]
	turn := func(to int) string { return "?" + string(set(v, "page", strconv.Itoa(to))) + "#cells" }
	if number > 0 {
		l.Later = turn(number - 1)
	}
	if l.Last < l.Selected {
		l.Earlier = turn(number + 1)
	}
	return l, nil
}

// aboveRun returns the pages above that of a run.
func aboveRun(r tracking.Run) []above {
	return []above{{"Experiments", "/"}, {cmp.Or(r.Experiment, "no experiment"), experimentLink(r.Experiment)}}
}

// selected returns those of the cells of a run that a query selects.
func (s *server) selected(run tracking.Run, cells []tracking.Cell, text string) ([]tracking.Cell, error) {
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
		Curves  []template.HTML
	}{run, cells, paths, holders, curves((&tracking.Selection{Cells: cells}).Trials())}
	c := &cells[0]
	name := strings.TrimSpace(c.Metric+" "+variant(c)) + ": " + c.Model + " on " + c.Dataset
	if of := samples(*c); of != "" {
		name += ", " + of
	}
	return "cell.html", page{Title: name, Above: append(aboveRun(run), above{title(run), "/run/" + url.PathEscape(run.ID)}), Body: body}, nil
}

// samples tells which samples a score is of, "" for all. A score that was read from a table
// has the name of its row there instead.
func samples(c tracking.Cell) string {
	if _, read := c.Files[tracking.TableRole]; read {
		return ""
	}
	return c.Subset
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
