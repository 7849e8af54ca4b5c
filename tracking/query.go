package tracking

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sfdalab/results"
)

// A Query selects runs and cells. The zero Query selects all.
//
//	metric:sfda dataset:cifar10 shrinkage>0.1 after:2026-01-01 tag:paper
//
// A query is words with spaces between, all of which must hold:
//
//	field:value     the field is the value, in which * stands for any text
//	field:a,b       the field is a or b
//	field>0.1       the field is a number and above 0.1; also >=, <, <=
//	-word           the word does not hold
//	"some text"     quotes keep spaces and commas in a value
//	text            part of the run's ID, name, experiment, notes or a tag
//
// Fields of runs are run (its ID or the beginning of it), name, experiment, tag,
// outcome, host, revision, and after and before, which take a date
// (2026-01-31) or a date and time (2026-01-31T15:04) and hold for the start of
// the run: after the beginning of that day or at that time or later, and before
// it. Fields of cells are metric, dataset, model, subset, score, seconds,
// seed, error (yes or no), and the name of any parameter or detail.
//
// A run is selected if what the query says of runs holds for it and, should the
// query say something of cells, one of its cells is selected. A cell is selected
// if its run is and what the query says of cells holds for it.
type Query struct {
	text  string
	runs  []term
	cells []term
}

// A term is one word of a query.
type term struct {
	field  string
	op     string // one of : > >= < <=, or "" for plain text
	values []string
	bound  float64   // the number that > and the like compare with
	at     time.Time // of after and before
	not    bool
}

// A SyntaxError tells where a query is wrong.
type SyntaxError struct {
	Query  string
	Offset int // in bytes
	Reason string
}

// Error returns the reason and, on two more lines, the query with a mark under
// the offending place.
func (e *SyntaxError) Error() string {
	column := utf8.RuneCountInString(e.Query[:e.Offset])
	return fmt.Sprintf("query, column %d: %s\n    %s\n    %s^", column+1, e.Reason, results.OneLine(e.Query), strings.Repeat(" ", column))
}

// String returns the text that q was parsed from.
func (q Query) String() string { return q.text }

// RunQuery returns the query that selects the run of this ID with all its cells.
func RunQuery(id string) Query {
	return Query{text: "run:" + id, runs: []term{{field: "run", op: ":", values: []string{id}}}}
}

// ParseQuery reads a query. The error, if any, is a *SyntaxError.
func ParseQuery(text string) (Query, error) {
	q := Query{text: text}
	p := queryParser{text: text}
	for p.space(); p.pos < len(text); p.space() {
		t, err := p.term()
		if err != nil {
			return Query{}, err
		}
		if t.ofRun() {
			q.runs = append(q.runs, t)
		} else {
			q.cells = append(q.cells, t)
		}
	}
	return q, nil
}

// A queryParser reads the words of a query from pos on.
type queryParser struct {
	text string
	pos  int
}

// fail returns the error of what stands at a place of the text.
func (p *queryParser) fail(at int, format string, args ...any) error {
	return &SyntaxError{Query: p.text, Offset: at, Reason: fmt.Sprintf(format, args...)}
}

// space skips white space.
func (p *queryParser) space() {
	rest := p.text[p.pos:]
	p.pos += len(rest) - len(strings.TrimLeftFunc(rest, unicode.IsSpace))
}

// until returns the text up to the first rune that stop holds for, or the end.
func (p *queryParser) until(stop func(rune) bool) string {
	rest := p.text[p.pos:]
	n := strings.IndexFunc(rest, stop)
	if n < 0 {
		n = len(rest)
	}
	p.pos += n
	return rest[:n]
}

// term reads a word of the query, such as -score>=0.5, "some text" or metric:sfda,logme.
func (p *queryParser) term() (t term, err error) {
	if strings.HasPrefix(p.text[p.pos:], "-") {
		t.not = true
		p.pos++
	}
	start := p.pos
	if strings.HasPrefix(p.text[p.pos:], `"`) {
		word, err := p.value()
		t.values = []string{word}
		return t, err
	}
	word := p.until(func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`:<>="`, r) })
	for _, op := range []string{">=", "<=", ">", "<", ":"} {
		if strings.HasPrefix(p.text[p.pos:], op) {
			t.op = op
			p.pos += len(op)
			break
		}
	}
	switch {
	case t.op == "" && p.pos < len(p.text) && p.text[p.pos] == '=':
		return t, p.fail(p.pos, "write %s:value, with a colon", word)
	case t.op == "" && p.pos < len(p.text) && p.text[p.pos] == '"':
		return t, p.fail(p.pos, "a quote in the middle of a word")
	case word == "" && t.op != "":
		return t, p.fail(start, "the name of a field is missing before %q", t.op)
	case word == "":
		return t, p.fail(start, "a word is missing after -")
	case t.op == "":
		t.values = []string{word}
		return t, nil
	}
	t.field = word
	return t, p.values(&t)
}

