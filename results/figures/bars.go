package figures

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sfdalab/results"
)

// sky fills bars: light enough for a black line on it.
var sky = color.RGBA{158, 202, 225, 255}

// A Bar is a value, such as the mean τ of one variant, and maybe an interval.
type Bar struct {
	Label string
	Value float64
	results.Interval
}

// Bars draws values side by side with their intervals, as of an ablation, in the order
// given. The axis starts at zero.
func Bars(heading, axis string, bars []Bar) Figure {
	var labels []string
	lo, hi := 0.0, 0.0
	for _, b := range bars {
		labels = append(labels, b.Label)
		if !math.IsNaN(b.Value) {
			lo, hi = min(lo, b.Value), max(hi, b.Value)
		}
		if b.Exists() {
			lo, hi = min(lo, b.Lo), max(hi, b.Hi)
		}
	}
	if lo == hi {
		hi = 1
	}
	row := line + 5
	width := max(width, 52+widest(labels)+leastPlot)
	return Figure{Heading: heading, Width: width, Height: 41 + vg.Length(len(bars))*row, draw: func(c draw.Canvas) {
		left, right := c.Min.X+widest(labels)+8, c.Max.X-32
		bottom := c.Min.Y + 30
		x := func(v float64) vg.Length { return left + (right-left)*vg.Length((v-lo)/(hi-lo)) }
		for i, b := range bars {
			y := bottom + row*(vg.Length(len(bars)-1-i)+0.5)
			write(c, left-6, y, b.Label, -1, -0.5, black)
			if math.IsNaN(b.Value) {
				write(c, x(0)+4, y, "–", 0, -0.5, black)
				continue
			}
			from, to := x(min(0, b.Value)), x(max(0, b.Value))
			c.FillPolygon(sky, []vg.Point{{X: from, Y: y - 6}, {X: to, Y: y - 6}, {X: to, Y: y + 6}, {X: from, Y: y + 6}})
			if b.Exists() {
				c.StrokeLine2(stroke(black, 1), x(b.Lo), y, x(b.Hi), y)
				c.StrokeLine2(stroke(black, 1), x(b.Lo), y-3, x(b.Lo), y+3)
				c.StrokeLine2(stroke(black, 1), x(b.Hi), y-3, x(b.Hi), y+3)
			}
			write(c, right+8, y, shortNumber(b.Value), 0, -0.5, black)
		}
		c.StrokeLine2(stroke(black, 1), x(0), bottom, x(0), bottom+row*vg.Length(len(bars)))
		c.StrokeLine2(stroke(black, 1), left, bottom, right, bottom)
		for _, tick := range few(5).Ticks(lo, hi) {
			at := x(tick.Value)
			c.StrokeLine2(stroke(black, 1), at, bottom, at, bottom-3)
			write(c, at, bottom-4, tick.Label, -0.5, -1, black)
		}
		write(c, (left+right)/2, c.Min.Y, axis, -0.5, 0, black)
	}}
}
