package imageio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"

	"golang.org/x/image/vp8"
	"golang.org/x/image/vp8l"
)

// webp is what matters of a WebP file once alpha and animation are left out.
type webp struct {
	width, height int         // of the canvas
	at            image.Point // of the first frame on the canvas
	lossless      bool
	stream        []byte // VP8, or VP8L when lossless
}

// openWebP looks for the first frame.
func openWebP(data []byte) (*webp, error) {
	w := &webp{}
	size := int(binary.LittleEndian.Uint32(data[4:])) // of what follows
	if size < 4 || size > len(data)-8 {
		return nil, errTruncated
	}
	chunks := data[12 : 8+size]
	for len(chunks) >= 8 {
		name, n := string(chunks[:4]), int(binary.LittleEndian.Uint32(chunks[4:]))
		if n > len(chunks)-8 {
			return nil, errTruncated
		}
		body := chunks[8 : 8+n]
		switch {
		case name == "VP8X" && n >= 10:
			w.width, w.height = 1+uint24(body[4:]), 1+uint24(body[7:])
		case name == "ANMF" && n >= 16:
			w.at = image.Pt(2*uint24(body), 2*uint24(body[3:]))
			chunks = body[16:] // the frame's own chunks
			continue
		case name == "VP8 " || name == "VP8L":
			w.lossless, w.stream = name == "VP8L", body
			return w, w.check()
		}
		chunks = chunks[min(8+n+n&1, len(chunks)):]
	}
	return nil, errTruncated
}

// check compares the frame with the canvas.
func (w *webp) check() error {
	width, height, err := w.frameSize()
	if err != nil {
		return clean(err)
	}
	if w.width == 0 {
		w.width, w.height = width, height
	}
	if w.at.X+width > w.width || w.at.Y+height > w.height {
		return errors.New("the frame is larger than the canvas")
	}
	return nil
}

// frameSize reads the size of the frame.
func (w *webp) frameSize() (width, height int, err error) {
	if w.lossless {
		c, err := vp8l.DecodeConfig(bytes.NewReader(w.stream))
		return c.Width, c.Height, err
	}
	_, header, err := w.lossy()
	return header.Width, header.Height, err
}

// lossy returns a decoder of a lossy frame, whose header it has read.
func (w *webp) lossy() (*vp8.Decoder, vp8.FrameHeader, error) {
	d := vp8.NewDecoder()
	d.Init(bytes.NewReader(w.stream), len(w.stream))
	header, err := d.DecodeFrameHeader()
	return d, header, err
}

// uint24 reads three bytes, the lowest first.
func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// webpSize reads the size of the canvas.
func webpSize(data []byte) (width, height int, err error) {
	w, err := openWebP(data)
	if err != nil {
		return 0, 0, err
	}
	return w.width, w.height, nil
}

// decodeWebP decodes the first frame, on its canvas.
func decodeWebP(data []byte) (*RGB, error) {
	w, err := openWebP(data)
	if err != nil {
		return nil, err
	}
	var frame *RGB
	if w.lossless {
		src, err := vp8l.Decode(bytes.NewReader(w.stream))
		if err != nil {
			return nil, clean(err)
		}
		frame, err = convert(src, false)
		if err != nil {
			return nil, err
		}
	} else {
		d, _, err := w.lossy()
		if err != nil {
			return nil, clean(err)
		}
		src, err := d.DecodeFrame()
		if err != nil {
			return nil, clean(err)
		}
		frame = fromVP8(src)
	}
	if frame.Width == w.width && frame.Height == w.height {
		return frame, nil
	}
	return frame.onCanvas(w.width, w.height, w.at, [3]uint8{}), nil
}

// fromVP8 brings colour to full size and converts it as libwebp does: interpolation with weights 9, 3, 3 and 1 of
// 16, rounded in two steps, and BT.601 in its limited range.
func fromVP8(src *image.YCbCr) *RGB {
	w, h := src.Rect.Dx(), src.Rect.Dy()
	img := newRGB(w, h)
	chromaWidth, chromaHeight := (w+1)/2, (h+1)/2
	us, vs := make([]uint8, w), make([]uint8, w)
	for y := range h {
		near, far := y/2, y/2+1
		if y%2 == 0 {
			far = y/2 - 1
		}
		far = min(max(far, 0), chromaHeight-1)
		line := func(plane []uint8, y int) []uint8 { return plane[y*src.CStride:][:chromaWidth] }
		doubleRow(us, line(src.Cb, near), line(src.Cb, far))
		doubleRow(vs, line(src.Cr, near), line(src.Cr, far))
		for x, luma := range src.Y[y*src.YStride:][:w] {
			l, u, v := int(luma)*19077>>8, int(us[x]), int(vs[x])
			img.set(y*w+x,
				clip14(l+v*26149>>8-14234),
				clip14(l-u*6419>>8-v*13320>>8+8708),
				clip14(l+u*33050>>8-17685))
		}
	}
	return img
}

// doubleRow interpolates a row of chroma between its own row and the second nearest.
func doubleRow(out, near, far []uint8) {
	edge := func(i int) uint8 { return uint8((3*int(near[i]) + int(far[i]) + 2) >> 2) }
	out[0] = edge(0)
	for i := 1; i < len(near); i++ {
		a, b, c, d := int(near[i-1]), int(near[i]), int(far[i-1]), int(far[i])
		sum := a + b + c + d + 8
		if x := 2*i - 1; x < len(out) {
			out[x] = uint8(((sum+2*(b+c))>>3 + a) >> 1)
		}
		if x := 2 * i; x < len(out) {
			out[x] = uint8(((sum+2*(a+d))>>3 + b) >> 1)
		}
	}
	if len(out)%2 == 0 {
		out[len(out)-1] = edge(len(near) - 1)
	}
}

// clip14 drops the 6 fractional bits of a value and clamps it.
func clip14(v int) uint8 { return uint8(min(max(v>>6, 0), 255)) }
