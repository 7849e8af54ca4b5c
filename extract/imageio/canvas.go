package imageio

import "image"

// onCanvas puts a frame on a larger canvas of one colour.
func (m *RGB) onCanvas(width, height int, at image.Point, background [3]uint8) *RGB {
	canvas := newRGB(width, height)
	for i := range width * height {
		canvas.set(i, background[0], background[1], background[2])
	}
	for y := range m.Height {
		copy(canvas.Pix[3*((at.Y+y)*width+at.X):], m.Pix[3*y*m.Width:][:3*m.Width])
	}
	return canvas
}

// paletteColor is the colour of an index, black when the palette has none.
func paletteColor(src image.Image, index int) [3]uint8 {
	if p, ok := src.(*image.Paletted); ok && index < len(p.Palette) {
		return opaquePalette(p.Palette)[index]
	}
	return [3]uint8{}
}
