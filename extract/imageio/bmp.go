package imageio

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// bmp is the header of a BMP file: that of Windows, or one of two of OS/2.
type bmp struct {
	width, height int
	topDown       bool
	bits          int // of a pixel
	compression   int
	masks         [4]uint32 // of red, green, blue and alpha, where the header gives them
	palette       [256][3]uint8
	pixels        []byte
	offset        int // of pixels in the file
}

// Ways in which pixels are stored.
const (
	bmpRLE8   = 1
	bmpRLE4   = 2
	bmpFields = 3
)

var errTruncated = errors.New("the file is truncated")

// openBMP reads the header. The quirks are Pillow's.
func openBMP(data []byte) (*bmp, error) {
	if len(data) < 26 {
		return nil, errTruncated
	}
	le := binary.LittleEndian
	offset, size := int(le.Uint32(data[10:])), int(le.Uint32(data[14:]))
	b, colors, entry := &bmp{}, 0, 4
	if size > len(data)-14 {
		return nil, errTruncated
	}
	end := 14 + size
	switch size {
	case 12:
		b.width, b.height = int(le.Uint16(data[18:])), int(le.Uint16(data[20:]))
		b.bits, entry = int(le.Uint16(data[24:])), 3
	case 40, 64, 108, 124:
		b.width, b.height = int(le.Uint32(data[18:])), int(le.Uint32(data[22:]))
		if b.topDown = data[25] == 0xff; b.topDown {
			b.height = 1<<32 - b.height
		}
		b.bits, b.compression, colors = int(le.Uint16(data[28:])), int(le.Uint32(data[30:])), int(le.Uint32(data[46:]))
	default:
		return nil, fmt.Errorf("a header of %d bytes is not supported", size)
	}
	if b.compression == bmpFields {
		count := 4
		if size == 40 { // three masks follow the header
			count, end = 3, end+12
		}
		if len(data) < 54+4*count {
			return nil, errTruncated
		}
		for i := range count {
			b.masks[i] = le.Uint32(data[54+4*i:])
		}
	}
	if b.bits <= 8 {
		if colors == 0 {
			colors = 1 << b.bits
		}
		if colors > 1<<16 || entry*colors > len(data)-end {
			return nil, errors.New("the palette is longer than the file")
		}
		b.palette = grayRamp
		for i := range min(colors, 256) {
			c := data[end+entry*i:]
			b.palette[i] = [3]uint8{c[2], c[1], c[0]}
		}
		if offset == 14+size {
			offset += 4 * colors
		}
		end += entry * colors
	}
	if offset == 0 {
		offset = end
	}
	if offset > len(data) {
		return nil, errTruncated
	}
	b.pixels, b.offset = data[offset:], offset
	return b, nil
}

// grayRamp is what Pillow's palettes are before colours are put in.
var grayRamp = func() (p [256][3]uint8) {
	for i := range p {
		p[i] = [3]uint8{uint8(i), uint8(i), uint8(i)}
	}
	return
}()

// bmpSize reads the size of the image.
func bmpSize(data []byte) (width, height int, err error) {
	b, err := openBMP(data)
	if err != nil {
		return 0, 0, err
	}
	return b.width, b.height, nil
}

// decodeBMP decodes a BMP file, whose rows mostly come from the bottom up.
func decodeBMP(data []byte) (*RGB, error) {
	b, err := openBMP(data)
	if err != nil {
		return nil, err
	}
	stride := (b.width*b.bits + 31) / 32 * 4
	switch b.compression {
	case bmpRLE8, bmpRLE4:
		if b.bits > 8 {
			return nil, fmt.Errorf("run-length coding of %d bits a pixel is not supported", b.bits)
		}
		if b.pixels, err = b.runs(); err != nil {
			return nil, err
		}
		b.bits, stride = 8, b.width
	case 0, bmpFields:
	default:
		return nil, fmt.Errorf("compression %d is not supported: convert the file to PNG", b.compression)
	}
	pixel, err := b.pixel()
	if err != nil {
		return nil, err
	}
	if stride*(b.height-1)+(b.width*b.bits+7)/8 > len(b.pixels) {
		return nil, errTruncated
	}
	img := newRGB(b.width, b.height)
	for y := range b.height {
		row := b.pixels[stride*y:]
		if !b.topDown {
			row = b.pixels[stride*(b.height-1-y):]
		}
		for x := range b.width {
			c := pixel(row, x)
			img.set(y*b.width+x, c[0], c[1], c[2])
		}
	}
	return img, nil
}

