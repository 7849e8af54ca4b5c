package ui

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"sfdalab/results/web"
	"sfdalab/tracking"
)

var functions = template.FuncMap{
	"when":  when,
	"title": title,
	"took":  took,
	"join":  strings.Join,
	"fixed": fixed,
	"bytes": func(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) },
	"short": func(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) },
	"plural": func(n int, one string) string {
		if n != 1 {
			one += "s"
		}
		return fmt.Sprint(n, " ", one)
	},
	"experiment": experimentLink,
	"set":        set,
	"params":     params,
	"samples":    samples,
	"dict":       dict,
	"counted":    func(reason string) bool { return strings.HasSuffix(reason, " failed") },
	"table":      web.Table,
}

func when(t time.Time) string { return t.Local().Format("2006-01-02 15:04") }

// title returns what a run is called: its name, or else its experiment and when it began.
func title(r tracking.Run) string {
	switch {
	case r.Name != "":
		return r.Name
	case r.Start.IsZero():
		return r.ID
	}
	return cmp.Or(r.Experiment, "Run") + ", " + when(r.Start)
}

// took returns how long a run took, "" if it never ended.
func took(r tracking.Run) string {
	d := r.End.Sub(r.Start)
	switch {
	case r.End.IsZero():
		return ""
	case d >= time.Minute:
		return d.Round(time.Second).String()
	}
	return d.Round(10 * time.Millisecond).String()
}

func fixed(digits int, v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return strconv.FormatFloat(v, 'f', digits, 64)
}

// quote writes a value as queries want it.
func quote(value string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}

// experimentLink returns the address of the runs of an experiment.
func experimentLink(name string) string {
	return "/?" + url.Values{"view": {"runs"}, "q": {"experiment:" + quote(name)}}.Encode()
}

// set returns the parameters of an address with one changed.
func set(v url.Values, name, value string) template.URL {
	changed := url.Values{name: {value}}
	for k, values := range v {
		if k != name {
			changed[k] = values
		}
	}
	return template.URL(changed.Encode())
}

// params returns the parameters of a cell by name, as JSON.
func params(c tracking.Cell) map[string]json.RawMessage {
	var all map[string]json.RawMessage
	json.Unmarshal(c.Params, &all) // the store wrote them, or there are none
	return all
}

// dict returns what a template hands to another: values by name.
func dict(pairs ...any) map[string]any {
	all := make(map[string]any)
	for i := 0; i < len(pairs); i += 2 {
		all[pairs[i].(string)] = pairs[i+1]
	}
	return all
}

// A page is what every template gets.
type page struct {
	Title string
	Above []above // what it is part of, the outermost first
	Query string
	View  string
	Body  any
	Token string // of forms
	Store string
}

// An above is a page above another.
type above struct{ Title, Link string }

// A problem is an error with the status to answer.
type problem struct {
	status int
	err    error
}

func (p problem) Error() string { return p.err.Error() }

// page returns the handler of a view: what it returns is shown by the template
// of that name.
func (s *server) page(view func(*http.Request) (name string, p page, err error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		type viewed struct {
			name string
			page page
		}
		made, err := s.queue.answer(r, func() (any, error) {
			name, p, err := view(r)
			return viewed{name, p}, err
		})
		if err != nil {
			s.fail(w, err)
			return
		}
		v := made.(viewed)
		v.page.Token, v.page.Store = s.formToken(w, r), s.Config.Store.Path()
		s.show(w, http.StatusOK, v.name, v.page)
	}
}

func (s *server) show(w http.ResponseWriter, status int, name string, p page) {
	var b strings.Builder
	if err := s.pages.ExecuteTemplate(&b, name, p); err != nil {
		http.Error(w, "This page cannot be shown: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write([]byte(b.String()))
}

// fail shows err on a page.
func (s *server) fail(w http.ResponseWriter, err error) {
	status, query := http.StatusInternalServerError, ""
	var p problem
	var syntax *tracking.SyntaxError
	switch {
	case errors.As(err, &p):
		status = p.status
	case errors.As(err, &syntax):
		status, query = http.StatusBadRequest, syntax.Query
	case errors.Is(err, tracking.ErrNoRun), errors.Is(err, tracking.ErrNoRuns), errors.Is(err, tracking.ErrManyRuns), errors.Is(err, tracking.ErrUnfit):
		status = http.StatusNotFound
	case errors.Is(err, tracking.ErrLocked):
		status = http.StatusServiceUnavailable
	}
	s.show(w, status, "error.html", page{Title: http.StatusText(status), Query: query, Body: err.Error()})
}
