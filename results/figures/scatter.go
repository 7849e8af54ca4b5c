package figures

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Panel is one dataset of a scatter grid: the scores and accuracies of its models.
type Panel struct {
	Title           string
	Score, Accuracy []float64
	Names           []string // of the models, written beside the points where there is room; nil for none
}

// ScatterGrid draws accuracy, in percent, over score, a panel for each dataset.
func ScatterGrid(heading, score string, panels []Panel) Figure {
	columns, height := 3, 1.9*vg.Inch
	switch len(panels) {
	case 0, 1, 2:
		columns, height = max(1, len(panels)), 2.8*vg.Inch
	case 4:
		columns, height = 2, 2.3*vg.Inch
	}
	rows := (len(panels) + columns - 1) / columns
	return Figure{width, vg.Length(rows)*height + 24, func(c draw.Canvas) {
		c = title(c, heading)
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
			if panel.Names != nil {
				p.Add(names{points: points, names: panel.Names})
			}
			p.Draw(tiles.At(c, i%columns, i/columns))
		}
	}}
}

// around returns a range with room around its ends.
func around(lo, hi float64) (float64, float64) {
	room := 0.05 * (hi - lo)
	return lo - room, hi + room
}

// names writes the names of points beside them: to the right, the left, above or below,
// wherever they cover no other name, point or line and stay inside.
type names struct {
	points plotter.XYs
	names  []string
	lines  plotter.XYs // a path of level and upright lines
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
	for i, name := range ns.names {
		w, h := widest([]string{name}), size
		dot := at(ns.points[i])
		for _, corner := range []vg.Point{{X: 5, Y: -h / 2}, {X: -5 - w, Y: -h / 2}, {X: -w / 2, Y: 4}, {X: -w / 2, Y: -4 - h}, {X: -w, Y: 4}, {X: -w, Y: -4 - h}, {X: 4, Y: -4 - h}, {X: 4, Y: 4}} {
			box := vg.Rectangle{Min: dot.Add(corner)}
			box.Max = box.Min.Add(vg.Point{X: w, Y: h})
			if box.Min.X < c.Min.X || box.Max.X > c.Max.X+8 || box.Min.Y < c.Min.Y || slices.ContainsFunc(taken, func(r vg.Rectangle) bool { return overlap(box, r) }) {
				continue
			}
			taken = append(taken, box)
			write(c, box.Min.X, box.Min.Y+h/2, name, 0, -0.5, black)
			break
		}
	}
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
