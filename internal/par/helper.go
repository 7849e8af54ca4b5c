package par

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// patience is how long a goroutine that waits for others keeps its core busy. To
// wake a core that sleeps takes 50 to 500 µs, as much as many kernels do, and a
// metric calls one kernel after the other.
const patience = 1000 * time.Microsecond

// spin waits until done is true, at most as long as patience lasts, and returns
// whether it is.
func spin(done func() bool) bool {
	for start := time.Now(); time.Since(start) < patience; runtime.Gosched() {
		for range 100 {
			if done() {
				return true
			}
		}
	}
	return done()
}

// helper is a goroutine that works for others on a free core. When it has nothing
// to do it waits a while for more, without a claim on the core.
type helper struct {
	job atomic.Pointer[job] // the next to work on
}

// idle are the helpers that wait.
var idle struct {
	sync.Mutex
	helpers []*helper
}

// help has a helper work on j. The caller has acquired a core for it.
func help(j *job) {
	idle.Lock()
	defer idle.Unlock()
	last := len(idle.helpers) - 1
	if last < 0 {
		go new(helper).run(j)
		return
	}
	idle.helpers[last].job.Store(j)
	idle.helpers = idle.helpers[:last]
}

// run works on j and then on what else there is.
func (h *helper) run(j *job) {
	for j != nil {
		j.work()
		cores.Release(1)
		waits := h.join()
		j.helpers.Add(-1)
		j.done.Done()
		if !waits {
			return
		}
		j = h.wait()
	}
}

// join makes h one of those that wait, unless there are as many as other cores.
func (h *helper) join() bool {
	idle.Lock()
	defer idle.Unlock()
	if len(idle.helpers) >= runtime.GOMAXPROCS(0)-1 {
		return false
	}
	idle.helpers = append(idle.helpers, h)
	return true
}

// wait returns the next job, or nil when there is none for a while.
func (h *helper) wait() *job {
	spin(func() bool { return h.job.Load() != nil })
	idle.Lock()
	defer idle.Unlock()
	if i := slices.Index(idle.helpers, h); i >= 0 {
		idle.helpers = slices.Delete(idle.helpers, i, i+1)
		return nil
	}
	return h.job.Swap(nil)
}