// pixel returns the function that reads pixel x of a row.
func (b *bmp) pixel() (func(row []byte, x int) [3]uint8, error) {
	switch b.bits {
	case 1, 4, 8:
		perByte := 8 / b.bits
		return func(row []byte, x int) [3]uint8 {
			shift := 8 - b.bits*(x%perByte+1)
			return b.palette[int(row[x/perByte])>>shift&(1<<b.bits-1)]
		}, nil
	case 16:
		const mask5 = 0x1f
		green := 5 // bits
		if b.compression == bmpFields {
			switch [3]uint32(b.masks[:3]) {
			case [3]uint32{0xf800, 0x7e0, mask5}:
				green = 6
			case [3]uint32{0x7c00, 0x3e0, mask5}:
			default:
				return nil, errMasks
			}
		}
		return func(row []byte, x int) [3]uint8 {
			v := int(binary.LittleEndian.Uint16(row[2*x:]))
			most := 1<<green - 1
			return [3]uint8{uint8(v >> (5 + green) & mask5 * 255 / mask5), uint8(v >> 5 & most * 255 / most), uint8(v & mask5 * 255 / mask5)}
		}, nil
	case 24, 32:
		size, at, ok := b.bits/8, [3]int{2, 1, 0}, true
		if b.compression == bmpFields {
			at, ok = b.bytes()
		}
		if !ok {
			return nil, errMasks
		}
		return func(row []byte, x int) [3]uint8 {
			p := row[size*x:]
			return [3]uint8{p[at[0]], p[at[1]], p[at[2]]}
		}, nil
	}
	return nil, fmt.Errorf("%d bits a pixel are not supported", b.bits)
}

var errMasks = errors.New("bit masks of this kind are not supported: convert the file to PNG")

// bytes returns where red, green and blue are in a pixel, for the masks that Pillow knows.
func (b *bmp) bytes() (at [3]int, ok bool) {
	const first, second, third, fourth = 0xff, 0xff00, 0xff0000, 0xff000000
	masks := b.masks
	if b.bits == 24 {
		masks[3] = 0
	}
	switch masks {
	case [4]uint32{third, second, first, 0}, [4]uint32{third, second, first, fourth}:
		return [3]int{2, 1, 0}, true
	case [4]uint32{}:
		return [3]int{2, 1, 0}, b.bits == 32
	case [4]uint32{fourth, third, second, 0}, [4]uint32{fourth, third, second, first}:
		return [3]int{3, 2, 1}, b.bits == 32
	case [4]uint32{first, second, third, fourth}:
		return [3]int{0, 1, 2}, b.bits == 32
	}
	return at, false
}

// runs decodes run-length coding to one byte a pixel. Like Pillow, it reads an odd number of single pixels of 4 bits as
// one less.
func (b *bmp) runs() ([]byte, error) {
	data, total := b.pixels, b.width*b.height
	var out []byte
	x, pos := 0, 0
	for len(out) < total && pos+2 <= len(data) {
		n, v := int(data[pos]), data[pos+1]
		pos += 2
		switch {
		case n > 0:
			n = max(min(n, b.width-x), 0)
			for i := range n {
				out = append(out, b.part(v, i))
			}
			x += n
		case v == 0: // the end of a row
			for len(out)%b.width != 0 {
				out = append(out, 0)
			}
			x = 0
		case v == 1: // the end
			pos = len(data)
		case v == 2: // a step right and up, whose length Pillow reads at the wrong place
			return nil, errors.New("run-length coding that leaves out pixels is not supported: convert the file to PNG")
		default: // single pixels
			count, perByte := int(v), 1
			if b.compression == bmpRLE4 {
				count, perByte = count/2, 2
			}
			if pos+count > len(data) {
				return nil, errTruncated
			}
			for _, two := range data[pos : pos+count] {
				for i := range perByte {
					out = append(out, b.part(two, i))
				}
			}
			x += int(v)
			pos += count
			pos += (b.offset + pos) % 2
		}
	}
	if len(out) < total {
		return nil, errTruncated
	}
	return out, nil
}

// part is pixel i of a byte of run-length coding: of 4 bits, the upper half and the lower one in turns.
func (b *bmp) part(v byte, i int) byte {
	switch {
	case b.compression == bmpRLE8:
		return v
	case i%2 == 0:
		return v >> 4
	}
	return v & 15
}
