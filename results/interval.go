package results

import (
	"fmt"
	"math"
)

// An Interval says between which values a value lies. The zero Interval is none.
type Interval struct {
	Lo, Hi float64
	Level  float64 // of a Confidence interval and of Noise, in (0, 1)
	Kind   IntervalKind
}

// An IntervalKind says what an Interval is made of, and so what it tells.
type IntervalKind string

const (
	NoInterval IntervalKind = ""
	Confidence IntervalKind = "confidence" // of the bootstrap: where it would lie for other models, or datasets
	Noise      IntervalKind = "noise"      // quantiles under noise in the accuracies
	Range      IntervalKind = "range"      // the least and the greatest over subsets of the samples
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

func noInterval(format string, args ...any) (Interval, error) {
	return Interval{}, fmt.Errorf("no interval: "+format, args...)
}
