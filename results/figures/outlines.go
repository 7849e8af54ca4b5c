package figures

import (
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	plotfont "gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgpdf"
)

// outlines is a PDF that draws letters as outlines. The canvas of gonum writes text for
// a code page of Western letters, in which a τ is not; and it embeds whole fonts.
type outlines struct{ *vgpdf.Canvas }

// FillString implements vg.Canvas.
func (c outlines) FillString(face plotfont.Face, at vg.Point, s string) {
	var buf sfnt.Buffer
	em := fixed.Int26_6(face.Face.UnitsPerEm()) // one unit of the font is one of the outline
	scale := face.Font.Size / vg.Length(em)
	var path vg.Path
	var before sfnt.GlyphIndex
	for i, letter := range s {
		glyph, err := face.Face.GlyphIndex(&buf, letter)
		if err != nil {
			continue
		}
		if kern, err := face.Face.Kern(&buf, before, glyph, em, font.HintingNone); i > 0 && err == nil {
			at.X += scale * vg.Length(kern)
		}
		segments, err := face.Face.LoadGlyph(&buf, glyph, em, nil)
		if err != nil {
			continue
		}
		place := func(p fixed.Point26_6) vg.Point { // y points down in a font
			return vg.Point{X: at.X + scale*vg.Length(p.X), Y: at.Y - scale*vg.Length(p.Y)}
		}
		for _, seg := range segments {
			switch seg.Op {
			case sfnt.SegmentOpMoveTo:
				path.Move(place(seg.Args[0]))
			case sfnt.SegmentOpLineTo:
				path.Line(place(seg.Args[0]))
			case sfnt.SegmentOpQuadTo:
				path.QuadTo(place(seg.Args[0]), place(seg.Args[1]))
			case sfnt.SegmentOpCubeTo:
				path.CubeTo(place(seg.Args[0]), place(seg.Args[1]), place(seg.Args[2]))
			}
		}
		if advance, err := face.Face.GlyphAdvance(&buf, glyph, em, font.HintingNone); err == nil {
			at.X += scale * vg.Length(advance)
		}
		before = glyph
	}
	c.Fill(path)
}
