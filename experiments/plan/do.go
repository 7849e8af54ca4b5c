package plan

import (
	"context"
	"errors"
	"slices"

	"sfdalab/internal/par"
)

// Do does the tasks in their order, as many at a time as there are cores for and as the
// limit allows, each after those that make its inputs. In the limit, zero means that there
// is none; a task that needs more than the limit is done when nothing else takes of it.
//
// A task that fails stops no other. One whose inputs were not made gets the reason as
// unmade. The error of Do is the cause for which ctx ended, if it did: tasks that were
// under way have returned then, and the others were not begun.
func (p *Plan) Do(ctx context.Context, limit Resources, do func(ctx context.Context, task int, unmade error) error) error {
	limit.Cores = par.Limit()
	makers := p.makers()
	begun, done := make([]bool, len(p.Tasks)), make([]bool, len(p.Tasks))
	failed := make([]error, len(p.Tasks))
	ended := make(chan int)
	var used Resources
	underWay := 0

	ready := func(i int) bool {
		return !begun[i] && used.leave(p.Tasks[i].Needs.within(limit), limit) &&
			!slices.ContainsFunc(makers[i], func(m int) bool { return !done[m] })
	}
	begin := func(i int) {
		needs := p.Tasks[i].Needs.within(limit)
		used = used.plus(needs, 1)
		begun[i] = true
		underWay++
		var unmade []error
		for _, m := range makers[i] {
			unmade = append(unmade, failed[m])
		}
		go func() {
			defer func() { ended <- i }()
			if failed[i] = par.Acquire(ctx, needs.Cores); failed[i] == nil {
				defer par.Release(needs.Cores)
				failed[i] = do(ctx, i, errors.Join(unmade...))
			}
		}()
	}
	for first := 0; ; {
		for i := first; i < len(begun) && used.Cores < limit.Cores && ctx.Err() == nil; i++ {
			if ready(i) {
				begin(i)
			}
		}
		for first < len(begun) && begun[first] {
			first++
		}
		if underWay == 0 {
			return context.Cause(ctx)
		}
		i := <-ended
		used = used.plus(p.Tasks[i].Needs.within(limit), -1)
		done[i] = true
		underWay--
	}
}

// within returns needs of which none is above the limit.
func (r Resources) within(limit Resources) Resources {
	r.Cores = min(max(r.Cores, 1), limit.Cores)
	if limit.Memory > 0 {
		r.Memory = min(r.Memory, limit.Memory)
	}
	if limit.GPUs > 0 {
		r.GPUs = min(r.GPUs, limit.GPUs)
	}
	return r
}

// leave reports whether what is used leaves enough for the needs.
func (r Resources) leave(needs, limit Resources) bool {
	sum := r.plus(needs, 1)
	return sum.Cores <= limit.Cores &&
		(limit.Memory == 0 || sum.Memory <= limit.Memory) &&
		(limit.GPUs == 0 || sum.GPUs <= limit.GPUs)
}

func (r Resources) plus(needs Resources, times int) Resources {
	r.Cores += times * needs.Cores
	r.Memory += int64(times) * needs.Memory
	r.GPUs += times * needs.GPUs
	return r
}
