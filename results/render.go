package results

import (
	"encoding/csv"
	"fmt"
	"html"
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
	LaTeX    Format = "latex" // needs the package booktabs
	HTML     Format = "html"  // a table element
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
	return strings.Join(append(parts, t.Notes...), "\n\n")
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
			value := ""
			if !math.IsNaN(c.Value) {
				value = strconv.FormatFloat(c.Value, 'g', -1, 64)
			}
			record = append(record, value)
		}
		records = append(records, record)
	}
	return out.WriteAll(records)
}

var latexEscapes = strings.NewReplacer(
	`\`, `\textbackslash{}`, "_", `\_`, "%", `\%`, "&", `\&`, "#", `\#`, "$", `\$`, "{", `\{`, "}", `\}`,
	"~", `\textasciitilde{}`, "^", `\textasciicircum{}`,
	"τ", `$\tau$`, "ρ", `$\rho$`, "χ", `$\chi$`, "²", `$^2$`, "±", `$\pm$`, "†", `$^\dagger$`, "‡", `$^\ddagger$`, "–", "--",
)

func (t Table) latex() string {
	var b strings.Builder
	line := func(cells []string) { b.WriteString(strings.Join(cells, " & ") + ` \\` + "\n") }
	fmt.Fprintf(&b, "\\begin{table}\n\\centering\n\\caption{%s}\n\\begin{tabular}{l%s}\n\\toprule\n",
		latexEscapes.Replace(t.caption()), strings.Repeat("r", len(t.Columns)))
	head := []string{latexEscapes.Replace(t.Corner)}
	for _, c := range t.Columns {
		head = append(head, latexEscapes.Replace(c))
	}
	line(head)
	b.WriteString("\\midrule\n")
	emph := between(`\textbf{`, "}", `\underline{`, "}")
	places := t.places()
	for i, r := range t.Rows {
		cells := []string{latexEscapes.Replace(r.Label)}
		for j, c := range r.Cells {
			s := "--"
			if !math.IsNaN(c.Value) {
				s = strings.ReplaceAll(latexEscapes.Replace(t.shown(c)), "-", "$-$")
			}
			cells = append(cells, emph(s, places[i][j]))
		}
		line(cells)
	}
	b.WriteString("\\bottomrule\n\\end{tabular}\n\\end{table}\n")
	return b.String()
}

func (t Table) html() string {
	var b strings.Builder
	fmt.Fprintf(&b, "<table>\n<caption>%s</caption>\n<thead><tr><th scope=\"col\">%s</th>", html.EscapeString(t.caption()), html.EscapeString(t.Corner))
	for _, c := range t.Columns {
		fmt.Fprintf(&b, "<th scope=\"col\">%s</th>", html.EscapeString(c))
	}
	b.WriteString("</tr></thead>\n<tbody>\n")
	emph := between("<b>", "</b>", "<u>", "</u>")
	places := t.places()
	for i, r := range t.Rows {
		fmt.Fprintf(&b, "<tr><th scope=\"row\">%s</th>", html.EscapeString(r.Label))
		for j, c := range r.Cells {
			fmt.Fprintf(&b, "<td>%s</td>", emph(html.EscapeString(t.shown(c)), places[i][j]))
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</tbody>\n</table>\n")
	return b.String()
}

// caption returns the caption of a format that has one, with what marks mean.
func (t Table) caption() string {
	parts := []string{t.Caption}
	if slices.ContainsFunc(t.places(), func(row []place) bool { return slices.Contains(row, best) }) {
		parts = append(parts, "Best in bold, second underlined.")
	}
	for _, n := range t.Notes {
		parts = append(parts, n+".")
	}
	return strings.TrimSpace(strings.Join(parts, " "))
}
