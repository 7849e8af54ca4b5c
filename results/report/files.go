package report

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"sfdalab/results"
)

// A File is a part of a report that a paper takes as it is.
type File struct {
	Name    string
	Content []byte
}

// Files returns the tables as LaTeX and CSV, the figures as PDF, SVG and PNG, with captions
// as LaTeX in fig-*.tex, the methods as LaTeX, references.bib, and report.tex, which is the
// report with all of them.
func (r Report) Files() ([]File, error) {
	files := []File{
		{"methods.tex", []byte(r.page.methodsLaTeX() + "\n")},
		{"references.bib", []byte(r.page.BibTeX)},
	}
	for _, s := range r.page.Sections {
		for _, b := range s.Blocks {
			if b.table != nil {
				t := *b.table
				t.Label, t.PlusMinus = "tab:"+b.name, true
				for _, f := range []struct {
					end    string
					format results.Format
					table  results.Table
				}{{".tex", results.LaTeX, withFewIntervals(t)}, {".csv", results.CSV, t}} {
					var content bytes.Buffer
					if err := f.table.Write(&content, f.format); err != nil {
						return nil, err
					}
					files = append(files, File{b.name + f.end, content.Bytes()})
				}
			}
			if b.figure != nil {
				files = append(files, File{"fig-" + b.name + ".tex", []byte(b.figureLaTeX())})
				f := *b.figure
				f.Heading = "" // a caption
				for _, format := range []string{"pdf", "svg", "png"} {
					var content bytes.Buffer
					if err := f.Write(&content, format); err != nil {
						return nil, err
					}
					files = append(files, File{b.name + "." + format, content.Bytes()})
				}
			}
		}
	}
	var tex strings.Builder
	for _, f := range files {
		if strings.HasSuffix(f.Name, ".tex") {
			tex.Write(f.Content)
		}
	}
	return append(files, File{"report.tex", []byte(r.page.latex(tex.String()))}), nil
}

// mostIntervals is how many columns of a table on paper have intervals of their own.
const mostIntervals = 6

// withFewIntervals is a table that fits the width of a page: in one of many datasets only
// the means have intervals, and what is behind them.
func withFewIntervals(t results.Table) results.Table {
	last := valueColumns(t) - 1
	if last <= mostIntervals || !t.Intervals {
		return t
	}
	t.Rows = slices.Clone(t.Rows)
	for i := range t.Rows {
		t.Rows[i].Cells = slices.Clone(t.Rows[i].Cells)
		for j := range last {
			t.Rows[i].Cells[j].Interval = results.Interval{}
		}
	}
	t.Notes = append(slices.Clip(t.Notes), fmt.Sprintf("intervals of single columns are left out, as there are %d", last))
	return t
}

// latex returns the report as a document that takes its tables and figures from files, whose text
// is given.
func (p page) latex(parts string) string {
	escape := results.EscapeLaTeX
	var b strings.Builder
	fmt.Fprintf(&b, "\\usepackage{booktabs,siunitx,graphicx,float}\n\\usepackage[margin=2.2cm]{geometry}\n"+
		"\\floatplacement{table}{H}\n\\floatplacement{figure}{H}\n\\renewenvironment{table*}{\\begin{table}}{\\end{table}} %% float does not place it here\n\\title{%s}\n\\author{}\n\\date{}\n\\begin{document}\n\\maketitle\n\\sloppy\n", escape(p.Title))
	for _, s := range p.shown() {
		switch {
		case s.Heading == "":
		case s.Below:
			fmt.Fprintf(&b, "\n\\subsection*{%s}\n", escape(s.Heading))
		default:
			fmt.Fprintf(&b, "\n\\section*{%s}\n", escape(s.Heading))
		}
		for _, sentence := range s.Sentences {
			fmt.Fprintf(&b, "\n%s\n", escape(sentence))
		}
		if len(s.List) > 0 {
			b.WriteString("\n\\begin{itemize}\n")
			for _, item := range s.List {
				fmt.Fprintf(&b, "\\item %s\n", escape(item))
			}
			b.WriteString("\\end{itemize}\n")
		}
		for _, block := range s.Blocks {
			if block.table != nil {
				fmt.Fprintf(&b, "\\input{%s}\n", block.name)
			}
			if block.figure != nil {
				fmt.Fprintf(&b, "\\input{fig-%s}\n", block.name)
			}
		}
	}
	b.WriteString("\n\\section*{Methods}\n\\input{methods}\n\\bibliographystyle{plain}\n\\bibliography{references}\n\\end{document}\n")
	head := "\\documentclass{article}\n"
	if scripts := results.LaTeXScripts(b.String() + parts); scripts != "" {
		head = scripts + head + "\\usepackage{fontspec}\n"
	}
	return head + b.String()
}

// figureLaTeX returns the figure of a block in LaTeX, no larger than it is and with its
// heading as caption.
func (b block) figureLaTeX() string {
	return fmt.Sprintf("%% needs \\usepackage{graphicx}\n\\begin{figure}\n\\centering\n"+
		"\\includegraphics[width=\\ifdim%.0fpt>\\linewidth\\linewidth\\else%[1]gpt\\fi,height=0.8\\textheight,keepaspectratio]{%[2]s.pdf}\n"+
		"\\caption{%s}\n\\label{fig:%[2]s}\n\\end{figure}\n", b.figure.Width.Points(), b.name, results.EscapeLaTeX(b.figure.Heading+"."))
}

// methodsLaTeX returns the methods in LaTeX. What stands in brackets and is no key of the
// bibliography, as in the name of a file, stays as it is.
func (p page) methodsLaTeX() string {
	return cited.ReplaceAllStringFunc(results.EscapeLaTeX(p.Methods), func(all string) string {
		key := all[len(" [") : len(all)-len("]")]
		if !strings.Contains(p.BibTeX, "{"+key+",\n") {
			return all
		}
		return `~\cite{` + key + "}"
	})
}

// cited is what may be a key of the bibliography in the methods.
var cited = regexp.MustCompile(` \[[a-z0-9-]+\]`)

// nameFiles gives each block the name that its files and LaTeX have, which is that of no other
// table and no other figure: of names in letters beyond ASCII little may be left.
func nameFiles(sections []section) {
	tables, figures := make(map[string]bool), make(map[string]bool)
	for _, s := range sections {
		for i := range s.Blocks {
			b := &s.Blocks[i]
			name := fileName(b.name)
			b.name = name
			for n := 2; b.table != nil && tables[b.name] || b.figure != nil && figures[b.name]; n++ {
				b.name = fmt.Sprintf("%s-%d", name, n)
			}
			tables[b.name] = tables[b.name] || b.table != nil
			figures[b.name] = figures[b.name] || b.figure != nil
		}
	}
}

// fileName returns a name as files and LaTeX have it.
func fileName(name string) string {
	return strings.Trim(unusual.ReplaceAllString(name, "-"), "-")
}

var unusual = regexp.MustCompile("[^A-Za-z0-9-]+")
