package figures_test

import (
	"bytes"
	"fmt"
	"log"

	"sfdalab/results"
	"sfdalab/results/figures"
)

// The mean τ of two variants with their intervals, as SVG.
func ExampleBars() {
	figure := figures.Bars("What self-challenge contributes", "mean τ", []figures.Bar{
		{Label: "SFDA", Value: 0.61, Interval: results.Interval{Lo: 0.42, Hi: 0.75, Level: 0.95, Kind: results.Confidence}},
		{Label: "no self-challenge", Value: 0.58, Interval: results.Interval{Lo: 0.4, Hi: 0.72, Level: 0.95, Kind: results.Confidence}},
	})
	var svg bytes.Buffer
	if err := figure.Write(&svg, "svg"); err != nil {
		log.Fatal(err)
	}
	fmt.Println(bytes.Contains(svg.Bytes(), []byte("no self-challenge")))
	// Output: true
}
