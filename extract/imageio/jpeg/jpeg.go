// Package jpeg decodes JPEG files to the samples that libjpeg-turbo gives, bit for bit.
//
// The JPEG standard leaves the inverse DCT's rounding, the way subsampled colour is brought to full size, and
// the rounding of the colour conversion to the decoder. Networks were trained on libjpeg-turbo's choices (Pillow
// and torchvision decode with it), and Go's image/jpeg makes others: it repeats colour samples where
// libjpeg-turbo interpolates, and its DCT changed in Go 1.26. This package makes libjpeg-turbo's default choices:
//
//   - the accurate integer inverse DCT of Loeffler, Ligtenberg and Moschytz (1989), JDCT_ISLOW;
//   - triangular ("fancy") interpolation of colour that is subsampled by two across, down or both, and
//     repetition for every other ratio;
//   - colour conversion with tables in 16-bit fixed point.
//
// Baseline, extended sequential and progressive files with Huffman coding and 8 bits a sample are decoded: gray,
// YCbCr, RGB, CMYK and YCCK, any sampling factors that divide the largest, restart intervals, one scan or many.
// Arithmetic coding, 12 bits, lossless and hierarchical files are refused.
//
// Corrupt data is an error. libjpeg-turbo would warn and return what it guessed.
package jpeg

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// maxSide is libjpeg's limit on width and height.
const maxSide = 65500

// Image holds the decoded samples, interleaved row by row.
type Image struct {
	Width, Height int
	// Channels is 1 for gray, 3 for RGB and 4 for CMYK. CMYK samples are as stored in the file: Adobe's
	// programs, and nearly all others, store them inverted (0 is full ink).
	Channels int
	Pix      []uint8 // Width·Height·Channels samples
}

// Config is what the header tells.
type Config struct {
	Width, Height, Channels int
}

// ErrTruncated tells that the file ends, or another marker comes, before the image is complete.
var ErrTruncated = errors.New("JPEG data ends before the image is complete")

// DecodeConfig reads the header alone.
func DecodeConfig(data []byte) (Config, error) {
	d := decoder{data: data}
	if err := d.decode(true); err != nil {
		return Config{}, err
	}
	return Config{d.width, d.height, len(d.comps)}, nil
}

// Decode decodes a whole file. Memory is taken only for an image that a file of this length can hold: at most
// 25 bytes a pixel, for progressive CMYK.
func Decode(data []byte) (*Image, error) {
	d := decoder{data: data}
	if err := d.decode(false); err != nil {
		return nil, err
	}
	return d.image()
}

// DecodePart decodes a stream that is part of a TIFF file, which says its width and channels, its least height, and
// whether three channels are YCbCr. Tables are a stream that goes before, which may be empty.
func DecodePart(tables, data []byte, size Config, ycbcr bool) (*Image, error) {
	if len(tables) > 4 && len(data) > 2 {
		data = slices.Concat(tables[:len(tables)-2], data[2:]) // without the end of the one, and the start of the other
	}
	config, err := DecodeConfig(data)
	if err != nil {
		return nil, err
	}
	if config.Width != size.Width || config.Height < size.Height || config.Channels != size.Channels {
		return nil, fmt.Errorf("a JPEG of %d×%d pixels with %d channels in the place of one of %d×%d with %d",
			config.Width, config.Height, config.Channels, size.Width, size.Height, size.Channels)
	}
	d := decoder{data: data, part: true, ycbcr: ycbcr}
	if err := d.decode(false); err != nil {
		return nil, err
	}
	return d.image()
}

// A decoder reads one file, or a part of a TIFF file.
type decoder struct {
	data []byte
	pos  int

	part, ycbcr bool // whether it is a part of another file, and what that says of colour

	width, height int
	progressive   bool
	comps         []*component
	hMax, vMax    int // largest sampling factors
	mcusWide      int
	mcusHigh      int

	quant           [4]*[64]uint16 // in natural order
	dc, ac          [4]*huffman
	restartInterval int // MCUs between restart markers, 0 for none

	jfif           bool
	adobe          bool
	adobeTransform byte
}

