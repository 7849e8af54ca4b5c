package results

import (
	"sync"

	"sfdalab/internal/par"
)

// A Progress is told how many are done of what takes long, such as "intervals": by one call at
// a time, from whichever goroutine. Nil is told nothing.
type Progress func(what string, done, total int)

// For is par.For, and tells p after each call of fn.
func (p Progress) For(what string, n int, fn func(i int)) {
	done := p.steps(what, n)
	par.For(n, func(i int) {
		fn(i)
		done()
	})
}

// steps returns what tells p that one more of so many is done.
func (p Progress) steps(what string, total int) func() {
	if p == nil {
		return func() {}
	}
	var lock sync.Mutex
	done := 0
	return func() {
		lock.Lock()
		defer lock.Unlock()
		done++
		p(what, done, total)
	}
}
