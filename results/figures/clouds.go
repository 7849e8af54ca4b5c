package figures

import (
	"image/color"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Cloud is one panel of samples in a plane, such as the first two directions of a
// Fisher space.
type Cloud struct {
	Title   string
	X, Y    []float64
	Class   []int    // of each sample
	Classes []string // their names, the same in all panels
}

// Clouds draws samples in planes side by side, each class by a colour and a shape of
// its own. Without a cloud there is nothing to draw.
func Clouds(heading, x, y string, clouds []Cloud) Figure {
	return Figure{Heading: heading, Width: width, Height: 3.4 * vg.Inch, draw: func(c draw.Canvas) {
		if len(clouds) == 0 {
			return
		}
		names := clouds[0].Classes
		side := widest(names) + 24
		tiles := draw.Tiles{Rows: 1, Cols: len(clouds), PadX: 10}
		panels := draw.Crop(c, 0, -side, 0, 0)
		for i, cloud := range clouds {
			p := newPlot(cloud.Title, x, y)
			p.X.Tick.Marker, p.Y.Tick.Marker = few(4), few(4)
			for class := range names {
				var points plotter.XYs
				for n, of := range cloud.Class {
					if of == class {
						points = append(points, plotter.XY{X: cloud.X[n], Y: cloud.Y[n]})
					}
				}
				p.Add(&plotter.Scatter{XYs: points, GlyphStyle: classGlyph(class)})
			}
			p.Draw(tiles.At(panels, i, 0))
		}
		for class, name := range names {
			at := vg.Point{X: c.Max.X - side + 12, Y: c.Max.Y - 20 - vg.Length(class)*(line+1)}
			c.DrawGlyph(classGlyph(class), at)
			write(c, at.X+8, at.Y, name, 0, -0.5, color.Black)
		}
	}}
}

// classGlyph returns the mark of a class; two classes share one only beyond 49.
func classGlyph(class int) draw.GlyphStyle {
	shape := (class + class/len(palette)) % len(glyphs)
	return draw.GlyphStyle{Color: palette[class%len(palette)], Radius: 2, Shape: glyphs[shape]}
}
