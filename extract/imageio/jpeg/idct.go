package jpeg

// Multipliers of the inverse DCT with 13 fractional bits, as in Loeffler, Ligtenberg and Moschytz (1989).
const (
	constBits = 13
	pass1Bits = 2 // fractional bits kept between columns and rows

	fix0298 = 2446  // 0.298631336
	fix0390 = 3196  // 0.390180644
	fix0541 = 4433  // 0.541196100
	fix0765 = 6270  // 0.765366865
	fix0899 = 7373  // 0.899976223
	fix1175 = 9633  // 1.175875602
	fix1501 = 12299 // 1.501321110
	fix1847 = 15137 // 1.847759065
	fix1961 = 16069 // 1.961570560
	fix2053 = 16819 // 2.053119869
	fix2562 = 20995 // 2.562915447
	fix3072 = 25172 // 3.072711026
)

// inverse8 is the one-dimensional inverse DCT of eight values. Results have constBits more fractional bits.
func inverse8(x0, x1, x2, x3, x4, x5, x6, x7 int32) (y0, y1, y2, y3, y4, y5, y6, y7 int32) {
	// The even half: a rotation by 6π/16 with three multiplications in place of four.
	z := (x2 + x6) * fix0541
	even2 := z - x6*fix1847
	even3 := z + x2*fix0765
	sum, difference := (x0+x4)<<constBits, (x0-x4)<<constBits
	a0, a3 := sum+even3, sum-even3
	a1, a2 := difference+even2, difference-even2

	// The odd half: the products that its four outputs share are computed once.
	z1, z2, z3, z4 := x7+x1, x5+x3, x7+x3, x5+x1
	z5 := (z3 + z4) * fix1175
	z1 *= -fix0899
	z2 *= -fix2562
	z3 = z3*-fix1961 + z5
	z4 = z4*-fix0390 + z5
	b0 := x7*fix0298 + z1 + z3
	b1 := x5*fix2053 + z2 + z4
	b2 := x3*fix3072 + z2 + z3
	b3 := x1*fix1501 + z1 + z4

	return a0 + b3, a1 + b2, a2 + b1, a3 + b0, a3 - b0, a2 - b1, a1 - b2, a0 - b3
}

// idctPortable writes the 8×8 samples of a block, dequantized here, to out with rows stride apart. Columns come first,
// and both passes round as libjpeg-turbo's JDCT_ISLOW does.
func idctPortable(coefs *[64]int16, quant *[64]uint16, out []uint8, stride int) {
	const (
		shift = constBits - pass1Bits
		half  = 1 << (shift - 1)
	)
	var work [64]int32
	for x := range 8 {
		c, q := coefs[x:x+57:x+57], quant[x:x+57:x+57]
		x0 := int32(c[0]) * int32(q[0])
		// A column with only its first coefficient is constant.
		if c[8]|c[16]|c[24]|c[32]|c[40]|c[48]|c[56] == 0 {
			dc := (x0<<constBits + half) >> shift
			w := work[x : x+57 : x+57]
			w[0], w[8], w[16], w[24], w[32], w[40], w[48], w[56] = dc, dc, dc, dc, dc, dc, dc, dc
			continue
		}
		y0, y1, y2, y3, y4, y5, y6, y7 := inverse8(x0,
			int32(c[8])*int32(q[8]), int32(c[16])*int32(q[16]), int32(c[24])*int32(q[24]), int32(c[32])*int32(q[32]),
			int32(c[40])*int32(q[40]), int32(c[48])*int32(q[48]), int32(c[56])*int32(q[56]))
		w := work[x : x+57 : x+57]
		w[0], w[8], w[16], w[24] = (y0+half)>>shift, (y1+half)>>shift, (y2+half)>>shift, (y3+half)>>shift
		w[32], w[40], w[48], w[56] = (y4+half)>>shift, (y5+half)>>shift, (y6+half)>>shift, (y7+half)>>shift
	}
	const (
		shift2 = constBits + pass1Bits + 3
		round  = 1<<(shift2-1) + 128<<shift2 // half, and samples are around 128
	)
	for y := range 8 {
		w := (*[8]int32)(work[8*y:])
		row := (*[8]uint8)(out[y*stride:])
		y0, y1, y2, y3, y4, y5, y6, y7 := inverse8(w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7])
		row[0], row[1] = clamp((y0+round)>>shift2), clamp((y1+round)>>shift2)
		row[2], row[3] = clamp((y2+round)>>shift2), clamp((y3+round)>>shift2)
		row[4], row[5] = clamp((y4+round)>>shift2), clamp((y5+round)>>shift2)
		row[6], row[7] = clamp((y6+round)>>shift2), clamp((y7+round)>>shift2)
	}
}

// idctFlat is idct for a block whose only coefficient is the first. Both passes then only shift and round, in all by 8.
func idctFlat(dc int16, quant *[64]uint16, out []uint8, stride int) {
	sample := clamp((int32(dc)*int32(quant[0])+4)>>3 + 128)
	for y := range 8 {
		row := (*[8]uint8)(out[y*stride:])
		*row = [8]uint8{sample, sample, sample, sample, sample, sample, sample, sample}
	}
}

// clamp brings v into 0 to 255.
func clamp(v int32) uint8 {
	if uint32(v) > 255 {
		return uint8(^v >> 31) // 0 below, 255 above
	}
	return uint8(v)
}
