package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"

	"sfdalab/results"
	"sfdalab/results/figures"
	"sfdalab/results/web"
)

// page is what a report shows, in every format.
type page struct {
	Title    string
	Sections []section
	Methods  string // with the keys of BibTeX in brackets
	BibTeX   string
	Facts    []Fact

	folded bool // whether formats without a fold have what is supplementary
}

// shown returns the sections that formats without a fold have.
func (p page) shown() []section {
	return slices.DeleteFunc(slices.Clone(p.Sections), func(s section) bool { return s.Supplementary && !p.folded })
}

// A section is a heading with sentences and a list, then figures and tables.
type section struct {
	Heading string // "" for none
	Below   bool   // the section is a part of one above

	Supplementary bool // HTML folds it; other formats leave it out unless it is asked for

	Sentences []string
	List      []string
	Blocks    []block
}

// A block is a figure, a table, or one thing as both: HTML shows the figure then, and
// Markdown the table.
type block struct {
	name   string // of its files
	figure *figures.Figure
	table  *results.Table
	chart  template.HTML // what HTML has in place of the figure, where that can tell more
	heat   int           // first columns of the table that HTML colours by their values
	apart  bool          // HTML shows the same elsewhere
}

func (s *section) say(format string, args ...any) {
	s.Sentences = append(s.Sentences, fmt.Sprintf(format, args...))
}

func (s *section) figure(name string, f figures.Figure) {
	s.Blocks = append(s.Blocks, block{name: name, figure: &f})
}

func (s *section) table(name string, t results.Table) {
	s.Blocks = append(s.Blocks, block{name: name, table: &t})
}

func (s *section) both(name string, f figures.Figure, t results.Table) {
	s.Blocks = append(s.Blocks, block{name: name, figure: &f, table: &t})
}

//go:embed report.html
var layout string

var pageTemplate = template.Must(template.New("report").Parse(layout))

func (p page) html(w io.Writer) error { return pageTemplate.Execute(w, p) }

// Style is the style sheet of the page.
func (p page) Style() template.CSS { return template.CSS(web.Style) }

// HTML is the element of a block.
func (b block) HTML() (template.HTML, error) {
	if b.chart != "" {
		return "<figure>" + b.chart + "</figure>", nil
	}
	if b.apart {
		return "", nil
	}
	if b.figure == nil {
		return web.HeatTable(*b.table, b.heat), nil
	}
	svg, err := web.Figure(*b.figure)
	return "<figure class=\"wide\">" + svg + "</figure>", err
}

func (p page) markdown(w io.Writer) error {
	var b bytes.Buffer
	escape := results.EscapeMarkdown
	fmt.Fprintf(&b, "# %s\n", escape(p.Title))
	for _, s := range p.shown() {
		if s.Heading != "" {
			marks := "##"
			if s.Below {
				marks = "###"
			}
			fmt.Fprintf(&b, "\n%s %s\n", marks, escape(s.Heading))
		}
		for _, sentence := range s.Sentences {
			fmt.Fprintf(&b, "\n%s\n", escape(sentence))
		}
		if len(s.List) > 0 {
			b.WriteString("\n")
			for _, line := range s.List {
				fmt.Fprintf(&b, "- %s\n", escape(line))
			}
		}
		for _, block := range s.Blocks {
			if block.table == nil {
				continue
			}
			b.WriteString("\n")
			if err := block.table.Write(&b, results.Markdown); err != nil {
				return err
			}
		}
	}
	fmt.Fprintf(&b, "\n## Methods\n\n%s\n\n```bibtex\n%s```\n", escape(p.Methods), p.BibTeX)
	if p.Facts != nil {
		b.WriteString("\n## How it was computed\n\n")
		for _, f := range p.Facts {
			fmt.Fprintf(&b, "- %s: %s\n", f.Name, escape(f.Value))
		}
	}
	_, err := b.WriteTo(w)
	return err
}
