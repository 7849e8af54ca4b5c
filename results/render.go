package results

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Format is a way to write a Table.
type Format string

const (
	Text     Format = "text"     // plain, for a pipe
	Terminal Format = "terminal" // best in bold, second underlined
	CSV      Format = "csv"      // in full, with nothing but the header; ends of intervals and marks in columns of their own
	Markdown Format = "markdown"
	LaTeX    Format = "latex" // needs the packages booktabs, siunitx and graphicx
	HTML     Format = "html"  // a table element, aligned without a style sheet
)

// Formats lists all formats.
func Formats() []Format { return []Format{Text, Terminal, CSV, Markdown, LaTeX, HTML} }

// Write writes the table in the format.
func (t Table) Write(w io.Writer, f Format) error {
	if f != CSV { // which is data
		t = t.oneLine()
	}
	var err error
	switch f {
	case Text:
		_, err = fmt.Fprintln(w, t.text(plain))
	case Terminal:
		_, err = fmt.Fprintln(w, t.text(escapes))
	case Markdown:
		_, err = fmt.Fprintln(w, t.markdown())
	case CSV:
		err = t.csv(w)
	case LaTeX:
		_, err = io.WriteString(w, t.latex())
	case HTML:
		_, err = io.WriteString(w, t.html())
	default:
		err = fmt.Errorf("unknown table format %q: want one of %v", f, Formats())
	}
	return err
}

// emphasis shows a text at its place.
type emphasis func(s string, p place) string

// plain shows all texts alike.
func plain(s string, _ place) string { return s }

// escapes shows the best in bold and the second underlined, by escape codes of terminals.
func escapes(s string, p place) string {
	switch p {
	case best:
		return text.Bold.Sprint(s)
	case second:
		return text.Underline.Sprint(s)
	}
	return s
}

// between returns an emphasis that puts the best and the second between tags.
func between(bestOpen, bestClose, secondOpen, secondClose string) emphasis {
	return func(s string, p place) string {
		switch p {
		case best:
			return bestOpen + s + bestClose
		case second:
			return secondOpen + s + secondClose
		}
		return s
	}
}

// text is the table with its notes below it.
func (t Table) text(emph emphasis) string {
	return strings.Join(slices.Concat(t.lines(emph), t.notes(), t.Tests), "\n")
}

