package datasets_test

import (
	"fmt"
	"log"

	"sfdalab/extract/datasets"
)

// The official splits of a dataset that papers use.
func ExampleFind() {
	pets, err := datasets.Find("pets")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(pets.Title, "has", pets.Classes, "classes")
	for _, split := range pets.Splits {
		fmt.Println(split.Split, split.Images)
	}
	// Output:
	// Oxford-IIIT Pets has 37 classes
	// train 3680
	// test 3669
}
