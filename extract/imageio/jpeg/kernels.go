package jpeg

// fast holds the loops over samples, the fastest that the processor can run.
var fast = fastest()

// kernels are loops that take most of the time of decoding. Rows that they are given are padded to multiples of 16
// samples, but for those of ycbcr.
type kernels struct {
	idct   func(coefs *[64]int16, quant *[64]uint16, out []uint8, stride int)
	blend  func(sums []uint16, near, far []uint8)
	double func(out []uint8, sums []uint16, even, odd uint16)
	ycbcr  func(out, ys, cbs, crs []uint8)
}

var portable = kernels{idctPortable, blendPortable, doublePortable, ycbcrPortable}
