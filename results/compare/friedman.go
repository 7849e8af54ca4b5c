package compare

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/stat/combin"
	"gonum.org/v1/gonum/stat/distuv"

	"sfdalab/results"
)

// FriedmanResult is what Friedman's test says. The numbers are NaN where Err says
// why.
type FriedmanResult struct {
	ChiSquared float64 // Friedman's statistic, corrected for ties
	P          float64 // of ChiSquared, with k − 1 degrees of freedom
	F          float64 // Iman and Davenport's (1980), less conservative
	PF         float64 // of F, with k − 1 and (k − 1)(N − 1) degrees of freedom

	// Exact is the p-value over all orders of the metrics on each dataset, as P and PF
	// mislead for few datasets; NaN where there are too many orders to try, and no need.
	Exact float64

	Err error
}

// best returns the p-value to go by.
func (r FriedmanResult) best() float64 {
	if math.IsNaN(r.Exact) {
		return r.PF
	}
	return r.Exact
}

// Friedman tests whether k metrics differ over N datasets, by their ranks (Friedman
// 1937; Demšar 2006, section 3.2.2). ChiSquared and P are those of SciPy's
// friedmanchisquare. It needs three metrics and two datasets.
func Friedman(mx Matrix) FriedmanResult {
	n, k := float64(len(mx.Datasets)), float64(len(mx.Metrics))
	none := FriedmanResult{math.NaN(), math.NaN(), math.NaN(), math.NaN(), math.NaN(), nil}
	if k < 3 || n < 2 {
		none.Err = fmt.Errorf("no Friedman test of %s on %s: it needs 3 on 2", results.Count(len(mx.Metrics), "metric"), results.Count(len(mx.Datasets), "dataset"))
		return none
	}
	sums := make([]float64, len(mx.Metrics))
	var ties float64
	ranks := mx.Ranks()
	for _, row := range ranks {
		same := map[float64]float64{}
		for j, r := range row {
			sums[j] += r
			same[r]++
		}
		for _, t := range same {
			ties += t*t*t - t
		}
	}
	correction := 1 - ties/(n*k*(k*k-1))
	if correction == 0 {
		none.Err = fmt.Errorf("no Friedman test: all metrics tie on every dataset")
		return none
	}
	var squares float64
	for _, s := range sums {
		squares += s * s
	}
	chi := (12/(n*k*(k+1))*squares - 3*n*(k+1)) / correction
	f := math.Inf(1) // when every dataset ranks the metrics alike
	if rest := n*(k-1) - chi; rest > 1e-9 {
		f = (n - 1) * chi / rest
	}
	r := FriedmanResult{ChiSquared: chi, F: f, Exact: exactFriedman(ranks)}
	r.P = distuv.ChiSquared{K: k - 1}.Survival(chi)
	if !math.IsInf(f, 1) {
		r.PF = distuv.F{D1: k - 1, D2: (k - 1) * (n - 1)}.Survival(f)
	}
	return r
}

// maxOrders is how many orders exactFriedman tries: 3 metrics on 7 datasets, or 5 on 3.
const maxOrders = 50_000

// exactFriedman returns how often the rank sums of metrics would lie at least as far
// apart as they do, were every order of the ranks of a dataset as probable as any other;
// NaN where that takes more than maxOrders orders. The order of the first dataset stays,
// as only the others' orders against it matter.
func exactFriedman(ranks [][]float64) float64 {
	n, k := len(ranks), len(ranks[0])
	orders := 1.0
	for range n - 1 {
		orders *= math.Gamma(float64(k + 1))
	}
	if orders > maxOrders {
		return math.NaN()
	}
	apart := func(sums []float64) float64 { return floats.Dot(sums, sums) }
	sums := make([]float64, k)
	for _, row := range ranks {
		floats.Add(sums, row)
	}
	bar := apart(sums) - 1e-9
	permutations := combin.Permutations(k, k)
	var count float64
	var add func(dataset int, sums []float64)
	add = func(dataset int, sums []float64) {
		if dataset == n {
			if apart(sums) >= bar {
				count++
			}
			return
		}
		with := make([]float64, k)
		for _, p := range permutations {
			for j, from := range p {
				with[j] = sums[j] + ranks[dataset][from]
			}
			add(dataset+1, with)
		}
	}
	add(1, ranks[0])
	return count / orders
}

// CriticalDifference returns how far the average ranks of two metrics must lie apart
// to differ at level alpha, by Nemenyi's test (1963; Demšar 2006, section 3.2.2):
// q·√(k(k+1)/(6N)), with q the quantile of the Studentized range over √2.
func (mx Matrix) CriticalDifference(alpha float64) float64 {
	n, k := float64(len(mx.Datasets)), float64(len(mx.Metrics))
	return rangeQuantile(1-alpha, len(mx.Metrics)) / math.Sqrt2 * math.Sqrt(k*(k+1)/(6*n))
}

// Nemenyi returns the p-value that Nemenyi's test gives to each pair of metrics, k×k.
func (mx Matrix) Nemenyi() [][]float64 {
	n, k := float64(len(mx.Datasets)), float64(len(mx.Metrics))
	ranks := mx.AverageRanks()
	p := make([][]float64, len(ranks))
	for a := range p {
		p[a] = make([]float64, len(ranks))
		for b := range p[a] {
			q := math.Abs(ranks[a]-ranks[b]) / math.Sqrt(k*(k+1)/(6*n)) * math.Sqrt2
			p[a][b] = 1 - rangeCDF(q, len(ranks))
		}
	}
	return p
}

// rangeCDF returns the probability that the range of k independent standard normal
// variables is at most q: the Studentized range with infinite degrees of freedom,
//
//	k ∫ φ(z) (Φ(z) − Φ(z−q))^(k−1) dz
func rangeCDF(q float64, k int) float64 {
	if q <= 0 {
		return 0
	}
	normal := distuv.UnitNormal
	density := func(z float64) float64 {
		return normal.Prob(z) * math.Pow(normal.CDF(z)-normal.CDF(z-q), float64(k-1))
	}
	return min(1, float64(k)*quad.Fixed(density, -9, 9, 200, quad.Legendre{}, 0))
}

// rangeQuantile is the inverse of rangeCDF, by bisection.
func rangeQuantile(p float64, k int) float64 {
	lo, hi := 0.0, 20.0
	for range 60 {
		if mid := (lo + hi) / 2; rangeCDF(mid, k) < p {
			lo = mid
		} else {
			hi = mid
		}
	}
	return (lo + hi) / 2
}
