package cluster_test

import (
	"errors"
	"fmt"

	"sfdalab/experiments/cluster"
)

// Only a store that a job works for has one to wait for.
func ExampleLoad() {
	_, err := cluster.Load("no-folder/lab.db")
	fmt.Println(errors.Is(err, cluster.ErrNoJob))
	// Output: true
}
