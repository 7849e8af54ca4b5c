package imageio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"
)

// Tags of a TIFF file.
const (
	tagWidth           = 0x100
	tagHeight          = 0x101
	tagBits            = 0x102
	tagCompression     = 0x103
	tagPhotometric     = 0x106
	tagFillOrder       = 0x10a
	tagStripOffsets    = 0x111
	tagOrientation     = 0x112
	tagSamplesPerPixel = 0x115
	tagRowsPerStrip    = 0x116
	tagStripCounts     = 0x117
	tagPlanar          = 0x11c
	tagFaxOptions      = 0x124
	tagPredictor       = 0x13d
	tagColormap        = 0x140
	tagTileWidth       = 0x142
	tagTileHeight      = 0x143
	tagTileOffsets     = 0x144
	tagTileCounts      = 0x145
	tagExtraSamples    = 0x152
	tagSampleFormat    = 0x153
	tagJPEGTables      = 0x15b
)

// pixelTags are those that the pixels depend on.
var pixelTags = []int{
	tagWidth, tagHeight, tagBits, tagCompression, tagPhotometric, tagFillOrder, tagStripOffsets, tagSamplesPerPixel, tagRowsPerStrip,
	tagStripCounts, tagPlanar, tagFaxOptions, tagPredictor, tagColormap, tagTileWidth, tagTileHeight, tagTileOffsets, tagTileCounts,
	tagExtraSamples, tagSampleFormat, tagJPEGTables,
}

// What the photometric tag says of colours.
const (
	whiteIsZero = 0
	blackIsZero = 1
	rgbColour   = 2
	palette     = 3
	cmyk        = 5
	ycbcr       = 6
)

// photometrics names colours that are not decoded.
var photometrics = map[int]string{4: "a transparency mask", ycbcr: "YCbCr that is no JPEG", 8: "CIELab colour", 9: "ICCLab colour", 10: "ITULab colour",
	32803: "a camera's raw colour", 32844: "LogL light", 32845: "LogLuv light"}

// directory is the first of a TIFF file, or of EXIF data, which have the same form.
type directory struct {
	data    []byte
	order   binary.ByteOrder
	tags    map[int]field
	leftOut map[int]bool // tags of fields that are there and cannot be read
}

// A field is the numbers of a tag.
type field struct {
	size int // bytes of a number
	data []byte
}

// readDirectory leaves out fields that are not whole numbers or not within the file.
func readDirectory(data []byte) (directory, error) {
	d := directory{data: data, tags: map[int]field{}, leftOut: map[int]bool{}}
	switch {
	case bytes.HasPrefix(data, []byte("II*\x00")):
		d.order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte("MM\x00*")):
		d.order = binary.BigEndian
	}
	if d.order == nil || len(data) < 8 {
		return d, errTruncated
	}
	offset := int64(d.order.Uint32(data[4:]))
	if offset+2 > int64(len(data)) {
		return d, errTruncated
	}
	entries := data[offset+2:]
	for range d.order.Uint16(data[offset:]) {
		if len(entries) < 12 {
			return d, errTruncated
		}
		const byteType, shortType, longType, undefinedType = 1, 3, 4, 7
		size := map[uint16]int{byteType: 1, shortType: 2, longType: 4, undefinedType: 1}[d.order.Uint16(entries[2:])]
		length := size * int(d.order.Uint32(entries[4:]))
		value := entries[8:12]
		if length > 4 {
			at := int(d.order.Uint32(value))
			value = data[min(at, len(data)):]
		}
		tag := int(d.order.Uint16(entries))
		if length > 0 && length <= len(value) {
			d.tags[tag] = field{size, value[:length]}
		} else {
			d.leftOut[tag] = true
		}
		entries = entries[12:]
	}
	return d, nil
}

