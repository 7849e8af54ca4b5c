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

// axis holds, for outputs first to first+len(starts) of a direction, where their source samples start and their
// weights.
type axis struct {
	starts  []int
	weights [][]int32
}

// newAxis computes the weights that resize in samples to out, for n outputs from first on.
func newAxis(in, out, first, n int, interpolation Interpolation) axis {
	filter, support := interpolation.filter()
	scale := float64(in) / float64(out)
	stretch := max(scale, 1)
	support *= stretch
	inverse := 1 / stretch
	size := int(math.Ceil(support))*2 + 1
	a := axis{make([]int, n), make([][]int32, n)}
	all := make([]int32, n*size)
	real := make([]float64, size)
	for i := range n {
		center := float64((float64(first+i) + 0.5) * scale)
		low := max(int(center-support+0.5), 0)
		high := min(int(center+support+0.5), in)
		sum := 0.0
		real := real[:high-low]
		for j := range real {
			real[j] = filter(float64((float64(float64(j+low)-center) + 0.5) * inverse))
			sum += real[j]
		}
		weights := all[i*size:][:len(real)]
		for j, w := range real {
			if sum != 0 {
				w /= sum
			}
			weights[j] = int32(math.Trunc(float64(w*(1<<weightBits)) + math.Copysign(0.5, w)))
		}
		a.starts[i], a.weights[i] = low, weights
	}
	return a
}

// window is a part of a resized image.
type window struct {
	x, y, width, height int
}

// resample gives the pixels of a window of the image resized to width×height, three bytes each. The result is
// equal to that part of Pillow's Image.resize((width, height)), which goes across first and down second.
func resample(src *imageio.RGB, width, height int, interpolation Interpolation, w window, s *scratch) []uint8 {
	pix, stride, top := src.Pix, 3*src.Width, 0
	x := 3 * w.x
	if width != src.Width || height != src.Height {
		rows := axis{} // across first, for the rows that the second pass reads
		lines := w.height
		if height != src.Height {
			rows = newAxis(src.Height, height, w.y, w.height, interpolation)
			top = rows.starts[0]
			last := w.height - 1
			lines = rows.starts[last] + len(rows.weights[last]) - top
		} else {
			top = w.y
		}
		if width != src.Width {
			s.across = grow(s.across, 3*w.width*lines)
			across(s.across, pix[top*stride:], stride, lines, newAxis(src.Width, width, w.x, w.width, interpolation))
			pix, stride, x = s.across, 3*w.width, 0
		} else {
			pix = pix[top*stride:]
		}
		if height != src.Height {
			s.down = grow(s.down, 3*w.width*w.height)
			s.sums = grow(s.sums, 3*w.width)
			down(s.down, pix[x:], stride, top, rows, s.sums)
			return s.down
		}
		return cut(pix[x:], stride, w, s)
	}
	return cut(pix[w.y*stride+x:], stride, w, s)
}

// cut copies a window's rows together.
func cut(pix []uint8, stride int, w window, s *scratch) []uint8 {
	s.down = grow(s.down, 3*w.width*w.height)
	for y := range w.height {
		copy(s.down[3*w.width*y:][:3*w.width], pix[y*stride:])
	}
	return s.down
}

const half = 1 << (weightBits - 1)

// across resizes lines rows.
func across(dst, src []uint8, stride, lines int, a axis) {
	for y := range lines {
		row := src[y*stride:][:stride]
		out := dst[3*len(a.starts)*y:][:3*len(a.starts)]
		for x, weights := range a.weights {
			var r, g, b int32 = half, half, half
			p := row[3*a.starts[x]:]
			p = p[:3*len(weights)]
			for i, w := range weights {
				q := p[3*i : 3*i+3 : 3*i+3]
				r += int32(q[0]) * w
				g += int32(q[1]) * w
				b += int32(q[2]) * w
			}
			o := out[3*x : 3*x+3 : 3*x+3]
			o[0], o[1], o[2] = clamp(r>>weightBits), clamp(g>>weightBits), clamp(b>>weightBits)
		}
	}
}

// down resizes columns. src begins with row top of the image.
func down(dst, src []uint8, stride, top int, a axis, sums []int32) {
	n := len(sums)
	for y, weights := range a.weights {
		for i := range sums {
			sums[i] = half
		}
		for j, w := range weights {
			row := src[(a.starts[y]-top+j)*stride:][:n]
			for i, v := range row {
				sums[i] += int32(v) * w
			}
		}
		out := dst[y*n:][:n]
		for i, v := range sums {
			out[i] = clamp(v >> weightBits)
		}
	}
}

func clamp(v int32) uint8 {
	if uint32(v) > 255 {
		return uint8(^v >> 31) // 0 below, 255 above
	}
	return uint8(v)
}
