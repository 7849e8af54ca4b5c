package tracking

import (
	"context"
	"slices"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
)

// A batch is written when it has batchSize cells, or a sixteenth of those of the run if that
// is more, or is batchAge old.
const (
	batchSize = 2048
	batchAge  = 500 * time.Millisecond
)

// patience is how long a Logger waits for other processes at least: longer than a disk
// may stall, as what it holds would be lost.
const patience = 2 * time.Minute

// A Logger writes the cells of one run. Its methods may be called by many
// goroutines.
type Logger struct {
	store  *Store
	number uint64
	id     string
	before Usage

	// Of the two locks, writing is taken first. Log takes only mu, which nobody holds while
	// the disk is written, so it never waits for the disk unless its batch is full.
	mu      sync.Mutex // guards pending, written and err
	pending []entry
	written int   // cells
	err     error // of the last background write; the cells are still pending

	writing sync.Mutex // held while a batch is written; guards beat
	beat    time.Time  // when the run last told that it goes on
	stop    context.CancelFunc
	stopped chan struct{}
}

// Begin stores r as running and returns the logger of its cells. Whatever r
// lacks of ID, Start and Environment is filled in.
func (s *Store) Begin(r Run) (*Logger, error) {
	now := time.Now()
	r.begin(now)
	before := Used()
	err := s.update(func(tx *bolt.Tx) error {
		for _, t := range tables { // damage must not come to light when all has been computed
			if _, err := t.bucket(tx); err != nil {
				return err
			}
		}
		return addRun(tx, &r)
	})
	if err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(context.Background())
	patient := &Store{Wait: max(s.Wait, patience), path: s.path}
	l := &Logger{store: patient, number: r.number, id: r.ID, before: before, beat: now, stop: stop, stopped: make(chan struct{})}
	go l.tick(running)
	return l, nil
}

// begin makes r a run that begins now.
func (r *Run) begin(now time.Time) {
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
}

// Run returns the ID of the run.
func (l *Logger) Run() string { return l.id }

// Log adds c to the run. It is written with its batch, within half a second unless writes
// themselves take long; an
// error other than of c itself is that of an earlier batch, whose cells are kept
// and tried again.
func (l *Logger) Log(c Cell) error {
	if err := c.check(); err != nil {
		return err
	}
	if c.ID == (Identity{}) {
		c.ID = c.Identify()
	}
	e, err := newEntry(&c)
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.pending = append(l.pending, e)
	// With each batch the run is written again, whose lists of models and files grow with
	// its cells: batches grow with them, too.
	full, earlier := len(l.pending)%batchSize == 0 && len(l.pending) >= l.written/16, l.err
	l.mu.Unlock()
	if full {
		return l.Flush()
	}
	return earlier
}

// Flush writes the cells logged until now; they are on disk when it returns nil.
func (l *Logger) Flush() error { return l.write(nil) }

// Amend changes what the run is known to have besides its cells, once more of it is known.
func (l *Logger) Amend(edit func(*Run)) error { return l.write(edit) }

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

// tick writes batches that are old, and the beat of a run that has none. Where a write takes
// long, it waits four times as long until the next.
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
			start := time.Now()
			l.write(nil)
			t.Reset(max(batchAge, 4*time.Since(start)))
		}
	}
}

// write writes the pending cells and changes the run by edit.
func (l *Logger) write(edit func(*Run)) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.mu.Lock()
	batch := slices.Clone(l.pending) // addCells ranks it, while Log goes on
	l.mu.Unlock()

	beat := time.Now()
	err := l.store.update(func(tx *bolt.Tx) error {
		r, err := getRun(tx, l.number)
		if err != nil {
			return err
		}
		if err := addCells(tx, &r, batch); err != nil {
			return err
		}
		r.Beat = beat
		used := Used()
		r.CPUSeconds, r.PeakBytes = (used.CPU - l.before.CPU).Seconds(), used.Peak
		if edit != nil {
			edit(&r)
		}
		return putRun(tx, &r)
	})

	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err = err; err == nil {
		l.pending = l.pending[len(batch):]
		l.written += len(batch)
		l.beat = beat
	}
	return err
}

// maxWarnings bounds the warnings of a run, of which a thousand say no more.
const maxWarnings = 100

// warn adds a warning, unless there are maxWarnings.
func (r *Run) warn(text string) {
	if len(r.Warnings) < maxWarnings {
		r.Warnings = append(r.Warnings, text)
	}
}
