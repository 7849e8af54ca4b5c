package imageio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image/gif"
	"slices"
)

// gifSize is the size of the canvas, which Pillow makes larger for a first frame that goes beyond it.
func gifSize(data []byte) (width, height int, err error) {
	if len(data) < 13 {
		return 0, 0, errTruncated
	}
	_, frame, err := firstFrame(data)
	if err != nil {
		return 0, 0, err
	}
	number := func(at int) int { return int(binary.LittleEndian.Uint16(data[at:])) }
	return max(number(6), number(frame+1)+number(frame+5)), max(number(8), number(frame+3)+number(frame+7)), nil
}

// decodeGIF decodes the first frame. What it leaves free of the canvas has the transparent colour, or else the
// palette's first.
func decodeGIF(data []byte) (*RGB, error) {
	width, height, err := gifSize(data)
	if err != nil {
		return nil, err
	}
	control, _, err := firstFrame(data)
	if err != nil {
		return nil, err
	}
	data = slices.Clone(data)
	binary.LittleEndian.PutUint16(data[6:], uint16(width))
	binary.LittleEndian.PutUint16(data[8:], uint16(height))
	background := 0
	if control >= 0 && data[control]&1 != 0 {
		// image/gif would lose the transparent entry's colour, which Pillow keeps.
		background = int(data[control+3])
		data[control] &^= 1
	}
	src, err := gif.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, clean(err)
	}
	frame, err := convert(src, false)
	if err != nil {
		return nil, err
	}
	if frame.Width == width && frame.Height == height {
		return frame, nil
	}
	return frame.onCanvas(width, height, src.Bounds().Min, paletteColor(src, background)), nil
}

// firstFrame finds the first frame, and the flags of its graphic control extension; -1 without one.
func firstFrame(data []byte) (control, frame int, err error) {
	pos := 13
	if len(data) >= pos && data[10]&0x80 != 0 {
		pos += 3 << (1 + data[10]&7)
	}
	control = -1
	for pos+2 < len(data) {
		switch data[pos] {
		case '!':
			if data[pos+1] == 0xf9 && data[pos+2] >= 4 && pos+7 < len(data) {
				control = pos + 3
			}
			for pos += 2; pos < len(data) && data[pos] != 0; {
				pos += 1 + int(data[pos])
			}
			pos++
		case ',':
			if pos+10 > len(data) {
				return 0, 0, errTruncated
			}
			return control, pos, nil
		default:
			return 0, 0, errors.New("no image in the file")
		}
	}
	return 0, 0, errTruncated
}
