package baselines

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
)

// Samples that are equal to another are left out, also where features are many and
// lie far from 0.
func TestIDOfEqualSamples(t *testing.T) {
	const n, d, equal = 120, 60, 15
	x, labels := randomSamples(n, d, 4)
	for i := range equal {
		x.SetRow(n-1-i, x.RawRowView(i))
	}
	score, err := ID{}.Score(t.Context(), newSet(t, features.Dense(x), features.Classes(labels)))
	if err != nil {
		t.Fatal(err)
	}
	if want := -twoNN(x, 0.1); relative(score.Value, want) > 1e-9 {
		t.Errorf("score %v, want %v", score.Value, want)
	}
	if len(score.Warnings) != 1 {
		t.Errorf("warnings %v, want one", score.Warnings)
	}
}

// twoNN is the definition, with distances by subtraction.
func twoNN(x *mat.Dense, discard float64) float64 {
	n, _ := x.Dims()
	var logs []float64
	for i := range n {
		var distances []float64
		for j := range n {
			if j != i {
				distances = append(distances, math.Sqrt(squaredDistance(x.RawRowView(i), x.RawRowView(j))))
			}
		}
		slices.Sort(distances)
		if distances[0] > 0 {
			logs = append(logs, math.Log(distances[1]/distances[0]))
		}
	}
	slices.Sort(logs)
	var product, square float64
	for i, v := range logs[:int(float64(len(logs))*(1-discard))] {
		product -= v * math.Log(1-float64(i+1)/float64(len(logs)))
		square += v * v
	}
	return product / square
}
