package results

import (
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/text"
)

// WriteTerminal writes the table for a terminal whose lines have so many characters; any
// will do if width is 0. In a table that is too wide, long labels lose their middle, and
// the columns that do not fit follow below in blocks, each beside the labels, and means
// come first.
func (t Table) WriteTerminal(w io.Writer, width int) error {
	if width <= 0 {
		return t.Write(w, Terminal)
	}
	t = t.oneLine()
	below := slices.Concat(t.notes(), t.Tests)
	if !t.fits(width) {
		if t = t.shortened(max(16, width/3)); !t.fits(width) {
			t = t.meanFirst()
		}
	}
	var blocks []string
	for first := 0; first < len(t.Columns) || first == 0; {
		last := min(first+1, len(t.Columns))
		for last < len(t.Columns) && t.part(first, last+1).fits(width) {
			last++
		}
		blocks = append(blocks, strings.Join(t.part(first, last).lines(escapes), "\n"))
		first = max(last, 1)
	}
	for i, line := range below {
		below[i] = strings.TrimRight(text.WrapSoft(line, width), " ")
	}
	out := strings.Join(slices.Concat([]string{strings.Join(blocks, "\n\n")}, below), "\n")
	_, err := io.WriteString(w, out+"\n")
	return err
}

// fits reports whether each line of the table has so many characters at most.
func (t Table) fits(width int) bool {
	return !slices.ContainsFunc(t.lines(plain), func(line string) bool { return utf8.RuneCountInString(line) > width })
}

// meanFirst is the table with the column of means before all others.
func (t Table) meanFirst() Table {
	at := slices.Index(t.Columns, MeanColumn)
	if at < 0 {
		return t
	}
	t.Columns = slices.Concat(t.Columns[at:at+1], t.Columns[:at], t.Columns[at+1:])
	t.Rows = slices.Clone(t.Rows)
	for i, r := range t.Rows {
		t.Rows[i].Cells = slices.Concat(r.Cells[at:at+1], r.Cells[:at], r.Cells[at+1:])
	}
	return t
}

// part is the table with columns from first to before last.
func (t Table) part(first, last int) Table {
	t.Columns = t.Columns[first:last]
	t.Rows = slices.Clone(t.Rows)
	for i := range t.Rows {
		t.Rows[i].Cells = t.Rows[i].Cells[first:last]
	}
	return t
}

// shortened is the table with labels of so many characters at most, unless they would be
// no longer distinct.
func (t Table) shortened(width int) Table {
	rows := slices.Clone(t.Rows)
	seen := map[string]bool{}
	for i := range rows {
		rows[i].Label = withoutMiddle(rows[i].Label, width)
		if seen[rows[i].Label] {
			return t
		}
		seen[rows[i].Label] = true
	}
	t.Rows = rows
	return t
}

// withoutMiddle puts "…" in the place of the middle of a text of more than width
// characters.
func withoutMiddle(s string, width int) string {
	runes := []rune(s)
	if len(runes) <= width {
		return s
	}
	head := (width - 1) / 2
	return string(runes[:head]) + "…" + string(runes[len(runes)-(width-1-head):])
}
