package figures

import (
	"fmt"
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sfdalab/results"
)

// HeatMap draws a table: the darker a cell, the higher its value, which is written in
// it, in smaller type where cells are narrow. A missing value is a dash.
func HeatMap(heading string, t results.Table) Figure {
	var labels []string
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, r := range t.Rows {
		labels = append(labels, r.Label)
		for _, cell := range r.Cells {
			if !math.IsNaN(cell.Value) {
				lo, hi = min(lo, cell.Value), max(hi, cell.Value)
			}
		}
	}
	row := line + 4
	head := widest(t.Columns)
	height := 34 + head + vg.Length(len(labels))*row
	side := widest(labels) + 8
	width := max(width, 12+side+17*vg.Length(len(t.Columns)))
	return Figure{width, height, func(c draw.Canvas) {
		c = title(c, heading)
		left := c.Min.X + side
		cell := (c.Max.X - left) / vg.Length(max(1, len(t.Columns)))
		number, points := numbers(t, cell-2)
		top := c.Max.Y - head - 6
		for j, name := range t.Columns {
			turned(c, left+cell*(vg.Length(j)+0.5), top+3, name)
		}
		for i, r := range t.Rows {
			y := top - row*vg.Length(i+1)
			write(c, left-5, y+row/2, r.Label, -1, -0.5, black)
			for j, v := range r.Cells {
				x := left + cell*vg.Length(j)
				shade := (v.Value - lo) / math.Max(hi-lo, 1e-12)
				ink := color.Color(black)
				if !math.IsNaN(shade) {
					c.FillPolygon(ramp(shade), []vg.Point{{X: x, Y: y}, {X: x + cell, Y: y}, {X: x + cell, Y: y + row}, {X: x, Y: y + row}})
					if shade > 0.55 {
						ink = color.White
					}
				}
				writeSized(c, points, x+cell/2, y+row/2, number(v.Value), -0.5, -0.5, ink)
			}
		}
	}}
}

// numbers says how to write the values of a table in cells of a width: as they are, or
// without the zero before the point, in type as small as it takes.
func numbers(t results.Table, cell vg.Length) (number func(float64) string, points vg.Length) {
	fit := func(number func(float64) string) vg.Length {
		var w vg.Length
		for _, r := range t.Rows {
			for _, c := range r.Cells {
				w = max(w, style(size).Width(number(c.Value)))
			}
		}
		return min(size, size*cell/max(w, 1))
	}
	if points = fit(shortNumber); points == size {
		return shortNumber, size
	}
	number = func(v float64) string { return strings.Replace(shortNumber(v), "0.", ".", 1) }
	return number, fit(number)
}

func shortNumber(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return fmt.Sprintf("%.2f", math.Round(100*v)/100+0) // no negative zero
}

// ramp returns a colour between white and dark blue, ever darker, so that it reads in
// grey.
func ramp(at float64) color.Color {
	stops := []color.RGBA{{247, 251, 255, 255}, {158, 202, 225, 255}, {49, 130, 189, 255}, {8, 48, 107, 255}}
	at = max(0, min(at, 1)) * float64(len(stops)-1)
	i := min(int(at), len(stops)-2)
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + (at-float64(i))*(float64(b)-float64(a)))) }
	a, b := stops[i], stops[i+1]
	return color.RGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
}

// turned writes a text upwards.
func turned(c draw.Canvas, x, y vg.Length, s string) {
	c.Push()
	c.Translate(vg.Point{X: x, Y: y})
	c.Rotate(math.Pi / 2)
	write(c, 0, 0, s, 0, -0.5, black)
	c.Pop()
}

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
	return Figure{width, 62 + vg.Length(len(bars))*row, func(c draw.Canvas) {
		c = title(c, heading)
		left, right := c.Min.X+widest(labels)+10, c.Max.X-40
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
			c.FillPolygon(ramp(0.35), []vg.Point{{X: from, Y: y - 6}, {X: to, Y: y - 6}, {X: to, Y: y + 6}, {X: from, Y: y + 6}})
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
