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

// HeatMap draws a table of values above and below zero, such as correlations: blue cells
// are above, orange ones below, the darker the farther, as a bar of colours below the
// table says. Each value is written in its cell, in smaller type where cells are narrow.
// A missing value is a dash.
func HeatMap(heading string, t results.Table) Figure { return HeatMapAround(heading, t, 0) }

// HeatMapAround is HeatMap of values around another middle, such as ½ of shares.
func HeatMapAround(heading string, t results.Table, middle float64) Figure {
	var labels []string
	var reach float64 // how far the scale goes to both sides
	for _, r := range t.Rows {
		labels = append(labels, r.Label)
		for _, cell := range r.Cells {
			if !math.IsNaN(cell.Value) {
				reach = max(reach, math.Abs(cell.Value-middle))
			}
		}
	}
	reach = niceStep(max(reach, 1e-12))
	const row, bar, before = line + 4, vg.Length(34), vg.Length(4) // before: the gap before means
	side := widest(labels) + 6
	width := max(width, 12+side+17*vg.Length(len(t.Columns)))
	cell := (width - 12 - side - before) / vg.Length(max(1, len(t.Columns)))
	head, upright := line+2, widest(t.Columns) > cell-4
	if upright {
		head = widest(t.Columns) + 8
	}
	return Figure{Heading: heading, Width: width, Height: 10 + head + vg.Length(len(labels))*row + bar, draw: func(c draw.Canvas) {
		left, top := c.Min.X+side, c.Max.Y-head
		number, points := numbers(t, cell-2)
		x := func(j int) vg.Length {
			if t.Columns[j] == results.MeanColumn {
				return left + cell*vg.Length(j) + before
			}
			return left + cell*vg.Length(j)
		}
		for j, name := range t.Columns {
			if upright {
				turned(c, x(j)+cell/2, top+4, name)
			} else {
				write(c, x(j)+cell/2, top+4, name, -0.5, 0, black)
			}
		}
		for i, r := range t.Rows {
			y := top - row*vg.Length(i+1)
			write(c, left-5, y+row/2, r.Label, -1, -0.5, black)
			for j, v := range r.Cells {
				ink := color.Color(black)
				if !math.IsNaN(v.Value) {
					fill := diverging((v.Value - middle) / reach)
					rectangle(c, fill, x(j), y, x(j)+cell, y+row)
					ink = inkOn(fill)
				}
				writeSized(c, points, x(j)+cell/2, y+row/2, number(v.Value), -0.5, -0.5, ink)
			}
		}
		colourBar(c, left, c.Min.Y+12, min(180, c.Max.X-left), middle, reach)
	}}
}

// colourBar draws what the colours of a heat map mean, at a place and of a width.
func colourBar(c draw.Canvas, x, y, width vg.Length, middle, reach float64) {
	const steps = 60
	step := width / steps
	for i := range steps {
		at := x + step*vg.Length(i)
		rectangle(c, diverging(2*(float64(i)+0.5)/steps-1), at, y, at+step+0.1, y+7) // no gap between steps
	}
	for _, share := range []float64{-1, -0.5, 0, 0.5, 1} {
		at := x + width*vg.Length((share+1)/2)
		c.StrokeLine2(stroke(black, 0.6), at, y, at, y-2)
		writeSized(c, size-1, at, y-3, fmt.Sprintf("%.4g", middle+share*reach), -0.5, -1, black)
	}
}

func rectangle(c draw.Canvas, fill color.Color, x0, y0, x1, y1 vg.Length) {
	c.FillPolygon(fill, []vg.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}})
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

// From the middle to the ends of the scale: blues and oranges that people tell apart
// however they see colours (ColorBrewer's RdBu and PuOr).
var (
	blues   = []color.RGBA{{247, 247, 247, 255}, {209, 229, 240, 255}, {146, 197, 222, 255}, {67, 147, 195, 255}, {33, 102, 172, 255}}
	oranges = []color.RGBA{{247, 247, 247, 255}, {254, 224, 182, 255}, {253, 184, 99, 255}, {224, 130, 20, 255}, {179, 88, 6, 255}}
)

// diverging returns the colour of a value from −1 to 1: the farther from zero, the darker.
func diverging(at float64) color.RGBA {
	stops := blues
	if at < 0 {
		stops = oranges
	}
	at = min(math.Abs(at), 1) * float64(len(stops)-1)
	i := min(int(at), len(stops)-2)
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + (at-float64(i))*(float64(b)-float64(a)))) }
	a, b := stops[i], stops[i+1]
	return color.RGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
}

// What is written in cells is as good as black or white, but not the ink and the paper of
// all else, which are other colours on a dark page.
var (
	cellBlack = color.RGBA{1, 1, 1, 255}
	cellWhite = color.RGBA{254, 254, 254, 255}
)

// inkOn returns black or white, whichever has more contrast with a colour. It is 4.5 at
// least, as the product of both is 21.
func inkOn(fill color.RGBA) color.RGBA {
	if 1.05/(luminance(fill)+0.05) > (luminance(fill)+0.05)/0.05 {
		return cellWhite
	}
	return cellBlack
}

// luminance is the relative luminance of a colour by WCAG 2, from 0 of black to 1 of white.
func luminance(c color.RGBA) float64 {
	linear := func(v uint8) float64 {
		if s := float64(v) / 255; s > 0.04045 {
			return math.Pow((s+0.055)/1.055, 2.4)
		}
		return float64(v) / 255 / 12.92
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

// turned writes a text upwards.
func turned(c draw.Canvas, x, y vg.Length, s string) {
	c.Push()
	c.Translate(vg.Point{X: x, Y: y})
	c.Rotate(math.Pi / 2)
	write(c, 0, 0, s, 0, -0.5, black)
	c.Pop()
}
