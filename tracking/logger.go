package tracking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
)

// A batch is written when it has batchSize cells or is batchAge old.
const (
	batchSize = 2048
	batchAge  = 500 * time.Millisecond
)

// A Logger writes the cells of one run. Its methods may be called by many
// goroutines.
type Logger struct {
	store  *Store
	number uint64
	id     string

	mu      sync.Mutex // guards pending and err
	pending []entry
	err     error // of the last background write; the cells are still pending

	writing sync.Mutex // held while a batch is written
	beat    time.Time
	stop    context.CancelFunc
	stopped chan struct{}
}

// An entry is a cell ready to be written.
type entry struct {
	cell  Cell
	value []byte
}

// Begin stores r as running and returns the logger of its cells. Whatever r
// lacks of ID, Start and Environment is filled in.
func (s *Store) Begin(r Run) (*Logger, error) {
	now := time.Now()
	if r.ID == "" {
		r.ID = newID(now)
	}
	if r.Start.IsZero() {
		r.Start = now
	}
	if r.Environment.Go == "" {
		r.Environment = Here()
	}
	r.Outcome, r.Beat, r.Process = Running, now, thisProcess()
	if err := s.update(func(tx *bolt.Tx) error { return addRun(tx, &r) }); err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(context.Background())
	l := &Logger{store: s, number: r.number, id: r.ID, beat: now, stop: stop, stopped: make(chan struct{})}
	go l.tick(running)
	return l, nil
}

// addRun gives r a number and stores it.
func addRun(tx *bolt.Tx, r *Run) error {
	if known, err := runIDsTable.get(tx, []byte(r.ID)); err != nil {
		return err
	} else if known != nil {
		return fmt.Errorf("run %s is in the store already", r.ID)
	}
	n, err := runsTable.next(tx)
	if err != nil {
		return err
	}
	r.number = n
	if err := runIDsTable.put(tx, []byte(r.ID), key(n)); err != nil {
		return err
	}
	return putRun(tx, r)
}

// Run returns the ID of the run.
func (l *Logger) Run() string { return l.id }

// Log adds c to the run. It is written with its batch, within half a second; an
// error other than of c itself is that of an earlier batch, whose cells are kept
// and tried again.
func (l *Logger) Log(c Cell) error {
	if err := c.check(); err != nil {
		return err
	}
	if c.ID == (Identity{}) {
		c.ID = c.Identify()
	}
	value, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("cell %s %s %s: %w", c.Dataset, c.Model, c.Metric, err)
	}
	l.mu.Lock()
	l.pending = append(l.pending, entry{c, value})
	full, earlier := len(l.pending)%batchSize == 0, l.err
	l.mu.Unlock()
	if full {
		return l.Flush()
	}
	return earlier
}

// Flush writes the cells logged until now; they are on disk when it returns nil.
func (l *Logger) Flush() error { return l.write(nil) }

// Finish writes what is left and the outcome, with its reason if there is one.
// The logger must not be used afterwards, unless Finish fails: then it may be
// called again.
func (l *Logger) Finish(outcome Outcome, reason string) error {
	err := l.write(func(r *Run) {
		r.Outcome, r.Reason, r.End, r.Process = outcome, reason, time.Now(), ""
	})
	if err == nil {
		l.stop()
		<-l.stopped
	}
	return err
}

// tick writes batches that are old, and the beat of a run that has none.
func (l *Logger) tick(running context.Context) {
	defer close(l.stopped)
	t := time.NewTicker(batchAge)
	defer t.Stop()
	for {
		select {
		case <-running.Done():
			return
		case <-t.C:
		}
		l.mu.Lock()
		due := len(l.pending) > 0
		l.mu.Unlock()
		l.writing.Lock()
		due = due || time.Since(l.beat) > beatEvery
		l.writing.Unlock()
		if due {
			l.write(nil)
		}
	}
}

// write writes the pending cells and changes the run by edit.
func (l *Logger) write(edit func(*Run)) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.mu.Lock()
	batch := l.pending
	l.mu.Unlock()

	beat := time.Now()
	err := l.store.update(func(tx *bolt.Tx) error {
		r, err := getRun(tx, l.number)
		if err != nil {
			return err
		}
		for i := range batch {
			if err := addCell(tx, &r, &batch[i]); err != nil {
				return err
			}
		}
		r.Beat = beat
		if edit != nil {
			edit(&r)
		}
		return putRun(tx, &r)
	})

	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err = err; err == nil {
		l.pending = l.pending[len(batch):]
		l.beat = beat
	}
	return err
}

// addCell gives the run a cell: the stored one if that tells the same, a new one
// otherwise. A score that differs from an earlier one of the same identity is
// kept beside it, and the run is warned.
func addCell(tx *bolt.Tx, r *Run, e *entry) error {
	c := e.cell // or the stored one
	n, err := findCell(tx, r, &c)
	if err != nil {
		return err
	}
	if n == 0 {
		if n, err = cellsTable.next(tx); err != nil {
			return err
		}
		if err := cellsTable.put(tx, key(n), e.value); err != nil {
			return err
		}
		if c.Error == "" {
			if err := identityTable.put(tx, c.ID[:], key(n)); err != nil {
				return err
			}
		}
	}
	member := key(r.number, n)
	if known, err := membersTable.get(tx, member); known != nil || err != nil {
		return err
	}
	r.count(&c)
	return membersTable.put(tx, member, nil)
}

// findCell returns the number of a stored cell that tells what c does, and sets c
// to it; 0 if there is none.
func findCell(tx *bolt.Tx, r *Run, c *Cell) (uint64, error) {
	if c.Error != "" {
		return 0, nil
	}
	n, err := identityTable.getNumber(tx, c.ID[:])
	if n == 0 || err != nil {
		return 0, err
	}
	old, err := getCell(tx, n)
	switch {
	case errors.Is(err, ErrDamaged):
		return 0, nil // stored anew
	case err != nil:
		return 0, err
	case old.sameScore(c):
		*c = old
		return n, nil
	case old.Score != c.Score:
		r.warn(fmt.Sprintf("%s %s %s: score is %v, was %v: either the metric changed without a new version, or it is not deterministic",
			c.Dataset, c.Model, c.Metric, c.Score, old.Score))
	}
	return 0, nil
}

// maxWarnings bounds the warnings of a run, of which a thousand say no more.
const maxWarnings = 100

func (r *Run) warn(text string) {
	if len(r.Warnings) < maxWarnings {
		r.Warnings = append(r.Warnings, text)
	}
}
