package report_test

import (
	"fmt"

	"sfdalab/results/report"
)

// A report needs scores that are correlated with a ground truth, or a ranking.
func ExampleNew() {
	_, err := report.New(report.Input{Title: "Nothing yet"})
	fmt.Println(err)
	// Output:
	// nothing to report: no scores are correlated with a ground truth, and no models are ranked
}
