package experiments

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"sfdalab/features"
)

// Total returns how many subsets are scored, of all fractions together. They are
// numbered from 1, those of the first fraction first; 0 stands for all samples.
func (s Subsets) Total() int { return s.Count * len(s.fractions()) }

func (s Subsets) fractions() Fractions {
	if len(s.Fraction) == 0 {
		return Fractions{0.5} // whose spread is the standard error, see results.SampleSpread
	}
	return s.Fraction
}

// at returns the fraction of a subset, and its number among those of the fraction, from 1.
func (s Subsets) at(subset int) (fraction float64, number int) {
	return s.fractions()[(subset-1)/s.Count], (subset-1)%s.Count + 1
}

func (s Subsets) check() error {
	known := make(map[float64]bool)
	for _, f := range s.Fraction {
		if !(f > 0 && f < 1) || known[f] {
			return errors.New("subsets: a fraction must be above 0 and below 1, and none may come twice")
		}
		known[f] = true
	}
	if most := mostSubsets / len(s.fractions()); s.Count < 0 || s.Count > most {
		return fmt.Errorf("subsets: count %d: want a number from 0 to %d", s.Count, most)
	}
	return nil
}

// subsetName names a subset of the samples in the store; all of them have no name.
func (s *Spec) subsetName(subset int) string {
	if subset == 0 {
		return ""
	}
	fraction, number := s.Subsets.at(subset)
	return fmt.Sprintf("subset %d of %g, seed %d", number, fraction, s.Seed)
}

// draw returns the samples of a subset.
func (s *Spec) draw(labels *features.Labels, subset int) []int {
	fraction, number := s.Subsets.at(subset)
	return drawSubset(labels, fraction, s.Seed, number)
}

// drawSubset returns the indices of a random subset of the samples, in ascending order:
// a fraction of each class, rounded, and at least one. It depends on the labels,
// the seed and the number of the subset alone.
func drawSubset(labels *features.Labels, fraction float64, seed uint64, number int) []int {
	random := rand.New(rand.NewPCG(seed, uint64(number)))
	if labels.C() == 0 {
		return sample(random, indices(labels.N()), fraction)
	}
	classes := make([][]int, labels.C())
	for n, c := range labels.Index {
		classes[c] = append(classes[c], n)
	}
	var index []int
	for _, class := range classes {
		index = append(index, sample(random, class, fraction)...)
	}
	slices.Sort(index)
	return index
}

func indices(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// sample shuffles from and returns its first part in ascending order.
func sample(random *rand.Rand, from []int, fraction float64) []int {
	random.Shuffle(len(from), func(i, j int) { from[i], from[j] = from[j], from[i] })
	part := from[:max(1, int(math.Round(fraction*float64(len(from)))))]
	slices.Sort(part)
	return part
}
