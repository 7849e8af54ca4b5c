package results

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// UnderNoise returns between which values the measure falls when the accuracies are
// only known up to noise: normal, of the given standard deviation in points, such as
// the spread of fine-tuning over seeds. Lo and Hi are quantiles over r.Resamples
// draws, at r.Level.
func UnderNoise(m Measure, score, accuracy []float64, sd float64, r Resampling) (Interval, error) {
	if c := m.Of(score, accuracy); math.IsNaN(c.Value) {
		return noInterval("%w", c.Err())
	}
	r = r.OrDefault()
	if r.Resamples < 2 {
		return noInterval("%d draws are too few", r.Resamples)
	}
	values := make([]float64, r.Resamples)
	noisy := make([]float64, len(accuracy))
	rng := rand.New(r.stream(0))
	for b := range values {
		for i, a := range accuracy {
			noisy[i] = a + sd*rng.NormFloat64()
		}
		values[b] = m.Func(score, noisy)
	}
	slices.Sort(values)
	return Interval{percentile(values, (1-r.Level)/2), percentile(values, (1+r.Level)/2), r.Level, Noise}, nil
}

// Reseeded returns how well accuracies of another seed of fine-tuning predict these, in the
// mean over 1,000 draws of normal noise of the given standard deviation in points: what
// no score can be expected to exceed. These accuracies have noise of their own already, so
// the value is rather too high. NaN where the measure has none.
func Reseeded(m Measure, accuracy []float64, sd float64, seed uint64) float64 {
	const draws = 1000
	rng := rand.New(Resampling{Seed: seed}.stream(0))
	again := make([]float64, len(accuracy))
	var sum float64
	for range draws {
		for i, a := range accuracy {
			again[i] = a + sd*rng.NormFloat64()
		}
		sum += m.Of(again, accuracy).Value / draws
	}
	return sum
}

// MergeTies returns the accuracies with near-ties made ties: from the highest down,
// those within width points of the first of their group get the mean of the group. A
// width of 0 merges nothing.
func MergeTies(accuracy []float64, width float64) []float64 {
	order := make([]int, len(accuracy))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(accuracy[j], accuracy[i]) })
	merged := make([]float64, len(accuracy))
	for from := 0; from < len(order); {
		to, sum := from, 0.0
		for to < len(order) && accuracy[order[from]]-accuracy[order[to]] <= width {
			sum += accuracy[order[to]]
			to++
		}
		for _, i := range order[from:to] {
			merged[i] = sum / float64(to-from)
		}
		from = to
	}
	return merged
}
