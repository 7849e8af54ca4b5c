package results

import (
	"fmt"
	"math"
	"strings"
)

var latexEscapes = strings.NewReplacer(
	`\`, `\textbackslash{}`, "_", `\_`, "%", `\%`, "&", `\&`, "#", `\#`, "$", `\$`, "{", `\{`, "}", `\}`,
	"~", `\textasciitilde{}`, "^", `\textasciicircum{}`, "<", `\textless{}`, ">", `\textgreater{}`, "|", `\textbar{}`,
	"τ", `$\tau$`, "ρ", `$\rho$`, "χ", `$\chi$`, "α", `$\alpha$`, "²", `$^2$`, "±", `$\pm$`, "†", `$^\dagger$`, "‡", `$^\ddagger$`, "–", "--", "½", `$\frac12$`,
)

// latexNumber writes the minus of a number that siunitx does not see.
func latexNumber(s string) string { return strings.ReplaceAll(s, "-", "$-$") }

// latex writes a table whose numbers align on the point: siunitx sets them in columns of
// type S. What is underlined it cannot read; as all numbers of a column have as many
// digits after the point, flush right is aligned too. Intervals and marks have a column
// of their own behind the numbers.
func (t Table) latex() string {
	var b strings.Builder
	line := func(cells []string) { b.WriteString(strings.Join(cells, " & ") + ` \\` + "\n") }
	head, columns := []string{latexEscapes.Replace(t.Corner)}, "l"
	extra := make([]bool, len(t.Columns))
	for j, c := range t.Columns {
		columns += " S[table-format=" + t.numberFormat(j) + "]"
		name := "{" + latexEscapes.Replace(c) + "}"
		if extra[j] = t.has(j, func(c Cell) bool { return t.latexExtra(c) != "" }); extra[j] {
			columns += ` @{\,}l`
			name = `\multicolumn{2}{c}` + name
		}
		head = append(head, name)
	}
	fmt.Fprintf(&b, "%% needs \\usepackage{booktabs} and \\usepackage{siunitx}\n\\begin{table}\n\\centering\n\\caption{%s}\n", latexEscapes.Replace(t.caption()))
	fmt.Fprintf(&b, "\\sisetup{detect-weight, table-number-alignment=right, table-text-alignment=right}\n\\begin{tabular}{%s}\n\\toprule\n", columns)
	line(head)
	b.WriteString("\\midrule\n")
	places := t.places()
	for i, r := range t.Rows {
		cells := []string{latexEscapes.Replace(r.Label)}
		for j, c := range r.Cells {
			s := t.value(c)
			switch {
			case c.Text != "" || math.IsNaN(c.Value):
				s = "{" + latexEscapes.Replace(s) + "}"
			case places[i][j] == best:
				s = `\bfseries ` + s
			case places[i][j] == second:
				s = `{\underline{` + latexNumber(s) + "}}"
			}
			if cells = append(cells, s); extra[j] {
				cells = append(cells, t.latexExtra(c))
			}
		}
		line(cells)
	}
	b.WriteString("\\bottomrule\n\\end{tabular}\n\\end{table}\n")
	return b.String()
}

// latexExtra returns what follows the number of a cell.
func (t Table) latexExtra(c Cell) string {
	return latexNumber(t.interval(c)) + latexEscapes.Replace(c.Mark)
}

// numberFormat returns siunitx's description of the numbers of column j, such as
// "-1.3" for a sign, one digit before the point and three after it.
func (t Table) numberFormat(j int) string {
	sign, digits := "", 1
	for _, r := range t.Rows {
		if c := r.Cells[j]; c.Text != "" || math.IsNaN(c.Value) {
			continue
		}
		whole, _, _ := strings.Cut(t.number(r.Cells[j].Value), ".")
		if strings.HasPrefix(whole, "-") {
			sign, whole = "-", whole[1:]
		}
		digits = max(digits, len(whole))
	}
	return fmt.Sprintf("%s%d.%d", sign, digits, t.Digits)
}
