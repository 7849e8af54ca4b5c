// Package figures draws the figures of a comparison with gonum/plot: one description
// each, written as SVG, PDF or PNG.
//
// Figures are 6.25 inches wide, which a PNG shows in 1200 pixels, with type of 9 points;
// wider where names need it.
// What colour tells, shape, order or a number tells too, so that figures can be read in
// grey; colours are those of Okabe and Ito (2008), which colour-blind people tell apart.
// No two lines share a colour: where there are more than colours, the first or the best
// have one and the others are grey.
package figures

import (
	"bytes"
	"fmt"
	"html"
	"image/color"
	"io"
	"regexp"
	"strconv"

	"gonum.org/v1/plot"
	plotfont "gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"

	"sfdalab/results"
)

// A Figure says what to draw; Write draws it.
type Figure struct {
	Heading       string    // written above the drawing; a document may clear it and write it as a caption
	Width, Height vg.Length // of the drawing, without the heading
	draw          func(draw.Canvas)
	narrow        vg.Length // that the drawing can do with, in type of the same size; 0 for Width
}

// Narrow returns the figure for a narrow window; false for one that needs its width.
func (f Figure) Narrow() (Figure, bool) {
	ok := f.narrow > 0
	f.Width, f.narrow = f.narrow, 0
	return f, ok
}

const (
	width = 6.25 * vg.Inch
	line  = vg.Length(13) // from one line of text to the next, in points
	size  = vg.Length(9)  // of type, in points

	leastPlot = vg.Length(200) // is left to what is drawn beside names

	headingSize   = vg.Length(10.5)
	headingHeight = vg.Length(21)
)

// pngDPI is twice that of a usual screen, so that figures are sharp on a fine one.
const pngDPI = 192

// Write writes the figure as "svg", "pdf" or "png": the same bytes for the same figure.
func (f Figure) Write(w io.Writer, format string) error {
	height := f.Height
	if f.Heading != "" {
		height += headingHeight
	}
	var canvas vg.CanvasWriterTo
	switch format {
	case "svg":
		canvas = vgsvg.New(f.Width, height)
	case "pdf":
		pdf := vgpdf.New(f.Width, height)
		pdf.EmbedFonts(false)
		canvas = outlines{pdf}
	case "png":
		canvas = vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(f.Width, height), vgimg.UseDPI(pngDPI))}
	default:
		return fmt.Errorf("unknown figure format %q: want svg, pdf or png", format)
	}
	c := draw.NewCanvas(lines{canvas}, f.Width, height)
	c.FillPolygon(white, []vg.Point{{}, {X: f.Width}, {X: f.Width, Y: height}, {Y: height}})
	if f.Heading != "" {
		writeSized(c, headingSize, c.Min.X+6, c.Max.Y-4, f.Heading, 0, -1, black)
		c = draw.Crop(c, 0, 0, 0, -headingHeight)
	}
	f.draw(draw.Crop(c, 6, -6, 6, -4))
	var drawn bytes.Buffer
	if _, err := canvas.WriteTo(&drawn); err != nil {
		return err
	}
	content := drawn.Bytes()
	switch format {
	case "svg":
		content = fitted(content)
	case "pdf":
		content = undated(content)
	}
	_, err := w.Write(content)
	return err
}

// pdfDate is when a PDF was made.
var pdfDate = regexp.MustCompile(`/(CreationDate|ModDate) \(D:[0-9]+\)`)

// undated blanks the dates of a PDF, so that a figure is the same whenever it is drawn. All
// stays at its place, as the PDF names places.
func undated(pdf []byte) []byte {
	return pdfDate.ReplaceAllFunc(pdf, func(date []byte) []byte { return bytes.Repeat([]byte(" "), len(date)) })
}

// lines is a canvas on which no text has what no document may hold.
type lines struct{ vg.CanvasWriterTo }

