package imageio

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"strings"
)

// configSize makes a format's function out of a package's like those of the standard library.
func configSize(config func(io.Reader) (image.Config, error)) func([]byte) (int, int, error) {
	return func(data []byte) (int, int, error) {
		c, err := config(bytes.NewReader(data))
		return c.Width, c.Height, clean(err)
	}
}

// clean says the same of every file that ends too early, and leaves out the names of packages.
func clean(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errTruncated
	}
	text := err.Error()
	for _, prefix := range []string{"png: ", "gif: ", "tiff: ", "webp: ", "vp8: ", "vp8l: "} {
		text = strings.TrimPrefix(text, prefix)
	}
	return errors.New(text)
}

// set sets pixel i.
func (m *RGB) set(i int, r, g, b uint8) {
	p := (*[3]uint8)(m.Pix[3*i:])
	p[0], p[1], p[2] = r, g, b
}

// convert drops alpha and reduces samples to 8 bits as Pillow's convert("RGB") does: 16-bit gray is clipped,
// other samples lose their low byte.
func convert(src image.Image, gray16 bool) (*RGB, error) {
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	img := newRGB(w, h)
	switch src := src.(type) {
	case *image.Gray:
		for y := range h {
			for x, v := range src.Pix[y*src.Stride:][:w] {
				img.set(y*w+x, v, v, v)
			}
		}
	case *image.Gray16:
		img.samples16(src.Pix, src.Stride, 2, gray16)
	case *image.NRGBA:
		img.samples8(src.Pix, src.Stride)
	case *image.NRGBA64:
		img.samples16(src.Pix, src.Stride, 8, gray16)
	case *image.RGBA: // opaque
		img.samples8(src.Pix, src.Stride)
	case *image.RGBA64: // opaque
		img.samples16(src.Pix, src.Stride, 8, false)
	case *image.Paletted:
		palette := opaquePalette(src.Palette)
		for y := range h {
			for x, v := range src.Pix[y*src.Stride:][:w] {
				if int(v) >= len(src.Palette) {
					return nil, errors.New("a pixel's colour is not in the palette")
				}
				c := palette[v]
				img.set(y*w+x, c[0], c[1], c[2])
			}
		}
	default:
		return nil, fmt.Errorf("pixels of type %T are not supported", src)
	}
	return img, nil
}

// samples8 takes pixels of four bytes.
func (m *RGB) samples8(pix []uint8, stride int) {
	for y := range m.Height {
		row := pix[y*stride:][:4*m.Width]
		for x := range m.Width {
			m.set(y*m.Width+x, row[4*x], row[4*x+1], row[4*x+2])
		}
	}
}

// samples16 takes pixels of size bytes: gray (2), or red, green, blue and alpha (8). Either is clipped to 8 bits
// or cut to its high byte.
func (m *RGB) samples16(pix []uint8, stride, size int, clip bool) {
	reduce := func(p []uint8) uint8 {
		if clip && p[0] > 0 {
			return 255
		} else if clip {
			return p[1]
		}
		return p[0]
	}
	for y := range m.Height {
		for x := range m.Width {
			p := pix[y*stride+size*x:][:size]
			r := reduce(p)
			if size == 2 {
				m.set(y*m.Width+x, r, r, r)
			} else {
				m.set(y*m.Width+x, r, reduce(p[2:]), reduce(p[4:]))
			}
		}
	}
}

// opaquePalette returns the colours of a palette without alpha.
func opaquePalette(p color.Palette) (rgb [256][3]uint8) {
	for i, c := range p {
		switch c := c.(type) {
		case color.RGBA:
			rgb[i] = [3]uint8{c.R, c.G, c.B}
		case color.NRGBA:
			rgb[i] = [3]uint8{c.R, c.G, c.B}
		case color.Gray:
			rgb[i] = [3]uint8{c.Y, c.Y, c.Y}
		}
	}
	return rgb
}
