package imageio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image/gif"
	"slices"
)

var errGIF = errors.New("the file is truncated")

func gifSize(data []byte) (width, height int, err error) {
	if len(data) < 13 {
		return 0, 0, errGIF
	}
	return int(binary.LittleEndian.Uint16(data[6:])), int(binary.LittleEndian.Uint16(data[8:])), nil
}

// decodeGIF decodes the first frame. What it leaves free of the canvas has the transparent colour, or else the
// palette's first.
func decodeGIF(data []byte) (*RGB, error) {
	control, err := graphicControl(data)
	if err != nil {
		return nil, err
	}
	background := 0
	if control >= 0 && data[control]&1 != 0 {
		// image/gif would lose the transparent entry's colour, which Pillow keeps.
		background = int(data[control+3])
		data = slices.Clone(data)
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
	width, height, _ := gifSize(data)
	if frame.Width == width && frame.Height == height {
		return frame, nil
	}
	return frame.onCanvas(width, height, src.Bounds().Min, paletteColor(src, background)), nil
}

// graphicControl finds the flags of the first frame's graphic control extension; -1 without one.
func graphicControl(data []byte) (int, error) {
	pos := 13
	if len(data) >= pos && data[10]&0x80 != 0 {
		pos += 3 << (1 + data[10]&7)
	}
	control := -1
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
			return control, nil
		default:
			return 0, errors.New("no image in the file")
		}
	}
	return 0, errGIF
}
