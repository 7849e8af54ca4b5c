package figures

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Panel is one dataset of a scatter grid: the scores and accuracies of its models.
type Panel struct {
	Title           string
	Score, Accuracy []float64
	Names           []string // of the models; nil for none
}

// ScatterGrid draws accuracy, in percent, over score, a panel for each dataset. Names stand
// beside the points of one or two panels; in more, numbers do, with a key below all.
func ScatterGrid(heading, score string, panels []Panel) Figure {
	columns, height := 3, 1.9*vg.Inch
	switch len(panels) {
	case 0, 1, 2:
		columns, height = max(1, len(panels)), 2.8*vg.Inch
	case 4:
		columns, height = 2, 2.3*vg.Inch
	}
	rows := (len(panels) + columns - 1) / columns
	numbers, key := numbered(panels)
	below := vg.Length(len(key)) * line
	return Figure{Heading: heading, Width: width, Height: vg.Length(rows)*height + 10 + below, draw: func(c draw.Canvas) {
		for i, text := range key {
			write(c, c.Min.X+4, c.Min.Y+below-vg.Length(i+1)*line+2, text, 0, 0, faint)
		}
		grid := draw.Crop(c, 0, 0, below, 0)
		tiles := draw.Tiles{Rows: rows, Cols: columns, PadX: 10, PadY: 8}
		for i, panel := range panels {
			p := newPlot(panel.Title, score, "accuracy (%)")
			points := make(plotter.XYs, len(panel.Score))
			for j := range points {
				points[j].X, points[j].Y = panel.Score[j], panel.Accuracy[j]
			}
			p.X.Tick.Marker, p.Y.Tick.Marker = fitting(width/vg.Length(columns)-60), few(5)
			if s, err := plotter.NewScatter(points); err == nil && len(points) > 0 { // else an empty panel
				s.GlyphStyle = draw.GlyphStyle{Color: blue, Radius: 2.5, Shape: draw.CircleGlyph{}}
				p.Add(s)
				p.X.Min, p.X.Max = around(p.X.Min, p.X.Max)
				p.Y.Min, p.Y.Max = around(p.Y.Min, p.Y.Max)
			} else {
				p.HideAxes()
			}
			if numbers != nil {
				short := make([]string, len(panel.Names))
				for j, name := range panel.Names {
					short[j] = numbers[name]
				}
				p.Add(names{points: points, names: short, size: size - 2})
			} else if panel.Names != nil {
				p.Add(names{points: points, names: panel.Names})
			}
			p.Draw(tiles.At(grid, i%columns, i/columns))
		}
	}}
}

// numbered returns a number for each name in more than two panels, and the lines of a key
// that says which is which.
func numbered(panels []Panel) (numbers map[string]string, key []string) {
	if len(panels) <= 2 {
		return nil, nil
	}
	for _, p := range panels {
		for _, name := range p.Names {
			if numbers[name] != "" {
				continue
			}
			if numbers == nil {
				numbers = make(map[string]string)
			}
			numbers[name] = strconv.Itoa(len(numbers) + 1)
			entry := numbers[name] + "\u00a0" + name
			if last := len(key) - 1; last >= 0 && widest([]string{key[last] + ",  " + entry}) < width-24 {
				key[last] += ",  " + entry
			} else {
				key = append(key, entry)
			}
		}
	}
	return numbers, key
}

// around returns a range with room around its ends.
func around(lo, hi float64) (float64, float64) {
	room := 0.05 * (hi - lo)
	return lo - room, hi + room
}

// names writes the names of points beside them, wherever they cover no other name, point or
// line and stay inside: as near as can be, with a thin line to the point from farther off.
type names struct {
	points plotter.XYs
	names  []string
	lines  plotter.XYs // a path of level and upright lines
	size   vg.Length   // of type; 0 for that of all text
}

// Plot implements plot.Plotter.
func (ns names) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	at := func(xy plotter.XY) vg.Point { return vg.Point{X: x(xy.X), Y: y(xy.Y)} }
	var taken []vg.Rectangle
	for _, xy := range ns.points {
		dot := at(xy)
		taken = append(taken, vg.Rectangle{Min: dot.Sub(vg.Point{X: 2, Y: 2}), Max: dot.Add(vg.Point{X: 2, Y: 2})})
	}
	for i := 1; i < len(ns.lines); i++ {
		a, b := at(ns.lines[i-1]), at(ns.lines[i])
		taken = append(taken, vg.Rectangle{Min: vg.Point{X: min(a.X, b.X), Y: min(a.Y, b.Y)}, Max: vg.Point{X: max(a.X, b.X), Y: max(a.Y, b.Y)}})
	}
	points := ns.size
	if points == 0 {
		points = size
	}
	for i, name := range ns.names {
		dot := at(ns.points[i])
		for _, place := range places(style(points).Width(name), points) {
			box := vg.Rectangle{Min: dot.Add(place.Min), Max: dot.Add(place.Max)}
			if box.Min.X < c.Min.X || box.Max.X > c.Max.X+8 || box.Min.Y < c.Min.Y || box.Max.Y > c.Max.Y+4 || slices.ContainsFunc(taken, func(r vg.Rectangle) bool { return overlap(box, r) }) {
				continue
			}
			taken = append(taken, box)
			near := vg.Point{X: max(box.Min.X, min(dot.X, box.Max.X)), Y: max(box.Min.Y, min(dot.Y, box.Max.Y))}
			if away := near.Sub(dot); math.Hypot(float64(away.X), float64(away.Y)) > 7 {
				c.StrokeLine2(stroke(grey, 0.5), dot.X, dot.Y, near.X, near.Y)
			}
			writeSized(c, points, box.Min.X, box.Min.Y+points/2, name, 0, -0.5, black)
			break
		}
	}
}

