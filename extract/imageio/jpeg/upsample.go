package jpeg

// sampler gives a component's rows at the image's full size.
type sampler struct {
	c      *component
	across int // full-size samples for each of the component's
	down   int
	smooth bool // interpolate across
	out    []uint8
	sums   []int32 // 3·near + far of two rows
}

// newSampler chooses as libjpeg-turbo does with "fancy upsampling", its default: interpolation where a direction is
// halved, unless the component is halved across and not wider than two samples, and repetition for other ratios.
func newSampler(c *component, hMax, vMax int) sampler {
	s := sampler{c: c, across: hMax / c.h, down: vMax / c.v}
	s.smooth = s.across == 2 && s.down <= 2 && c.width > 2
	if s.across > 1 || s.down == 2 {
		s.out = make([]uint8, c.width*s.across)
	}
	if s.smooth && s.down == 2 {
		s.sums = make([]int32, c.width)
	}
	return s
}

// row gives row y of the image. It is valid until the next call.
func (s *sampler) row(y int) []uint8 {
	near := s.line(y / s.down)
	switch {
	case s.across == 1 && s.down == 2:
		far, bias := s.neighbour(y)
		for x, v := range near {
			s.out[x] = uint8((3*int(v) + int(far[x]) + bias) >> 2)
		}
		return s.out
	case s.smooth && s.down == 1:
		smooth1(s.out, near)
		return s.out
	case s.smooth:
		far, _ := s.neighbour(y)
		for x, v := range near {
			s.sums[x] = 3*int32(v) + int32(far[x])
		}
		smooth2(s.out, s.sums)
		return s.out
	case s.across == 1:
		return near
	}
	for x, v := range near {
		for i := range s.across {
			s.out[x*s.across+i] = v
		}
	}
	return s.out
}

// line gives the component's own row y; outside the image, the nearest row inside.
func (s *sampler) line(y int) []uint8 {
	y = min(max(y, 0), s.c.height-1)
	return s.c.plane[y*s.c.stride:][:s.c.width]
}

// neighbour gives the component's second nearest row to image row y, and the bias that its rounding takes: 1 when it
// is the row above, 2 when it is the one below.
func (s *sampler) neighbour(y int) ([]uint8, int) {
	if y%2 == 0 {
		return s.line(y/2 - 1), 1
	}
	return s.line(y/2 + 1), 2
}

// smooth1 doubles a row: each output is 3/4 of the nearest sample and 1/4 of the second nearest. Rounding
// alternates between down and up.
func smooth1(out, in []uint8) {
	last := len(in) - 1
	out[0] = in[0]
	for x := range last {
		a, b := int(in[x]), int(in[x+1])
		pair := (*[2]uint8)(out[2*x+1:])
		pair[0] = uint8((3*a + b + 2) >> 2)
		pair[1] = uint8((3*b + a + 1) >> 2)
	}
	out[2*last+1] = in[last]
}

// smooth2 doubles a row of sums over two rows, which weigh four times a sample.
func smooth2(out []uint8, sums []int32) {
	last := len(sums) - 1
	out[0] = uint8((4*sums[0] + 8) >> 4)
	for x := range last {
		a, b := sums[x], sums[x+1]
		pair := (*[2]uint8)(out[2*x+1:])
		pair[0] = uint8((3*a + b + 7) >> 4)
		pair[1] = uint8((3*b + a + 8) >> 4)
	}
	out[2*last+1] = uint8((4*sums[last] + 7) >> 4)
}
