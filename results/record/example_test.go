package record_test

import (
	"fmt"

	"sfdalab/results/record"
)

func ExampleFraction() {
	fmt.Println(record.Fraction("subset 2 of 0.8, seed 1"))
	// Output: 0.8 true
}
