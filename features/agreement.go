package features

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// Agreement says how often the nearest neighbour of a sample is of its class, among
// Samples of the Set, and how often that is so by chance.
type Agreement struct {
	Samples int
	Share   float64 // of samples whose nearest neighbour is of their class
	Chance  float64 // the mean share over all orders of the labels

	// P is the part of random orders of the labels, this one included, in which the
	// share is as large: a permutation test, which is exact at any level. Of 999 orders.
	P float64
}

const (
	agreementSamples = 1000 // at most, so that it takes little time whatever N
	agreementOrders  = 999  // with the order that is there, P is a whole number of thousandths
)

// Agreement tests whether features and labels have to do with each other, by the nearest
// neighbours of at most 1,000 samples: those of classes drawn at random. The labels must
// be classes.
func (s *Set) Agreement() Agreement {
	return Shared(s, statistic("agreement"), func() Agreement {
		random := rand.New(rand.NewPCG(1, 0))
		index := s.someClasses(random)
		rows := Select(s.Features, index)
		neighbours := Nearest(rows, 1)
		labels := make([]int, len(index))
		counts := make([]int, s.C())
		for i, n := range index {
			labels[i] = s.Labels.Index[n]
			counts[labels[i]]++
		}
		agree := func() (sum int) {
			for i, near := range neighbours {
				if labels[i] == labels[near[0].Index] {
					sum++
				}
			}
			return sum
		}
		n := float64(len(index))
		a := Agreement{Samples: len(index), P: 1}
		for _, c := range counts {
			a.Chance += float64(c) * float64(c-1) / (n * (n - 1))
		}
		found, as := agree(), 1
		a.Share = float64(found) / n
		for range agreementOrders {
			random.Shuffle(len(labels), func(i, j int) { labels[i], labels[j] = labels[j], labels[i] })
			if agree() >= found {
				as++
			}
		}
		a.P = float64(as) / (agreementOrders + 1)
		return a
	})
}

// someClasses lists, in ascending order, the samples of classes drawn at random, as
// many as there is time for; of large classes a part.
func (s *Set) someClasses(random *rand.Rand) []int {
	members := make([][]int, s.C())
	for n, c := range s.Labels.Index {
		members[c] = append(members[c], n)
	}
	var index []int
	for _, c := range random.Perm(s.C()) {
		of := members[c]
		if room := min(agreementSamples/2, agreementSamples-len(index)); len(of) > room {
			random.Shuffle(len(of), func(i, j int) { of[i], of[j] = of[j], of[i] })
			of = of[:room]
		}
		if index = append(index, of...); len(index) >= agreementSamples {
			break
		}
	}
	slices.Sort(index)
	return index
}

// sourceClasses are the numbers of classes that networks are trained on: ImageNet's, in
// its editions, and those of JFT and Places.
var sourceClasses = []int{1000, 21841, 21842, 21843, 11821, 11221, 10450, 18291, 365}

// Doubts returns warnings that the features may not be what they are taken for: of
// other samples than the labels, or outputs.
func (s *Set) Doubts() []error {
	const fewest, level = 20, 0.01
	var doubts []error
	if s.C() >= 2 && s.n >= fewest && s.C() < s.n {
		if a := s.Agreement(); a.P > level {
			doubts = append(doubts, fmt.Errorf("nearest neighbours agree with the labels no better than chance: %.1f %% of %d samples, by chance %.1f %% (p = %.2g): are the samples in the order of the labels?", 100*a.Share, a.Samples, 100*a.Chance, a.P))
		}
	}
	if s.Outputs != nil {
		if _, z := s.Outputs.Dims(); z == s.d {
			return append(doubts, fmt.Errorf("the features have as many columns as the source outputs, %d: are they outputs, too, and not features?", z))
		}
	}
	if slices.Contains(sourceClasses, s.d) {
		doubts = append(doubts, fmt.Errorf("the features have %d columns, as many as a source dataset has classes: are they outputs (logits) and not features?", s.d))
	}
	return doubts
}
