package imageio

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// ppm is a PBM, PGM or PPM file.
type ppm struct {
	width, height int
	kind          byte // 1 to 3: bits, gray and RGB as text; 4 to 6: the same as bytes
	most          int  // the largest sample
	samples       []byte
}

var errPPM = errors.New("corrupt header of a PPM file")

// openPPM reads the header.
func openPPM(data []byte) (*ppm, error) {
	p := &ppm{kind: data[1] - '0', most: 1, samples: data[2:]}
	numbers := []*int{&p.width, &p.height, &p.most}
	if p.kind == 1 || p.kind == 4 {
		numbers = numbers[:2]
	}
	for _, n := range numbers {
		token, err := p.token()
		if err != nil {
			return nil, err
		}
		if *n, err = strconv.Atoi(token); err != nil || *n < 1 {
			return nil, errPPM
		}
	}
	if p.most > math.MaxUint16 {
		return nil, errPPM
	}
	return p, nil
}

// token takes the next word, and the space after it.
func (p *ppm) token() (string, error) {
	var token []byte
	for len(p.samples) > 0 && len(token) <= 10 {
		c := p.samples[0]
		p.samples = p.samples[1:]
		switch {
		case c == '#':
			end := bytes.IndexAny(p.samples, "\r\n")
			if end < 0 {
				return "", errTruncated
			}
			p.samples = p.samples[end+1:]
		case c > ' ':
			token = append(token, c)
		case len(token) > 0:
			return string(token), nil
		}
	}
	if len(token) > 10 {
		return "", errPPM
	}
	if len(token) > 0 {
		return string(token), nil
	}
	return "", errTruncated
}

// ppmSize reads the size of the image.
func ppmSize(data []byte) (width, height int, err error) {
	p, err := openPPM(data)
	if err != nil {
		return 0, 0, err
	}
	return p.width, p.height, nil
}

// decodePPM decodes the samples row by row.
func decodePPM(data []byte) (*RGB, error) {
	p, err := openPPM(data)
	if err != nil {
		return nil, err
	}
	channels := 1
	if p.kind%3 == 0 {
		channels = 3
	}
	row, size := p.width*channels, 1
	switch {
	case p.kind == 4:
		row = (p.width + 7) / 8
	case p.kind > 4 && p.most > 255:
		size = 2
	}
	if p.height*row*size > len(p.samples) { // text has a character for each, too
		return nil, errTruncated
	}
	values := p.values()
	img := newRGB(p.width, p.height)
	for y := range p.height {
		for x := range p.width {
			if p.kind == 4 {
				bit := p.samples[y*row+x/8] >> (7 - x%8) & 1
				v := 255 * (1 - bit)
				img.set(y*p.width+x, v, v, v)
				continue
			}
			var c [3]uint8
			for i := range channels {
				v, err := p.next(size)
				if err != nil {
					return nil, err
				}
				c[i] = values[v]
			}
			if channels == 1 {
				c[1], c[2] = c[0], c[0]
			}
			img.set(y*p.width+x, c[0], c[1], c[2])
		}
	}
	return img, nil
}

// values gives the 8 bits of each sample: gray of more than 8 bits is stretched to 16 and clipped, all others are
// stretched to 8.
func (p *ppm) values() []uint8 {
	values := make([]uint8, math.MaxUint16+1)
	full := 255.
	if p.kind%3 == 2 && p.most > 255 {
		full = math.MaxUint16
	}
	for v := range values {
		values[v] = uint8(min(math.RoundToEven(float64(float64(v)/float64(p.most))*full), 255))
	}
	if p.kind == 1 {
		values[0], values[1] = 255, 0
	}
	return values
}

// next takes the next sample, of so many bytes or of text.
func (p *ppm) next(size int) (int, error) {
	switch {
	case p.kind == 1:
		return p.digit()
	case p.kind < 4:
		token, err := p.token()
		if err != nil {
			return 0, err
		}
		v, err := strconv.Atoi(token)
		if err != nil || v < 0 || v > p.most {
			return 0, fmt.Errorf("corrupt sample %q", token)
		}
		return v, nil
	}
	v := 0
	for _, b := range p.samples[:size] {
		v = v<<8 | int(b)
	}
	p.samples = p.samples[size:]
	return v, nil
}

// digit takes the next bit as text, which space need not follow.
func (p *ppm) digit() (int, error) {
	for len(p.samples) > 0 {
		c := p.samples[0]
		p.samples = p.samples[1:]
		switch {
		case c == '#':
			p.samples = p.samples[max(bytes.IndexAny(p.samples, "\r\n")+1, 0):]
		case c == '0' || c == '1':
			return int(c - '0'), nil
		case c > ' ':
			return 0, fmt.Errorf("corrupt sample %q", c)
		}
	}
	return 0, errTruncated
}
