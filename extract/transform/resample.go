package transform

import (
	"math"

	"sfdalab/extract/imageio"
)

// Version changes whenever some image is resized to other pixels than before. It belongs to the identity of what is
// made from images.
const Version = 1

// Interpolation is one of Pillow's filters. All average over every source pixel that an output pixel covers
// ("antialias"), with weights of 22 bits and 8 bits a sample between the two directions.
type Interpolation string

const (
	Box      Interpolation = "box"
	Bilinear Interpolation = "bilinear"
	Bicubic  Interpolation = "bicubic" // a = -0.5
	Lanczos  Interpolation = "lanczos" // three lobes
)

// filter gives the interpolation's weight at a distance, and the distance from which on it is 0. Conversions keep
// products and sums from being fused, so that every machine gets Pillow's weights.
func (i Interpolation) filter() (weight func(x float64) float64, support float64) {
	switch i {
	case Box:
		return func(x float64) float64 {
			if x > -0.5 && x <= 0.5 {
				return 1
			}
			return 0
		}, 0.5
	case Bilinear:
		return func(x float64) float64 { return max(0, 1-math.Abs(x)) }, 1
	case Bicubic:
		const a = -0.5
		return func(x float64) float64 {
			switch x = math.Abs(x); {
			case x < 1:
				return float64(float64(float64(float64((a+2)*x)-(a+3))*x)*x) + 1
			case x < 2:
				return float64(float64(float64(float64(x-5)*x+8)*x)-4) * a
			}
			return 0
		}, 2
	case Lanczos:
		sinc := func(x float64) float64 {
			if x == 0 {
				return 1
			}
			x *= math.Pi
			return math.Sin(x) / x
		}
		return func(x float64) float64 {
			if x >= -3 && x < 3 {
				return sinc(x) * sinc(x/3)
			}
			return 0
		}, 3
	}
	return nil, 0
}

// weightBits is the number of fractional bits of a weight.
const weightBits = 22

// axis holds, for some outputs in a row of a direction, where their source samples start and their weights. All have
// the same number of weights: 0 fills up.
type axis struct {
	starts  []int
	taps    int
	weights []int64 // taps for each output
}

// newAxis computes the weights that resize in samples to out, for n outputs from first on.
func newAxis(in, out, first, n int, interpolation Interpolation) axis {
	filter, support := interpolation.filter()
	scale := float64(in) / float64(out)
	stretch := max(scale, 1)
	support *= stretch
	inverse := 1 / stretch
	a := axis{starts: make([]int, n)}
	ends := make([]int, n)
	center := func(i int) float64 { return float64((float64(first+i) + 0.5) * scale) }
	for i := range n {
		a.starts[i] = max(int(center(i)-support+0.5), 0)
		ends[i] = min(int(center(i)+support+0.5), in)
		a.taps = max(a.taps, ends[i]-a.starts[i])
	}
	a.weights = make([]int64, n*a.taps)
	exact := make([]float64, a.taps)
	for i, low := range a.starts {
		exact := exact[:ends[i]-low]
		sum := 0.0
		for j := range exact {
			exact[j] = filter(float64((float64(float64(j+low)-center(i)) + 0.5) * inverse))
			sum += exact[j]
		}
		a.starts[i] = min(low, in-a.taps)
		weights := a.weights[i*a.taps+low-a.starts[i]:]
		for j, w := range exact {
			if sum != 0 {
				w /= sum
			}
			weights[j] = int64(float64(w*(1<<weightBits)) + math.Copysign(0.5, w))
		}
	}
	return a
}

// window is a part of a resized image.
type window struct {
	x, y, width, height int
}

// scratch is memory that one resample at a time uses.
type scratch struct {
	out    []uint8
	lines  []uint8
	packed []uint64
	sums   []uint64
}

