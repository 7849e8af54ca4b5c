package ui

import (
	"cmp"
	"encoding/csv"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sfdalab/results"
	"sfdalab/tracking"
)

// How many runs or experiments a page lists, and how many runs of each experiment.
const (
	pageSize  = 50
	groupSize = 5
)

// A runColumn is a column of the list of runs.
type runColumn struct {
	Key, Title string
	text       func(*tracking.Run) string // nil of the result, which is not in what List tells
	compare    func(a, b *tracking.Run) int
}

// runColumns are in the order in which they are shown.
var runColumns = []runColumn{
	textColumn("name", "Name", func(r *tracking.Run) string { return r.Name }),
	textColumn("experiment", "Experiment", func(r *tracking.Run) string { return r.Experiment }),
	{"result", "Best result", nil, nil},
	{"started", "Started", func(r *tracking.Run) string { return r.Start.Format(time.RFC3339) },
		func(a, b *tracking.Run) int { return a.Start.Compare(b.Start) }},
	{"took", "Took", func(r *tracking.Run) string { return took(*r) },
		func(a, b *tracking.Run) int { return cmp.Compare(a.End.Sub(a.Start), b.End.Sub(b.Start)) }},
	textColumn("outcome", "Outcome", func(r *tracking.Run) string { return string(r.Outcome) }),
	countColumn("cells", "Cells", func(r *tracking.Run) int { return r.Cells }),
	countColumn("failed", "Failed", func(r *tracking.Run) int { return r.Failed }),
	textColumn("tags", "Tags", func(r *tracking.Run) string { return strings.Join(r.Tags, ", ") }),
	textColumn("notes", "Notes", func(r *tracking.Run) string { return r.Notes }),
	textColumn("metrics", "Metrics", func(r *tracking.Run) string { return strings.Join(r.Metrics, ", ") }),
	textColumn("datasets", "Datasets", func(r *tracking.Run) string { return strings.Join(r.Datasets, ", ") }),
	countColumn("models", "Models", func(r *tracking.Run) int { return len(r.Models) }),
	textColumn("host", "Host", func(r *tracking.Run) string { return r.Environment.Host }),
	textColumn("revision", "Revision", func(r *tracking.Run) string {
		return r.Environment.Revision[:min(10, len(r.Environment.Revision))]
	}),
}

// usual are the columns that are shown unless others are chosen.
var usual = []string{"experiment", "result", "started", "took", "outcome", "cells", "tags"}

func textColumn(key, title string, text func(*tracking.Run) string) runColumn {
	return runColumn{key, title, text, func(a, b *tracking.Run) int { return cmp.Compare(text(a), text(b)) }}
}

func countColumn(key, title string, count func(*tracking.Run) int) runColumn {
	return runColumn{key, title, func(r *tracking.Run) string { return strconv.Itoa(count(r)) },
		func(a, b *tracking.Run) int { return cmp.Compare(count(a), count(b)) }}
}

// Text returns what the column tells of r.
func (c runColumn) Text(r tracking.Run) string { return c.text(&r) }

// Sorts reports whether the list can be sorted by the column.
func (c runColumn) Sorts() bool { return c.compare != nil }

// Number reports whether the column is of numbers.
func (c runColumn) Number() bool {
	return slices.Contains([]string{"cells", "failed", "models", "took"}, c.Key)
}

// Long reports whether the column has many words.
func (c runColumn) Long() bool {
	return slices.Contains([]string{"notes", "metrics", "datasets"}, c.Key)
}

// A runList is what a request asks to list: the runs that its q selects, sorted by
// its sort (a column, with a minus before it for the other way; the newest first
// without), with its columns col.
type runList struct {
	Values  url.Values
	Columns []runColumn // shown
	query   tracking.Query
}

func readRunList(r *http.Request) (l runList, err error) {
	l.Values = r.URL.Query()
	shown := l.Values["col"]
	if len(shown) == 0 {
		shown = usual
	}
	for _, c := range runColumns {
		if slices.Contains(shown, c.Key) {
			l.Columns = append(l.Columns, c)
		}
	}
	l.query, err = tracking.ParseQuery(l.Values.Get("q"))
	return l, err
}

// Shows reports whether a column is shown.
func (l runList) Shows(c runColumn) bool {
	return slices.ContainsFunc(l.Columns, func(s runColumn) bool { return s.Key == c.Key })
}

// Order tells how the list is sorted by c, in the words of aria-sort, and Turn what
// to sort by when c is asked for.
func (l runList) Order(c runColumn) string { return orderOf(l.Values.Get("sort"), c.Key) }
func (l runList) Turn(c runColumn) string  { return turnOf(l.Values.Get("sort"), c.Key) }

// ByName is the column by which the names of runs are sorted.
func (l runList) ByName() runColumn { return runColumns[0] }

// orderOf tells how what is sorted by a key, with a minus before it for the other way, is
// sorted by a column; turnOf what to sort by to turn that round.
func orderOf(sort, column string) string {
	switch sort {
	case column:
		return "ascending"
	case "-" + column:
		return "descending"
	}
	return "none"
}

func turnOf(sort, column string) string {
	if sort == "-"+column {
		return column
	}
	return "-" + column
}

// page returns the number of the page that is asked for.
func (l runList) page() int {
	n, _ := strconv.Atoi(l.Values.Get("page"))
	return min(max(n, 0), 1<<20)
}

