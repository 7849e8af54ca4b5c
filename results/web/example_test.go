package web_test

import (
	"fmt"
	"strings"

	"sfdalab/results"
	"sfdalab/results/web"
)

func ExampleTable() {
	page := string(web.Table(results.Table{
		Corner: "metric", Columns: []string{"pets"}, Digits: 3,
		Rows: []results.TableRow{{Label: "SFDA", Cells: []results.Cell{{Value: 0.431}}}},
	}))
	fmt.Println(strings.Contains(page, "SFDA"), strings.Contains(page, "0.431"))
	// Output: true true
}
