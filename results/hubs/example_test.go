package hubs_test

import (
	"fmt"
	"math"

	"sfdalab/results/hubs"
)

// A metric and the models' history, which is not known of the last model.
func ExampleConsensus() {
	values := hubs.Consensus([]hubs.Vote{
		{Source: "ncti", Values: []float64{0.2, 0.4, 0.9}, Agreement: 0.5},
		{Source: "history", Values: []float64{70, 80, math.NaN()}, Agreement: 0.7},
	})
	fmt.Println(values[2] > values[0], values[1] > values[0])
	// Output: true true
}
