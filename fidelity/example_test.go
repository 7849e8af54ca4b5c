package fidelity_test

import (
	"fmt"
	"log"

	"sfdalab/fidelity"
)

func ExampleRecord_Of() {
	record, err := fidelity.Load()
	if err != nil {
		log.Fatal(err)
	}
	for _, ref := range record.Of("logme") {
		fmt.Printf("%s was compared with %s: %s\n", ref.Variant(), ref.Source(), ref.Closeness())
	}
	// Output:
	// logme was compared with thuml/LogME at 56551ca, LogME.py LogME.fit: 7 of 7 cells to 1e-11
	// logme version=icml was compared with thuml/LogME at 56551ca, LogME.py LogME._fit_icml: 7 of 7 cells to 1e-11
}
