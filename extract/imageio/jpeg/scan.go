package jpeg

import (
	"errors"
	"fmt"
)

var errScan = errors.New("corrupt JPEG: scan header")

// spectrum is what a scan codes of each block: coefficients first to last in zigzag order, with the bits
// from high (exclusive, 0 for none before) down to low.
type spectrum struct {
	first, last int
	high, low   uint8
}

// scan reads the scan header and the entropy-coded data after it.
func (d *decoder) scan(s []byte) error {
	if d.comps == nil || len(s) < 1 || len(s) != 4+2*int(s[0]) || s[0] < 1 || int(s[0]) > len(d.comps) {
		return errScan
	}
	n := int(s[0])
	tail := s[1+2*n:]
	sp := spectrum{int(tail[0]), int(tail[1]), tail[2] >> 4, tail[2] & 15}
	if !d.progressive {
		sp = spectrum{0, 63, 0, 0} // libjpeg ignores what a sequential file says here
	} else if sp.first > sp.last || sp.last > 63 || sp.low > 13 ||
		sp.first == 0 && sp.last != 0 || sp.first > 0 && n > 1 || sp.high > 0 && sp.high != sp.low+1 {
		// G.1.1.1: a progressive scan has DC or AC coefficients, AC of one component, and refines by one bit.
		return errScan
	}
	if err := d.allocate(); err != nil {
		return err
	}
	comps := make([]*component, n)
	blocks := 0
	for i := range comps {
		c, err := d.scanComponent(s[1+2*i], s[2+2*i], sp)
		if err != nil {
			return err
		}
		for _, other := range comps[:i] {
			if other == c {
				return errScan
			}
		}
		comps[i] = c
		blocks += c.h * c.v
	}
	if n > 1 && blocks > 10 { // the standard's limit, which libjpeg enforces
		return errScan
	}
	if err := d.entropyCoded(comps, sp); err != nil {
		return err
	}
	for _, c := range comps {
		for k := sp.first; k <= sp.last; k++ {
			c.precision[k] = int8(sp.low)
		}
	}
	return nil
}

// scanComponent prepares the component with this id for a scan with these Huffman tables.
func (d *decoder) scanComponent(id, tables byte, sp spectrum) (*component, error) {
	var c *component
	for _, candidate := range d.comps {
		if candidate.id == id {
			c = candidate
			break
		}
	}
	if c == nil || tables>>4 > 3 || tables&15 > 3 {
		return nil, errScan
	}
	if c.quant == nil {
		if c.quant = d.quant[c.table]; c.quant == nil {
			return nil, fmt.Errorf("corrupt JPEG: quantization table %d is missing", c.table)
		}
	}
	if sp.first > 0 && c.precision[0] < 0 { // DC comes before AC
		return nil, errScan
	}
	for k := sp.first; k <= sp.last; k++ { // each bit comes once
		if before := c.precision[k]; sp.high == 0 && before >= 0 || sp.high > 0 && before != int8(sp.high) {
			return nil, errScan
		}
	}
	c.dc, c.ac = d.dc[tables>>4], d.ac[tables&15]
	if sp.first == 0 && sp.high == 0 {
		if c.dc == nil {
			return nil, fmt.Errorf("corrupt JPEG: Huffman table %d is missing", tables>>4)
		}
		for _, symbol := range c.dc.symbols { // a DC symbol is a count of bits, which take reads at once
			if symbol > 15 {
				return nil, errHuffmanTable
			}
		}
	}
	if sp.last > 0 && c.ac == nil {
		return nil, fmt.Errorf("corrupt JPEG: Huffman table %d is missing", tables&15)
	}
	return c, nil
}

