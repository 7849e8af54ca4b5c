// Package par shares one budget of cores between the cells that a run works on
// and the kernels inside each cell.
//
// A task holds its cores while it computes (Acquire, Release): one, as a rule. A kernel
// calls For, which works on the caller's core and takes whatever other cores are free
// at that moment, never waiting for one. So a single large cell uses the whole
// machine, and many cells do not oversubscribe it. Cores that have worked for a call wait
// awake for the next one, for 100 µs at most.
//
// The budget decides who computes, never what: callers split their work into
// pieces of a size fixed by the problem, so results do not depend on it.
package par

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

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
// that are free, and returns when all calls have. They begin in order; which core runs
// which is not defined. A panic in fn is raised again in the caller.
func For(n int, fn func(i int)) {
	j := &job{n: n, fn: fn, finished: make(chan struct{})}
	j.working.Store(1)
	var helpers []*helper
	for len(helpers)+1 < min(n, limit) && cores.TryAcquire(1) {
		j.working.Add(1)
		helpers = append(helpers, helperFor(j))
	}
	j.work()
	// Those that have not begun by now have nothing left to do: a core takes longer to
	// wake up than a small job lasts.
	for _, h := range helpers {
		if h.job.CompareAndSwap(j, nil) {
			cores.Release(1)
			j.working.Add(-1)
			h.await()
		}
	}
	if j.working.Add(-1) > 0 && !spin(func() bool { return j.working.Load() == 0 }) {
		<-j.finished
	}
	if r := j.failed.Load(); r != nil {
		panic(*r)
	}
}

// job is a call of For.
type job struct {
	n        int
	fn       func(i int)
	next     atomic.Int64
	failed   atomic.Pointer[any]
	working  atomic.Int64  // the caller and helpers
	finished chan struct{} // is closed by a helper that is the last of them
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

// helper works on jobs, on a core that is taken for each. Between two of them it keeps its
// core awake for a moment.
type helper struct {
	job atomic.Pointer[job] // that it has not begun
}

// idle are the helpers that have no job.
var idle struct {
	sync.Mutex
	helpers []*helper
}

// helperFor gives a job to an idle helper, or to a new one.
func helperFor(j *job) *helper {
	idle.Lock()
	defer idle.Unlock()
	last := len(idle.helpers) - 1
	if last < 0 {
		h := new(helper)
		h.job.Store(j)
		go h.run()
		return h
	}
	h := idle.helpers[last]
	idle.helpers = idle.helpers[:last]
	h.job.Store(j)
	return h
}

// await makes the helper idle.
func (h *helper) await() {
	idle.Lock()
	defer idle.Unlock()
	idle.helpers = append(idle.helpers, h)
}

// leave tells whether the helper was idle, and is no more.
func (h *helper) leave() bool {
	idle.Lock()
	defer idle.Unlock()
	i := slices.Index(idle.helpers, h)
	if i < 0 {
		return false
	}
	idle.helpers = slices.Delete(idle.helpers, i, i+1)
	return true
}

// run works on jobs until none comes soon.
func (h *helper) run() {
	for {
		var j *job
		came := spin(func() bool {
			if h.job.Load() == nil {
				return false
			}
			j = h.job.Swap(nil)
			return j != nil
		})
		switch {
		case came:
			j.work()
			cores.Release(1)
			h.await()
			if j.working.Add(-1) == 0 {
				close(j.finished)
			}
		case h.leave():
			return
		}
	}
}

const (
	// patience is how long a core is kept awake for what comes soon: about as long as it takes
	// to wake up, some 100 µs on a virtual machine.
	patience = 100 * time.Microsecond

	// Where looking takes this long, something else needs the core, and nobody waits awake
	// for a while.
	taken = 50 * time.Microsecond
	while = 10 * time.Millisecond
)

// crowded is until when nobody waits awake, since the program's start.
var (
	crowded atomic.Int64
	program = time.Now()
)

// spin waits awake until ready returns true, and tells whether it did before patience, or the
// core, was gone.
func spin(ready func() bool) bool {
	const looks = 500 // between two for which others may have the core
	begin := time.Since(program)
	if int64(begin) < crowded.Load() {
		return ready()
	}
	for last := begin; ; {
		for range looks {
			if ready() {
				return true
			}
		}
		runtime.Gosched()
		now := time.Since(program)
		if now-last > taken {
			crowded.Store(int64(now + while))
			return ready()
		}
		if now-begin > patience {
			return false
		}
		last = now
	}
}