// numbers returns a field's values, none where it is missing.
func (d directory) numbers(tag int) (values []int) {
	f := d.tags[tag]
	for b := f.data; len(b) > 0; b = b[f.size:] {
		switch f.size {
		case 1:
			values = append(values, int(b[0]))
		case 2:
			values = append(values, int(d.order.Uint16(b)))
		default:
			values = append(values, int(d.order.Uint32(b)))
		}
	}
	return values
}

// number returns a field's first value, or another where it is missing.
func (d directory) number(tag, otherwise int) int {
	if v := d.numbers(tag); len(v) > 0 {
		return v[0]
	}
	return otherwise
}

// tiffSize reads the size of the first page.
func tiffSize(data []byte) (width, height int, err error) {
	d, err := readDirectory(data)
	return d.number(tagWidth, 0), d.number(tagHeight, 0), err
}

// page is how the pixels of a TIFF file are stored.
type page struct {
	directory
	width, height int
	photometric   int
	samples       int // of a pixel
	extra         []int
	bits          int // of a sample
	format        int // of a sample: unsigned, signed or float
	planes        int // that are stored one after the other: 1, or as many as samples
	compression   int
	predictor     int
}

// Formats of samples.
const (
	unsignedSamples = 1
	signedSamples   = 2
	floatSamples    = 3
)

// openTIFF reads how pixels are stored, and refuses what Pillow does not read, or this package not as Pillow does.
func openTIFF(data []byte) (*page, error) {
	d, err := readDirectory(data)
	if err != nil {
		return nil, err
	}
	for _, tag := range pixelTags {
		if d.leftOut[tag] { // without it, a default would give other pixels
			return nil, fmt.Errorf("the field %d is damaged", tag)
		}
	}
	p := &page{
		directory: d, width: d.number(tagWidth, 0), height: d.number(tagHeight, 0),
		photometric: d.number(tagPhotometric, 0), samples: d.number(tagSamplesPerPixel, 1), extra: d.numbers(tagExtraSamples),
		bits: d.number(tagBits, 1), format: d.number(tagSampleFormat, unsignedSamples), planes: 1,
		compression: d.number(tagCompression, uncompressed), predictor: d.number(tagPredictor, 1),
	}
	for _, bits := range d.numbers(tagBits) {
		if bits != p.bits {
			return nil, errors.New("samples of different sizes are not supported: convert the file to PNG")
		}
	}
	colours := map[int]int{whiteIsZero: 1, blackIsZero: 1, rgbColour: 3, palette: 1, cmyk: 4, ycbcr: 3}[p.photometric]
	if colours == 0 || p.photometric == ycbcr && p.compression != jpegCompressed {
		kind := photometrics[p.photometric]
		if kind == "" {
			kind = fmt.Sprintf("colour of kind %d", p.photometric)
		}
		return nil, fmt.Errorf("%s is not supported: convert the file to PNG", kind)
	}
	if d.number(tagPlanar, 1) == 2 {
		p.planes = p.samples
	}
	if !p.readable(colours) {
		return nil, fmt.Errorf("%d samples of %d bits (format %d, colour of kind %d) are not supported: convert the file to PNG",
			p.samples, p.bits, p.format, p.photometric)
	}
	// A byte of a compressed file holds at most about 4096 bytes of samples.
	if p.bits >= 8 && p.rowBytes(p.width)*p.height > 1<<24+4096*len(data) {
		return nil, fmt.Errorf("%d×%d pixels cannot be in a file of %d bytes", p.width, p.height, len(data))
	}
	return p, nil
}

