package results

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
)

// An Interval says between which values a value lies. The zero Interval is none.
type Interval struct {
	Lo, Hi float64
	Level  float64 // of a Confidence interval and of Noise, in (0, 1)
	Kind   IntervalKind
}

// An IntervalKind says what an Interval is made of, and so what it tells.
type IntervalKind string

// The kinds of intervals.
const (
	NoInterval IntervalKind = ""
	Confidence IntervalKind = "confidence" // of the bootstrap: where it would lie for other models, or datasets
	Noise      IntervalKind = "noise"      // quantiles under noise in the accuracies
	Range      IntervalKind = "range"      // the least and the greatest of several values
	Spread     IntervalKind = "spread"     // the value less and plus its standard error over subsets of the samples
)

// Exists reports whether there is an interval.
func (in Interval) Exists() bool { return in.Kind != NoInterval }

// ends returns Lo and Hi, NaN without an interval.
func (in Interval) ends() (lo, hi float64) {
	if !in.Exists() {
		return math.NaN(), math.NaN()
	}
	return in.Lo, in.Hi
}

// Include widens a range to hold v; the zero Interval becomes one.
func (in *Interval) Include(v float64) {
	if !in.Exists() {
		*in = Interval{Lo: v, Hi: v, Kind: Range}
	}
	in.Lo, in.Hi = min(in.Lo, v), max(in.Hi, v)
}

// SampleSpread returns the value less and plus its standard error due to the choice of samples,
// from the values of random subsets of a fraction of them, drawn without replacement: their
// standard deviation, times √(fraction/(1 − fraction)). Halves of the samples need no such
// factor; of subsets of 80 %, which have most samples in common, the standard deviation is
// half of the error (the jackknife that deletes a share of the samples: Shao and Wu, "A
// general theory for jackknife variance estimation", The Annals of Statistics 1989). It
// holds for scores, and about for what is smooth in them; rank correlations are not. There is
// none of fewer than two subsets.
func SampleSpread(value float64, subsets []float64, fraction float64) Interval {
	if len(subsets) < 2 || math.IsNaN(value) {
		return Interval{}
	}
	sd := stat.StdDev(subsets, nil) * math.Sqrt(fraction/(1-fraction))
	return Interval{Lo: value - sd, Hi: value + sd, Kind: Spread}
}

// noInterval returns the zero Interval, and an error that says why there is none.
func noInterval(format string, args ...any) (Interval, error) {
	return Interval{}, fmt.Errorf("no interval: "+format, args...)
}