// values reads what follows the operator of t.
func (p *queryParser) values(t *term) error {
	start := p.pos
	for {
		at := p.pos
		v, err := p.value()
		if err != nil {
			return err
		}
		if v == "" && p.pos == at {
			return p.fail(at, "a value is missing after %s%s", t.field, t.op)
		}
		t.values = append(t.values, v)
		if !strings.HasPrefix(p.text[p.pos:], ",") {
			break
		}
		p.pos++
	}
	if r, _ := utf8.DecodeRuneInString(p.text[p.pos:]); p.pos < len(p.text) && !unicode.IsSpace(r) {
		return p.fail(p.pos, "want a space after the value")
	}

	var err error
	switch {
	case t.field == "after" || t.field == "before":
		if t.op != ":" || len(t.values) > 1 {
			return p.fail(start, "want one date, as in %s:2026-01-31", t.field)
		}
		if t.at, err = parseDate(t.values[0]); err != nil {
			return p.fail(start, "%q is not a date such as 2026-01-31 or 2026-01-31T15:04", t.values[0])
		}
	case t.op != ":":
		if t.ofText() {
			return p.fail(start-len(t.op), "%s is text: compare it with a colon", t.field)
		}
		if t.bound, err = strconv.ParseFloat(t.values[0], 64); err != nil || len(t.values) > 1 {
			return p.fail(start, "want one number after %s%s", t.field, t.op)
		}
	case t.field == "error" && (len(t.values) > 1 || t.values[0] != "yes" && t.values[0] != "no"):
		return p.fail(start, "want error:yes or error:no")
	}
	return nil
}

// value reads a word or a text in quotes, in which \" and \\ stand for quote and
// backslash.
func (p *queryParser) value() (string, error) {
	if !strings.HasPrefix(p.text[p.pos:], `"`) {
		return p.until(func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == '"' }), nil
	}
	start := p.pos
	var b strings.Builder
	for p.pos++; p.pos < len(p.text); p.pos++ {
		switch c := p.text[p.pos]; {
		case c == '"':
			p.pos++
			return b.String(), nil
		case c == '\\' && p.pos+1 < len(p.text):
			p.pos++
			b.WriteByte(p.text[p.pos])
		default:
			b.WriteByte(c)
		}
	}
	return "", p.fail(start, "the closing quote is missing")
}

// parseDate reads a date, or a date and a time, of this machine's time zone.
func parseDate(text string) (time.Time, error) {
	if t, err := time.ParseInLocation(time.DateOnly, text, time.Local); err == nil {
		return t, nil
	}
	return time.ParseInLocation("2006-01-02T15:04", text, time.Local)
}

var (
	runFields    = []string{"run", "name", "experiment", "tag", "outcome", "host", "revision", "after", "before"}
	textFields   = []string{"metric", "dataset", "model", "subset", "error"}
	numberFields = []string{"score", "seconds", "seed"}
)

// Fields returns the fields of a Query but for parameters and details, which have their own
// names.
func Fields() []string { return slices.Concat(textFields, numberFields, runFields) }

// ofRun reports whether t is said of runs, not of cells.
func (t *term) ofRun() bool { return t.field == "" || slices.Contains(runFields, t.field) }

// ofText reports whether the field of t is always text.
func (t *term) ofText() bool {
	return t.ofRun() || slices.Contains(textFields, t.field) || t.field == "split" // subset's name in earlier versions
}

// Names returns the fields of q that it takes for names of parameters or details.
func (q Query) Names() []string {
	var names []string
	for _, t := range q.cells {
		if !t.ofText() && !slices.Contains(numberFields, t.field) {
			names = append(names, t.field)
		}
	}
	return names
}

// is reports whether one of the texts is one of the values of t.
func (t *term) is(texts ...string) bool {
	for _, pattern := range t.values {
		for _, text := range texts {
			if matches(pattern, text) {
				return true
			}
		}
	}
	return false
}

