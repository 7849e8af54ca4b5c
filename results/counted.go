package results

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
)

// counted returns the measure of resamples of models, each said by how often it
// holds each model. What it returns keeps its own memory: one goroutine may call it.
func (m Measure) counted(score, accuracy []float64) func(counts []uint8) float64 {
	if m.Resampler != nil && len(score) <= maxDense {
		return m.Resampler(score, accuracy)
	}
	var x, y []float64
	return func(counts []uint8) float64 {
		x, y = x[:0], y[:0]
		for i, c := range counts {
			for range c {
				x, y = append(x, score[i]), append(y, accuracy[i])
			}
		}
		return m.Func(x, y)
	}
}

// once are the counts of a resample that holds each of n models once.
func once(n int) []uint8 { return slices.Repeat([]uint8{1}, n) }

// maxDense is the number of models up to which a Resampler is the faster way.
const maxDense = 128

// countedTau returns the weighted τ of resamples of x and y in O(n²) with nothing to
// sort and nothing to allocate, for n of a few dozen.
//
// Of a resample that holds element i cᵢ times, the copies of i are neighbours in
// either ranking; let wᵢ be the sum of their weights, and gᵢⱼ the product of the
// signs of xᵢ−xⱼ and yᵢ−yⱼ. Summed over pairs, the weights of WeightedTau give
//
//	τ = Σᵢ wᵢ Σⱼ gᵢⱼcⱼ / √(Σᵢ wᵢ Σⱼ[xᵢ≠xⱼ]cⱼ · Σᵢ wᵢ Σⱼ[yᵢ≠yⱼ]cⱼ)
//
// in which only w depends on the ranking.
func countedTau(x, y []float64) func(counts []uint8) float64 {
	n := len(x)
	byX, byY := descending(x, y), descending(y, x)
	groupX, groupY := groups(x, byX), groups(y, byY)
	signs := make([]float64, n*n)
	for i := range n {
		for j := range n {
			signs[i*n+j] = sign(x[i]-x[j]) * sign(y[i]-y[j])
		}
	}
	harmonic := make([]float64, n+1) // weight of the first k ranks
	for r := range n {
		harmonic[r+1] = harmonic[r] + hyperbolic(r)
	}

	c, concordant := make([]float64, n), make([]float64, n)
	untiedX, untiedY := make([]float64, n), make([]float64, n)
	size := make([]float64, n)
	return func(counts []uint8) float64 {
		for i := range c {
			c[i] = float64(counts[i])
		}
		for i := range c {
			if c[i] != 0 {
				concordant[i] = floats.Dot(signs[i*n:(i+1)*n], c)
			}
		}
		untied(untiedX, c, groupX, size)
		untied(untiedY, c, groupY, size)
		ranked := func(order []int) float64 {
			var top, left, right float64
			rank := 0
			for _, i := range order {
				if counts[i] == 0 {
					continue
				}
				next := rank + int(counts[i])
				w := harmonic[next] - harmonic[rank]
				rank = next
				top += w * concordant[i]
				left += w * untiedX[i]
				right += w * untiedY[i]
			}
			return ratio(top, left, right)
		}
		return (ranked(byX) + ranked(byY)) / 2
	}
}

// groups returns for each element the number of its group of equals in x, which
// order sorts.
func groups(x []float64, order []int) []int {
	group := make([]int, len(x))
	for k, i := range order[min(1, len(order)):] {
		before := order[k]
		group[i] = group[before]
		if x[i] != x[before] {
			group[i]++
		}
	}
	return group
}

// untied writes how many elements of a resample differ from each element.
func untied(dst, c []float64, group []int, size []float64) {
	clear(size)
	var all float64
	for i, g := range group {
		size[g] += c[i]
		all += c[i]
	}
	for i, g := range group {
		dst[i] = all - size[g]
	}
}

// ratio returns top/√(left·right) in [−1, 1], and NaN when a factor is 0.
func ratio(top, left, right float64) float64 {
	if left == 0 || right == 0 {
		return math.NaN()
	}
	return max(-1, min(top/math.Sqrt(left*right), 1))
}

// sign returns −1, 0 or 1.
func sign(v float64) float64 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}
