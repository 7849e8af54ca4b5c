package experiments

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"sfdalab/features"
)

// Subsets returns how many subsets are scored, of all fractions together. They are
// numbered from 1, those of the first fraction first; 0 stands for all samples.
func (r Repeats) Subsets() int { return r.Count * len(r.fractions()) }

func (r Repeats) fractions() Fractions {
	if len(r.Fraction) == 0 {
		return Fractions{0.8}
	}
	return r.Fraction
}

// subset returns the fraction of a subset, and its number among those of the fraction,
// from 1.
func (r Repeats) subset(repeat int) (fraction float64, number int) {
	return r.fractions()[(repeat-1)/r.Count], (repeat-1)%r.Count + 1
}

func (r Repeats) check() error {
	for i, f := range r.Fraction {
		if !(f > 0 && f < 1) || slices.Contains(r.Fraction[:i], f) {
			return errors.New("repeats: a fraction must be above 0 and below 1, and none may come twice")
		}
	}
	if most := mostSubsets / len(r.fractions()); r.Count < 0 || r.Count > most {
		return fmt.Errorf("repeats: count %d: want a number from 0 to %d", r.Count, most)
	}
	return nil
}

// split names a subset of the samples in the store; all of them have no name.
func (s *Spec) split(repeat int) string {
	if repeat == 0 {
		return ""
	}
	fraction, number := s.Repeats.subset(repeat)
	return fmt.Sprintf("subset %d of %g, seed %d", number, fraction, s.Seed)
}

// draw returns the samples of a subset.
func (s *Spec) draw(labels *features.Labels, repeat int) []int {
	fraction, number := s.Repeats.subset(repeat)
	return subset(labels, fraction, s.Seed, number)
}

// subset returns the indices of a random part of the samples, in ascending order:
// a fraction of each class, rounded, and at least one. It depends on the labels,
// the seed and the number of the repeat alone.
func subset(labels *features.Labels, fraction float64, seed uint64, repeat int) []int {
	random := rand.New(rand.NewPCG(seed, uint64(repeat)))
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
