package transform

import "golang.org/x/sys/cpu"

//go:generate go run -C ../../tools ./asm/transform -out ../extract/transform/passes_amd64.s -stubs ../extract/transform/passes_stubs_amd64.go -pkg transform

// fastest returns the passes for this processor.
func fastest() resizer {
	if cpu.X86.HasAVX2 {
		return resizer{acrossNative, downNative}
	}
	return portable
}

// What assembly asks for.
const (
	lowBits = 11 // of a weight are apart in assembly: see tools/asm/transform
	beyond  = 13 // bytes after the last pixel that acrossAVX2 may read
)

// split arranges weights for assembly. Each group of four, which zeros fill up, becomes four lower and four higher
// parts.
func (a axis) split(s *scratch) (weights []int16, groups int) {
	groups = (a.taps + 3) / 4
	weights = grow(s.weights, 8*groups*len(a.starts))
	s.weights = weights
	clear(weights)
	for i := range a.starts {
		out := weights[8*groups*i:]
		for j, w := range a.weights[i*a.taps:][:a.taps] {
			out[j/4*8+j%4] = int16(w & (1<<lowBits - 1))
			out[j/4*8+j%4+4] = int16(w >> lowBits)
		}
	}
	return weights, groups
}

// acrossNative resizes rows, four at a time. The last ones are copied to memory that goes on after them.
func acrossNative(dst, src raster, count int, a axis, s *scratch) {
	weights, groups := a.split(s)
	for y := 0; y < count; y += 4 {
		rows := src.row(y)
		if (count-y-4)*src.stride < beyond {
			s.last = grow(s.last, 4*src.stride+beyond)
			copy(s.last, rows)
			rows = s.last
		}
		acrossAVX2(dst.row(y), dst.stride, rows, src.stride, a.starts, weights, groups)
	}
}

// downNative resizes columns, a row of results at a time.
func downNative(dst, src raster, width int, a axis, s *scratch) {
	weights, groups := a.split(s)
	for y, start := range a.starts {
		downAVX2(dst.row(y)[:dst.stride], src.row(start), src.stride, weights[8*groups*y:][:8*groups])
	}
}