// readable tells whether Pillow has a mode for these samples.
func (p *page) readable(colours int) bool {
	gray := p.photometric <= blackIsZero
	more := p.samples - colours
	if more < 0 || more > 3 || more == 3 && p.photometric != rgbColour || more > 1 && (gray || p.photometric == palette) ||
		p.photometric == ycbcr && (more > 0 || p.planes > 1) || p.planes > 1 && p.bits == 16 && p.compression == uncompressed {
		return false // Pillow reads the last kind as if samples were bytes
	}
	if len(p.extra) != more && !(more == 1 && p.photometric == rgbColour && len(p.extra) == 0) {
		return false
	}
	if (gray || p.photometric == palette) && more == 1 && (p.extra[0] != 2 || p.bits != 8 || p.photometric == whiteIsZero) {
		return false
	}
	little := p.order == binary.LittleEndian
	switch p.bits {
	case 1, 2, 4:
		return p.format == unsignedSamples && p.samples == 1
	case 8:
		return p.format == unsignedSamples
	case 16:
		switch p.photometric {
		case whiteIsZero:
			return p.format == unsignedSamples && little
		case blackIsZero:
			return p.format != floatSamples
		case cmyk:
			return p.format == unsignedSamples && little && more == 0
		}
		return p.photometric == rgbColour && p.format == unsignedSamples && more <= 1
	case 32:
		if !little && p.compression != uncompressed { // Pillow swaps their bytes once too often
			return false
		}
		return gray && (p.format == floatSamples || p.photometric == blackIsZero && (p.format == signedSamples || little))
	}
	return false
}

// decodeTIFF decodes the first page.
func decodeTIFF(data []byte) (*RGB, error) {
	p, err := openTIFF(data)
	if err != nil {
		return nil, err
	}
	pix, err := p.pixels()
	if err != nil {
		return nil, err
	}
	img := newRGB(p.width, p.height)
	pixel, err := p.colour()
	if err != nil {
		return nil, err
	}
	stride := p.rowBytes(p.width)
	for y := range p.height {
		row := pix[stride*y:][:stride]
		for x := range p.width {
			c := pixel(row, x)
			img.set(y*p.width+x, c[0], c[1], c[2])
		}
	}
	return img.Orient(p.number(tagOrientation, 1)), nil
}

// colour returns the function that reads pixel x of a row, as Pillow's convert("RGB").
func (p *page) colour() (func(row []byte, x int) [3]uint8, error) {
	size := p.samples * p.bits / 8
	switch p.photometric {
	case palette:
		colours := p.numbers(tagColormap)
		n := len(colours) / 3
		if n < 1<<p.bits {
			return nil, errors.New("the palette is too short")
		}
		return func(row []byte, x int) [3]uint8 {
			i := p.index(row, x)
			return [3]uint8{uint8(colours[i] >> 8), uint8(colours[n+i] >> 8), uint8(colours[2*n+i] >> 8)}
		}, nil
	case rgbColour, ycbcr:
		associated := len(p.extra) > 0 && p.extra[0] == 1
		return func(row []byte, x int) [3]uint8 {
			s := row[size*x:][:size]
			c := [3]uint8{p.high(s, 0), p.high(s, 1), p.high(s, 2)}
			if associated {
				c = divided(c, p.high(s, 3))
			}
			return c
		}, nil
	case cmyk:
		return func(row []byte, x int) [3]uint8 {
			s := row[size*x:][:size]
			return fromCMYK(p.high(s, 0), p.high(s, 1), p.high(s, 2), p.high(s, 3))
		}, nil
	}
	gray := p.gray()
	return func(row []byte, x int) [3]uint8 {
		v := gray(row, x)
		return [3]uint8{v, v, v}
	}, nil
}

// high is the high byte of a sample.
func (p *page) high(pixel []byte, sample int) uint8 {
	switch {
	case p.bits == 8:
		return pixel[sample]
	case p.order == binary.LittleEndian:
		return pixel[2*sample+1]
	}
	return pixel[2*sample]
}

// index is the first sample of a pixel, of at most 8 bits.
func (p *page) index(row []byte, x int) int {
	if p.bits == 8 {
		return int(row[p.samples*x])
	}
	perByte := 8 / p.bits
	return int(row[x/perByte]) >> (8 - p.bits*(x%perByte+1)) & (1<<p.bits - 1)
}

