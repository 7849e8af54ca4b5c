package results

import (
	"fmt"
	"math"
	"strings"
	"unicode"
)

var latexEscapes = strings.NewReplacer(append(greek(),
	`\`, `\textbackslash{}`, "_", `\_`, "%", `\%`, "&", `\&`, "#", `\#`, "$", `\$`, "{", `\{`, "}", `\}`,
	"~", `$\sim$`, "^", `\textasciicircum{}`, "<", `\textless{}`, ">", `\textgreater{}`, "|", `\textbar{}`,
	"²", `$^2$`, "±", `$\pm$`, "×", `$\times$`, "·", `$\cdot$`, "≤", `$\leq$`, "≥", `$\geq$`, "≠", `$\neq$`, "→", `$\rightarrow$`, "∞", `$\infty$`,
	"†", `$^\dagger$`, "‡", `$^\ddagger$`, "−", `$-$`, "–", "--", "½", `$\frac12$`, "√", `$\surd$`,
)...)

// greek returns the letters that LaTeX has commands for, each before its command.
func greek() []string {
	var pairs []string
	for letter, name := range map[string]string{
		"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
		"ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma",
		"τ": "tau", "υ": "upsilon", "φ": "varphi", "χ": "chi", "ψ": "psi", "ω": "omega",
		"Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
	} {
		pairs = append(pairs, letter, `$\`+name+`$`)
	}
	return pairs
}

// EscapeLaTeX returns a text as LaTeX has it, with no line that ends before a percent
// sign. What begins with a bracket or a star is no argument of a command before it.
func EscapeLaTeX(s string) string {
	s = strings.ReplaceAll(latexEscapes.Replace(OneLine(s)), ` \%`, `~\%`)
	if strings.HasPrefix(s, "[") || strings.HasPrefix(s, "*") {
		s = "{}" + s
	}
	return s
}

// LaTeXScripts returns a comment that says how to typeset a text in LaTeX that has letters of
// other scripts than Latin, which pdflatex does not know; "" for any other text.
func LaTeXScripts(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool {
		return r > unicode.MaxLatin1 && unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r)
	}) {
		return ""
	}
	return "% has letters of other scripts than Latin: needs lualatex or xelatex, \\usepackage{fontspec} and \\setmainfont{a font that has them}\n"
}

// latexNumber writes the minus of a number that siunitx does not see.
func latexNumber(s string) string { return strings.ReplaceAll(s, "-", "$-$") }

// latex writes a table whose numbers align on the point: siunitx sets them in columns of
// type S. What is underlined it cannot read; as all numbers of a column have as many
// digits after the point, flush right is aligned too. What follows a number has a column
// of its own. A wide table takes the whole width of a page of two columns, with little between
// its own; one that is larger still is shrunk.
func (t Table) latex() string {
	var b strings.Builder
	line := func(cells []string) { b.WriteString(strings.Join(cells, " & ") + ` \\` + "\n") }
	head, columns := t.latexColumns()
	for _, s := range t.Tests {
		fmt.Fprintf(&b, "%% %s\n", s)
	}
	float, narrow := "table", ""
	if len(t.Columns) > columnFits {
		float, narrow = "table*", "\\setlength{\\tabcolsep}{3pt}\n"
	}
	fmt.Fprintf(&b, "%% needs \\usepackage{booktabs,siunitx,graphicx}\n\\begin{%s}\n\\centering\n\\setlength{\\belowcaptionskip}{6pt}\n%s", float, narrow)
	fmt.Fprintf(&b, "\\caption{%s}\n", EscapeLaTeX(t.caption()))
	if t.Label != "" {
		fmt.Fprintf(&b, "\\label{%s}\n", t.Label)
	}
	b.WriteString("\\sisetup{detect-weight, table-number-alignment=right, table-text-alignment=right}\n")
	if t.Intervals && t.PlusMinus {
		b.WriteString("\\renewcommand{\\arraystretch}{1.3}\n") // room above and below the line
	}
	fmt.Fprintf(&b, "\\resizebox*{!}{\\ifdim\\totalheight>0.8\\textheight 0.8\\textheight\\else\\totalheight\\fi}{%%\n"+
		"\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%%\n\\begin{tabular}{%s}\n\\toprule\n", columns)
	line(head)
	b.WriteString("\\midrule\n")
	places := t.places()
	for i, r := range t.Rows {
		if r.Apart {
			b.WriteString("\\midrule\n")
		}
		cells := []string{EscapeLaTeX(r.Label)}
		for j, c := range r.Cells {
			if cells = append(cells, t.latexValue(c, places[i][j])); t.hasBehind(j) {
				cells = append(cells, t.latexBehind(c))
			}
		}
		line(cells)
	}
	b.WriteString("\\bottomrule\n\\end{tabular}}}\n\\end{" + float + "}\n")
	return LaTeXScripts(b.String()) + b.String()
}

// latexColumns returns the headings, and what the columns are in LaTeX.
func (t Table) latexColumns() (head []string, columns string) {
	head, columns = []string{EscapeLaTeX(t.Corner)}, "l"
	for j, c := range t.Columns {
		name := "{" + EscapeLaTeX(c) + "}"
		if t.hasNumbers(j) {
			columns += " S[table-format=" + t.numberFormat(j) + "]"
		} else {
			columns += " r"
		}
		if t.hasBehind(j) {
			columns += ` @{\,}l`
			name = `\multicolumn{2}{c}` + name
		}
		head = append(head, name)
	}
	return head, columns
}

// latexValue returns the value of a cell at its place: braces keep siunitx from reading it.
func (t Table) latexValue(c Cell, p place) string {
	s := t.value(c)
	switch {
	case c.Text != "" || math.IsNaN(c.Value):
		return "{" + EscapeLaTeX(s) + "}"
	case p == best:
		return `\bfseries ` + s
	case p == second:
		return `{\underline{` + latexNumber(s) + "}}"
	}
	return s
}

// columnFits is how many columns of numbers a column of a paper has room for.
const columnFits = 4

// latexBehind is behind in LaTeX.
func (t Table) latexBehind(c Cell) string {
	mark := strings.Replace(latexEscapes.Replace(c.Mark), " ", "~", 1)
	switch {
	case !t.hasInterval(c):
		return mark
	case c.Kind == Spread:
		return `{\scriptsize ` + latexEscapes.Replace(t.interval(c)) + `}` + mark
	case t.PlusMinus:
		up, down := t.ends(c)
		return fmt.Sprintf("$^{%s}_{%s}$%s", up, down, mark)
	}
	return `{\scriptsize ` + latexNumber(t.interval(c)) + `}` + mark
}

// hasNumbers reports whether column j shows a number that siunitx can read.
func (t Table) hasNumbers(j int) bool {
	return t.has(j, func(c Cell) bool { return c.Text == "" && !math.IsNaN(c.Value) })
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
