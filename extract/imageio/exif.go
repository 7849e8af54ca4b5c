package imageio

import (
	"bytes"
	"encoding/binary"
)

const (
	tagCompression = 0x103
	tagPhotometric = 0x106
	tagOrientation = 0x112
)

// Orientation is the EXIF orientation, 1 to 8, of a JPEG, PNG or WebP file; 1, upright, where none is given and for
// other formats.
func Orientation(data []byte) int {
	if v, ok := tiffTag(exif(data), tagOrientation); ok && v <= 8 && v >= 1 {
		return v
	}
	return 1
}

// exif finds the EXIF data in a file, which has the form of a TIFF file.
func exif(data []byte) []byte {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xd8")):
		for pos := 2; pos+4 <= len(data) && data[pos] == 0xff && data[pos+1] != 0xda; {
			end := min(pos+2+int(binary.BigEndian.Uint16(data[pos+2:])), len(data))
			if body, ok := bytes.CutPrefix(data[min(pos+4, end):end], []byte("Exif\x00\x00")); ok && data[pos+1] == 0xe1 {
				return body
			}
			pos = max(end, pos+4)
		}
	case bytes.HasPrefix(data, []byte("\x89PNG")):
		for pos := 8; pos+8 <= len(data); {
			end := min(pos+12+int(binary.BigEndian.Uint32(data[pos:])), len(data))
			if string(data[pos+4:pos+8]) == "eXIf" {
				return data[pos+8 : end]
			}
			pos = end
		}
	case bytes.HasPrefix(data, []byte("RIFF")):
		for pos := 12; pos+8 <= len(data); {
			n := int(binary.LittleEndian.Uint32(data[pos+4:]))
			end := min(pos+8+n+n&1, len(data))
			if string(data[pos:pos+4]) == "EXIF" {
				return bytes.TrimPrefix(data[pos+8:end], []byte("Exif\x00\x00"))
			}
			pos = end
		}
	}
	return nil
}

// tiffTag finds a tag of one 16-bit number in the first directory of a TIFF file.
func tiffTag(data []byte, tag uint16) (value int, ok bool) {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(data, []byte("II*\x00")):
		order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte("MM\x00*")):
		order = binary.BigEndian
	}
	if order == nil || len(data) < 8 {
		return 0, false
	}
	offset := int64(order.Uint32(data[4:]))
	if offset+2 > int64(len(data)) {
		return 0, false
	}
	entries := data[offset+2:]
	for range order.Uint16(data[offset:]) {
		if len(entries) < 12 {
			break
		}
		const short = 3
		if order.Uint16(entries) == tag && order.Uint16(entries[2:]) == short {
			return int(order.Uint16(entries[8:])), true
		}
		entries = entries[12:]
	}
	return 0, false
}

// Orient turns and mirrors the image as an EXIF orientation, 1 to 8, says, so that it stands upright. Pillow does
// the same in ImageOps.exif_transpose.
func (m *RGB) Orient(orientation int) *RGB {
	if orientation <= 1 || orientation > 8 {
		return m
	}
	out := newRGB(m.Width, m.Height)
	if orientation >= 5 {
		out.Width, out.Height = m.Height, m.Width
	}
	for y := range out.Height {
		for x := range out.Width {
			sx, sy := x, y
			if orientation >= 5 {
				sx, sy = y, x
			}
			switch orientation {
			case 2, 7, 8:
				sx = m.Width - 1 - sx
			case 3:
				sx, sy = m.Width-1-sx, m.Height-1-sy
			case 4:
				sy = m.Height - 1 - sy
			}
			switch orientation {
			case 6, 7:
				sy = m.Height - 1 - sy
			}
			p := m.Pix[3*(sy*m.Width+sx):]
			out.set(y*out.Width+x, p[0], p[1], p[2])
		}
	}
	return out
}
