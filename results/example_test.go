package results_test

import (
	"fmt"
	"log"
	"os"

	"sfdalab/results"
)

// Scores and accuracies of four networks.
func ExampleWeightedTau() {
	scores := []float64{0.9, 0.7, 0.8, 0.1}
	accuracies := []float64{95, 93, 92, 80}
	fmt.Printf("%.3f\n", results.WeightedTau(scores, accuracies))
	fmt.Printf("%.3f\n", results.TauB(scores, accuracies))
	// Output:
	// 0.733
	// 0.667
}

func ExampleRegretAt() {
	scores := []float64{0.9, 0.7, 0.8, 0.1}
	accuracies := []float64{93, 95, 92, 80}
	fmt.Println(results.RegretAt(1, scores, accuracies), "points are lost by fine-tuning the first")
	fmt.Println(results.RegretAt(3, scores, accuracies), "by fine-tuning the first three")
	// Output:
	// 2 points are lost by fine-tuning the first
	// 0 by fine-tuning the first three
}

func ExampleTable_Write() {
	table := results.Table{
		Corner: "metric", Columns: []string{"cars", "pets"}, Digits: 3,
		Rows: []results.TableRow{
			{Label: "SFDA", Cells: []results.Cell{{Value: 0.612}, {Value: 0.431}}},
			{Label: "LogME", Cells: []results.Cell{{Value: 0.44}, {Value: 0.5}}},
		},
	}
	if err := table.Write(os.Stdout, results.Markdown); err != nil {
		log.Fatal(err)
	}
	// Output:
	// | metric |         cars |         pets |
	// | ------ | -----------: | -----------: |
	// | SFDA   |    **0.612** | <u>0.431</u> |
	// | LogME  | <u>0.440</u> |    **0.500** |
}