// component is one colour plane.
type component struct {
	id            byte
	h, v          int // sampling factors
	table         byte
	width, height int // samples that show the image, without padding to whole blocks

	quant      *[64]uint16 // kept from the component's first scan on, as libjpeg does
	stride     int         // samples in a row of plane: whole MCUs, and a multiple of 16 for assembly
	plane      []uint8     // decoded samples
	blocksWide int         // blocks in a row of coefs: whole MCUs
	coefs      []int16     // progressive files: 64 coefficients a block in natural order
	precision  [64]int8    // progressive files: bits still missing of each coefficient in zigzag order, -1 when none came

	dc, ac *huffman // tables of the current scan
	pred   int32    // last DC value
}

// Markers, which follow a byte 0xff.
const (
	markerSOF0  = 0xc0
	markerSOF1  = 0xc1
	markerSOF2  = 0xc2
	markerDHT   = 0xc4
	markerRST0  = 0xd0
	markerSOI   = 0xd8
	markerEOI   = 0xd9
	markerSOS   = 0xda
	markerDQT   = 0xdb
	markerDRI   = 0xdd
	markerAPP0  = 0xe0
	markerAPP14 = 0xee // Adobe's
)

// refused are the kinds of JPEG that are not decoded, by their frame marker.
var refused = map[byte]string{
	0xc3: "lossless", 0xc5: "hierarchical", 0xc6: "hierarchical", 0xc7: "hierarchical",
	0xc9: "arithmetic-coded", 0xca: "arithmetic-coded", 0xcb: "arithmetic-coded lossless",
	0xcd: "arithmetic-coded hierarchical", 0xce: "arithmetic-coded hierarchical", 0xcf: "arithmetic-coded hierarchical",
}

// decode reads marker segments up to the end of the image, or only up to the frame header.
func (d *decoder) decode(headerOnly bool) error {
	if len(d.data) < 2 || d.data[0] != 0xff || d.data[1] != markerSOI {
		return errors.New("not a JPEG file")
	}
	d.pos = 2
	scans := 0
	for {
		rest := d.data[d.pos:]
		marker, err := d.nextMarker()
		if err != nil {
			// Without the end marker libjpeg shows an image as its only scan is read, for
			// which it looks some bytes ahead. Libtiff puts the marker in.
			const ahead = 8
			shown := !d.progressive && scans == 1 && len(rest) >= ahead && bytes.IndexByte(rest[:ahead], 0xff) < 0
			if d.complete() && (shown || d.part) {
				return nil
			}
			return err
		}
		if marker == markerEOI {
			if !d.complete() {
				return ErrTruncated
			}
			return nil
		}
		if marker == 0x01 || marker >= markerRST0 && marker <= markerSOI {
			continue // markers without a segment
		}
		segment, err := d.segment()
		if err != nil {
			return err
		}
		switch {
		case marker == markerSOF0, marker == markerSOF1, marker == markerSOF2:
			d.progressive = marker == markerSOF2
			if err = d.frame(segment); err == nil && headerOnly {
				return nil
			}
		case refused[marker] != "":
			return fmt.Errorf("%s JPEG is not supported: convert the file to an ordinary one", refused[marker])
		case marker == markerDQT:
			err = d.quantTables(segment)
		case marker == markerDHT:
			err = d.huffmanTables(segment)
		case marker == markerDRI:
			if len(segment) != 2 {
				return errors.New("corrupt JPEG: restart interval of the wrong length")
			}
			d.restartInterval = int(binary.BigEndian.Uint16(segment))
		case marker == markerAPP0:
			d.jfif = d.jfif || len(segment) >= 14 && string(segment[:5]) == "JFIF\x00"
		case marker == markerAPP14:
			if len(segment) >= 12 && string(segment[:5]) == "Adobe" {
				d.adobe, d.adobeTransform = true, segment[11]
			}
		case marker == markerSOS:
			scans++
			err = d.scan(segment)
		}
		if err != nil {
			return err
		}
	}
}

// nextMarker skips to the next marker, over stray bytes as libjpeg does.
func (d *decoder) nextMarker() (byte, error) {
	for ; d.pos+1 < len(d.data); d.pos++ {
		if m := d.data[d.pos+1]; d.data[d.pos] == 0xff && m != 0 && m != 0xff {
			d.pos += 2
			return m, nil
		}
	}
	return 0, ErrTruncated
}

// segment returns what a marker segment holds, behind its length.
func (d *decoder) segment() ([]byte, error) {
	rest := d.data[d.pos:]
	if len(rest) < 2 {
		return nil, ErrTruncated
	}
	n := int(binary.BigEndian.Uint16(rest))
	if n < 2 {
		return nil, errors.New("corrupt JPEG: segment of negative length")
	}
	if n > len(rest) {
		return nil, ErrTruncated
	}
	d.pos += n
	return rest[2:n], nil
}

