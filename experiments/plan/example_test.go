package plan_test

import (
	"fmt"
	"time"

	"sfdalab/experiments/plan"
)

// What is to be done is dealt to two machines.
func ExamplePlan_Deal() {
	p := plan.Plan{Tasks: []plan.Task{
		{Key: plan.Key{Kind: plan.Score, Model: "resnet50", Dataset: "pets"}, Cost: 3 * time.Second},
		{Key: plan.Key{Kind: plan.Score, Model: "resnet18", Dataset: "pets"}, Cost: time.Second},
	}}
	fmt.Println(p.Cost(), "in", len(p.Deal(2)), "shards")
	// Output:
	// 4s in 2 shards
}
