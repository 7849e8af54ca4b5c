// Package softmax turns logits into probabilities. Nearly all of the time goes into
// exponentials, so a row of them is computed at once, with vector instructions where the
// processor has them. The portable code differs in the last bits, because it does not fuse
// multiplications with additions.
package softmax

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// Row turns logits into probabilities, exp x / Σ exp x, and returns log Σ exp x. The
// largest logit is taken from all first, which changes nothing and lets no
// exponential overflow.
func Row(x []float64) (logSum float64) {
	top := largest(x)
	sum := exp(x, x, top)
	floats.Scale(1/sum, x)
	return top + math.Log(sum)
}

// LogSum returns log Σ exp x and leaves x as it is.
func LogSum(x []float64) float64 {
	var part [16 * block]float64
	var sum float64
	top := largest(x)
	for lo := 0; lo < len(x); lo += len(part) {
		piece := x[lo:min(lo+len(part), len(x))]
		sum += exp(part[:len(piece)], piece, top)
	}
	return top + math.Log(sum)
}

// largest returns the largest of x, which are numbers. It keeps the largest of every
// fourth, so that no comparison waits for the one before it.
func largest(x []float64) float64 {
	a, b, c, d := x[0], x[0], x[0], x[0]
	for ; len(x) >= 4; x = x[4:] {
		if x[0] > a {
			a = x[0]
		}
		if x[1] > b {
			b = x[1]
		}
		if x[2] > c {
			c = x[2]
		}
		if x[3] > d {
			d = x[3]
		}
	}
	for _, v := range x {
		if v > a {
			a = v
		}
	}
	return max(a, b, c, d)
}
