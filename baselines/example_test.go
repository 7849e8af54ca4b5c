package baselines_test

import (
	"context"
	"fmt"
	"log"

	"gonum.org/v1/gonum/mat"

	"sfdalab/baselines"
	"sfdalab/features"
)

// LEEP of source probabilities that tell the two classes apart almost surely.
func ExampleLEEP() {
	set, err := features.New(features.Data{
		Features: features.Dense(mat.NewDense(4, 1, []float64{0, 1, 2, 3})),
		Labels:   features.Classes([]int{0, 0, 1, 1}),
		Outputs:  features.Dense(mat.NewDense(4, 2, []float64{0.9, 0.1, 0.9, 0.1, 0.1, 0.9, 0.1, 0.9})),
	})
	if err != nil {
		log.Fatal(err)
	}
	score, err := baselines.LEEP{}.Score(context.Background(), set)
	fmt.Printf("%.4f %v\n", score.Value, err)
	// Output:
	// -0.1985 <nil>
}
