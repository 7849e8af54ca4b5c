package features

import (
	"sync"
	"time"
)

// A meter notes what the shared statistics of a Set took, and which of them are asked for.
type meter struct {
	mu    sync.Mutex
	spent map[any]*spent // by key
	at    *spent         // the statistic that is computed now
	asked map[any]bool   // since the last Meter, outside of another statistic
	epoch int            // counts calls of Meter
}

// spent is what a statistic took.
type spent struct {
	own   time.Duration // without those that it needs
	needs []any
	epoch int
}

// Meter returns a function that says how much longer the work since Meter would have taken
// on a Set of its own: what the shared statistics took that it asked for and that others had
// computed before, each once and with what those need. So every metric is charged for all
// that it uses, whichever comes first. One goroutine at a time may meter a Set.
func (s *Set) Meter() (before func() time.Duration) {
	m := &s.meter
	m.mu.Lock()
	defer m.mu.Unlock()
	m.epoch++
	m.asked = make(map[any]bool)
	return func() time.Duration {
		m.mu.Lock()
		defer m.mu.Unlock()
		var sum time.Duration
		seen := make(map[any]bool)
		var charge func(key any)
		charge = func(key any) {
			statistic := m.spent[key]
			if seen[key] || statistic == nil {
				return
			}
			seen[key] = true
			if statistic.epoch < m.epoch {
				sum += statistic.own
			}
			for _, need := range statistic.needs {
				charge(need)
			}
		}
		for key := range m.asked {
			charge(key)
		}
		return sum
	}
}

// ask notes that a statistic is asked for, maybe by another one.
func (m *meter) ask(key any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.at != nil:
		m.at.needs = append(m.at.needs, key)
	case m.asked != nil:
		m.asked[key] = true
	}
}

// begin notes that a statistic is computed; what it returns, that this is done.
func (m *meter) begin(key any) (done func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.spent == nil {
		m.spent = make(map[any]*spent)
	}
	statistic, outer, start := &spent{epoch: m.epoch}, m.at, time.Now()
	m.spent[key], m.at = statistic, statistic
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		elapsed := time.Since(start)
		statistic.own += elapsed
		if m.at = outer; outer != nil {
			outer.own -= elapsed
		}
	}
}
