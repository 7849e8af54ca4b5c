package metric_test

import (
	"context"
	"fmt"
	"log"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/metric"
)

// NearestMean is the share of samples that are nearest to the mean of their own class.
type NearestMean struct{}

func (NearestMean) Info() metric.Info {
	return metric.Info{Name: "nearest-mean", Title: "Nearest mean", Version: 1, Cost: metric.CostLinear}
}

func (NearestMean) Score(_ context.Context, s *features.Set) (metric.Score, error) {
	x, y, means := features.Matrix(s.Features), s.Labels.Index, s.Groups().Means
	right := 0
	for i, class := range y {
		nearest, least := 0, 0.0
		for c := range s.C() {
			var d mat.VecDense
			d.SubVec(x.RowView(i), means.RowView(c))
			if dist := mat.Norm(&d, 2); c == 0 || dist < least {
				nearest, least = c, dist
			}
		}
		if nearest == class {
			right++
		}
	}
	return metric.Score{Value: float64(right) / float64(len(y))}, nil
}

// A metric of one's own is a type with Info and Score; Evaluate checks what it is given and
// what it gives.
func ExampleEvaluate() {
	set, err := features.New(features.Data{
		Features: features.Dense(mat.NewDense(4, 1, []float64{0, 1, 9, 3})),
		Labels:   features.Classes([]int{0, 0, 1, 1}),
	})
	if err != nil {
		log.Fatal(err)
	}
	score, err := metric.Evaluate(context.Background(), NearestMean{}, set)
	fmt.Println(score.Value, err)
	// Output: 0.75 <nil>
}