// gray returns the function that reads a gray sample: one of less than 8 bits is stretched, one of more is clipped.
func (p *page) gray() func(row []byte, x int) uint8 {
	clip := func(v int) uint8 { return uint8(min(max(v, 0), 255)) }
	switch {
	case p.bits <= 8:
		most := 1<<p.bits - 1
		return func(row []byte, x int) uint8 {
			v := p.index(row, x)
			if p.photometric == whiteIsZero {
				v = most - v
			}
			return uint8(v * 255 / most)
		}
	case p.bits == 16 && p.format == signedSamples:
		return func(row []byte, x int) uint8 { return clip(int(int16(p.order.Uint16(row[2*x:])))) }
	case p.bits == 16:
		return func(row []byte, x int) uint8 { return clip(int(p.order.Uint16(row[2*x:]))) }
	case p.format == floatSamples:
		return func(row []byte, x int) uint8 { return clipFloat(p.order.Uint32(row[4*x:])) }
	}
	return func(row []byte, x int) uint8 { return clip(int(int32(p.order.Uint32(row[4*x:])))) }
}

// rowBytes is the length of a row of so many pixels, with all samples.
func (p *page) rowBytes(width int) int { return (width*p.samples*p.bits + 7) / 8 }

// pixels decodes all strips or tiles, and puts them where they belong.
func (p *page) pixels() ([]byte, error) {
	width, height := p.width, min(p.number(tagRowsPerStrip, p.height), p.height)
	offsets, counts := p.numbers(tagStripOffsets), p.numbers(tagStripCounts)
	tiled := len(offsets) == 0
	if tiled {
		width, height = p.number(tagTileWidth, 0), p.number(tagTileHeight, 0)
		offsets, counts = p.numbers(tagTileOffsets), p.numbers(tagTileCounts)
	}
	if width < 1 || height < 1 || width > MaxSide+16 || height > MaxSide+16 || tiled && width%16 != 0 {
		return nil, errors.New("strips or tiles without a size")
	}
	across, down := (p.width+width-1)/width, (p.height+height-1)/height
	if len(offsets) < across*down*p.planes {
		return nil, errTruncated
	}
	pix := make([]byte, p.rowBytes(p.width)*p.height)
	for plane := range p.planes {
		for i := range across * down {
			part := part{page: p, width: width, height: height, samples: p.samples / p.planes}
			x, y := i%across*width, i/across*height
			if !tiled {
				part.height = min(height, p.height-y)
			}
			at := plane*across*down + i
			start, end := offsets[at], len(p.data)
			if at < len(counts) {
				end = start + counts[at]
			}
			if start > end || end > len(p.data) {
				return nil, errTruncated
			}
			rows, err := part.decode(p.data[start:end])
			if err != nil {
				return nil, err
			}
			p.place(pix, rows, &part, x, y, plane)
		}
	}
	return pix, nil
}

// place copies the rows of a part, whose corner is at x and y, to the pixels of the page.
// Where planes are stored one after the other, it has the samples of one of them.
func (p *page) place(pix, rows []byte, part *part, x, y, plane int) {
	stride, size := p.rowBytes(p.width), p.bits/8
	for row := range min(part.height, p.height-y) {
		from, to := rows[row*part.rowBytes():][:part.rowBytes()], pix[stride*(y+row):][:stride]
		if p.planes == 1 {
			copy(to[x*p.samples*p.bits/8:], from)
			continue
		}
		for j := range min(part.width, p.width-x) {
			copy(to[((x+j)*p.samples+plane)*size:], from[j*size:][:size])
		}
	}
}

// reversed is data with the bits of each byte in the other order, where the file has them so.
func (p *page) reversed(data []byte) []byte {
	if p.number(tagFillOrder, 1) != 2 || p.compression == jpegCompressed {
		return data
	}
	data = slices.Clone(data)
	for i, v := range data {
		data[i] = bits.Reverse8(v)
	}
	return data
}
