// Package imageio decodes image files to the 8-bit RGB pixels that Python's Pillow gives with
// Image.open(file).convert("RGB"), which is what torchvision, timm and Hugging Face read.
//
// The format is found from the content, whatever the file is called. Pixels are equal to Pillow 9.4's, with
// libjpeg-turbo and libwebp below it, bit for bit:
//
//   - JPEG: see package jpeg. CMYK is taken as inverted, as Adobe writes it.
//   - PNG: alpha is dropped, not blended. 16-bit gray is clipped to 255; other 16-bit samples lose their low byte.
//   - WebP: lossy and lossless, the first frame of an animation. Alpha is dropped.
//   - GIF: the first frame on its canvas. Alpha is dropped.
//   - TIFF: the first page; gray, RGB, palette and CMYK, in strips or tiles, uncompressed or with LZW, Deflate, PackBits,
//     JPEG, Zstandard or fax compression. 16 bits as in PNG; integers and floats of 32 bits are clipped to 255.
//   - BMP: of Windows and OS/2, 1, 4, 8, 16, 24 and 32 bits, with bit masks or run-length coding.
//   - PPM, PGM and PBM, as bytes and as text.
//
// The picture is not turned by its EXIF orientation: torchvision does not. Orient does it for those who ask. Only
// TIFF's own orientation is always heeded, as Pillow does.
// Colour profiles are not applied. Files that Pillow would fill up or guess at (truncated or corrupt data) are errors.
package imageio

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"sfdalab/extract/imageio/jpeg"
)

// Version changes whenever some file decodes to other pixels than before. It belongs to the identity of what is
// made from images.
const Version = 2

// The largest image that is decoded. From MaxPixels on Pillow warns of a decompression bomb.
const (
	MaxPixels = 89_478_485
	MaxSide   = 65_535
)

// RGB is an image of Width·Height pixels, row by row, three bytes each.
type RGB struct {
	Width, Height int
	Pix           []uint8
}

// newRGB returns a black image.
func newRGB(width, height int) *RGB {
	return &RGB{width, height, make([]uint8, 3*width*height)}
}

// ErrFormat tells that the data is no image of a known format.
var ErrFormat = errors.New("not an image in a known format (JPEG, PNG, WebP, GIF, TIFF, BMP, PPM)")

// A format decodes files whose first bytes match its magic, where ? stands for any byte.
type format struct {
	name   string
	magics []string
	size   func(data []byte) (width, height int, err error)
	decode func(data []byte) (*RGB, error)
}

// formats are those that are decoded.
var formats = []format{
	{"JPEG", []string{"\xff\xd8\xff"}, jpegSize, decodeJPEG},
	{"PNG", []string{"\x89PNG\r\n\x1a\n"}, configSize(png.DecodeConfig), decodePNG},
	{"WebP", []string{"RIFF????WEBP"}, webpSize, decodeWebP},
	{"GIF", []string{"GIF87a", "GIF89a"}, gifSize, decodeGIF},
	{"TIFF", []string{"II*\x00", "MM\x00*"}, tiffSize, decodeTIFF},
	{"BMP", []string{"BM"}, bmpSize, decodeBMP},
	{"PPM", []string{"P1", "P2", "P3", "P4", "P5", "P6"}, ppmSize, decodePPM},
}

// foreign are other formats of images, refused by name.
var foreign = []format{
	{name: "AVIF", magics: []string{"????ftypavif", "????ftypavis"}},
	{name: "HEIC", magics: []string{"????ftyphei", "????ftyphev", "????ftypmif1"}},
	{name: "JPEG XL", magics: []string{"\xff\x0a", "\x00\x00\x00\x0cJXL "}},
	{name: "JPEG 2000", magics: []string{"\x00\x00\x00\x0cjP  ", "\xff\x4f\xff\x51"}},
	{name: "BigTIFF", magics: []string{"II+\x00", "MM\x00+"}},
	{name: "Photoshop's PSD", magics: []string{"8BPS"}},
	{name: "ICO", magics: []string{"\x00\x00\x01\x00"}},
	{name: "SVG", magics: []string{"<svg", "<?xml"}},
}

