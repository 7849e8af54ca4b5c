package features_test

import (
	"fmt"
	"log"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
)

// A Set of features in memory: four samples of two classes.
func ExampleNew() {
	set, err := features.New(features.Data{
		Model:    "resnet50",
		Dataset:  "pets",
		Features: features.Dense(mat.NewDense(4, 2, []float64{0, 1, 1, 0, 5, 6, 6, 5})),
		Labels:   features.Classes([]string{"cat", "cat", "dog", "dog"}),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(mat.Formatted(set.Groups().Means))
	// Output:
	// ⎡0.5  0.5⎤
	// ⎣5.5  5.5⎦
}
