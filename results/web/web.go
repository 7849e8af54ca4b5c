// Package web makes the parts of HTML that a report and the browser's view of a store
// share: one style sheet, and the tables and figures that it styles. None of them needs a
// script or an attribute "style", so that a strict content security policy lets them in.
//
// The style sheet knows these classes; whatever else an element looks like follows from
// what it is.
//
//	wide      scrolls sideways; heading and first column stay, and a column "mean" does
//	values    a table of numbers
//	number    a cell of digits that line up
//	mean      a cell that stays in sight
//	lead      words and the figure that shows them, side by side where there is room
//	part      a part of a page that is folded; paper shows it
//	marked    a column whose marks stand behind its numbers, which still line up
//	small     a table of few columns, beside others where there is room
//	scale     the bar of colours of a table
//	note      a remark below what it is about
//	warning   a remark that matters
//	panels    charts side by side, as many as fit
//	paper     a figure that documents have too; "broad" where a "narrow" one takes its place
//	          in a narrow window
//	chart     a drawing made for pages
//	point     a part of a chart that tells its name and values when pointed at or focused;
//	          its name always shows with "named" as well
//	curve     a line of a chart that does the same; it stands out with "main"
//	label     the name of such a line, at its end
//	spark     a line of a word's size
//	heat-N    a cell by its value, N from n5 (−1) over 0 to p5 (+1)
package web

import (
	_ "embed"
	"errors"
	"fmt"
	"html"
	"html/template"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"sfdalab/results"
	"sfdalab/results/figures"
)

// Style is the style sheet.
//
//go:embed style.css
var Style string

// Table returns a table with its caption above it and what its marks mean below.
func Table(t results.Table) template.HTML { return HeatTable(t, 0) }

// escape returns a text as HTML, without what would break a line or turn the direction in
// which the words around it are written.
func escape(text string) string { return html.EscapeString(results.OneLine(text)) }

// mostColumn is how many characters of its name a column shows: the heading stays in sight,
// and must leave room for the rows.
const mostColumn = 60

// smallTable is how many columns of numbers a table has at most to stand beside others.
const smallTable = 3

