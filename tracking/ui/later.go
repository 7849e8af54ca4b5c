package ui

import (
	"strconv"
	"sync"

	"sfdalab/tracking"
)

// A later makes what takes long in the background, one value at a time, and keeps it.
type later[T any] struct {
	most int // values that are kept; beyond, all are made anew when asked for
	turn sync.Mutex

	mu   sync.Mutex
	made map[string]*T // nil while it is being made
}

func newLater[T any](most int) *later[T] { return &later[T]{most: most, made: make(map[string]*T)} }

// get returns the value of a key; false while it is being made, which get begins. A panic
// leaves the zero value.
func (l *later[T]) get(key string, make func() T) (v T, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	value, begun := l.made[key]
	if value != nil {
		return *value, true
	}
	if begun {
		return v, false
	}
	if len(l.made) >= l.most {
		clear(l.made)
	}
	l.made[key] = nil
	go func() {
		l.turn.Lock()
		defer l.turn.Unlock()
		var v T
		defer func() {
			recover()
			l.mu.Lock()
			defer l.mu.Unlock()
			l.made[key] = &v
		}()
		v = make()
	}()
	return v, false
}

// state returns a key that is another one whenever the run has changed.
func state(r tracking.Run) string { return r.ID + " " + strconv.Itoa(r.Revision) }
