package jpeg

// progressive decodes the blocks of one scan of a progressive file (ISO/IEC 10918-1, annex G).
type progressive struct {
	*bits
	spectrum
	eobRun int // blocks still to come, this one included, that have no more coefficients in the scan
}

// block adds to a block's coefficients what the scan holds of them.
func (p *progressive) block(c *component, coefs *[64]int16) bool {
	switch {
	case p.first == 0 && p.high == 0:
		size, ok := p.symbol(c.dc)
		if !ok {
			return false
		}
		if size > 0 {
			c.pred += extend(p.take(int(size)), int(size))
		}
		coefs[0] = int16(c.pred << p.low)
		return true
	case p.first == 0:
		if p.bit() {
			coefs[0] |= 1 << p.low
		}
		return true
	case p.high == 0:
		return p.acFirst(c.ac, coefs)
	default:
		return p.acRefine(c.ac, coefs)
	}
}

// acFirst reads the first bits of AC coefficients.
func (p *progressive) acFirst(t *huffman, coefs *[64]int16) bool {
	if p.eobRun > 0 {
		p.eobRun--
		return true
	}
	for k := p.first; k <= p.last; k++ {
		symbol, ok := p.symbol(t)
		if !ok {
			return false
		}
		run, size := int(symbol>>4), int(symbol&15)
		if size == 0 {
			if run < 15 { // the band ends here, in this block and the next eobRun ones
				p.eobRun = 1<<run + int(p.take(run)) - 1
				return true
			}
			k += 15 // with the loop, 16 zeros
			continue
		}
		k += run
		if k > p.last {
			return false
		}
		coefs[natural[k]] = int16(extend(p.take(size), size) << p.low)
	}
	return true
}

// acRefine reads one more bit of AC coefficients. A run counts only coefficients that are still zero; each other one
// that it passes gets its bit on the way, so symbols and bits are interleaved (figure G.7).
func (p *progressive) acRefine(t *huffman, coefs *[64]int16) bool {
	k := p.first
	for p.eobRun == 0 && k <= p.last {
		symbol, ok := p.symbol(t)
		if !ok {
			return false
		}
		run, size := int(symbol>>4), int(symbol&15)
		value := int16(0)
		switch {
		case size > 1:
			return false
		case size == 1:
			value = -1 << p.low // a coefficient becomes nonzero with ±1 in the lowest known bit
			if p.take(1) == 1 {
				value = 1 << p.low
			}
		case run < 15:
			p.eobRun = 1<<run + int(p.take(run))
			continue
		}
		k = p.refine(coefs, k, run)
		if value != 0 {
			if k > p.last {
				return false
			}
			coefs[natural[k]] = value
		}
		k++
	}
	if p.eobRun > 0 {
		p.refine(coefs, k, 64) // more zeros than a block has: only corrections are left
		p.eobRun--
	}
	return true
}

// refine reads a bit for each nonzero coefficient from k on, up to and over zeros zero ones. It gives the place of
// the zero coefficient after them, or one past the band.
func (p *progressive) refine(coefs *[64]int16, k, zeros int) int {
	for ; k <= p.last; k++ {
		c := &coefs[natural[k]]
		if *c == 0 {
			if zeros == 0 {
				return k
			}
			zeros--
			continue
		}
		// The bit is already set only in corrupt data; libjpeg leaves such a coefficient as it is.
		if p.bit() && *c&(1<<p.low) == 0 {
			if *c > 0 {
				*c += 1 << p.low
			} else {
				*c -= 1 << p.low
			}
		}
	}
	return k
}
