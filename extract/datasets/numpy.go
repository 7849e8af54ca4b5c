package datasets

import (
	"math/bits"
	"slices"

	"gonum.org/v1/gonum/mathext/prng"
)

// A randomState draws the numbers of NumPy's numpy.random.seed(0), which the released
// code splits datasets with.
type randomState struct{ *prng.MT19937 }

// newRandomState returns the generator with seed 0.
func newRandomState() randomState {
	r := randomState{prng.NewMT19937()}
	r.Seed(0)
	return r
}

// below returns a number in [0, n): 32-bit words are drawn, and their lowest bits kept
// once they are small enough. Nothing is drawn for n = 1.
func (r randomState) below(n int) int {
	if n <= 1 {
		return 0
	}
	mask := uint32(1)<<bits.Len32(uint32(n-1)) - 1
	for {
		if v := int(r.Uint32() & mask); v < n {
			return v
		}
	}
}

// shuffle is numpy.random.shuffle of a list.
func (r randomState) shuffle(list []int) {
	for i := len(list) - 1; i > 0; i-- {
		j := r.below(i + 1)
		list[i], list[j] = list[j], list[i]
	}
}

// fourFifths returns what SFDA's and ETran's get_train_valid_loader leaves for
// training, in the order of the samples: there it is shuffled anew each time.
func fourFifths(samples []Sample) []Sample {
	indices := make([]int, len(samples))
	for i := range indices {
		indices[i] = i
	}
	newRandomState().shuffle(indices)
	kept := indices[len(samples)/5:]
	slices.Sort(kept)
	some := make([]Sample, len(kept))
	for i, k := range kept {
		some[i] = samples[k]
	}
	return some
}
