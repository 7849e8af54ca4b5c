package jpeg

import "errors"

// image makes the interleaved samples out of the decoded planes.
func (d *decoder) image() (*Image, error) {
	if d.progressive {
		if err := d.inverse(); err != nil {
			return nil, err
		}
	}
	n := len(d.comps)
	img := &Image{Width: d.width, Height: d.height, Channels: n, Pix: make([]uint8, d.width*d.height*n)}
	convert := d.conversion()
	rows := make([]sampler, n)
	for i, c := range d.comps {
		rows[i] = newSampler(c, d.hMax, d.vMax)
	}
	var full [4][]uint8
	for y := range d.height {
		for i := range rows {
			full[i] = rows[i].row(y)
		}
		convert(img.Pix[y*d.width*n:(y+1)*d.width*n], &full)
	}
	return img, nil
}

// inverse turns the coefficients of a progressive file into samples.
func (d *decoder) inverse() error {
	for _, c := range d.comps {
		// libjpeg-turbo looks at the first nine AC coefficients: if one of them is not exact, it smooths between blocks.
		for _, missing := range c.precision[1:10] {
			if missing != 0 {
				return errors.New("progressive JPEG without its last scans: libjpeg-turbo would smooth it, which is not supported")
			}
		}
	}
	for _, c := range d.comps {
		for b := 0; b < len(c.coefs); b += 64 {
			x, y := b/64%c.blocksWide, b/64/c.blocksWide
			fast.idct((*[64]int16)(c.coefs[b:]), c.quant, c.plane[8*(y*c.stride+x):], c.stride)
		}
		c.coefs = nil
	}
	return nil
}

// A conversion fills a row of interleaved samples from full-size rows of the components.
type conversion func(out []uint8, in *[4][]uint8)

// conversion picks the one that libjpeg picks by default. JFIF means YCbCr; without it, Adobe's marker tells, and without
// both, components that are named R, G and B are not converted.
func (d *decoder) conversion() conversion {
	switch len(d.comps) {
	case 1:
		return func(out []uint8, in *[4][]uint8) { copy(out, in[0]) }
	case 3:
		ids := [3]byte{d.comps[0].id, d.comps[1].id, d.comps[2].id}
		rgb := !d.jfif && (d.adobe && d.adobeTransform == 0 || !d.adobe && ids == [3]byte{'R', 'G', 'B'})
		if d.part {
			rgb = !d.ycbcr
		}
		if !rgb {
			return fromYCbCr
		}
	case 4:
		if d.adobe && d.adobeTransform != 0 && !d.part {
			return fromYCCK
		}
	}
	n := len(d.comps)
	return func(out []uint8, in *[4][]uint8) {
		for i := range n {
			for x, v := range in[i][:len(out)/n] {
				out[x*n+i] = v
			}
		}
	}
}

// Contributions of Cr and Cb in 16-bit fixed point. Those to red and blue are rounded by themselves, those to green
// once added.
var crRed, cbBlue, crGreen, cbGreen = func() (r, b, gr, gb [256]int32) {
	const half = 1 << 15
	for i := range int32(256) {
		x := i - 128
		r[i] = (91881*x + half) >> 16  // 1.40200
		b[i] = (116130*x + half) >> 16 // 1.77200
		gr[i] = -46802 * x             // 0.71414
		gb[i] = -22554*x + half        // 0.34414
	}
	return
}()

// clamped[v+256] is v within 0 to 255, for v from -256 to 767.
var clamped = func() (t [1024]uint8) {
	for i := range t {
		t[i] = clamp(int32(i) - 256)
	}
	return
}()

// limit clamps by a table instead of branches. Its mask keeps the index in range without a check; sums of a sample and a
// contribution never leave −256 to 767.
func limit(v int32) uint8 { return clamped[(v+256)&1023] }

// fromYCbCr converts a row of three planes to RGB.
func fromYCbCr(out []uint8, in *[4][]uint8) {
	n := len(out) / 3
	fast.ycbcr(out, in[0][:n], in[1][:n], in[2][:n])
}

// ycbcrPortable converts by tables (JFIF, BT.601), rounded as libjpeg does.
func ycbcrPortable(out, ys, cbs, crs []uint8) {
	cbs, crs = cbs[:len(ys)], crs[:len(ys)]
	for x, y := range ys {
		y, cb, cr := int32(y), cbs[x], crs[x]
		p := (*[3]uint8)(out[3*x:])
		p[0] = limit(y + crRed[cr])
		p[1] = limit(y + (cbGreen[cb]+crGreen[cr])>>16)
		p[2] = limit(y + cbBlue[cb])
	}
}

// fromYCCK inverts RGB to CMY, as libjpeg does.
func fromYCCK(out []uint8, in *[4][]uint8) {
	for x := range len(out) / 4 {
		y, cb, cr := 255-int32(in[0][x]), in[1][x], in[2][x]
		p := (*[4]uint8)(out[4*x:])
		p[0] = limit(y - crRed[cr])
		p[1] = limit(y - (cbGreen[cb]+crGreen[cr])>>16)
		p[2] = limit(y - cbBlue[cb])
		p[3] = in[3][x]
	}
}
