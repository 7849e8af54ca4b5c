package figures

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Curve is a line through points with positive coordinates.
type Curve struct {
	Name   string
	Points plotter.XYs

	// Kind numbers the colour and the shape of points; curves that differ in
	// Dashed alone are two views of one thing.
	Kind   int
	Dashed bool
}

// Curves draws curves over logarithmic axes. There may be no points yet.
func Curves(heading, x, y string, curves []Curve) Figure {
	return Figure{Heading: heading, Width: width, Height: 3.8 * vg.Inch, draw: func(c draw.Canvas) {
		p := newPlot("", x, y)
		p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, logTicks{}
		p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, logTicks{}
		p.Legend.Top, p.Legend.Left = true, true
		for _, curve := range curves {
			colour := palette[curve.Kind%len(palette)]
			l := &plotter.Line{XYs: curve.Points, LineStyle: stroke(colour, 1.2)}
			if curve.Dashed {
				l.Dashes = dashes[1]
			}
			points := &plotter.Scatter{XYs: curve.Points, GlyphStyle: draw.GlyphStyle{Color: colour, Radius: 2.5, Shape: glyphs[(curve.Kind+curve.Kind/len(palette))%len(glyphs)]}}
			p.Add(l, points)
			p.Legend.Add(curve.Name, l, points)
		}
		spread(&p.X)
		spread(&p.Y)
		p.Draw(c)
	}}
}

// spread gives a logarithmic axis of less than two values a range of positive ones.
func spread(a *plot.Axis) {
	switch {
	case a.Min > a.Max:
		a.Min, a.Max = 1, 10
	case a.Min == a.Max:
		a.Min, a.Max = a.Min/2, a.Max*2
	}
}
