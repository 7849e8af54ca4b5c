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
// test does not tell apart at level alpha.
func CriticalDifference(mx compare.Matrix, alpha float64) Figure {
	ranks := mx.AverageRanks()
	cd := mx.CriticalDifference(alpha)
	order := make([]int, len(ranks)) // best first
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(ranks[a], ranks[b]) })
	cliques := cliques(ranks, order, cd)
	k := len(ranks)
	half := (k + 1) / 2 // metrics at the right

	side := widest(mx.Metrics) + 40
	width := max(width, 2*side+200)
	const axis = vg.Length(50) // height above the metrics
	height := 3 + axis + vg.Length(len(cliques))*7 + vg.Length(half+1)*line
	heading := fmt.Sprintf("Average ranks by %s over %d datasets (Nemenyi, α = %g)", mx.Measure.Title, len(mx.Datasets), alpha)
	return Figure{Heading: heading, Width: width, Height: height, draw: func(c draw.Canvas) {
		left, right := c.Min.X+side, c.Max.X-side
		x := func(rank float64) vg.Length { // rank 1 at the right
			return right - (right-left)*vg.Length((rank-1)/float64(k-1))
		}
		y := c.Max.Y - axis + 14
		c.StrokeLine2(stroke(black, 1), left, y, right, y)
		step := max(1, (k+9)/10)
		for r := 1; r <= k; r += step {
			c.StrokeLine2(stroke(black, 1), x(float64(r)), y, x(float64(r)), y+4)
			write(c, x(float64(r)), y+5, fmt.Sprint(r), -0.5, 0, black)
		}
		if cd < float64(k-1) {
			top := y + 22
			end := right - (right-left)*vg.Length(cd/float64(k-1))
			c.StrokeLine2(stroke(black, 1), end, top, right, top)
			c.StrokeLine2(stroke(black, 1), end, top-3, end, top+3)
			c.StrokeLine2(stroke(black, 1), right, top-3, right, top+3)
			write(c, end-4, top, fmt.Sprintf("CD = %.2f", cd), -1, -0.5, black)
		} else {
			write(c, left, y+22, fmt.Sprintf("CD = %.2f: no two metrics can differ", cd), 0, -0.5, black)
		}

		below := y - 6
		for i, q := range cliques {
			at := below - vg.Length(i)*7
			c.StrokeLine2(stroke(black, 3), x(ranks[q[0]])+3, at, x(ranks[q[1]])-3, at)
		}
		below -= vg.Length(len(cliques)) * 7
		for place, j := range order {
			row, atRight := place, place < half
			if !atRight {
				row = k - 1 - place
			}
			at := below - vg.Length(row+1)*line + 4
			end, text, align := right+8, right+12, 0.0
			if !atRight {
				end, text, align = left-8, left-12, -1
			}
			c.StrokeLines(stroke(black, 0.8), []vg.Point{{X: x(ranks[j]), Y: y}, {X: x(ranks[j]), Y: at}, {X: end, Y: at}})
			label := fmt.Sprintf("%s  %.2f", mx.Metrics[j], ranks[j])
			if !atRight {
				label = fmt.Sprintf("%.2f  %s", ranks[j], mx.Metrics[j])
			}
			write(c, text, at, label, align, -0.5, black)
		}
	}}
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
// are colours, the best few by average rank have one, and the others are grey.
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
