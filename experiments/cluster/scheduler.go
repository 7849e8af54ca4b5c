package cluster

import (
	"context"
	"errors"
	"fmt"

	"sfdalab/experiments/plan"
)

// A Scheduler starts tasks on the nodes of a cluster. Its errors are ErrUnanswered where
// it may answer later.
type Scheduler interface {
	// Name is what people call it.
	Name() string

	// Available reports why it cannot be used from here.
	Available() error

	// Node returns the name of the node on which this process does a task, and how many of
	// its cores are the task's; "" and 0 where it does none.
	Node() (name string, cores int)

	// Submit hands it the tasks of an array, each to be started once a node has room.
	Submit(ctx context.Context, a Array) error

	// States returns the state of each task of a job that it knows of: of its latest attempt.
	States(ctx context.Context, job string) (map[int]State, error)

	// Cancel stops tasks of a job, and all of them where none is named.
	Cancel(ctx context.Context, job string, tasks ...int) error
}

// ErrUnanswered is the error of a scheduler that does not answer, or refuses.
var ErrUnanswered = errors.New("no answer")

// An Array is tasks of a job that differ in their number alone.
type Array struct {
	Job     string
	Tasks   []int          // their numbers, ascending
	Command []string       // to which the number is added
	Log     string         // the file for what a task says; {task} stands for its number
	Needs   plan.Resources // of each task; the user's options come first
	Options Options
}

// A Phase is how far a task is.
type Phase int

const (
	Over    Phase = iota // or unknown to the scheduler
	Waiting              // for a node
	Running
	Stuck // until somebody cancels it
)

// A State is what a scheduler says of a task. The zero value is that of one it does not
// know.
type State struct {
	Phase
	Name   string // in the scheduler's words, such as "out_of_memory"
	Reason string // why it waits, in the scheduler's words
	Remedy string // what may help a task that is over, such as "give it more with --mem"
}

// schedulers are those that a job can be submitted to; the first unless another is named.
var schedulers = []Scheduler{Slurm{}}

// find returns the scheduler of a name.
func find(name string) (Scheduler, error) {
	for _, s := range schedulers {
		if name == "" || s.Name() == name {
			return s, nil
		}
	}
	return nil, fmt.Errorf("unknown scheduler %q", name)
}
