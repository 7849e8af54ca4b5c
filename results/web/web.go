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
//	note      a remark below what it is about
//	warning   a remark that matters
//	panels    charts side by side, as many as fit
//	chart     a drawing that follows the colours of the page
//	point     a part of a chart that tells its name and values when pointed at or focused;
//	          its name always shows with "named" as well
//	curve     a line of a chart that does the same
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

	"sfdalab/results"
	"sfdalab/results/figures"
)

// Style is the style sheet.
//
//go:embed style.css
var Style string

// Table returns a table with its caption above it and what its marks mean below.
func Table(t results.Table) template.HTML { return table(t, nil) }

// HeatTable is Table with the numbers of the first columns, as many as given, coloured on a
// diverging scale from −1 over zero to 1.
func HeatTable(t results.Table, columns int) template.HTML {
	if columns == 0 {
		return table(t, nil)
	}
	t.Notes = append(slices.Clip(t.Notes), "colours run from orange at −1 over grey at 0 to blue at 1")
	return table(t, func(j int, c results.Cell) string {
		if j >= columns {
			return ""
		}
		return heat(c.Value)
	})
}

func table(t results.Table, class func(column int, c results.Cell) string) template.HTML {
	var b strings.Builder
	escape := html.EscapeString
	fmt.Fprintf(&b, "<figure class=\"table\">\n<figcaption>%s</figcaption>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Table: %s\"><table class=\"values\">\n<thead><tr><th scope=\"col\">%s</th>",
		escape(t.Caption), escape(t.Caption), escape(t.Corner))
	kind := func(j int) string {
		if t.Columns[j] == results.MeanColumn {
			return "number mean"
		}
		return "number"
	}
	for j, c := range t.Columns {
		fmt.Fprintf(&b, "<th scope=\"col\" class=\"%s\">%s</th>", kind(j), escape(c))
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
			if class != nil {
				classes = strings.TrimSpace(classes + " " + class(j, c))
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
	var notes []string
	for _, n := range t.AllNotes() {
		notes = append(notes, results.Capital(strings.TrimSuffix(n, "."))+".")
	}
	for _, row := range best {
		if strings.Contains(fmt.Sprint(row), "true") {
			notes = append([]string{"Best in bold."}, notes...)
			break
		}
	}
	if notes != nil {
		fmt.Fprintf(&b, "<p class=\"note\">%s</p>\n", escape(strings.Join(notes, " ")))
	}
	b.WriteString("</figure>\n")
	return template.HTML(b.String())
}

// Figure returns a figure as an SVG element.
func Figure(f figures.Figure) (template.HTML, error) {
	var out strings.Builder
	if err := f.Write(&out, "svg"); err != nil {
		return "", err
	}
	_, svg, ok := strings.Cut(out.String(), "<svg")
	if !ok {
		return "", errors.New("figure without an svg element")
	}
	return template.HTML("<svg class=\"paper\"" + unstyled(svg)), nil
}

var styleAttribute = regexp.MustCompile(`\s+style="([^"]*)"`)

// unstyled writes the declarations of style attributes as attributes of their own.
func unstyled(svg string) string {
	return styleAttribute.ReplaceAllStringFunc(svg, func(all string) string {
		var b strings.Builder
		for declaration := range strings.SplitSeq(styleAttribute.FindStringSubmatch(all)[1], ";") {
			if name, value, ok := strings.Cut(declaration, ":"); ok {
				fmt.Fprintf(&b, ` %s="%s"`, strings.TrimSpace(name), strings.TrimSpace(value))
			}
		}
		return b.String()
	})
}
