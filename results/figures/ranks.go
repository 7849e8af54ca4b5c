package figures

import (
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
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case ranks[a] < ranks[b]:
			return -1
		case ranks[a] > ranks[b]:
			return 1
		}
		return 0
	})
	cliques := cliques(ranks, order, cd)
	k := len(ranks)
	half := (k + 1) / 2 // metrics at the right

	side := widest(mx.Metrics) + 40
	width := max(width, 2*side+200)
	const axis = vg.Length(50) // height above the metrics
	height := 24 + axis + vg.Length(len(cliques))*7 + vg.Length(half+1)*line
	heading := fmt.Sprintf("Average ranks by %s over %d datasets (Nemenyi, α = %g)", mx.Measure.Title, len(mx.Datasets), alpha)
	return Figure{width, height, func(c draw.Canvas) {
		c = title(c, heading)
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
// best on top, a line for each thing. Ties meet in one point.
func SlopeChart(heading string, things []string, rankings []Ranking) Figure {
	height := 40 + vg.Length(len(things)+1)*(line+3)
	side := widest(things) + 26
	var names []string
	for _, r := range rankings {
		names = append(names, r.Name)
	}
	width := max(width, 2*side+20+vg.Length(len(rankings)-1)*(widest(names)+4)) // names side by side
	return Figure{width, height, func(c draw.Canvas) {
		c = title(c, heading)
		x := func(column int) vg.Length {
			if len(rankings) == 1 {
				return c.Min.X + side
			}
			return c.Min.X + side + (c.Max.X-c.Min.X-2*side)*vg.Length(column)/vg.Length(len(rankings)-1)
		}
		y := func(place float64) vg.Length {
			return c.Max.Y - 26 - (c.Max.Y-c.Min.Y-34)*vg.Length(place)/vg.Length(math.Max(1, float64(len(things)-1)))
		}
		points := make([][]vg.Point, len(things))
		labels := make([]struct{ first, last vg.Length }, len(things)) // heights: those of ties differ
		for column, r := range rankings {
			write(c, x(column), c.Max.Y-4, r.Name, -0.5, -1, black)
			order := make([]int, len(things))
			for i := range order {
				order[i] = i
			}
			slices.SortStableFunc(order, func(a, b int) int {
				switch {
				case r.Values[a] > r.Values[b]:
					return -1
				case r.Values[a] < r.Values[b]:
					return 1
				}
				return 0
			})
			ranks := results.Ranks(r.Values) // from the lowest
			for place, i := range order {
				points[i] = append(points[i], vg.Point{X: x(column), Y: y(float64(len(things)) - ranks[i])})
				switch column {
				case 0:
					labels[i].first = y(float64(place))
				case len(rankings) - 1:
					labels[i].last = y(float64(place))
				}
			}
		}
		for i, p := range points {
			st := stroke(palette[i%len(palette)], 1.4)
			st.Dashes = dashes[i/len(palette)%len(dashes)]
			c.StrokeLines(st, p)
			for _, at := range p {
				c.DrawGlyph(draw.GlyphStyle{Color: st.Color, Radius: 3, Shape: glyphs[i%len(glyphs)]}, at)
			}
			first, last := p[0], p[len(p)-1]
			if len(rankings) == 1 {
				labels[i].last = labels[i].first
			}
			leader := stroke(color.Gray{150}, 0.6)
			c.StrokeLine2(leader, first.X-18, labels[i].first, first.X, first.Y)
			c.StrokeLine2(leader, last.X+18, labels[i].last, last.X, last.Y)
			write(c, first.X-20, labels[i].first, things[i], -1, -0.5, black)
			write(c, last.X+20, labels[i].last, things[i], 0, -0.5, black)
		}
	}}
}
