package extract_test

import (
	"fmt"
	"log"

	"sfdalab/extract"
)

// How the released code of SFDA makes an input of an image.
func ExampleTransforms() {
	of, err := extract.Transforms("sfda")
	if err != nil {
		log.Fatal(err)
	}
	t, err := of("onnx/resnet50.onnx")
	fmt.Println(t.CropHeight, t.CropWidth, t.Interpolation, err)
	// Output: 224 224 bicubic <nil>
}

// The pattern is that of "sfdalab extract --networks".
func ExampleFindNetworks() {
	_, _, err := extract.FindNetworks("no-folder/{model}.onnx")
	fmt.Println(err)
	// Output: no file matches no-folder/{model}.onnx
}
