package results

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/combin"
)

// A PValue is how probable a result at least as good as the one found is, were
// there nothing to find. P is NaN where Err says why.
type PValue struct {
	P     float64
	Exact bool // over all cases rather than random ones
	Err   error
}

// maxExact is the number of models up to which all orders are tried: 8! = 40,320.
const maxExact = 8

// Permutation returns how often the measure would be at least as good as it is, had
// the scores nothing to do with the accuracies: the share of all orders of the
// scores, or of random ones with more than eight models. Among random orders the
// one found counts too, so P is never 0 (Phipson and Smyth 2010).
func Permutation(m Measure, score, accuracy []float64, r Resampling) PValue {
	n := len(score)
	value := m.Of(score, accuracy).Value
	if math.IsNaN(value) || n < 3 {
		return PValue{math.NaN(), false, fmt.Errorf("no p-value: %d models without a value that could differ", n)}
	}
	good := func(v float64) float64 {
		if m.Lower {
			return -v
		}
		return v
	}
	bar := good(value) - 1e-12*max(1, math.Abs(value)) // the same value may come from sums in another order
	permuted := make([]int, n)                         // of which model each one has the score
	of := m.permuted(score, accuracy)
	asGood := func() float64 {
		if good(of(permuted)) >= bar {
			return 1
		}
		return 0
	}

	var count, all float64
	if n <= maxExact {
		for g := combin.NewPermutationGenerator(n, n); g.Next(); all++ {
			g.Permutation(permuted)
			count += asGood()
		}
		return PValue{P: count / all, Exact: true}
	}
	r = r.OrDefault()
	if r.Resamples < 1 {
		return PValue{math.NaN(), false, fmt.Errorf("no p-value: no random orders asked for %d models", n)}
	}
	for i := range permuted {
		permuted[i] = i
	}
	rng := rand.New(r.stream(0))
	for ; all < float64(r.Resamples); all++ {
		rng.Shuffle(n, func(i, j int) { permuted[i], permuted[j] = permuted[j], permuted[i] })
		count += asGood()
	}
	return PValue{P: (count + 1) / (all + 1)}
}

// permuted returns the measure with the scores in another order: model i has the score of
// model order[i].
func (m Measure) permuted(score, accuracy []float64) func(order []int) float64 {
	if m.permuter != nil {
		return m.permuter(score, accuracy)
	}
	scores := make([]float64, len(score))
	return func(order []int) float64 {
		for i, o := range order {
			scores[i] = score[o]
		}
		return m.Func(scores, accuracy)
	}
}

// permutedTau is WeightedTau with x in another order, in O(n log n) with nothing to sort.
// Neither may have NaN.
func permutedTau(x, y []float64) func(order []int) float64 {
	n := len(x)
	byX, byY := descending(x, y), descending(y, x)
	ofX, groupY := groups(x, byX), groups(y, byY)
	startX, startY := starts(ofX, byX), starts(groupY, byY)
	groupX, ranked := make([]int, n), make([]int, n)
	concordant := make([]float64, n)
	next := make([]int, n+1)
	earlier := make([]int, len(startX)) // a Fenwick tree of elements, by group of x
	seen := make([]int, len(startX))    // the same, of each group
	weight := make([]float64, n)        // of a rank
	for r := range weight {
		weight[r] = hyperbolic(r)
	}
	before := func(group int) (sum int) {
		for i := group; i > 0; i &= i - 1 {
			sum += earlier[i]
		}
		return sum
	}
	return func(order []int) float64 {
		for i, o := range order {
			groupX[i] = ofX[o]
		}
		// As in concordances.count, with x and y exchanged, and each element held once.
		clear(earlier)
		clear(seen)
		for from, to := 0, 0; from < n; from = to {
			to = startY[groupY[byY[from]]+1]
			for _, i := range byY[from:to] {
				concordant[i] = float64(2*before(groupX[i]) + seen[groupX[i]])
			}
			for _, i := range byY[from:to] {
				seen[groupX[i]]++
				for k := groupX[i] + 1; k < len(earlier); k += k & -k {
					earlier[k]++
				}
			}
			for _, i := range byY[from:to] {
				g, upTo := groupX[i], concordant[i]+1 // it alone has been added
				if to > from+1 {
					upTo = float64(2*before(g) + seen[g])
				}
				concordant[i] += upTo + float64(n-from-to-startX[g]-startX[g+1])
			}
		}
		copy(next, startX)
		for _, i := range byY { // by falling x, and by falling y where x ties
			ranked[next[groupX[i]]] = i
			next[groupX[i]]++
		}
		copy(next, startY)
		var top, left, right [2]float64 // ranks by x, and by y
		for rank, i := range ranked {
			untiedX, untiedY := float64(n-startX[groupX[i]+1]+startX[groupX[i]]), float64(n-startY[groupY[i]+1]+startY[groupY[i]])
			for by, w := range [2]float64{weight[rank], weight[next[groupY[i]]]} {
				top[by] += w * concordant[i]
				left[by] += w * untiedX
				right[by] += w * untiedY
			}
			next[groupY[i]]++
		}
		return (ratio(top[0], left[0], right[0]) + ratio(top[1], left[1], right[1])) / 2
	}
}

// starts returns where each group starts in the order that sorts its elements, and behind
// them the number of elements.
func starts(group, order []int) []int {
	var all []int
	for k, i := range order {
		if group[i] == len(all) {
			all = append(all, k)
		}
	}
	return append(all, len(order))
}

// permutedSpearman is Spearman with x in another order. Neither may have NaN.
func permutedSpearman(x, y []float64) func(order []int) float64 {
	rankX, rankY := Ranks(x), Ranks(y)
	permuted := make([]float64, len(x))
	return func(order []int) float64 {
		for i, o := range order {
			permuted[i] = rankX[o]
		}
		return correlation(permuted, rankY, nil)
	}
}
