package results

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// OneLine returns a text without what would break a line, steer a terminal or turn the
// direction of writing: control characters are spaces.
func OneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
}

// oneLine returns the table with OneLine of each of its texts.
func (t Table) oneLine() Table {
	t.Corner, t.Caption, t.Label = OneLine(t.Corner), OneLine(t.Caption), OneLine(t.Label)
	t.Columns, t.Notes, t.Tests = each(t.Columns, OneLine), each(t.Notes, OneLine), each(t.Tests, OneLine)
	rows := make([]TableRow, len(t.Rows))
	for i, r := range t.Rows {
		r.Label = OneLine(r.Label)
		r.Cells = each(r.Cells, func(c Cell) Cell {
			c.Text, c.Mark = OneLine(c.Text), OneLine(c.Mark)
			return c
		})
		rows[i] = r
	}
	t.Rows = rows
	return t
}

// each returns what of says of each value.
func each[T any](values []T, of func(T) T) []T {
	all := make([]T, len(values))
	for i, v := range values {
		all[i] = of(v)
	}
	return all
}

// formula is what begins a formula in a spreadsheet, unless apostrophes keep it from that.
const formula = "-=+@\t\r\n"

// runs reports whether a spreadsheet would take a text for a formula, not for a number.
func runs(s string) bool {
	s = strings.TrimLeft(s, "'")
	if s == "" || !strings.Contains(formula, s[:1]) {
		return false
	}
	_, err := strconv.ParseFloat(s, 64)
	return err != nil
}

// EscapeCSV returns a text as a cell of a CSV that may be opened in a spreadsheet: with an
// apostrophe before what would be a formula there. UnescapeCSV takes it off again.
func EscapeCSV(s string) string {
	if runs(s) {
		return "'" + s
	}
	return s
}

// UnescapeCSV returns the text that EscapeCSV made a cell of.
func UnescapeCSV(s string) string {
	if text, ok := strings.CutPrefix(s, "'"); ok && runs(text) {
		return text
	}
	return s
}

// tag is what Markdown would take for the beginning of HTML.
var tag = regexp.MustCompile(`<([A-Za-z/!?])`)

// EscapeMarkdown returns a text without HTML and links, which Markdown would pass on.
func EscapeMarkdown(s string) string {
	return strings.ReplaceAll(tag.ReplaceAllString(OneLine(s), "&lt;$1"), "](", `]\(`)
}
