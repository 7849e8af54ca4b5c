package experiments_test

import (
	"context"
	"fmt"
	"log"

	"sfdalab/experiments"
)

// Two metrics on one dataset of the shipped networks, without a store.
func ExampleRun() {
	spec, err := experiments.Parse(`
features: zoo/{model}_{dataset}_feature.npy
labels: zoo/{dataset}_label.npy
datasets: [sign]
models: [dense16, dense32]
metrics: [sfda, logme]
`, "example.yaml")
	if err != nil {
		log.Fatal(err)
	}
	result, err := experiments.Run(context.Background(), spec, experiments.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(result.Cells), "scores")
	// Output: 4 scores
}

// An unknown key is named with its line and the nearest known key.
func ExampleParse() {
	_, err := experiments.Parse("feature: x.npy\n", "example.yaml")
	fmt.Println(err)
	// Output:
	// example.yaml:1: unknown key "feature"; the nearest is "features"
}