// entropyCoded decodes the data of a scan, MCU by MCU.
func (d *decoder) entropyCoded(comps []*component, sp spectrum) error {
	wide, high := d.mcusWide, d.mcusHigh
	if len(comps) == 1 { // an MCU is one block, and blocks that only pad are left out
		wide, high = ceilDiv(comps[0].width, 8), ceilDiv(comps[0].height, 8)
	}
	r := &bits{data: d.data, pos: d.pos}
	p := progressive{bits: r, spectrum: sp}
	for _, c := range comps {
		c.pred = 0
	}
	done := 0 // MCUs
	for my := range high {
		for mx := range wide {
			if d.restartInterval > 0 && done > 0 && done%d.restartInterval == 0 {
				if err := r.restart((done/d.restartInterval - 1) & 7); err != nil {
					return err
				}
				p.eobRun = 0
				for _, c := range comps {
					c.pred = 0
				}
			}
			done++
			for _, c := range comps {
				h, v := c.h, c.v
				if len(comps) == 1 {
					h, v = 1, 1
				}
				if !d.blocks(&p, c, mx*h, my*v, h, v) {
					return errCode
				}
			}
			if r.overrun() {
				return ErrTruncated
			}
		}
	}
	d.pos = r.pos
	return nil
}

// blocks decodes the blocks of a component in an MCU, of which x and y is the first.
func (d *decoder) blocks(p *progressive, c *component, x, y, wide, high int) bool {
	for row := y; row < y+high; row++ {
		for at := x; at < x+wide; at++ {
			ok := true
			if d.progressive {
				ok = p.block(c, (*[64]int16)(c.coefs[64*(row*c.blocksWide+at):]))
			} else {
				ok = p.bits.block(c, 8*(row*c.stride+at))
			}
			if !ok {
				return false
			}
		}
	}
	return true
}

// restart skips to restart marker number n and drops the bits before it. A wrong number means that a whole interval is
// lost; libjpeg would guess where to go on, which would give other pixels without an error.
func (r *bits) restart(n int) error {
	d := decoder{data: r.data, pos: r.pos} // no bit of acc is from beyond the marker
	marker, err := d.nextMarker()
	if err != nil {
		return err
	}
	if marker != markerRST0+byte(n) {
		return errors.New("corrupt JPEG: a restart marker is missing")
	}
	*r = bits{data: r.data, pos: d.pos}
	return nil
}

// block decodes the next block of a sequential file into the component's plane at this offset.
func (r *bits) block(c *component, at int) bool {
	coefs := &r.coefs
	*coefs = [64]int16{}
	last := 0

	// The reader's state stays in registers: this loop is half the time of decoding.
	if r.n < 32 {
		r.refill()
	}
	acc, n := r.acc, r.n
	if e := c.dc.whole[acc>>(64-lookupBits)]; e != 0 {
		acc <<= e & 255
		n -= int(e & 255)
		c.pred += e >> 16
	} else {
		r.acc, r.n = acc, n
		size, ok := r.symbol(c.dc)
		if !ok {
			return false
		}
		if size > 0 {
			c.pred += extend(r.take(int(size)), int(size))
		}
		acc, n = r.acc, r.n
	}
	coefs[0] = int16(c.pred)

	for k := 1; k < 64; k++ {
		if n < 32 {
			r.acc, r.n = acc, n
			r.refill()
			acc, n = r.acc, r.n
		}
		prefix := acc >> (64 - lookupBits)
		if e := c.ac.whole[prefix]; e != 0 {
			acc <<= e & 255
			n -= int(e & 255)
			k += int(e >> 8 & 15)
			if k > 63 {
				return false
			}
			coefs[natural[k]] = int16(e >> 16)
			last = k
			continue
		}
		var symbol uint8
		if e := c.ac.short[prefix]; e != 0 {
			symbol = uint8(e >> 8)
			acc <<= e & 255
			n -= int(e & 255)
		} else {
			s, length := c.ac.long(acc)
			if length == 0 {
				return false
			}
			symbol = s
			acc <<= length
			n -= length
		}
		run, size := int(symbol>>4), int(symbol&15)
		if size == 0 {
			if run != 15 {
				break
			}
			k += 15
			continue
		}
		k += run
		if k > 63 {
			return false
		}
		coefs[natural[k]] = int16(extend(int32(acc>>(64-size)), size))
		last = k
		acc <<= size
		n -= size
	}
	r.acc, r.n = acc, n
	if last == 0 {
		idctFlat(coefs[0], c.quant, c.plane[at:], c.stride)
	} else {
		fast.idct(coefs, c.quant, c.plane[at:], c.stride)
	}
	return true
}
