package compare

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Posterior says how probable it is that one metric is better than another most often, over
// datasets like these, or practically the same, or worse: not on a given dataset. They add
// up to 1, and are NaN where Err says why.
type Posterior struct {
	Better, Same, Worse float64
	Err                 error
}

// posteriorSamples is how often SignedRank draws; the standard error of a probability is
// below 0.004.
const posteriorSamples = 20_000

// SignedRank is the Bayesian signed-rank test of x against y, the values of two
// metrics on N datasets, with a region of practical equivalence: values no further
// apart than rope are the same (Benavoli et al., "Time for a change", JMLR 2017,
// section 4.2; the prior is baycomp's, of strength 0.5 at zero). It draws from the
// Dirichlet posterior of the differences, and a draw counts for the region that most
// of the mean of two differences falls in. It needs three datasets.
func SignedRank(x, y []float64, rope float64, seed uint64) Posterior {
	n := len(x)
	if n < 3 {
		return Posterior{math.NaN(), math.NaN(), math.NaN(), fmt.Errorf("no posterior: %d datasets are too few", n)}
	}
	z := make([]float64, n+1) // z₀ = 0 is the prior's
	for i := range x {
		z[i+1] = x[i] - y[i]
	}
	region := make([]float64, (n+1)*(n+1)) // of the mean of two: 1 better, −1 worse, 0 the same
	for i := range z {
		for j := range z {
			region[i*len(z)+j] = side(z[i]+z[j], 2*rope)
		}
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	w := make([]float64, len(z))
	var better, same, worse float64
	for range posteriorSamples {
		var sum float64
		g := rng.NormFloat64()
		w[0] = g * g / 2 // gamma of shape ½, the strength of the prior
		for i := range x {
			w[i+1] = rng.ExpFloat64()
		}
		for _, v := range w {
			sum += v
		}
		var up, down float64
		for i := range z {
			for j := range z {
				switch p := w[i] * w[j]; region[i*len(z)+j] {
				case 1:
					up += p
				case -1:
					down += p
				case 0.5:
					up += p / 2
				case -0.5:
					down += p / 2
				}
			}
		}
		up, down = up/(sum*sum), down/(sum*sum)
		switch middle := 1 - up - down; {
		case up > down && up > middle:
			better++
		case down > up && down > middle:
			worse++
		default:
			same++
		}
	}
	return Posterior{better / posteriorSamples, same / posteriorSamples, worse / posteriorSamples, nil}
}

// side returns the region of a sum of two differences: ±1 beyond the limit, ±½ on it
// as half of it counts, 0 within.
func side(sum, limit float64) float64 {
	switch {
	case sum > limit:
		return 1
	case sum < -limit:
		return -1
	case limit > 0 && sum == limit:
		return 0.5
	case limit > 0 && sum == -limit:
		return -0.5
	}
	return 0
}
