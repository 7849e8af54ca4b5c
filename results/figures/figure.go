// Package figures draws the figures of a comparison with gonum/plot: one description
// each, written as SVG, PDF or PNG.
//
// Figures are 6.25 inches wide, which a PNG shows in 600 pixels, with type of 9 points;
// wider where names take the room.
// What colour tells, shape, order or a number tells too, so that they can be read in
// grey; colours are those of Okabe and Ito (2008), which colour-blind people tell apart.
package figures

import (
	"bytes"
	"fmt"
	"image/color"
	"io"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	plotfont "gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	_ "gonum.org/v1/plot/vg/vgimg" // a format
	"gonum.org/v1/plot/vg/vgpdf"
	_ "gonum.org/v1/plot/vg/vgsvg" // a format

	"sfdalab/results"
)

// A Figure says what to draw; Write draws it.
type Figure struct {
	Width, Height vg.Length
	draw          func(draw.Canvas)
}

const (
	width = 6.25 * vg.Inch
	line  = vg.Length(13) // from one line of text to the next, in points
	size  = vg.Length(9)  // of type, in points

	headingSize = vg.Length(10.5)
)

// Write writes the figure as "svg", "pdf" or "png".
func (f Figure) Write(w io.Writer, format string) error {
	if formats := []string{"svg", "pdf", "png"}; !slices.Contains(formats, format) {
		return fmt.Errorf("unknown figure format %q; there are %s", format, strings.Join(formats, ", "))
	}
	canvas, err := draw.NewFormattedCanvas(f.Width, f.Height, format)
	if err != nil {
		return err
	}
	if pdf, ok := canvas.(*vgpdf.Canvas); ok {
		pdf.EmbedFonts(false)
		canvas = outlines{pdf}
	}
	c := draw.New(lines{canvas})
	c.FillPolygon(color.White, []vg.Point{{}, {X: f.Width}, {X: f.Width, Y: f.Height}, {Y: f.Height}})
	f.draw(c)
	if format != "svg" {
		_, err = canvas.WriteTo(w)
		return err
	}
	var svg bytes.Buffer
	if _, err := canvas.WriteTo(&svg); err != nil {
		return err
	}
	_, err = w.Write(bytes.ReplaceAll(svg.Bytes(), []byte("font-family:"+family+";"), []byte("font-family:"+family+", Arial, Helvetica, sans-serif;")))
	return err
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

// Okabe and Ito's colours, but for yellow, which white paper swallows.
var (
	black   = color.RGBA{A: 255}
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
// its left or bottom to −1 at its right or top. Text that ends at x keeps off it by a
// part of its width, as a viewer of an SVG may lack the font and show a wider one.
func write(c draw.Canvas, x, y vg.Length, s string, ax, ay float64, clr color.Color) {
	writeSized(c, size, x, y, s, ax, ay, clr)
}

// writeSized is write in type of so many points.
func writeSized(c draw.Canvas, points, x, y vg.Length, s string, ax, ay float64, clr color.Color) {
	st := style(points)
	st.XAlign, st.YAlign, st.Color = text.XAlignment(ax), text.YAlignment(ay), clr
	if ax == -1 {
		x -= spare * st.Width(s)
	}
	c.FillText(st, vg.Point{X: x, Y: y}, s)
}

// spare is by which part another font may be wider.
const spare = 0.15

// title writes the title of a figure at its top and returns the canvas below.
func title(c draw.Canvas, s string) draw.Canvas {
	st := style(headingSize)
	st.YAlign = text.YTop
	c.FillText(st, vg.Point{X: c.Min.X + 6, Y: c.Max.Y - 4}, s)
	return draw.Crop(c, 6, -6, 6, -line-8)
}

// widest returns the width to keep for the widest of the texts.
func widest(texts []string) (w vg.Length) {
	for _, s := range texts {
		w = max(w, (1+spare)*style(size).Width(s))
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
