package figures

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sfdalab/results"
)

// A DotGroup is rows of one kind in a DotPlot, such as metrics or baselines.
type DotGroup struct {
	Name string // heads the rows
	Dots []Dot
}

// A Dot is a row of a DotPlot.
type Dot struct {
	Label            string
	Value            float64   // NaN for none
	results.Interval           // of Value
	Parts            []float64 // small dots, such as the values that Value is the mean of
	Line             bool      // a thin line through all rows stands at Value
}

// solid are the marks of groups.
var solid = []draw.GlyphDrawer{draw.CircleGlyph{}, draw.BoxGlyph{}, draw.PyramidGlyph{}}

// A telephone shows narrowWidth at its natural size. Labels of up to narrowLabels leave
// room for the dots there, and ticks stand tickRoom apart.
const (
	narrowWidth  = 3.8 * vg.Inch
	narrowLabels = vg.Length(130)
	tickRoom     = vg.Length(26)
)

// What a DotPlot takes in height: a row, the space behind a group, and the axis.
const (
	dotRow   = line + 2
	dotApart = vg.Length(4)
	dotFoot  = vg.Length(28)
)

// DotPlot draws groups of values on one axis, each with its interval and what it is the
// mean of, and writes the value behind. A group has a colour and a shape of its own.
func DotPlot(heading, axis string, groups []DotGroup) Figure {
	var labels []string
	height := dotFoot + 10
	for _, g := range groups {
		labels = append(labels, g.Name)
		height += dotRow + dotApart
		for _, d := range g.Dots {
			labels = append(labels, d.Label)
			height += dotRow
		}
	}
	narrow := narrowWidth
	if widest(labels) > narrowLabels {
		narrow = 0
	}
	lo, hi := dotRange(groups)
	width := max(width, 58+widest(labels)+leastPlot)
	return Figure{Heading: heading, Width: width, Height: height, narrow: narrow, draw: func(c draw.Canvas) {
		left, right, bottom := c.Min.X+widest(labels)+12, c.Max.X-34, c.Min.Y+dotFoot
		x := func(v float64) vg.Length { return left + (right-left)*vg.Length((v-lo)/(hi-lo)) }
		for _, tick := range few(min(8, max(2, int((right-left)/tickRoom)))).Ticks(lo, hi) {
			ink := color.Gray{232}
			if tick.Value == 0 {
				ink = color.Gray{150}
			}
			c.StrokeLine2(stroke(ink, 0.7), x(tick.Value), bottom, x(tick.Value), c.Max.Y-4)
			write(c, x(tick.Value), bottom-4, tick.Label, -0.5, -1, black)
		}
		c.StrokeLine2(stroke(black, 0.8), left, bottom, right, bottom)
		write(c, (left+right)/2, c.Min.Y+1, axis, -0.5, 0, black)
		dotLines(c, groups, x, bottom)
		y := c.Max.Y - 4
		for i, g := range groups {
			write(c, left-8, y-dotRow/2, g.Name, -1, -0.5, faint)
			y -= dotRow
			for _, d := range g.Dots {
				dot(c, d, x, y-dotRow/2, palette[i%len(palette)], solid[i%len(solid)])
				write(c, left-8, y-dotRow/2, d.Label, -1, -0.5, black)
				if !math.IsNaN(d.Value) {
					write(c, right+8, y-dotRow/2, shortNumber(d.Value), 0, -0.5, black)
				}
				y -= dotRow
			}
			y -= dotApart
		}
	}}
}

// dotRange returns round numbers around all that groups show; 0 and 1 where they have no two
// values.
func dotRange(groups []DotGroup) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	include := func(values ...float64) {
		for _, v := range values {
			if !math.IsNaN(v) {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
	}
	for _, g := range groups {
		for _, d := range g.Dots {
			include(d.Value)
			include(d.Parts...)
			if d.Exists() {
				include(d.Lo, d.Hi)
			}
		}
	}
	if !(lo < hi) {
		lo, hi = 0, 1
	}
	step := niceStep((hi - lo) / 8)
	return step * math.Floor(lo/step), step * math.Ceil(hi/step)
}

// dotLines draws the lines that stand at a value, from the axis up.
func dotLines(c draw.Canvas, groups []DotGroup, x func(float64) vg.Length, bottom vg.Length) {
	for i, g := range groups {
		for _, d := range g.Dots {
			if d.Line && !math.IsNaN(d.Value) {
				across := stroke(palette[i%len(palette)], 0.9)
				across.Dashes = dashes[1]
				c.StrokeLine2(across, x(d.Value), bottom, x(d.Value), c.Max.Y-4)
			}
		}
	}
}

// dot draws a row.
func dot(c draw.Canvas, d Dot, x func(float64) vg.Length, y vg.Length, colour color.RGBA, shape draw.GlyphDrawer) {
	for _, v := range d.Parts {
		if !math.IsNaN(v) {
			c.DrawGlyph(draw.GlyphStyle{Color: grey, Radius: 1.6, Shape: draw.CircleGlyph{}}, vg.Point{X: x(v), Y: y})
		}
	}
	if math.IsNaN(d.Value) {
		return
	}
	if d.Exists() {
		c.StrokeLine2(stroke(colour, 1.6), x(d.Lo), y, x(d.Hi), y)
	}
	c.DrawGlyph(draw.GlyphStyle{Color: colour, Radius: 3.4, Shape: shape}, vg.Point{X: x(d.Value), Y: y})
}
