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

// The filters.
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
	weights []int32 // taps for each output
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
	a.weights = make([]int32, n*a.taps)
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
			weights[j] = int32(float64(w*(1<<weightBits)) + math.Copysign(0.5, w))
		}
	}
	return a
}

// window is a part of a resized image.
type window struct {
	x, y, width, height int
}

// A raster is rows of three bytes a pixel that begin stride bytes apart.
type raster struct {
	data   []uint8
	stride int
}

// row returns row y and what follows it.
func (p raster) row(y int) []uint8 { return p.data[y*p.stride:] }

// scratch is memory that one resample at a time uses.
type scratch struct {
	out, lines []uint8
	last       []uint8
	packed     []uint64
	sums       []uint64
	weights    []int16
}

// resample gives the pixels of a window of the image resized to width×height. They are equal to that part of
// Pillow's Image.resize((width, height)), which goes across first and down second.
func resample(src *imageio.RGB, width, height int, interpolation Interpolation, w window, s *scratch) raster {
	// The rows that the pass down reads.
	rows, top, count := axis{}, w.y, w.height
	if height != src.Height {
		rows = newAxis(src.Height, height, w.y, w.height, interpolation)
		top = rows.starts[0]
		count = rows.starts[w.height-1] + rows.taps - top
		for i := range rows.starts {
			rows.starts[i] -= top
		}
	}
	from := raster{src.Pix[3*src.Width*top:][:3*src.Width*count], 3 * src.Width}
	lines := makeRaster(&s.lines, w.width, count)
	if width == src.Width {
		for y := range count {
			copy(lines.row(y), from.row(y)[3*w.x:][:3*w.width])
		}
	} else {
		passes.across(lines, from, count, newAxis(src.Width, width, w.x, w.width, interpolation), s)
	}
	if height == src.Height {
		return lines
	}
	out := makeRaster(&s.out, w.width, w.height)
	passes.down(out, lines, 3*w.width, rows, s)
	return out
}

// makeRaster makes place for rows of pixels, as assembly needs it: a row has a multiple of 16 bytes, of which at least one
// is no pixel's, and three more rows may be read.
func makeRaster(memory *[]uint8, width, count int) raster {
	stride := (3*width + 16) &^ 15
	*memory = grow(*memory, stride*(count+3))
	return raster{*memory, stride}
}

// passes are the fastest that the processor can run.
var passes = fastest()

// resizer holds the two passes. across resizes count rows, down columns of a width in bytes: either computes as many
// outputs as the axis has.
type resizer struct {
	across func(dst, src raster, count int, a axis, s *scratch)
	down   func(dst, src raster, width int, a axis, s *scratch)
}

var portable = resizer{across, down}

// Two samples share a word, so that one multiplication weighs both: the second is 32 bits up. A sum's lower half
// may be negative and then borrows from the upper one, which unpack gives back.
const halves = half | half<<32

const half = 1 << (weightBits - 1)

// unpack rounds the two sums that share a word to samples.
func unpack(sum uint64) (low, high uint8) {
	l := int32(sum)
	h := int32(sum>>32) - l>>31
	return clamp(l >> weightBits), clamp(h >> weightBits)
}

// word is a weight with its sign in all bits above.
func word(weight int32) uint64 { return uint64(int64(weight)) }

// across resizes rows, two at a time.
func across(dst, src raster, count int, a axis, s *scratch) {
	s.packed = grow(s.packed, src.stride)
	for y := 0; y < count; y += 2 {
		one, out1 := src.row(y)[:src.stride], dst.row(y)
		two, out2 := one, out1
		if y+1 < count {
			two, out2 = src.row(y + 1)[:src.stride], dst.row(y+1)
		}
		for i, v := range one {
			s.packed[i] = uint64(v) | uint64(two[i])<<32
		}
		for x, start := range a.starts {
			weights := a.weights[x*a.taps:][:a.taps]
			p := s.packed[3*start:][:3*a.taps]
			var r, g, b uint64 = halves, halves, halves
			for len(weights) >= 2 {
				v, w, u := (*[6]uint64)(p), word(weights[0]), word(weights[1])
				r += v[0]*w + v[3]*u
				g += v[1]*w + v[4]*u
				b += v[2]*w + v[5]*u
				p, weights = p[6:], weights[2:]
			}
			if len(weights) == 1 {
				w := word(weights[0])
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

// down resizes columns.
func down(dst, src raster, width int, a axis, s *scratch) {
	words, count := (width+1)/2, a.starts[len(a.starts)-1]+a.taps
	s.packed, s.sums = grow(s.packed, words*count), grow(s.sums, words)
	sums := s.sums
	for y := range count {
		pack(s.packed[words*y:][:words], src.row(y)[:width])
	}
	for y, start := range a.starts {
		for i := range sums {
			sums[i] = halves
		}
		rows := s.packed[start*words:]
		weights := a.weights[y*a.taps:][:a.taps]
		for len(weights) >= 4 {
			w0, w1, w2, w3 := word(weights[0]), word(weights[1]), word(weights[2]), word(weights[3])
			r0, r1, r2, r3 := rows[:words], rows[words:][:words], rows[2*words:][:words], rows[3*words:][:words]
			for i := range sums {
				sums[i] += r0[i]*w0 + r1[i]*w1 + r2[i]*w2 + r3[i]*w3
			}
			rows, weights = rows[4*words:], weights[4:]
		}
		for j, w := range weights {
			row := rows[j*words:][:words]
			for i, v := range row {
				sums[i] += v * word(w)
			}
		}
		out := dst.row(y)[:width]
		for i := range width / 2 {
			out[2*i], out[2*i+1] = unpack(sums[i])
		}
		if width%2 == 1 {
			out[width-1], _ = unpack(sums[words-1])
		}
	}
}

// clamp brings v into 0 to 255.
func clamp(v int32) uint8 {
	if uint32(v) > 255 {
		return uint8(^v >> 31) // 0 below, 255 above
	}
	return uint8(v)
}