// resample gives the pixels of a window of the image resized to width×height, three bytes each. The result is
// equal to that part of Pillow's Image.resize((width, height)), which goes across first and down second.
func resample(src *imageio.RGB, width, height int, interpolation Interpolation, w window, s *scratch) []uint8 {
	// The rows that the pass down reads.
	rows, top, count := axis{}, w.y, w.height
	if height != src.Height {
		rows = newAxis(src.Height, height, w.y, w.height, interpolation)
		top = rows.starts[0]
		count = rows.starts[w.height-1] + rows.taps - top
	}
	stride := 3 * src.Width
	pix := src.Pix[top*stride:][:count*stride]
	s.lines = grow(s.lines, 3*w.width*count)
	if width == src.Width {
		for y := range count {
			copy(s.lines[3*w.width*y:][:3*w.width], pix[y*stride+3*w.x:])
		}
	} else {
		s.packed = grow(s.packed, stride)
		across(s.lines, pix, s.packed, newAxis(src.Width, width, w.x, w.width, interpolation))
	}
	if height == src.Height {
		return s.lines
	}
	s.out = grow(s.out, 3*w.width*w.height)
	words := (3*w.width + 1) / 2
	s.packed, s.sums = grow(s.packed, words*count), grow(s.sums, words)
	for y := range count {
		line := s.lines[3*w.width*y:][:3*w.width]
		pack(s.packed[words*y:][:words], line)
	}
	down(s.out, s.packed, top, rows, s.sums)
	return s.out
}

// Two samples share a word, so that one multiplication weighs both: the second is 32 bits up. A sum's lower half
// may be negative and then borrows from the upper one, which unpack gives back.
const halves = half | half<<32

const half = 1 << (weightBits - 1)

func unpack(sum uint64) (low, high uint8) {
	l := int32(sum)
	h := int32(sum>>32) - l>>31
	return clamp(l >> weightBits), clamp(h >> weightBits)
}

// across resizes rows, two at a time.
func across(dst, src []uint8, packed []uint64, a axis) {
	stride, width := len(packed), 3*len(a.starts)
	for len(src) > 0 {
		one, two := src[:stride], src[:stride]
		out1, out2 := dst[:width], dst[:width]
		src, dst = src[stride:], dst[width:]
		if len(src) > 0 {
			two, out2 = src[:stride], dst[:width]
			src, dst = src[stride:], dst[width:]
		}
		for i, v := range one {
			packed[i] = uint64(v) | uint64(two[i])<<32
		}
		for x, start := range a.starts {
			weights := a.weights[x*a.taps:][:a.taps]
			p := packed[3*start:][:3*a.taps]
			var r, g, b uint64 = halves, halves, halves
			for len(weights) >= 2 {
				v, w := (*[6]uint64)(p), uint64(weights[0])
				u := uint64(weights[1])
				r += v[0]*w + v[3]*u
				g += v[1]*w + v[4]*u
				b += v[2]*w + v[5]*u
				p, weights = p[6:], weights[2:]
			}
			if len(weights) == 1 {
				w := uint64(weights[0])
				r += p[0] * w
				g += p[1] * w
				b += p[2] * w
			}
			o1, o2 := (*[3]uint8)(out1[3*x:]), (*[3]uint8)(out2[3*x:])
			o1[0], o2[0] = unpack(r)
			o1[1], o2[1] = unpack(g)
			o1[2], o2[2] = unpack(b)
		}
	}
}

// pack puts neighbouring samples together.
func pack(dst []uint64, line []uint8) {
	for i := range len(line) / 2 {
		dst[i] = uint64(line[2*i]) | uint64(line[2*i+1])<<32
	}
	if len(line)%2 == 1 {
		dst[len(dst)-1] = uint64(line[len(line)-1])
	}
}

// down resizes columns. packed begins with row top of the image.
func down(dst []uint8, packed []uint64, top int, a axis, sums []uint64) {
	words := len(sums)
	width := len(dst) / len(a.starts)
	for y, start := range a.starts {
		for i := range sums {
			sums[i] = halves
		}
		rows := packed[(start-top)*words:]
		weights := a.weights[y*a.taps:][:a.taps]
		for len(weights) >= 4 {
			w0, w1, w2, w3 := uint64(weights[0]), uint64(weights[1]), uint64(weights[2]), uint64(weights[3])
			r0, r1, r2, r3 := rows[:words], rows[words:][:words], rows[2*words:][:words], rows[3*words:][:words]
			for i := range sums {
				sums[i] += r0[i]*w0 + r1[i]*w1 + r2[i]*w2 + r3[i]*w3
			}
			rows, weights = rows[4*words:], weights[4:]
		}
		for j, w := range weights {
			row := rows[j*words:][:words]
			for i, v := range row {
				sums[i] += v * uint64(w)
			}
		}
		out := dst[y*width:][:width]
		for i := range width / 2 {
			out[2*i], out[2*i+1] = unpack(sums[i])
		}
		if width%2 == 1 {
			out[width-1], _ = unpack(sums[words-1])
		}
	}
}

func clamp(v int32) uint8 {
	if uint32(v) > 255 {
		return uint8(^v >> 31) // 0 below, 255 above
	}
	return uint8(v)
}