// read returns the runs of the list, limit after the first offset; all if limit is 0.
func (l runList) read(store *tracking.Store, offset, limit int) ([]tracking.Run, error) {
	by, falling := strings.CutPrefix(l.Values.Get("sort"), "-")
	i := slices.IndexFunc(runColumns, func(c runColumn) bool { return c.Key == by && c.compare != nil })
	if i < 0 {
		return store.List(l.query, offset, limit)
	}
	runs, err := store.List(l.query, 0, 0)
	slices.SortStableFunc(runs, func(a, b tracking.Run) int {
		if falling {
			a, b = b, a
		}
		return runColumns[i].compare(&a, &b)
	})
	runs = runs[min(offset, len(runs)):]
	if limit > 0 {
		runs = runs[:min(limit, len(runs))]
	}
	return runs, err
}

// A group is the runs of one experiment.
type group struct {
	Experiment  string
	Runs        []tracking.Run // the first of the list
	Count       int
	Cells       int
	First, Last time.Time // start of the oldest and of the newest
	Latest      tracking.Run
	Open        bool

	Recent   []tracking.Run // the latest, oldest first
	Headline headline       // of the latest that has one
	Spark    template.HTML
	Pending  bool // the headline or the spark line is being made
}

// openGroups is how many groups of a list are open at first.
const openGroups = 3

// groups returns the runs by experiment, in the order of their first ones.
func groups(runs []tracking.Run) []*group {
	byName := make(map[string]*group)
	var all []*group
	for _, r := range runs {
		g := byName[r.Experiment]
		if g == nil {
			g = &group{Experiment: r.Experiment, First: r.Start, Open: len(all) < openGroups}
			byName[r.Experiment] = g
			all = append(all, g)
		}
		if len(g.Runs) < groupSize {
			g.Runs = append(g.Runs, r)
		}
		g.Count++
		g.Cells += r.Cells
		if r.Start.Before(g.First) {
			g.First = r.Start
		}
		if !r.Start.Before(g.Last) {
			g.Last, g.Latest = r.Start, r
		}
	}
	for _, r := range latestFirst(runs) {
		if g := byName[r.Experiment]; len(g.Recent) < mostSparks {
			g.Recent = append(g.Recent, *r)
		}
	}
	for _, g := range all {
		slices.Reverse(g.Recent)
	}
	return all
}

// latestFirst returns runs in the order in which they began, the latest first.
func latestFirst(runs []tracking.Run) []*tracking.Run {
	sorted := make([]*tracking.Run, len(runs))
	for i := range runs {
		sorted[i] = &runs[i]
	}
	slices.SortStableFunc(sorted, func(a, b *tracking.Run) int { return b.Start.Compare(a.Start) })
	return sorted
}

// look finds out what the latest runs of a group came to.
func (g *group) look(s *server) {
	g.Spark, g.Pending = s.spark(g.Recent)
	for _, r := range slices.Backward(g.Recent) {
		if g.Headline = s.headline(r); g.Headline.Known || g.Headline.Pending {
			return
		}
	}
}

// runs lists runs, grouped by experiment or, with view=runs, one below the other.
func (s *server) runs(r *http.Request) (string, page, error) {
	l, err := readRunList(r)
	if err != nil {
		return "", page{}, err
	}
	p := page{Title: "Experiments", Query: l.query.String(), View: l.Values.Get("view")}
	body := struct {
		runList
		All            []runColumn
		Runs           []tracking.Run
		Groups         []*group
		Headline       func(tracking.Run) headline
		Earlier, Later string // addresses of the pages beside this one
	}{runList: l, All: runColumns, Headline: s.headline}
	from, more := l.page()*pageSize, false
	if p.View == "runs" {
		p.Title = "Runs"
		body.Runs, err = l.read(s.Store, from, pageSize+1)
		if more = len(body.Runs) > pageSize; more {
			body.Runs = body.Runs[:pageSize]
		}
	} else {
		var all []tracking.Run
		all, err = l.read(s.Store, 0, 0)
		body.Groups = groups(all)
		body.Groups = body.Groups[min(from, len(body.Groups)):]
		if more = len(body.Groups) > pageSize; more {
			body.Groups = body.Groups[:pageSize]
		}
		for _, g := range body.Groups {
			g.look(s)
		}
	}
	if err != nil {
		return "", page{}, err
	}
	if more {
		body.Earlier = "/?" + string(set(l.Values, "page", strconv.Itoa(l.page()+1)))
	}
	if l.page() > 0 {
		body.Later = "/?" + string(set(l.Values, "page", strconv.Itoa(l.page()-1)))
	}
	p.Body = body
	return "runs.html", p, nil
}

// writeCSV writes the whole list.
func (l runList) writeCSV(w io.Writer, store *tracking.Store) error {
	runs, err := l.read(store, 0, 0)
	if err != nil {
		return err
	}
	out := csv.NewWriter(w)
	row := []string{"run"}
	l.Columns = slices.DeleteFunc(l.Columns, func(c runColumn) bool { return c.text == nil })
	for _, c := range l.Columns {
		row = append(row, c.Key)
	}
	out.Write(row)
	for i := range runs {
		row = append(row[:0], runs[i].ID)
		for _, c := range l.Columns {
			row = append(row, results.EscapeCSV(c.text(&runs[i])))
		}
		out.Write(row)
	}
	out.Flush()
	return out.Error()
}