// HeatTable is Table with the numbers of the first columns, as many as given, coloured on a
// diverging scale from −1 over zero to 1, which a bar of colours below it shows. As it is
// mostly the first of many, it says what bold type means, too.
func HeatTable(t results.Table, columns int) template.HTML {
	var b strings.Builder
	class := "table"
	if len(t.Columns) <= smallTable {
		class += " small"
	}
	fmt.Fprintf(&b, "<figure class=\"%s\">\n<figcaption>%s</figcaption>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Table: %s\"><table class=\"values\">\n<thead><tr><th scope=\"col\">%s</th>",
		class, escape(t.Caption), escape(t.Caption), escape(t.Corner))
	kind := func(j int) string {
		kind := "number"
		if t.Columns[j] == results.MeanColumn {
			kind += " mean"
		}
		if marked(t, j) {
			kind += " marked"
		}
		return kind
	}
	for j, c := range t.Columns {
		whole := ""
		if short := cut(c, mostColumn); short != c {
			c, whole = short, fmt.Sprintf(" title=\"%s\"", escape(c))
		}
		fmt.Fprintf(&b, "<th scope=\"col\" class=\"%s\"%s>%s</th>", kind(j), whole, escape(c))
	}
	b.WriteString("</tr></thead>\n<tbody>\n")
	best := t.Best()
	for i, r := range t.Rows {
		if r.Apart {
			b.WriteString("</tbody>\n<tbody>\n")
		}
		fmt.Fprintf(&b, "<tr><th scope=\"row\">%s</th>", escape(r.Label))
		for j, c := range r.Cells {
			classes := kind(j)
			if j < columns {
				classes = strings.TrimSpace(classes + " " + heat(c.Value))
			}
			fmt.Fprintf(&b, "<td class=\"%s\">", classes)
			if best[i][j] {
				fmt.Fprintf(&b, "<strong>%s</strong>", escape(t.Number(c)))
			} else {
				b.WriteString(escape(t.Number(c)))
			}
			if mark := strings.TrimSpace(c.Mark); mark != "" {
				fmt.Fprintf(&b, "<span class=\"mark\">%s</span>", escape(mark))
			}
			if in := t.Range(c); in != "" {
				fmt.Fprintf(&b, "<small>%s</small>", escape(in))
			}
			b.WriteString("</td>")
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</tbody></table></div>\n")
	if columns > 0 {
		b.WriteString(scaleBar)
	}
	var notes []string
	if bold := slices.ContainsFunc(best, func(row []bool) bool { return slices.Contains(row, true) }); columns > 0 && bold {
		notes = append(notes, "Best in bold.")
	}
	for _, n := range t.AllNotes() {
		notes = append(notes, results.Capital(strings.TrimSuffix(n, "."))+".")
	}
	if notes != nil {
		fmt.Fprintf(&b, "<p class=\"note\">%s</p>\n", escape(strings.Join(notes, " ")))
	}
	b.WriteString("</figure>\n")
	return template.HTML(b.String())
}

// longestMark is how long a mark is at most that stands behind a number and not below it.
const longestMark = 4

// marked reports whether a column has marks, and all are short.
func marked(t results.Table, j int) bool {
	longest := 0
	for _, r := range t.Rows {
		longest = max(longest, utf8.RuneCountInString(strings.TrimSpace(r.Cells[j].Mark)))
	}
	return longest > 0 && longest <= longestMark
}

// scaleBar is the bar of colours of a table.
var scaleBar = func() string {
	var b strings.Builder
	b.WriteString(`<p class="scale" role="img" aria-label="Colours run from orange at −1 over grey at 0 to blue at 1.">`)
	for k := -5; k <= 5; k++ {
		label := ""
		switch k {
		case -5:
			label = "−1"
		case 0:
			label = "0"
		case 5:
			label = "1"
		}
		fmt.Fprintf(&b, `<span class="%s">%s</span>`, heat(float64(k)/5), label)
	}
	b.WriteString("</p>\n")
	return b.String()
}()

// Figure returns a figure as an SVG element, or as two, of which the window shows one.
func Figure(f figures.Figure) (template.HTML, error) {
	narrow, ok := f.Narrow()
	if !ok {
		return svg(f, "paper")
	}
	wide, err := svg(f, "paper broad")
	if err != nil {
		return "", err
	}
	small, err := svg(narrow, "paper narrow")
	return wide + "\n" + small, err
}

// svg returns a figure as an SVG element of a class.
func svg(f figures.Figure, class string) (template.HTML, error) {
	var out strings.Builder
	if err := f.Write(&out, "svg"); err != nil {
		return "", err
	}
	_, drawn, ok := strings.Cut(out.String(), "<svg")
	if !ok {
		return "", errors.New("figure without an svg element")
	}
	return template.HTML("<svg class=\"" + class + "\"" + unstyled(drawn)), nil
}

// inks are the colours of figures that are others in the dark, by the names that the style
// sheet has for them. What heat maps write in their cells is of none of these.
var inks = map[string]string{
	"#000000": "text", "#FFFFFF": "back", "#696969": "faint", "#AFAFAF": "grey", "#E8E8E8": "line", "#969696": "faint", "#787878": "faint",
	"#0072B2": "blue", "#D55E00": "vermilion", "#009E73": "green", "#CC79A7": "purple", "#E69F00": "orange", "#56B4E9": "sky",
}

var styleAttribute = regexp.MustCompile(`\s+style="([^"]*)"`)

// unstyled writes the declarations of style attributes as attributes of their own, in the
// colours of the page.
func unstyled(svg string) string {
	return styleAttribute.ReplaceAllStringFunc(svg, func(all string) string {
		var b strings.Builder
		for declaration := range strings.SplitSeq(styleAttribute.FindStringSubmatch(all)[1], ";") {
			if name, value, ok := strings.Cut(declaration, ":"); ok {
				value = strings.TrimSpace(value)
				if ink := inks[strings.ToUpper(value)]; ink != "" {
					value = "var(--" + ink + ")"
				}
				fmt.Fprintf(&b, ` %s="%s"`, strings.TrimSpace(name), value)
			}
		}
		return b.String()
	})
}
