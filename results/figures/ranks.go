package figures

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sfdalab/results"
	"sfdalab/results/compare"
)

// CriticalDifference draws the diagram of Demšar (2006, figure 1): metrics along the
// axis of average ranks, best at the right; a thick bar joins those that Nemenyi's
// test does not tell apart at level alpha. It needs two metrics.
func CriticalDifference(mx compare.Matrix, alpha float64) Figure {
	d := rankDiagram{names: mx.Metrics, ranks: mx.AverageRanks(), cd: mx.CriticalDifference(alpha)}
	d.order = make([]int, len(d.ranks))
	for i := range d.order {
		d.order[i] = i
	}
	slices.SortStableFunc(d.order, func(a, b int) int { return cmp.Compare(d.ranks[a], d.ranks[b]) })
	cliques := cliques(d.ranks, d.order, d.cd)

	side := widest(mx.Metrics) + 40
	width := max(width, 2*side+leastPlot)
	const axis, bar = vg.Length(50), vg.Length(7) // heights: above the metrics, and of a clique
	height := 3 + axis + vg.Length(len(cliques))*bar + vg.Length(d.half()+1)*line
	heading := fmt.Sprintf("Average ranks by %s over %d datasets (Nemenyi, α = %g)", mx.Measure.Title, len(mx.Datasets), alpha)
	return Figure{Heading: heading, Width: width, Height: height, draw: func(c draw.Canvas) {
		d := d
		d.left, d.right, d.axis = c.Min.X+side, c.Max.X-side, c.Max.Y-axis+14
		d.drawAxis(c)
		below := d.axis - 6
		for i, q := range cliques {
			at := below - vg.Length(i)*bar
			c.StrokeLine2(stroke(black, 3), d.x(d.ranks[q[0]])+3, at, d.x(d.ranks[q[1]])-3, at)
		}
		d.drawNames(c, below-vg.Length(len(cliques))*bar)
	}}
}

// A rankDiagram is metrics along an axis of ranks, 1 at the right, at a place on a canvas.
type rankDiagram struct {
	names []string
	ranks []float64
	order []int   // of the names, best first
	cd    float64 // the critical difference

	left, right vg.Length // ends of the axis
	axis        vg.Length // its height
}

// half is how many names stand at the right.
func (d rankDiagram) half() int { return (len(d.ranks) + 1) / 2 }

// x is where a rank stands.
func (d rankDiagram) x(rank float64) vg.Length {
	return d.right - (d.right-d.left)*vg.Length((rank-1)/float64(len(d.ranks)-1))
}

// drawAxis draws the axis with its ranks and, above them, the critical difference.
func (d rankDiagram) drawAxis(c draw.Canvas) {
	k := len(d.ranks)
	c.StrokeLine2(stroke(black, 1), d.left, d.axis, d.right, d.axis)
	step := max(1, (k+9)/10)
	for r := 1; r <= k; r += step {
		c.StrokeLine2(stroke(black, 1), d.x(float64(r)), d.axis, d.x(float64(r)), d.axis+4)
		write(c, d.x(float64(r)), d.axis+5, fmt.Sprint(r), -0.5, 0, black)
	}
	top := d.axis + 22
	if d.cd >= float64(k-1) {
		write(c, d.left, top, fmt.Sprintf("CD = %.2f: no two metrics can differ", d.cd), 0, -0.5, black)
		return
	}
	end := d.right - (d.right-d.left)*vg.Length(d.cd/float64(k-1))
	c.StrokeLine2(stroke(black, 1), end, top, d.right, top)
	c.StrokeLine2(stroke(black, 1), end, top-3, end, top+3)
	c.StrokeLine2(stroke(black, 1), d.right, top-3, d.right, top+3)
	write(c, end-4, top, fmt.Sprintf("CD = %.2f", d.cd), -1, -0.5, black)
}

// drawNames draws the names below the axis, the better half at the right, each with its rank
// and a line to where that stands.
func (d rankDiagram) drawNames(c draw.Canvas, below vg.Length) {
	for place, j := range d.order {
		row := place
		end, text, align := d.right+8, d.right+12, 0.0
		label := fmt.Sprintf("%s  %.2f", d.names[j], d.ranks[j])
		if place >= d.half() {
			row = len(d.order) - 1 - place
			end, text, align = d.left-8, d.left-12, -1
			label = fmt.Sprintf("%.2f  %s", d.ranks[j], d.names[j])
		}
		at := below - vg.Length(row+1)*line + 4
		rank := d.x(d.ranks[j])
		c.StrokeLines(stroke(black, 0.8), []vg.Point{{X: rank, Y: d.axis}, {X: rank, Y: at}, {X: end, Y: at}})
		write(c, text, at, label, align, -0.5, black)
	}
}

