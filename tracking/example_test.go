package tracking_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"sfdalab/tracking"
)

// A store that is new has no runs.
func ExampleCreate() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	store, err := tracking.Create(filepath.Join(dir, "lab.db"))
	if err != nil {
		log.Fatal(err)
	}
	query, err := tracking.ParseQuery("metric:sfda after:2026-01-01")
	if err != nil {
		log.Fatal(err)
	}
	runs, err := store.List(query, 0, 30)
	fmt.Println(len(runs), err)
	// Output: 0 <nil>
}

func ExampleParseQuery() {
	_, err := tracking.ParseQuery(`shrinkage>small`)
	fmt.Println(err)
	// Output:
	// query, column 11: want one number after shrinkage>
	//     shrinkage>small
	//               ^
}
