// Package plan describes the work of a run as a value: tasks, each with its results, cost
// and resources, and the tasks that it comes after.
//
// One process, one shard of many and a cluster all work on the same plan: Do runs its
// tasks, Deal assigns them to shards. Neither knows how a kind of task is run.
package plan

import (
	"time"

	"sfdalab/tracking"
)

// A Plan is tasks, each after those that make what it reads.
type Plan struct {
	Tasks []Task
	Known []tracking.Identity // results of these tasks that the store has
}

// A Task is a unit of work: it reads files and gives results.
type Task struct {
	Key
	After   []Key               // tasks that make what it reads; tasks next to each other may share the list
	Results []tracking.Identity // that it is to give: for each, what it depends on, hashed
	Cost    time.Duration       // that one core is expected to take
	Needs   Resources
	Near    string // tasks near the same file, which they all read, are dealt to one shard; "" for none
}

// A Key tells a task from the others of its plan before any file is read.
type Key struct {
	Kind    Kind   `json:"kind"`
	Model   string `json:"model"`
	Dataset string `json:"dataset"`
	Trial   string `json:"trial,omitempty"` // of FineTune tasks, which of this model on this dataset
}

// A Kind says how a task is done.
type Kind string

const (
	// Extract tasks compute the features of a dataset's images by a network, for Score.
	Extract Kind = "extract"
	// Score tasks score a model on a dataset by all metrics of a spec; their results are cells.
	Score Kind = "score"
	// FineTune tasks train a model on a dataset with one choice of settings; their result is
	// an accuracy. The last training of a sweep waits for those that decide its settings.
	FineTune Kind = "fine-tune"
)

// Resources are what a task takes while it is done. Zero is the least: one core, and memory
// and time that need not be counted.
type Resources struct {
	Cores  int
	Memory int64 // bytes
	GPUs   int
	Time   time.Duration
}

// Results returns how many results the tasks are to give.
func (p *Plan) Results() int {
	n := 0
	for _, t := range p.Tasks {
		n += len(t.Results)
	}
	return n
}

// Cost returns that of all tasks.
func (p *Plan) Cost() time.Duration {
	var sum time.Duration
	for _, t := range p.Tasks {
		sum += t.Cost
	}
	return sum
}

// Needs returns what is enough for each of the tasks.
func (p *Plan) Needs() Resources {
	var most Resources
	for _, t := range p.Tasks {
		most.Cores = max(most.Cores, t.Needs.Cores)
		most.Memory = max(most.Memory, t.Needs.Memory)
		most.GPUs = max(most.GPUs, t.Needs.GPUs)
		most.Time = max(most.Time, t.Needs.Time)
	}
	return most
}

// Longest returns the time that the tasks of a shard take one after the other, of the shard
// that takes longest; 0 where a task of it has no limit.
func (p *Plan) Longest(shards [][]Key) time.Duration {
	limits := make(map[Key]time.Duration)
	for _, t := range p.Tasks {
		limits[t.Key] = t.Needs.Time
	}
	var longest time.Duration
	for _, shard := range shards {
		var sum time.Duration
		for _, k := range shard {
			if limits[k] == 0 {
				return 0
			}
			sum += limits[k]
		}
		longest = max(longest, sum)
	}
	return longest
}

// same reports whether two lists are one in memory.
func same(a, b []Key) bool { return len(a) > 0 && len(a) == len(b) && &a[0] == &b[0] }

// makers returns, for each task, the tasks that make its inputs, by their places in the
// plan. A maker that is not in the plan has done its work.
func (p *Plan) makers() [][]int {
	at := make(map[Key]int)
	makers := make([][]int, len(p.Tasks))
	for i, t := range p.Tasks {
		if i > 0 && same(t.After, p.Tasks[i-1].After) {
			makers[i] = makers[i-1]
		} else {
			for _, k := range t.After {
				if m, ok := at[k]; ok {
					makers[i] = append(makers[i], m)
				}
			}
		}
		at[t.Key] = i
	}
	return makers
}
