package onnx_test

import (
	"fmt"
	"log"

	"sfdalab/extract/onnx"
)

// The classifier of a network, whose input is what transferability metrics score.
func ExampleModel_Classifiers() {
	m, err := onnx.Read("../../experiments/demo/networks/shapes.onnx")
	if err != nil {
		log.Fatal(err)
	}
	n, ok := m.Parameters()
	fmt.Println(len(m.Classifiers()), "classifier,", n, "parameters", ok)
	// Output: 1 classifier, 19352 parameters true
}
