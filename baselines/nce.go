package baselines

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/metric"
)

// NCE is the negative conditional entropy of Tran et al., "Transferability and
// Hardness of Supervised Classification Tasks" (ICCV 2019):
//
//	NCE = −H(y | z) = Σ_{y,z} P̂(y, z) log P̂(y | z)
//
// with z_n the most probable source class of sample n and P̂ the shares of
// samples. It is at most 0.
//
// Swapped gives −H(z | y) instead, which is what the tables of the LogME paper
// contain; see LEEP.
type NCE struct {
	Swapped bool `param:"swapped" doc:"source and target swapped, as in the LogME paper's tables"`
}

// Info describes the metric.
func (NCE) Info() metric.Info {
	return metric.Info{
		Name: "nce", Title: "NCE", Version: 1,
		Paper: metric.Paper{Authors: "Tran et al.", Title: "Transferability and Hardness of Supervised Classification Tasks", Venue: "ICCV", Year: 2019},
		Needs: metric.Outputs, Cost: metric.CostLinear,
	}
}

// Score returns the NCE of s, in [−log C, 0], or in [−log Z, 0] with Swapped.
func (m NCE) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	m, err := metric.Prepare(m, s)
	if err != nil {
		return metric.Score{}, err
	}
	y, z := s.Labels.Index, mostProbable(s.Outputs)
	if m.Swapped {
		y, z = z, y
	}
	return metric.Score{Value: -conditionalEntropy(y, z)}, nil
}

// mostProbable returns the column of the largest output in each row, the first of
// equals: a softmax keeps their order.
func mostProbable(outputs features.Rows) []int {
	n, _ := outputs.Dims()
	z := make([]int, n)
	features.Parts(outputs, func(lo int, x *mat.Dense) {
		for i := range x.RawMatrix().Rows {
			z[lo+i] = floats.MaxIdx(x.RawRowView(i))
		}
	})
	return z
}

// conditionalEntropy returns H(a | b) of paired labels, each at least 0.
func conditionalEntropy(a, b []int) float64 {
	counts := make([][]int, slices.Max(b)+1) // samples with each b and a
	for i, z := range b {
		if counts[z] == nil {
			counts[z] = make([]int, slices.Max(a)+1)
		}
		counts[z][a[i]]++
	}
	var h float64
	for _, row := range counts {
		var total int
		for _, count := range row {
			total += count
		}
		for _, count := range row {
			if count > 0 {
				h -= float64(count) * math.Log(float64(count)/float64(total))
			}
		}
	}
	return h / float64(len(a))
}
