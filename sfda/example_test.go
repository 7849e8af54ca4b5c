package sfda_test

import (
	"context"
	"fmt"
	"log"

	"sfdalab/features/files"
	"sfdalab/metric"
	"sfdalab/sfda"
)

// SFDA as its authors released it, and without self-challenge.
func ExampleSFDA() {
	set, err := files.Open(files.Paths{
		Features: "../experiments/zoo/dense16_animals_feature.npy",
		Labels:   "../experiments/zoo/animals_label.npy",
	})
	if err != nil {
		log.Fatal(err)
	}
	defer set.Close()
	for _, m := range []sfda.SFDA{{}, {Rounds: metric.Given(0)}} {
		score, err := m.Score(context.Background(), set)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%.4f\n", score.Value)
	}
	// Output:
	// 0.4062
	// 0.5883
}
