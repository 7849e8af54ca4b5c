package softmax

import (
	"math"

	"sfdalab/internal/linalg"
)

// block is how many numbers exp computes at a time.
const block = 16

// blocks is exp for a multiple of block. It is in assembly where linalg's kernel is.
var blocks = func() func(dst, x []float64, top float64) float64 {
	kernel, _ := linalg.Kernel()
	return choose(kernel != "portable")
}()

// exp sets dst to exp(x − top), for x ≤ top, to within a unit in the last place, and
// returns its sum. Less than exp(−707), near the smallest normal number, counts as that.
func exp(dst, x []float64, top float64) float64 {
	whole := len(x) / block * block
	sum := blocks(dst[:whole], x[:whole], top)
	if whole < len(x) {
		var rest [block]float64
		for i := copy(rest[:], x[whole:]); i < block; i++ {
			rest[i] = math.Inf(-1)
		}
		sum += blocks(rest[:], rest[:], top)
		copy(dst[whole:], rest[:])
	}
	return sum
}

// expPortable is exp for a multiple of block.
//
// With x − top = k log 2 + r and |r| ≤ ½ log 2 it is 2ᵏ exp r, and exp r is its Taylor
// series to r¹³, whose rest is less than 1e-17.
func expPortable(dst, x []float64, top float64) (sum float64) {
	const (
		least  = -707
		perLog = 1 / math.Ln2
		round  = 0x1.8p52                   // a number added to it is rounded to an integer, in its last bits
		high   = 6.93147180369123816490e-01 // log 2 to 33 digits, so that k·high is exact,
		low    = 1.90821492927058770002e-10 // and the rest of it
	)
	for i, v := range x {
		v = max(v-top, least)
		shifted := v*perLog + round
		k := shifted - round
		r := v - k*high - k*low
		p := 1. / 6227020800
		p = p*r + 1./479001600
		p = p*r + 1./39916800
		p = p*r + 1./3628800
		p = p*r + 1./362880
		p = p*r + 1./40320
		p = p*r + 1./5040
		p = p*r + 1./720
		p = p*r + 1./120
		p = p*r + 1./24
		p = p*r + 1./6
		p = p*r + 1./2
		p = 1 + (r + r*r*p)
		dst[i] = p * math.Float64frombits(math.Float64bits(1)+math.Float64bits(shifted)<<52)
		sum += dst[i]
	}
	return sum
}
