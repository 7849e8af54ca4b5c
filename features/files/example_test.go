package files_test

import (
	"fmt"
	"log"

	"sfdalab/features/files"
)

func ExampleOpen() {
	set, err := files.Open(files.Paths{
		Features: "../../experiments/zoo/dense16_animals_feature.npy",
		Labels:   "../../experiments/zoo/animals_label.npy",
	})
	if err != nil {
		log.Fatal(err)
	}
	defer set.Close()
	n, d := set.Features.Dims()
	fmt.Println(n, "samples of", d, "features")
	// Output:
	// 1200 samples of 120 features
}
