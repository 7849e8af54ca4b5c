package figures

import (
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Strip is what ranks the models of one hub, on one axis.
type Strip struct {
	Label       string
	Metrics     []float64
	Combination float64   // learned on other datasets of the hub; NaN for none
	OtherHubs   float64   // a combination learned on other hubs; NaN for none
	Baseline    float64   // the best one; NaN for none
	Ceilings    []float64 // other fine-tunings of the same models
}

// Strips draws metrics, baselines, combinations and ceilings of many hubs on one axis, a
// row for each hub. It is narrow enough for a column of a paper: shapes tell what is what.
func Strips(heading, axis string, strips []Strip) Figure {
	const row = line + 3
	var labels []string
	for _, s := range strips {
		labels = append(labels, s.Label)
	}
	side := widest(labels) + 12
	from, to := around(stripRange(strips))
	return Figure{Heading: heading, Width: 4.6 * vg.Inch, Height: 7 + stripLegendRows*line + vg.Length(len(strips))*row + 40, draw: func(c draw.Canvas) {
		stripLegend(c)
		top := c.Max.Y - stripLegendRows*line - 10
		bottom := top - vg.Length(len(strips))*row
		x := func(v float64) vg.Length {
			return c.Min.X + side + (c.Max.X-c.Min.X-side-8)*vg.Length((v-from)/(to-from))
		}
		for _, tick := range few(5).Ticks(from, to) {
			at := x(tick.Value)
			clr := color.Gray{225}
			if tick.Value == 0 {
				clr = color.Gray{150}
			}
			c.StrokeLine2(stroke(clr, 0.7), at, bottom, at, top)
			write(c, at, bottom-4, tick.Label, -0.5, -1, black)
		}
		write(c, c.Max.X, bottom-4-line, axis, -1, -1, black)
		for i, s := range strips {
			y := top - (vg.Length(i)+0.5)*row
			write(c, c.Min.X+side-8, y, s.Label, -1, -0.5, black)
			s.draw(c, x, y)
		}
	}}
}

// stripRange returns the least and the greatest value of all strips; 0 and 1 where they have
// no two values.
func stripRange(strips []Strip) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, s := range strips {
		for _, v := range slices.Concat([]float64{s.Combination, s.OtherHubs, s.Baseline}, s.Metrics, s.Ceilings) {
			if !math.IsNaN(v) {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
	}
	if !(lo < hi) {
		return 0, 1
	}
	return lo, hi
}

// stripLegendRows is how many rows the legend has.
const stripLegendRows = 3

// stripLegend says what the shapes are, above all strips.
func stripLegend(c draw.Canvas) {
	for i, l := range []struct {
		name  string
		shape func(c draw.Canvas, x, y vg.Length) // nil for the heading of those below
	}{
		{"metric", metricMark}, {"best baseline: sees no target data", baselineMark},
		{"ceiling: another fine-tuning", func(c draw.Canvas, x, y vg.Length) { ceilingBand(c, x-8, x+8, y) }},
		{"history and metrics, chosen", nil},
		{"on the hub's other datasets", combinationMark}, {"on other hubs", otherHubsMark},
	} {
		at := vg.Point{X: c.Min.X + 8 + vg.Length(i/stripLegendRows)*180, Y: c.Max.Y - 4 - vg.Length(i%stripLegendRows)*line}
		if l.shape == nil {
			write(c, at.X-5, at.Y, l.name, 0, -0.5, black)
			continue
		}
		l.shape(c, at.X, at.Y)
		write(c, at.X+13, at.Y, l.name, 0, -0.5, black)
	}
}

// draw draws the marks of a strip at a height: x is where a value stands.
func (s Strip) draw(c draw.Canvas, x func(float64) vg.Length, y vg.Length) {
	if len(s.Ceilings) > 0 {
		ceilingBand(c, x(slices.Min(s.Ceilings))-2, x(slices.Max(s.Ceilings))+2, y)
	}
	for _, v := range s.Metrics {
		metricMark(c, x(v), y)
	}
	for _, one := range []struct {
		value float64
		mark  func(c draw.Canvas, x, y vg.Length)
	}{{s.Baseline, baselineMark}, {s.Combination, combinationMark}, {s.OtherHubs, otherHubsMark}} {
		if !math.IsNaN(one.value) {
			one.mark(c, x(one.value), y)
		}
	}
}

func metricMark(c draw.Canvas, x, y vg.Length) {
	c.SetColor(color.Gray{70})
	c.SetLineWidth(0.8)
	var ring vg.Path
	ring.Move(vg.Point{X: x + 2.6, Y: y})
	ring.Arc(vg.Point{X: x, Y: y}, 2.6, 0, 2*math.Pi)
	ring.Close()
	c.Stroke(ring)
}

func baselineMark(c draw.Canvas, x, y vg.Length) {
	const r = 4.6
	corners := []vg.Point{{X: x, Y: y + r}, {X: x + r, Y: y - 0.7*r}, {X: x - r, Y: y - 0.7*r}, {X: x, Y: y + r}}
	c.StrokeLines(stroke(palette[1], 1.4), corners)
}

func combinationMark(c draw.Canvas, x, y vg.Length) {
	c.DrawGlyph(draw.GlyphStyle{Color: blue, Radius: 3, Shape: draw.BoxGlyph{}}, vg.Point{X: x, Y: y})
}

func otherHubsMark(c draw.Canvas, x, y vg.Length) {
	const r = 3.2
	corners := []vg.Point{{X: x - r, Y: y - r}, {X: x + r, Y: y - r}, {X: x + r, Y: y + r}, {X: x - r, Y: y + r}, {X: x - r, Y: y - r}}
	c.StrokeLines(stroke(blue, 1.3), corners)
}

func ceilingBand(c draw.Canvas, from, to, y vg.Length) {
	c.FillPolygon(color.Gray{200}, []vg.Point{{X: from, Y: y - 5}, {X: to, Y: y - 5}, {X: to, Y: y + 5}, {X: from, Y: y + 5}})
}
