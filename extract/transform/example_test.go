package transform_test

import (
	"fmt"
	"log"

	"sfdalab/extract/imageio"
	"sfdalab/extract/transform"
)

// The preprocessing of torchvision's classifiers, of an image that is all black.
func ExampleNamed() {
	t, err := transform.Named("torchvision")
	if err != nil {
		log.Fatal(err)
	}
	height, width := t.Size()
	input := make([]float32, 3*height*width)
	if err := t.Apply(&imageio.RGB{Width: 500, Height: 375, Pix: make([]uint8, 3*500*375)}, input); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d×%d, red is %.3f\n", height, width, input[0])
	// Output: 224×224, red is -2.118
}
