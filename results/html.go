package results

import (
	"fmt"
	"html"
	"strings"
)

// html writes a table element that aligns on the point by itself: flush right, marks in
// a column of their own, and intervals below their values.
func (t Table) html() string {
	var b strings.Builder
	fmt.Fprintf(&b, "<table style=\"text-align:right; font-variant-numeric:tabular-nums\">\n<caption>%s</caption>\n<thead><tr><th scope=\"col\">%s</th>", html.EscapeString(t.caption()), html.EscapeString(t.Corner))
	marked := make([]bool, len(t.Columns))
	for j, c := range t.Columns {
		marked[j] = t.has(j, func(c Cell) bool { return c.Mark != "" })
		fmt.Fprintf(&b, "<th scope=\"col\">%s</th>", html.EscapeString(c))
		if marked[j] {
			b.WriteString("<th></th>")
		}
	}
	b.WriteString("</tr></thead>\n<tbody>\n")
	emph := between("<b>", "</b>", "<u>", "</u>")
	places := t.places()
	for i, r := range t.Rows {
		if r.Apart {
			b.WriteString("</tbody>\n<tbody>\n")
		}
		fmt.Fprintf(&b, "<tr><th scope=\"row\">%s</th>", html.EscapeString(r.Label))
		for j, c := range r.Cells {
			b.WriteString("<td>" + emph(html.EscapeString(t.value(c)), places[i][j]))
			if in := t.interval(c); in != "" {
				b.WriteString("<br><small>" + in + "</small>")
			}
			b.WriteString("</td>")
			if marked[j] {
				fmt.Fprintf(&b, "<td style=\"text-align:left; padding-left:0\">%s</td>", html.EscapeString(c.Mark))
			}
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</tbody>\n</table>\n")
	for _, s := range t.Tests {
		fmt.Fprintf(&b, "<p>%s</p>\n", html.EscapeString(s))
	}
	return b.String()
}
