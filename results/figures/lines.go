package figures

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sfdalab/results"
)

// A Line is a value that changes with another, such as τ with the number of samples.
type Line struct {
	Name      string
	X, Y      []float64
	Intervals []results.Interval // of Y; nil without
}

// Lines draws lines over a common axis, with their intervals as bars. Of more lines than
// there are colours, the first few have one, and the others are grey.
func Lines(heading, x, y string, lines []Line) Figure {
	return Figure{Heading: heading, Width: width, Height: 3 * vg.Inch, draw: func(c draw.Canvas) {
		p := newPlot("", x, y)
		p.X.Tick.Marker, p.Y.Tick.Marker = few(6), few(5)
		coloured, others := lines, []Line(nil)
		if len(lines) > len(palette) {
			coloured, others = lines[:highlighted], lines[highlighted:]
		}
		grey := addOthers(p, others)
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, l := range lines {
			for _, v := range l.X {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
		for i, l := range coloured {
			// Beside each other, so that bars of one x do not hide one another.
			aside := (hi - lo) * 0.006 * (float64(i) - float64(len(coloured)-1)/2)
			addLine(p, l, aside, i)
		}
		var names []string
		for _, l := range coloured {
			names = append(names, l.Name)
		}
		if grey != nil {
			names = append(names, fmt.Sprintf("%d others", len(others)))
			p.Legend.Add(names[len(names)-1], grey)
		}
		side := widest(names) + 38
		legend := p.Legend // beside the plot, not in it
		p.Legend = plot.NewLegend()
		p.Draw(draw.Crop(c, 0, -side, 0, 0))
		legend.Top, legend.Left, legend.Padding = true, true, 2
		legend.Draw(draw.Crop(c, c.Max.X-c.Min.X-side+10, 0, 0, 0))
	}}
}

// highlighted is how many lines have a colour of more than there are colours.
const highlighted = 5

// addOthers adds the lines that are grey, below those that come later, and returns one for
// the legend, nil if there is none.
func addOthers(p *plot.Plot, others []Line) (one plot.Thumbnailer) {
	for _, l := range others {
		points := make(plotter.XYs, len(l.X))
		for j := range points {
			points[j].X, points[j].Y = l.X[j], l.Y[j]
		}
		if drawn, err := plotter.NewLine(points); err == nil { // else empty or NaN: nothing to draw
			drawn.LineStyle = stroke(grey, 0.8)
			p.Add(drawn)
			one = drawn
		}
	}
	return one
}

// addLine adds the i-th line of a plot, moved aside by so much.
func addLine(p *plot.Plot, l Line, aside float64, i int) {
	points := make(plotter.XYs, len(l.X))
	for j := range points {
		points[j].X, points[j].Y = l.X[j]+aside, l.Y[j]
	}
	ink := palette[i%len(palette)]
	path, dots, err := plotter.NewLinePoints(points)
	if err != nil {
		return // empty or NaN: nothing to draw
	}
	path.LineStyle = stroke(ink, 1.4)
	path.Dashes = dashes[i%len(dashes)]
	dots.GlyphStyle = draw.GlyphStyle{Color: ink, Radius: 2.8, Shape: glyphs[i%len(glyphs)]}
	if l.Intervals != nil {
		bars := &plotter.YErrorBars{XYs: points, LineStyle: stroke(ink, 0.8), CapWidth: 4}
		for j, y := range l.Y {
			var up, down float64
			if in := l.Intervals[j]; in.Exists() {
				down, up = y-in.Lo, in.Hi-y
			}
			bars.YErrors = append(bars.YErrors, struct{ Low, High float64 }{down, up})
		}
		p.Add(bars)
	}
	p.Add(path, dots)
	p.Legend.Add(l.Name, path, dots)
}
