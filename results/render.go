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
	CSV      Format = "csv"      // values in full, with nothing but the header
	Markdown Format = "markdown"
	LaTeX    Format = "latex" // needs the packages booktabs and siunitx
	HTML     Format = "html"  // a table element, aligned without a style sheet
)

// Formats lists all formats.
func Formats() []Format { return []Format{Text, Terminal, CSV, Markdown, LaTeX, HTML} }

// Write writes the table in the format.
func (t Table) Write(w io.Writer, f Format) error {
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
		err = fmt.Errorf("unknown table format %q; there are %v", f, Formats())
	}
	return err
}

// emphasis shows a text at its place.
type emphasis func(s string, p place) string

func plain(s string, _ place) string { return s }

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

// text aligns the columns on the point: their numbers have as many digits after it,
// and marks are padded to one width.
func (t Table) text(emph emphasis) string {
	width := make([]int, len(t.Columns)) // of marks
	for _, r := range t.Rows {
		for j, c := range r.Cells {
			width[j] = max(width[j], utf8.RuneCountInString(c.Mark))
		}
	}
	w := t.writer(emph, func(j int, c Cell) string {
		return strings.Repeat(" ", width[j]-utf8.RuneCountInString(c.Mark))
	})
	w.SetStyle(table.StyleLight)
	w.Style().Format.Header = text.FormatDefault
	w.Style().Options.DrawBorder = false
	w.Style().Options.SeparateColumns = false
	lines := strings.Split(w.Render(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(append(lines, t.Notes...), "\n")
}

func (t Table) markdown() string {
	w := t.writer(between("**", "**", "<u>", "</u>"), func(int, Cell) string { return "" })
	parts := []string{w.RenderMarkdown()}
	if t.Caption != "" {
		parts = slices.Insert(parts, 0, t.Caption)
	}
	for _, n := range t.Notes {
		parts = append(parts, capital(n)+".")
	}
	return strings.Join(parts, "\n\n")
}

// writer hands the table to go-pretty, a padding after each cell.
func (t Table) writer(emph emphasis, padding func(column int, c Cell) string) table.Writer {
	w := table.NewWriter()
	head := table.Row{t.Corner}
	var configs []table.ColumnConfig
	for j, c := range t.Columns {
		head = append(head, c)
		configs = append(configs, table.ColumnConfig{Number: j + 2, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	w.AppendHeader(head)
	w.SetColumnConfigs(configs)
	places := t.places()
	for i, r := range t.Rows {
		row := table.Row{r.Label}
		for j, c := range r.Cells {
			row = append(row, emph(t.shown(c), places[i][j])+padding(j, c))
		}
		w.AppendRow(row)
	}
	return w
}

func (t Table) csv(w io.Writer) error {
	out := csv.NewWriter(w)
	records := [][]string{append([]string{t.Corner}, t.Columns...)}
	for _, r := range t.Rows {
		record := []string{r.Label}
		for _, c := range r.Cells {
			value := c.Text
			if value == "" && !math.IsNaN(c.Value) {
				value = strconv.FormatFloat(c.Value, 'g', -1, 64)
			}
			record = append(record, value)
		}
		records = append(records, record)
	}
	return out.WriteAll(records)
}

// caption returns the caption of a format that has one, with what marks mean.
func (t Table) caption() string {
	parts := []string{t.Caption}
	if slices.ContainsFunc(t.places(), func(row []place) bool { return slices.Contains(row, best) }) {
		parts = append(parts, "Best in bold, second underlined.")
	}
	for _, n := range t.Notes {
		parts = append(parts, capital(n)+".")
	}
	return strings.TrimSpace(strings.Join(parts, " "))
}