// frame reads the frame header: size and components.
func (d *decoder) frame(s []byte) error {
	if d.comps != nil {
		return errors.New("corrupt JPEG: two frame headers")
	}
	if len(s) < 6 || len(s) != 6+3*int(s[5]) {
		return errors.New("corrupt JPEG: frame header of the wrong length")
	}
	if s[0] != 8 {
		return fmt.Errorf("JPEG with %d bits per sample is not supported: convert the file to 8 bits", s[0])
	}
	d.height, d.width = int(binary.BigEndian.Uint16(s[1:])), int(binary.BigEndian.Uint16(s[3:]))
	if d.width == 0 || d.height == 0 {
		return errors.New("corrupt JPEG: no width or height")
	}
	if d.width > maxSide || d.height > maxSide {
		return fmt.Errorf("JPEG of %d×%d pixels: at most %d per side can be decoded", d.width, d.height, maxSide)
	}
	n := int(s[5])
	if n != 1 && n != 3 && n != 4 {
		return fmt.Errorf("JPEG with %d channels is not supported: 1 (gray), 3 (RGB) and 4 (CMYK) are", n)
	}
	for i := range n {
		c := &component{id: s[6+3*i], h: int(s[7+3*i] >> 4), v: int(s[7+3*i] & 15), table: s[8+3*i]}
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.table > 3 {
			return errors.New("corrupt JPEG: sampling factors or quantization table out of range")
		}
		for j := range c.precision {
			c.precision[j] = -1
		}
		d.hMax, d.vMax = max(d.hMax, c.h), max(d.vMax, c.v)
		d.comps = append(d.comps, c)
	}
	d.mcusWide, d.mcusHigh = ceilDiv(d.width, 8*d.hMax), ceilDiv(d.height, 8*d.vMax)
	for _, c := range d.comps {
		if d.hMax%c.h != 0 || d.vMax%c.v != 0 {
			return errors.New("JPEG whose sampling factors do not divide the largest is not supported")
		}
		c.width, c.height = ceilDiv(d.width*c.h, d.hMax), ceilDiv(d.height*c.v, d.vMax)
	}
	return nil
}

// allocate takes the memory for planes and coefficients at the first scan.
func (d *decoder) allocate() error {
	if d.comps[0].plane != nil {
		return nil
	}
	blocks := 0
	for _, c := range d.comps {
		blocks += ceilDiv(c.width, 8) * ceilDiv(c.height, 8)
	}
	if (len(d.data)-d.pos)*8 < blocks { // the shortest code of a block has one bit
		return ErrTruncated
	}
	for _, c := range d.comps {
		c.blocksWide = d.mcusWide * c.h
		c.stride = (c.blocksWide*8 + 15) &^ 15
		blocksHigh := d.mcusHigh * c.v
		c.plane = make([]uint8, c.stride*blocksHigh*8)
		if d.progressive {
			c.coefs = make([]int16, 64*c.blocksWide*blocksHigh)
		}
	}
	return nil
}

// complete tells whether the scans so far hold the whole image.
func (d *decoder) complete() bool {
	for _, c := range d.comps {
		if c.precision[0] < 0 {
			return false
		}
	}
	return d.comps != nil
}

// quantTables reads a DQT segment: tables of a precision and a number each, in zigzag order.
func (d *decoder) quantTables(s []byte) error {
	for len(s) > 0 {
		wide, id := s[0]>>4, s[0]&15
		size := 64 * (1 + int(wide))
		if wide > 1 || id > 3 || len(s) < 1+size {
			return errors.New("corrupt JPEG: quantization table")
		}
		table := new([64]uint16)
		for i := range 64 {
			if wide == 0 {
				table[natural[i]] = uint16(s[1+i])
			} else {
				table[natural[i]] = binary.BigEndian.Uint16(s[1+2*i:])
			}
		}
		d.quant[id] = table
		s = s[1+size:]
	}
	return nil
}

// ceilDiv is a/b, rounded up.
func ceilDiv(a, b int) int { return (a + b - 1) / b }

// natural gives the place in a block, row by row, of each coefficient in zigzag order.
var natural = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10,
	17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34,
	27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36,
	29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46,
	53, 60, 61, 54, 47, 55, 62, 63,
}