// Decode decodes a whole file. It is safe for concurrent use.
func Decode(data []byte) (*RGB, error) {
	if len(data) == 0 {
		return nil, errors.New("the file is empty")
	}
	for _, f := range formats {
		if !f.matches(data) {
			continue
		}
		img, err := f.checked(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		return img, nil
	}
	for _, f := range foreign {
		if f.matches(data) {
			return nil, fmt.Errorf("%s is not supported: convert the file to PNG", f.name)
		}
	}
	return nil, ErrFormat
}

// checked decodes after a look at the header, so that no memory is taken for an image that cannot be in the file.
func (f format) checked(data []byte) (*RGB, error) {
	width, height, err := f.size(data)
	if err != nil {
		return nil, err
	}
	if width <= 0 || height <= 0 {
		return nil, errors.New("no width or height")
	}
	if width > MaxSide || height > MaxSide {
		return nil, fmt.Errorf("%d×%d pixels: at most %d per side are decoded", width, height, MaxSide)
	}
	if width*height > MaxPixels {
		return nil, fmt.Errorf("%d×%d pixels: at most %d million are decoded", width, height, MaxPixels/1_000_000)
	}
	// No format but a blank page in fax or WebP compression stores more than 8300 pixels in a byte.
	if width*height > 1<<22+10_000*len(data) {
		return nil, fmt.Errorf("%d×%d pixels cannot be in a file of %d bytes", width, height, len(data))
	}
	return f.decode(data)
}

// matches reports whether the file begins with one of the magics.
func (f format) matches(data []byte) bool {
	for _, magic := range f.magics {
		if len(data) < len(magic) {
			continue
		}
		same := true
		for i := range len(magic) {
			same = same && (magic[i] == '?' || magic[i] == data[i])
		}
		if same {
			return true
		}
	}
	return false
}

// jpegSize reads the size of the image.
func jpegSize(data []byte) (width, height int, err error) {
	c, err := jpeg.DecodeConfig(data)
	return c.Width, c.Height, err
}

// decodeJPEG decodes a JPEG file of gray, RGB or CMYK.
func decodeJPEG(data []byte) (*RGB, error) {
	src, err := jpeg.Decode(data)
	if err != nil {
		return nil, err
	}
	if src.Channels == 3 {
		return &RGB{src.Width, src.Height, src.Pix}, nil
	}
	img := newRGB(src.Width, src.Height)
	if src.Channels == 1 {
		for i, v := range src.Pix {
			img.set(i, v, v, v)
		}
		return img, nil
	}
	for i := range src.Width * src.Height {
		inks := src.Pix[4*i : 4*i+4] // inverted
		c := fromCMYK(255-inks[0], 255-inks[1], 255-inks[2], 255-inks[3])
		img.set(i, c[0], c[1], c[2])
	}
	return img, nil
}

// fromCMYK takes the inks from white.
func fromCMYK(c, m, y, k uint8) [3]uint8 {
	k = 255 - k
	return [3]uint8{k - product(c, k), k - product(m, k), k - product(y, k)}
}

// product is a·b/255, rounded.
func product(a, b uint8) uint8 {
	p := int(a)*int(b) + 128
	return uint8((p>>8 + p) >> 8)
}

// decodePNG decodes a PNG file.
func decodePNG(data []byte) (*RGB, error) {
	src, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, clean(err)
	}
	if src, ok := src.(*image.Paletted); ok { // Pillow has gray where the file's palette has no colour
		colors := len(pngChunk(data, "PLTE")) / 3
		for i := colors; i < len(src.Palette); i++ {
			src.Palette[i] = color.Gray{uint8(i)}
		}
	}
	const depth, colorType = 24, 25 // offsets in the file
	return convert(src, data[depth] == 16 && data[colorType] == 0)
}
