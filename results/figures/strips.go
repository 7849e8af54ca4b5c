package figures

import (
	"image/color"
	"math"

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
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, s := range strips {
		labels = append(labels, s.Label)
		for _, v := range append(append([]float64{s.Combination, s.OtherHubs, s.Baseline}, s.Metrics...), s.Ceilings...) {
			if !math.IsNaN(v) {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
	}
	if !(lo < hi) {
		lo, hi = 0, 1
	}
	side := widest(labels) + 12
	legend := []struct {
		name  string
		shape func(c draw.Canvas, x, y vg.Length)
	}{
		{"metric", metricMark}, {"best baseline: sees no target data", baselineMark},
		{"ceiling: another fine-tuning", func(c draw.Canvas, x, y vg.Length) { ceilingBand(c, x-8, x+8, y) }},
		{"history and metrics, chosen", nil},
		{"on the hub's other datasets", combinationMark}, {"on other hubs", otherHubsMark},
	}
	const rows = 3 // of the legend
	return Figure{Heading: heading, Width: 4.6 * vg.Inch, Height: 7 + rows*line + vg.Length(len(strips))*row + 40, draw: func(c draw.Canvas) {
		for i, l := range legend {
			at := vg.Point{X: c.Min.X + 8 + vg.Length(i/rows)*180, Y: c.Max.Y - 4 - vg.Length(i%rows)*line}
			if l.shape == nil { // the heading of those below
				write(c, at.X-5, at.Y, l.name, 0, -0.5, black)
				continue
			}
			l.shape(c, at.X, at.Y)
			write(c, at.X+13, at.Y, l.name, 0, -0.5, black)
		}
		top := c.Max.Y - rows*line - 10
		bottom := top - vg.Length(len(strips))*row
		from, to := around(lo, hi)
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
			if len(s.Ceilings) > 0 {
				least, most := math.Inf(1), math.Inf(-1)
				for _, v := range s.Ceilings {
					least, most = min(least, v), max(most, v)
				}
				ceilingBand(c, x(least)-2, x(most)+2, y)
			}
			for _, v := range s.Metrics {
				metricMark(c, x(v), y)
			}
			if !math.IsNaN(s.Baseline) {
				baselineMark(c, x(s.Baseline), y)
			}
			if !math.IsNaN(s.Combination) {
				combinationMark(c, x(s.Combination), y)
			}
			if !math.IsNaN(s.OtherHubs) {
				otherHubsMark(c, x(s.OtherHubs), y)
			}
		}
	}}
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
