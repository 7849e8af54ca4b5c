package imageio

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/image/ccitt"
	"golang.org/x/image/tiff/lzw"

	"sfdalab/extract/imageio/jpeg"
)

// Ways in which parts of a TIFF file are compressed.
const (
	uncompressed   = 1
	fax3           = 3
	fax4           = 4
	lzwCompressed  = 5
	jpegCompressed = 7
	deflate        = 8
	packBits       = 32773
	oldDeflate     = 32946
	zstandard      = 50000
)

// compressions names those that are not decoded.
var compressions = map[int]string{2: "fax compression without ends of lines", 6: "JPEG compression of the old kind", 32771: "fax compression of words",
	32809: "ThunderScan compression", 34661: "JBIG compression", 34712: "JPEG 2000 compression", 34925: "LZMA compression", 50001: "WebP compression"}

// part is a strip or a tile.
type part struct {
	*page
	width, height int
	samples       int // of a pixel that are in it
}

// rowBytes is the length of a row.
func (p *part) rowBytes() int { return (p.width*p.samples*p.bits + 7) / 8 }

// decode returns the rows of a part.
func (p *part) decode(data []byte) ([]byte, error) {
	if p.compression == jpegCompressed {
		return p.jpeg(data)
	}
	data = p.reversed(data)
	size := p.rowBytes() * p.height
	var from io.Reader
	switch p.compression {
	case uncompressed:
		if len(data) < size {
			return nil, errTruncated
		}
		return data, nil
	case fax3, fax4:
		if p.bits != 1 || p.samples != 1 {
			return nil, errors.New("fax compression of more than one bit")
		}
		const twoDimensions, filled = 1, 4
		if p.compression == fax3 && p.number(tagFaxOptions, 0)&(twoDimensions|filled) != 0 {
			return nil, errors.New("fax compression in two dimensions or with filled lines is not supported: convert the file to PNG")
		}
		format := map[int]ccitt.SubFormat{fax3: ccitt.Group3, fax4: ccitt.Group4}[p.compression]
		from = ccitt.NewReader(bytes.NewReader(data), ccitt.MSB, format, p.width, p.height, &ccitt.Options{Invert: true})
	case lzwCompressed:
		r := lzw.NewReader(bytes.NewReader(data), lzw.MSB, 8)
		defer r.Close()
		from = r
	case deflate, oldDeflate:
		r, err := zlib.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, clean(err)
		}
		defer r.Close()
		from = r
	case packBits:
		return unpackBits(data, size)
	case zstandard:
		r, err := zstd.NewReader(bytes.NewReader(data), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(1<<28))
		if err != nil {
			return nil, err
		}
		defer r.Close()
		from = r
	default:
		name := compressions[p.compression]
		if name == "" {
			name = fmt.Sprintf("compression %d", p.compression)
		}
		return nil, fmt.Errorf("%s is not supported: convert the file to PNG", name)
	}
	rows := make([]byte, size)
	if _, err := io.ReadFull(from, rows); err != nil {
		return nil, clean(err)
	}
	if p.compression == deflate || p.compression == oldDeflate || p.compression == zstandard {
		// At its end the checksum is compared; a last strip may have more rows than the page.
		const mostSpare = 1 << 24
		if _, err := io.CopyN(io.Discard, from, mostSpare); err == nil {
			return nil, errors.New("too much image data")
		} else if err != io.EOF {
			return nil, clean(err)
		}
	}
	return rows, p.unpredict(rows)
}

// jpeg decodes a part that is a JPEG stream, perhaps with its tables elsewhere in the file.
func (p *part) jpeg(data []byte) ([]byte, error) {
	if p.bits != 8 {
		return nil, fmt.Errorf("JPEG compression of %d bits a sample is not supported: convert the file to PNG", p.bits)
	}
	img, err := jpeg.DecodePart(p.tags[tagJPEGTables].data, data, jpeg.Config{Width: p.width, Height: p.height, Channels: p.samples}, p.photometric == ycbcr)
	if err != nil {
		return nil, err
	}
	return img.Pix, nil
}

// unpackBits decodes runs (Apple's PackBits).
func unpackBits(data []byte, size int) ([]byte, error) {
	rows := make([]byte, 0, size)
	for len(rows) < size {
		if len(data) < 2 {
			return nil, errTruncated
		}
		n := int(int8(data[0]))
		switch {
		case n >= 0:
			if n+2 > len(data) {
				return nil, errTruncated
			}
			rows, data = append(rows, data[1:n+2]...), data[n+2:]
		case n > -128:
			rows, data = append(rows, bytes.Repeat(data[1:2], 1-n)...), data[2:]
		default:
			data = data[1:]
		}
	}
	return rows, nil
}

// unpredict adds up the differences that rows hold.
func (p *part) unpredict(rows []byte) error {
	const horizontal, floating = 2, 3
	size := p.bits / 8
	switch {
	case p.predictor <= 1 || p.compression == fax3 || p.compression == fax4:
		return nil
	case p.predictor == horizontal && size >= 1:
	case p.predictor == floating && p.format == floatSamples:
		size = 1
	default:
		return fmt.Errorf("predictor %d of %d bits is not supported: convert the file to PNG", p.predictor, p.bits)
	}
	stride, step := p.rowBytes(), size*p.samples
	for ; len(rows) >= stride; rows = rows[stride:] {
		row := rows[:stride]
		for i := step; i+size <= stride; i += size {
			switch before := row[i-step:]; size {
			case 1:
				row[i] += before[0]
			case 2:
				p.order.PutUint16(row[i:], p.order.Uint16(row[i:])+p.order.Uint16(before))
			case 4:
				p.order.PutUint32(row[i:], p.order.Uint32(row[i:])+p.order.Uint32(before))
			}
		}
		if p.predictor == floating {
			p.gather(row)
		}
	}
	return nil
}

// gather puts the bytes of numbers together, of which a row has all first bytes, then all second ones, and so on.
func (p *part) gather(row []byte) {
	apart := bytes.Clone(row)
	n := len(row) / 4
	for i := range n {
		p.order.PutUint32(row[4*i:], uint32(apart[i])<<24|uint32(apart[n+i])<<16|uint32(apart[2*n+i])<<8|uint32(apart[3*n+i]))
	}
}

// divided is colour divided by alpha, as Pillow does where a file holds the product.
func divided(c [3]uint8, alpha uint8) [3]uint8 {
	for i, v := range c {
		if alpha == 0 {
			c[i] = 0
		} else {
			c[i] = uint8(min(255*int(v)/int(alpha), 255))
		}
	}
	return c
}

// clipFloat turns the bits of a float into a sample.
func clipFloat(v uint32) uint8 {
	switch f := math.Float32frombits(v); {
	case f >= 255:
		return 255
	case f > 0:
		return uint8(f)
	}
	return 0
}