// places returns where a text of a size may stand beside a point at the origin, the best
// first: to the right, the left, above, below, then on circles ever farther off.
func places(w, h vg.Length) []vg.Rectangle {
	var all []vg.Rectangle
	add := func(x, y vg.Length) {
		all = append(all, vg.Rectangle{Min: vg.Point{X: x, Y: y}, Max: vg.Point{X: x + w, Y: y + h}})
	}
	for _, corner := range []vg.Point{{X: 5, Y: -h / 2}, {X: -5 - w, Y: -h / 2}, {X: -w / 2, Y: 4}, {X: -w / 2, Y: -4 - h}, {X: -w, Y: 4}, {X: -w, Y: -4 - h}, {X: 4, Y: -4 - h}, {X: 4, Y: 4}} {
		add(corner.X, corner.Y)
	}
	const directions = 16
	for away := 14.0; away <= 200; away += 8 {
		for k := range directions {
			sin, cos := math.Sincos(2 * math.Pi * float64(k) / directions)
			x, y := vg.Length(away*cos), vg.Length(away*sin)-h/2
			if cos < -0.01 {
				x -= w
			} else if cos < 0.01 {
				x -= w / 2
			}
			add(x, y)
		}
	}
	return all
}

func overlap(a, b vg.Rectangle) bool {
	return a.Min.X < b.Max.X && b.Min.X < a.Max.X && a.Min.Y < b.Max.Y && b.Min.Y < a.Max.Y
}

// few marks about n round numbers on an axis, two at least.
type few int

func (n few) Ticks(lo, hi float64) []plot.Tick {
	var marks []plot.Tick
	for aim := n; lo < hi && len(marks) < 2; aim++ {
		marks = nil
		step := niceStep((hi - lo) / float64(aim))
		for k := math.Ceil(lo / step); k*step <= hi; k++ {
			at := k*step + 0 // no negative zero
			marks = append(marks, plot.Tick{Value: at, Label: fmt.Sprintf("%.4g", at)})
		}
	}
	return marks
}

// fitting marks as many of four or so round numbers as an axis of its length has room
// for.
type fitting vg.Length

func (f fitting) Ticks(lo, hi float64) []plot.Tick {
	marks := few(4).Ticks(lo, hi)
	for every := 1; ; every++ {
		var kept []plot.Tick
		var room vg.Length
		for i := 0; i < len(marks); i += every {
			kept, room = append(kept, marks[i]), room+widest([]string{marks[i].Label})+4
		}
		if room <= vg.Length(f) || len(kept) < 2 {
			return kept
		}
	}
}

// niceStep returns the least of 1, 2 and 5 times a power of ten that reaches v.
func niceStep(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, f := range []float64{1, 2, 5} {
		if f*power >= v {
			return f * power
		}
	}
	return 10 * power
}

// logTicks marks the powers of ten on a logarithmic axis, and 2 and 5 times them where
// there would be fewer than three marks.
type logTicks struct{}

func (logTicks) Ticks(lo, hi float64) []plot.Tick {
	if !(lo > 0 && lo < hi) {
		return nil
	}
	labelled := func(factor float64) bool {
		return factor == 1 || math.Log10(hi/lo) < 3 && (factor == 2 || factor == 5)
	}
	var marks []plot.Tick
	for power := math.Floor(math.Log10(lo)); power <= math.Log10(hi); power++ {
		for factor := 1.0; factor < 10; factor++ {
			at, _ := strconv.ParseFloat(fmt.Sprintf("%.0fe%.0f", factor, power), 64) // exact, as 0.3 is not 3 × 0.1
			if at < lo*0.999 || at > hi*1.001 {
				continue
			}
			mark := plot.Tick{Value: at}
			if labelled(factor) {
				mark.Label = plain(at)
			}
			marks = append(marks, mark)
		}
	}
	return marks
}

// plain writes a number of few digits without a power of ten, where that is not long.
func plain(v float64) string {
	if v >= 1e-4 && v < 1e6 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}
