package figures

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sfdalab/results/compare"
)

// CostQuality draws quality over seconds per model, in logarithmic steps; filled
// points joined by a line are the Pareto front. Costs of no time at all cannot be drawn and
// are left out. Where the features took seconds to extract, which metrics share, a dashed
// line says so.
func CostQuality(heading, quality string, costs []compare.Cost, extraction float64) Figure {
	return Figure{Heading: heading, Width: width, Height: 3.6 * vg.Inch, draw: func(c draw.Canvas) {
		p := newPlot("", "seconds per model", quality)
		p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, logTicks{}
		p.Y.Tick.Marker = few(5)
		var front plotter.XYs
		var at plotter.XYs
		var labels []string
		for _, cost := range compare.Pareto(costs) {
			if cost.Seconds <= 0 {
				continue
			}
			xy := plotter.XY{X: cost.Seconds, Y: cost.Value}
			at, labels = append(at, xy), append(labels, cost.Metric)
			if cost.Front {
				front = append(front, xy)
			}
		}
		p.X.Min, p.X.Max = 0.1, 1 // when there is nothing to draw
		if len(at) > 0 {
			p.X.Min, p.X.Max = math.Inf(1), math.Inf(-1)
			addPoints(p, at, front, labels)
			if extraction > 0 {
				p.X.Min, p.X.Max = min(p.X.Min, extraction), max(p.X.Max, extraction)
			}
			p.X.Min, p.X.Max = p.X.Min/2, p.X.Max*4 // room for labels
			p.Y.Min, p.Y.Max = around(p.Y.Min, p.Y.Max)
			if extraction > 0 {
				addExtraction(p, extraction)
			}
		}
		p.Draw(c)
	}}
}

func addPoints(p *plot.Plot, at, front plotter.XYs, labels []string) {
	all := &plotter.Scatter{XYs: at, GlyphStyle: draw.GlyphStyle{Color: color.Gray{120}, Radius: 3, Shape: draw.RingGlyph{}}}
	best := &plotter.Scatter{XYs: front, GlyphStyle: draw.GlyphStyle{Color: blue, Radius: 3.5, Shape: draw.CircleGlyph{}}}
	var steps plotter.XYs // what the quickest so far reach
	for i, xy := range front {
		if i > 0 {
			steps = append(steps, plotter.XY{X: xy.X, Y: front[i-1].Y})
		}
		steps = append(steps, xy)
	}
	p.Add(&plotter.Line{XYs: steps, LineStyle: stroke(blue, 1)}, all, best, names{points: at, names: labels, lines: steps})
}

// addExtraction draws a line where the seconds of the extraction are.
func addExtraction(p *plot.Plot, seconds float64) {
	ends := plotter.XYs{{X: seconds, Y: p.Y.Min}, {X: seconds, Y: p.Y.Max}}
	across := &plotter.Line{XYs: ends, LineStyle: stroke(color.Gray{120}, 1)}
	across.Dashes = []vg.Length{vg.Points(3), vg.Points(2)}
	p.Add(across, names{points: ends[1:], names: []string{"extraction"}, lines: ends})
}