// lines aligns the columns on the point: their numbers have as many digits after it,
// and what follows them is padded to one width.
func (t Table) lines(emph emphasis) []string {
	w := table.NewWriter()
	w.SetStyle(table.StyleLight)
	w.Style().Format.Header = text.FormatDefault
	w.Style().Options.DrawBorder = false
	w.Style().Options.SeparateColumns = false
	head := table.Row{t.Corner}
	width := make([]int, len(t.Columns)) // of what is behind
	var configs []table.ColumnConfig
	for j, c := range t.Columns {
		head = append(head, c)
		configs = append(configs, table.ColumnConfig{Number: j + 2, Align: text.AlignRight, AlignHeader: text.AlignRight})
		for _, r := range t.Rows {
			width[j] = max(width[j], utf8.RuneCountInString(t.apart(r.Cells[j])))
		}
	}
	w.AppendHeader(head)
	w.SetColumnConfigs(configs)
	places := t.places()
	for i, r := range t.Rows {
		row := table.Row{r.Label}
		for j, c := range r.Cells {
			behind := t.apart(c)
			row = append(row, emph(t.value(c), places[i][j])+behind+strings.Repeat(" ", width[j]-utf8.RuneCountInString(behind)))
		}
		if r.Apart {
			w.AppendSeparator()
		}
		w.AppendRow(row)
	}
	lines := strings.Split(w.Render(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}

// apart returns what is behind a number, an interval apart from it.
func (t Table) apart(c Cell) string {
	behind := t.behind(c)
	if t.hasInterval(c) || strings.HasPrefix(c.Mark, " ") {
		return " " + behind
	}
	return behind
}

// markdown writes a table whose columns align as written, and whose numbers do so on the
// point when shown.
func (t Table) markdown() string {
	emph := between("**", "**", "<u>", "</u>")
	escape := func(s string) string { return strings.ReplaceAll(EscapeMarkdown(s), "|", `\|`) }
	head, right := []string{escape(t.Corner)}, []bool{false}
	for j, c := range t.Columns {
		head, right = append(head, escape(c)), append(right, true)
		if t.hasBehind(j) {
			head, right = append(head, ""), append(right, false)
		}
	}
	lines := [][]string{head}
	places := t.places()
	for i, r := range t.Rows {
		line := []string{escape(r.Label)}
		for j, c := range r.Cells {
			line = append(line, emph(escape(t.value(c)), places[i][j]))
			if t.hasBehind(j) {
				line = append(line, escape(t.behind(c)))
			}
		}
		lines = append(lines, line)
	}

	width := make([]int, len(head))
	for _, line := range lines {
		for k, s := range line {
			width[k] = max(width[k], utf8.RuneCountInString(s), 3)
		}
	}
	rule := make([]string, len(head))
	for k, w := range width {
		rule[k] = strings.Repeat("-", w)
		if right[k] {
			rule[k] = rule[k][1:] + ":"
		}
	}
	var b strings.Builder
	for _, line := range slices.Insert(lines, 1, rule) {
		for k, s := range line {
			pad := strings.Repeat(" ", width[k]-utf8.RuneCountInString(s))
			if right[k] {
				s = pad + s
			} else {
				s += pad
			}
			b.WriteString("| " + s + " ")
		}
		b.WriteString("|\n")
	}
	parts := []string{strings.TrimSuffix(b.String(), "\n")}
	if t.Caption != "" {
		parts = slices.Insert(parts, 0, EscapeMarkdown(t.Caption))
	}
	for _, n := range t.notes() {
		parts = append(parts, EscapeMarkdown(Capital(n)+"."))
	}
	return strings.Join(append(parts, each(t.Tests, EscapeMarkdown)...), "\n\n")
}

// csv writes a column for the values of each column, and others for what some of its cells
// have besides: the ends of an interval, a mark.
func (t Table) csv(w io.Writer) error {
	out := csv.NewWriter(w)
	full := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	head := []string{t.Corner}
	records := make([][]string, len(t.Rows))
	for i, r := range t.Rows {
		records[i] = []string{r.Label}
	}
	for j, name := range t.Columns {
		column := func(name string, of func(Cell) string) {
			head = append(head, name)
			for i, r := range t.Rows {
				records[i] = append(records[i], of(r.Cells[j]))
			}
		}
		column(name, func(c Cell) string {
			if math.IsNaN(c.Value) {
				return c.Text
			}
			return full(c.Value)
		})
		if t.has(j, t.hasInterval) {
			end := func(c Cell, v float64) string {
				if !t.hasInterval(c) {
					return ""
				}
				return full(v)
			}
			column(name+" lo", func(c Cell) string { return end(c, c.Lo) })
			column(name+" hi", func(c Cell) string { return end(c, c.Hi) })
		}
		if t.has(j, func(c Cell) bool { return c.Mark != "" }) {
			column(name+" mark", func(c Cell) string { return strings.TrimSpace(c.Mark) })
		}
	}
	for _, record := range append([][]string{head}, records...) {
		out.Write(each(record, EscapeCSV))
	}
	out.Flush()
	return out.Error()
}

// caption returns the caption of a format that has one, with what marks mean.
func (t Table) caption() string {
	parts := []string{t.Caption}
	if slices.ContainsFunc(t.places(), func(row []place) bool { return slices.Contains(row, best) }) {
		parts = append(parts, "Best in bold, second underlined.")
	}
	for _, n := range t.notes() {
		parts = append(parts, Capital(n)+".")
	}
	return strings.TrimSpace(strings.Join(parts, " "))
}
