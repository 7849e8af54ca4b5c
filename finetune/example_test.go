package finetune_test

import (
	"fmt"
	"math"

	"sfdalab/finetune"
)

func ExampleBest() {
	validation := []float64{71.2, math.NaN(), 74.5, 74.5} // the second trial failed
	fmt.Println(finetune.Best(validation))
	// Output: 2
}

func ExampleBuiltIn() {
	for _, p := range finetune.BuiltIn() {
		fmt.Println(p.Name, "tries", len(p.Sweep), "settings")
	}
	// Output:
	// sfda tries 20 settings
	// last-block tries 20 settings
	// linear tries 20 settings
}