// FillString implements vg.Canvas.
func (c lines) FillString(face plotfont.Face, at vg.Point, s string) {
	c.CanvasWriterTo.FillString(face, at, results.OneLine(s))
}

// family is the name of the font in an SVG, which does not hold the font itself; Arial
// and Helvetica are as wide.
const family = "Liberation Sans"

// svgText is a text of an SVG with its size and content.
var svgText = regexp.MustCompile(`font-family:` + family + `;[^"]*font-size:([0-9.]+)px[^"]*"|>([^<]*)</text>`)

// fitted gives each text of an SVG the width that it has in Liberation Sans, so that what
// is aligned stays so where a viewer has to show another font.
func fitted(svg []byte) []byte {
	var points float64
	return svgText.ReplaceAllFunc(svg, func(all []byte) []byte {
		parts := svgText.FindSubmatch(all)
		if parts[1] != nil {
			points, _ = strconv.ParseFloat(string(parts[1]), 64)
			return bytes.Replace(all, []byte(family+";"), []byte(family+", Arial, Helvetica, sans-serif;"), 1)
		}
		width := style(vg.Length(points)).Width(html.UnescapeString(string(parts[2])))
		return fmt.Appendf(nil, ` textLength="%.2f" lengthAdjust="spacingAndGlyphs"%s`, width.Points(), all)
	})
}

// Okabe and Ito's colours, but for yellow, which white paper swallows.
var (
	black   = color.RGBA{A: 255}
	white   = color.RGBA{255, 255, 255, 255}
	grey    = color.Gray{175} // of lines that are not told apart
	faint   = color.Gray{105} // of text beside the point, still read on white
	blue    = color.RGBA{0, 114, 178, 255}
	palette = []color.RGBA{
		blue, {213, 94, 0, 255}, {0, 158, 115, 255}, {204, 121, 167, 255}, {230, 159, 0, 255}, {86, 180, 233, 255}, black,
	}
	dashes = [][]vg.Length{nil, {6, 3}, {2, 2}, {8, 3, 2, 3}}
	glyphs = []draw.GlyphDrawer{draw.CircleGlyph{}, draw.SquareGlyph{}, draw.TriangleGlyph{}, draw.CrossGlyph{}, draw.RingGlyph{}, draw.BoxGlyph{}, draw.PyramidGlyph{}}
)

func style(points vg.Length) text.Style {
	return text.Style{
		Color:   black,
		Font:    plotfont.Font{Typeface: "Liberation", Variant: "Sans", Size: points},
		Handler: plot.DefaultTextHandler,
	}
}

// write writes s at a point; ax and ay say which part of the text is there, from 0 at
// its left or bottom to −1 at its right or top.
func write(c draw.Canvas, x, y vg.Length, s string, ax, ay float64, clr color.Color) {
	writeSized(c, size, x, y, s, ax, ay, clr)
}

// writeSized is write in type of so many points.
func writeSized(c draw.Canvas, points, x, y vg.Length, s string, ax, ay float64, clr color.Color) {
	st := style(points)
	st.XAlign, st.YAlign, st.Color = text.XAlignment(ax), text.YAlignment(ay), clr
	c.FillText(st, vg.Point{X: x, Y: y}, s)
}

// widest returns the width of the widest of the texts.
func widest(texts []string) (w vg.Length) {
	for _, s := range texts {
		w = max(w, style(size).Width(s))
	}
	return w
}

// newPlot returns a plot with labelled axes in the type of all figures.
func newPlot(title, x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	for _, s := range []*text.Style{&p.X.Label.TextStyle, &p.Y.Label.TextStyle, &p.X.Tick.Label, &p.Y.Tick.Label, &p.Legend.TextStyle} {
		s.Font = style(size).Font
	}
	p.Title.TextStyle.Font = style(headingSize).Font
	p.Title.Padding = 4
	return p
}

func stroke(clr color.Color, w vg.Length) draw.LineStyle { return draw.LineStyle{Color: clr, Width: w} }
