package experiments

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"sfdalab/features"
	"sfdalab/internal/par"
	"sfdalab/metric"
	"sfdalab/results"
)

// TestCoverageOfTheStandardError draws data sets, and counts in how many a value ± its
// standard error, from random halves of the samples, has the mean of the value over all.
// Of a normal value Student's t says how many: 67 % from 20 halves, 63 % from five. Held
// are the mean of samples, two metrics, and the weighted τ of four models: what comes out
// stands in docs/statistics.md.
func TestCoverageOfTheStandardError(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const draws, n, models = 150, 240, 4
	names := []string{"mean", "hscore", "logme", "weighted τ"}
	spec := &Spec{Subsets: Subsets{Count: 20}}
	values := make([][]float64, draws)
	halves := make([][][]float64, draws)
	par.For(draws, func(d int) {
		sets, fit := sampled(t, rand.New(rand.NewPCG(7, uint64(d))), n, models)
		of := func(rows []int) []float64 {
			var hscores, mean []float64
			var logme float64
			for m, set := range sets {
				part, err := set.Subset(rows)
				if err != nil {
					t.Error(err)
					return nil
				}
				if hscores = append(hscores, scoreOf(t, "hscore", part)); m == 0 {
					logme, mean = scoreOf(t, "logme", part), mat.Col(nil, 0, features.Matrix(part.Features))
				}
			}
			return []float64{stat.Mean(mean, nil), hscores[0], logme, results.WeightedTau(hscores, fit)}
		}
		values[d] = of(indices(n))
		for h := range spec.Subsets.Count {
			halves[d] = append(halves[d], of(spec.draw(sets[0].Labels, h+1)))
		}
	})
	for _, count := range []int{20, 5} {
		want := 2*distuv.StudentsT{Sigma: 1, Nu: float64(count - 1)}.CDF(1) - 1
		for i, name := range names {
			column := func(rows [][]float64) []float64 {
				var of []float64
				for _, row := range rows {
					of = append(of, row[i])
				}
				return of
			}
			mean, covered := stat.Mean(column(values), nil), 0.0
			for d, row := range values {
				if in := results.SampleSpread(row[i], column(halves[d][:count]), 0.5); in.Lo <= mean && mean <= in.Hi {
					covered += 1. / draws
				}
			}
			t.Logf("%s ± its standard error from %d halves: %.0f %%", name, count, 100*covered)
			if math.Abs(covered-want) > 0.12 { // three standard errors of the draws
				t.Errorf("%s ± its standard error from %d halves covers %.0f %%, want %.0f %%", name, count, 100*covered, 100*want)
			}
		}
	}
}

// sampled returns features of models whose classes lie the farther apart the higher the
// model's number is, and these numbers.
func sampled(t *testing.T, random *rand.Rand, n, models int) (sets []*features.Set, fit []float64) {
	labels := make([]int, n)
	for i := range labels {
		labels[i] = i % 4
	}
	for m := range models {
		x := mat.NewDense(n, 5, nil)
		for i, class := range labels {
			for j := range 5 {
				x.Set(i, j, random.NormFloat64())
			}
			x.Set(i, class+1, x.At(i, class+1)+0.5+0.06*float64(m))
		}
		set, err := features.New(features.Data{Features: features.Dense(x), Labels: features.Classes(labels)})
		if err != nil {
			t.Error(err)
		}
		sets, fit = append(sets, set), append(fit, float64(m))
	}
	return sets, fit
}

func scoreOf(t *testing.T, name string, s *features.Set) float64 {
	m, err := metric.New(name, nil)
	if err != nil {
		t.Error(err)
		return math.NaN()
	}
	score, err := metric.Evaluate(t.Context(), m, s)
	if err != nil {
		t.Error(err)
	}
	return score.Value
}
