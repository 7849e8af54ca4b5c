package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

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

	folded bool     // whether formats without a fold have what is supplementary
	abouts []string // what captions say in brackets of the numbers of a part
}

// once returns the page with each note of a table, and what captions say in brackets, at the
// first table alone that has it.
func (p page) once() page {
	said := make(map[string]bool)
	first := func(s string) bool {
		before := said[s]
		said[s] = true
		return !before
	}
	p.Sections = slices.Clone(p.Sections)
	for i := range p.Sections {
		blocks := slices.Clone(p.Sections[i].Blocks)
		for j, b := range blocks {
			if b.table == nil {
				continue
			}
			t := *b.table
			t.Notes = slices.DeleteFunc(slices.Clone(t.Notes), func(n string) bool { return !first(n) })
			if t.IntervalsAre != "" && !first(t.IntervalsAre) {
				t.IntervalsAre = ""
			}
			for _, about := range p.abouts {
				if strings.Contains(t.Caption, about) && !first(about) {
					t.Caption = strings.Replace(t.Caption, " "+about, "", 1)
				}
			}
			blocks[j].table = &t
		}
		p.Sections[i].Blocks = blocks
	}
	return p
}

// shown returns the sections that formats without a fold have.
func (p page) shown() []section {
	return slices.DeleteFunc(slices.Clone(p.Sections), func(s section) bool { return s.Supplementary && !p.folded })
}

// A section is a heading with sentences and a list, then figures and tables.
type section struct {
	Heading string // "" for none
	Below   bool   // the section is a part of one above
	Open    bool   // HTML shows it at once, and folds the others

	Supplementary bool // HTML folds it; other formats leave it out unless it is asked for

	Sentences []string
	List      []string
	Blocks    []block
}

// empty reports whether the section says nothing.
func (s section) empty() bool { return s.Sentences == nil && s.List == nil && s.Blocks == nil }

// A block is a figure, a table, or one thing as both: HTML shows the figure then, and
// Markdown the table.
type block struct {
	name   string // of its files, see nameFiles
	figure *figures.Figure
	table  *results.Table
	chart  template.HTML // what HTML has in place of the figure, where that can tell more
	heat   int           // how many columns of the table HTML colours by value
	paper  bool          // HTML leaves the figure out, as it shows the same otherwise
}

// figuresAlone reports whether a page without figures has nothing of the section.
func (s section) figuresAlone() bool {
	return s.Sentences == nil && s.List == nil && !slices.ContainsFunc(s.Blocks, func(b block) bool { return b.table != nil })
}

// say adds a sentence.
func (s *section) say(format string, args ...any) {
	s.Sentences = append(s.Sentences, fmt.Sprintf(format, args...))
}

// figure adds a figure, which Markdown goes without.
func (s *section) figure(name string, f figures.Figure) {
	s.Blocks = append(s.Blocks, block{name: name, figure: &f})
}

// table adds a table.
func (s *section) table(name string, t results.Table) {
	s.Blocks = append(s.Blocks, block{name: name, table: &t})
}

// both adds a figure for HTML, and a table that says the same for Markdown.
func (s *section) both(name string, f figures.Figure, t results.Table) {
	s.Blocks = append(s.Blocks, block{name: name, figure: &f, table: &t})
}

//go:embed report.html
var layout string

// pageTemplate has names within sentences, which must not turn what follows them.
var pageTemplate = template.Must(template.New("report").Funcs(template.FuncMap{"line": results.OneLine}).Parse(layout))

// html writes the page as HTML.
func (p page) html(w io.Writer) error { return pageTemplate.Execute(w, p.once()) }

// Style is the style sheet of the page.
func (p page) Style() template.CSS { return template.CSS(web.Style) }

// HTML is the element of a block.
func (b block) HTML() (template.HTML, error) {
	switch {
	case b.paper:
		return "", nil
	case b.chart != "":
		return "<figure>" + b.chart + "</figure>", nil
	case b.figure == nil:
		return web.HeatTable(*b.table, b.heat), nil
	}
	f := *b.figure
	f.Heading = "" // a caption
	svg, err := web.Figure(f)
	heading := template.HTML(template.HTMLEscapeString(b.figure.Heading))
	return "<figure class=\"drawing\"><figcaption>" + heading + ".</figcaption><div class=\"wide\" role=\"img\" tabindex=\"0\" aria-label=\"" + heading + "\">" + svg + "</div></figure>", err
}

// markdown writes the page as Markdown.
func (p page) markdown(w io.Writer) error {
	p = p.once()
	var b bytes.Buffer
	escape := results.EscapeMarkdown
	fmt.Fprintf(&b, "# %s\n", escape(p.Title))
	for _, s := range p.shown() {
		if err := s.markdown(&b); err != nil {
			return err
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

// markdown writes the section, unless all of it is figures.
func (s section) markdown(b *bytes.Buffer) error {
	if s.figuresAlone() {
		return nil
	}
	escape := results.EscapeMarkdown
	if s.Heading != "" {
		marks := "##"
		if s.Below {
			marks = "###"
		}
		fmt.Fprintf(b, "\n%s %s\n", marks, escape(s.Heading))
	}
	for _, sentence := range s.Sentences {
		fmt.Fprintf(b, "\n%s\n", escape(sentence))
	}
	if len(s.List) > 0 {
		b.WriteString("\n")
		for _, line := range s.List {
			fmt.Fprintf(b, "- %s\n", escape(line))
		}
	}
	for _, block := range s.Blocks {
		if block.table == nil {
			continue
		}
		b.WriteString("\n")
		if err := block.table.Write(b, results.Markdown); err != nil {
			return err
		}
	}
	return nil
}
