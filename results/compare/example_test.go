package compare_test

import (
	"fmt"

	"sfdalab/results/compare"
)

// Two metrics on seven datasets.
func ExampleWilcoxon() {
	sfda := []float64{0.6, 0.5, 0.7, 0.8, 0.4, 0.65, 0.55}
	logme := []float64{0.5, 0.45, 0.3, 0.6, 0.1, 0.5, 0.3}
	test := compare.Wilcoxon(sfda, logme)
	fmt.Printf("p %s\n", compare.P(test.P))
	// Output: p = 0.016
}

// Three metrics score four models.
func ExampleBorda() {
	fmt.Println(compare.Borda([][]float64{
		{0.9, 0.7, 0.8, 0.1},
		{12, 11, 10, 9},
		{-1, -2, -3, -4},
	}, nil))
	// Output:
	// [3 1.6666666666666667 1.3333333333333333 0]
}