// matches reports whether text is the pattern, in which * stands for any text.
func matches(pattern, text string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == text
	}
	if !strings.HasPrefix(text, head) {
		return false
	}
	text = text[len(head):]
	parts := strings.Split(rest, "*")
	last := len(parts) - 1
	for _, part := range parts[:last] {
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return strings.HasSuffix(text, parts[last])
}

// compares reports whether x is on the side of the bound that t asks for, or is
// one of its values.
func (t *term) compares(x float64) bool {
	switch t.op {
	case ">":
		return x > t.bound
	case ">=":
		return x >= t.bound
	case "<":
		return x < t.bound
	case "<=":
		return x <= t.bound
	}
	return slices.ContainsFunc(t.values, func(v string) bool {
		f, err := strconv.ParseFloat(v, 64)
		return err == nil && f == x
	})
}

// namesRuns reports whether q says something of the IDs of runs.
func (q *Query) namesRuns() bool {
	return slices.ContainsFunc(q.runs, func(t term) bool { return t.field == "run" })
}

// matchID reports whether what q says of the IDs of runs holds for id.
func (q *Query) matchID(id string) bool {
	r := Run{ID: id}
	return !slices.ContainsFunc(q.runs, func(t term) bool { return t.field == "run" && t.holdsForRun(&r) == t.not })
}

// matchRun reports whether what q says of runs holds for r.
func (q *Query) matchRun(r *Run) bool {
	for i := range q.runs {
		if q.runs[i].holdsForRun(r) == q.runs[i].not {
			return false
		}
	}
	return true
}

// holdsForRun reports whether t, without its "-", holds for r.
func (t *term) holdsForRun(r *Run) bool {
	switch t.field {
	case "run":
		return slices.ContainsFunc(t.values, func(v string) bool { return matches(v, r.ID) || namesRun(v, r.ID) })
	case "name":
		return t.is(r.Name)
	case "experiment":
		return t.is(r.Experiment)
	case "tag":
		return t.is(r.Tags...)
	case "outcome":
		return t.is(string(r.Outcome))
	case "host":
		return t.is(r.Environment.Host)
	case "revision":
		return slices.ContainsFunc(t.values, func(v string) bool { return strings.HasPrefix(r.Environment.Revision, v) })
	case "after":
		return !r.Start.Before(t.at)
	case "before":
		return r.Start.Before(t.at)
	}
	has := func(text string) bool { return strings.Contains(strings.ToLower(text), strings.ToLower(t.values[0])) }
	return has(r.ID) || has(r.Name) || has(r.Experiment) || has(r.Notes) || slices.ContainsFunc(r.Tags, has)
}

// mayMatchCells reports whether, by the summary of r, cells of it may be
// selected.
func (q *Query) mayMatchCells(r *Run) bool {
	return !slices.ContainsFunc(q.cells, func(t term) bool { return !r.mayHold(&t) })
}

// matchCell reports whether what q says of cells holds for c.
func (q *Query) matchCell(c *Cell) bool {
	for i := range q.cells {
		if q.cells[i].holdsForCell(c) == q.cells[i].not {
			return false
		}
	}
	return true
}

// holdsForCell reports whether t, without its "-", holds for c. A field that is not
// one of a cell's own names a detail or a parameter.
func (t *term) holdsForCell(c *Cell) bool {
	switch t.field {
	case "metric":
		return t.is(c.Metric)
	case "dataset":
		return t.is(c.Dataset)
	case "model":
		return t.is(c.Model)
	case "subset", "split": // its name in earlier versions
		return t.is(c.Subset)
	case "error":
		return (c.Error != "") == (t.values[0] == "yes")
	case "score":
		return c.Error == "" && t.compares(c.Score)
	case "seconds":
		return t.compares(c.Seconds)
	case "seed":
		return t.compares(float64(c.Seed))
	}
	if x, ok := c.Details[t.field]; ok && t.compares(x) {
		return true
	}
	var params map[string]any
	if json.Unmarshal(c.Params, &params) != nil {
		return false
	}
	switch v := params[t.field].(type) {
	case float64:
		return t.compares(v)
	case string:
		return t.op == ":" && t.is(v)
	case bool:
		return t.op == ":" && t.is(strconv.FormatBool(v))
	}
	return false
}
