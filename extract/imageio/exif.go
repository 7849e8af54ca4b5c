package imageio

import (
	"bytes"
	"encoding/binary"
)

// Orientation is the EXIF orientation, 1 to 8, of a JPEG, PNG or WebP file; 1, upright, where none is given and for
// other formats.
func Orientation(data []byte) int {
	d, _ := readDirectory(exif(data)) // as much of it as can be read
	if v := d.number(tagOrientation, 1); v <= 8 && v >= 1 {
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
		return pngChunk(data, "eXIf")
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

// pngChunk finds the first chunk of a name in a PNG file.
func pngChunk(data []byte, name string) []byte {
	for pos := 8; pos+8 <= len(data); {
		length := int(binary.BigEndian.Uint32(data[pos:]))
		body := data[pos+8:]
		body = body[:min(length, len(body))]
		if string(data[pos+4:pos+8]) == name {
			return body
		}
		pos += 12 + length
	}
	return nil
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