// cliques returns the first and last metric of each largest run of metrics, in order
// of rank, whose ranks lie less than cd apart.
func cliques(ranks []float64, order []int, cd float64) [][2]int {
	var out [][2]int
	reached := 0 // end of the last run
	for first := range order {
		last := first
		for last+1 < len(order) && ranks[order[last+1]]-ranks[order[first]] < cd {
			last++
		}
		if last > first && last > reached {
			out = append(out, [2]int{order[first], order[last]})
			reached = last
		}
	}
	return out
}

// A Ranking is one order of things, such as that of models by a metric.
type Ranking struct {
	Name   string
	Values []float64 // of each thing, higher is better
}

// SlopeChart draws how rankings order the same things: a column for each ranking, the
// best on top, a line for each thing. Ties meet in one point. Of more things than there
// are colours, the best few by average rank have one, and the others are grey. Without a
// ranking there is nothing to draw.
func SlopeChart(heading string, things []string, rankings []Ranking) Figure {
	side := widest(things) + 26
	var names []string
	for _, r := range rankings {
		names = append(names, r.Name)
	}
	spaces := vg.Length(len(rankings) - 1)
	head, upright := line, 2*side+20+spaces*(widest(names)+4) > width // names side by side
	if upright {
		head = widest(names) + 4
	}
	width := max(width, 2*side+20+spaces*(line+3))
	return Figure{Heading: heading, Width: width, Height: 6 + head + vg.Length(len(things)+1)*(line+3), draw: func(c draw.Canvas) {
		x := func(column int) vg.Length {
			if len(rankings) == 1 {
				return c.Min.X + side
			}
			return c.Min.X + side + (c.Max.X-c.Min.X-2*side)*vg.Length(column)/vg.Length(len(rankings)-1)
		}
		y := func(place float64) vg.Length {
			return c.Max.Y - head - 13 - (c.Max.Y-c.Min.Y-head-21)*vg.Length(place)/vg.Length(math.Max(1, float64(len(things)-1)))
		}
		points := make([][]vg.Point, len(things))
		for column, r := range rankings {
			if upright {
				turned(c, x(column), c.Max.Y-head, r.Name)
			} else {
				write(c, x(column), c.Max.Y-4, r.Name, -0.5, -1, black)
			}
			for i, rank := range results.Ranks(r.Values) { // from the lowest
				points[i] = append(points[i], vg.Point{X: x(column), Y: y(float64(len(things)) - rank)})
			}
		}
		if len(rankings) == 0 {
			return
		}
		first, last := heights(rankings[0], y), heights(rankings[len(rankings)-1], y)
		colours := fewColours(rankings, len(things))
		for _, coloured := range []bool{false, true} { // colour over grey
			for i, p := range points {
				if colours[i] >= 0 == coloured {
					slope(c, things[i], p, first[i], last[i], colours[i])
				}
			}
		}
	}}
}

// slope draws the line of a thing, with its name at both ends; a negative colour is grey.
func slope(c draw.Canvas, thing string, p []vg.Point, firstName, lastName vg.Length, colour int) {
	st, ink, radius := stroke(grey, 0.8), color.Color(faint), vg.Length(1.8)
	glyph := glyphs[0]
	if colour >= 0 {
		st, ink, radius = stroke(palette[colour], 1.6), black, 3
		glyph = glyphs[colour]
	}
	c.StrokeLines(st, p)
	for _, at := range p {
		c.DrawGlyph(draw.GlyphStyle{Color: st.Color, Radius: radius, Shape: glyph}, at)
	}
	leader := stroke(grey, 0.6)
	left, right := p[0], p[len(p)-1]
	c.StrokeLine2(leader, left.X-18, firstName, left.X-4, left.Y)
	c.StrokeLine2(leader, right.X+4, right.Y, right.X+18, lastName)
	write(c, left.X-20, firstName, thing, -1, -0.5, ink)
	write(c, right.X+20, lastName, thing, 0, -0.5, ink)
}

// heights returns where names of a ranking stand: one below the other, those of ties too.
func heights(r Ranking, y func(place float64) vg.Length) []vg.Length {
	at := make([]vg.Length, len(r.Values))
	order := make([]int, len(r.Values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(r.Values[b], r.Values[a]) })
	for place, i := range order {
		at[i] = y(float64(place))
	}
	return at
}

// fewColours returns the number of a colour for each of n things, −1 for grey: all have
// one if there are as many, else the best by average rank.
func fewColours(rankings []Ranking, n int) []int {
	sum := make([]float64, n)
	for _, r := range rankings {
		for i, rank := range results.Ranks(r.Values) {
			sum[i] -= rank
		}
	}
	colours := make([]int, n)
	order := make([]int, n)
	for i := range order {
		order[i], colours[i] = i, -1
	}
	if n > len(palette) {
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(sum[a], sum[b]) })
		order = order[:highlighted]
	}
	for colour, i := range order {
		colours[i] = colour
	}
	return colours
}
