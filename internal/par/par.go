// Package par shares one budget of cores between the cells that a run works on
// and the kernels inside each cell.
//
// A task holds its cores while it computes (Acquire, Release): one, as a rule. A kernel
// calls For, which works on the caller's core and takes whatever other cores are free
// at that moment, never waiting for one. So a single large cell uses the whole
// machine, and many cells do not oversubscribe it.
//
// The budget decides who computes, never what: callers split their work into
// pieces of a size fixed by the problem, so results do not depend on it.
package par

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/semaphore"
)

// cores is the budget: its weight is the number of cores that may compute.
var (
	limit = runtime.GOMAXPROCS(0)
	cores = semaphore.NewWeighted(int64(limit))
)

// Limit returns the number of cores that may compute at once.
func Limit() int { return limit }

// SetLimit sets the budget to n cores, at least one. It must not be called
// while anything computes.
func SetLimit(n int) {
	limit = max(n, 1)
	cores = semaphore.NewWeighted(int64(limit))
}

// Acquire waits for n free cores, at most Limit of them, and takes them. The error is the
// context's.
func Acquire(ctx context.Context, n int) error { return cores.Acquire(ctx, int64(n)) }

// Release gives back the n cores that Acquire took.
func Release(n int) { cores.Release(int64(n)) }

// For calls fn(i) once for each i in [0, n), on the caller's core and on those
// that are free, and returns when all calls have. Which core runs which call is
// not defined. A panic in fn is raised again in the caller.
func For(n int, fn func(i int)) {
	j := &job{n: n, fn: fn}
	for helpers := 1; helpers < min(n, limit) && cores.TryAcquire(1); helpers++ {
		j.helpers.Add(1)
		j.idle.Add(1)
		go j.help()
	}
	j.work()
	// Those that have not started by now have nothing left to do: a core takes longer to
	// wake up than a small job lasts.
	late := j.idle.Swap(0)
	cores.Release(late)
	j.helpers.Add(-int(late))
	j.helpers.Wait()
	if r := j.failed.Load(); r != nil {
		panic(*r)
	}
}

// job is a call of For.
type job struct {
	n       int
	fn      func(i int)
	next    atomic.Int64
	failed  atomic.Pointer[any]
	helpers sync.WaitGroup
	idle    atomic.Int64 // helpers that have not started
}

// help works on a core that has been taken for the job, unless the job has given it back.
func (j *job) help() {
	for {
		idle := j.idle.Load()
		if idle == 0 {
			return
		}
		if j.idle.CompareAndSwap(idle, idle-1) {
			break
		}
	}
	defer j.helpers.Done()
	defer cores.Release(1)
	j.work()
}

// work makes calls until there are none left.
func (j *job) work() {
	defer func() {
		if r := recover(); r != nil {
			j.failed.CompareAndSwap(nil, &r)
			j.next.Store(int64(j.n))
		}
	}()
	for i := int(j.next.Add(1)) - 1; i < j.n; i = int(j.next.Add(1)) - 1 {
		j.fn(i)
	}
}
