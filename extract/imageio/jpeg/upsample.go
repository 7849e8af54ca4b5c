package jpeg

// sampler gives a component's rows at the image's full size.
type sampler struct {
	c      *component
	across int // full-size samples for each of the component's
	down   int
	smooth bool // interpolate across
	out    []uint8
	sums   []uint16 // 3·near + far of two rows, with one more at each end
}

// newSampler chooses as libjpeg-turbo does with "fancy upsampling", its default: interpolation where a direction is
// halved, unless the component is halved across and not wider than two samples, and repetition for other ratios.
func newSampler(c *component, hMax, vMax int) sampler {
	s := sampler{c: c, across: hMax / c.h, down: vMax / c.v}
	s.smooth = s.across == 2 && s.down <= 2 && c.width > 2
	width := (c.width + 15) &^ 15 // as assembly takes them
	if s.across > 1 || s.down == 2 {
		s.out = make([]uint8, width*s.across)
	}
	if s.smooth {
		s.sums = make([]uint16, width+2)
	}
	return s
}

// row gives row y of the image, perhaps with more after it. It is valid until the next call.
func (s *sampler) row(y int) []uint8 {
	near := s.line(y / s.down)
	switch {
	case s.across == 1 && s.down == 2:
		far, bias := s.neighbour(y)
		for x := range s.c.width {
			s.out[x] = uint8((3*int(near[x]) + int(far[x]) + bias) >> 2)
		}
		return s.out
	case s.smooth:
		far, even, odd := near, uint16(4), uint16(8)
		if s.down == 2 {
			far, _ = s.neighbour(y)
			even, odd = 8, 7
		}
		width := s.c.width
		fast.blend(s.sums[1:len(s.sums)-1], near, far)
		s.sums[0], s.sums[width+1] = s.sums[1], s.sums[width]
		fast.double(s.out, s.sums, even, odd)
		return s.out
	case s.across == 1:
		return near
	}
	for x, v := range near[:s.c.width] {
		for i := range s.across {
			s.out[x*s.across+i] = v
		}
	}
	return s.out
}

// line gives the component's own row y with its padding; outside the image, the nearest row inside.
func (s *sampler) line(y int) []uint8 {
	y = min(max(y, 0), s.c.height-1)
	return s.c.plane[y*s.c.stride:][:s.c.stride]
}

// neighbour gives the component's second nearest row to image row y, and the bias that its rounding takes: 1 when it
// is the row above, 2 when it is the one below.
func (s *sampler) neighbour(y int) ([]uint8, int) {
	if y%2 == 0 {
		return s.line(y/2 - 1), 1
	}
	return s.line(y/2 + 1), 2
}

// blendPortable weighs the nearest row 3 and the second nearest 1.
func blendPortable(sums []uint16, near, far []uint8) {
	near, far = near[:len(sums)], far[:len(sums)]
	for x := range sums {
		sums[x] = 3*uint16(near[x]) + uint16(far[x])
	}
}

// doublePortable doubles a row of sums, which weigh four times a sample and have one more at each end: each output is
// 3/4 of the nearest and 1/4 of the second nearest. Outputs at even and odd places are rounded by different numbers.
func doublePortable(out []uint8, sums []uint16, even, odd uint16) {
	sums = sums[:len(out)/2+2]
	for x := range len(out) / 2 {
		near := 3 * sums[x+1]
		pair := (*[2]uint8)(out[2*x:])
		pair[0] = uint8((near + sums[x] + even) >> 4)
		pair[1] = uint8((near + sums[x+2] + odd) >> 4)
	}
}
