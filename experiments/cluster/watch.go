package cluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"sfdalab/experiments"
	"sfdalab/tracking"
)

// maxAttempts at a task.
const maxAttempts = 3

// pollEvery is how often Watch looks.
var pollEvery = defaultPoll

const defaultPoll = time.Second

// ErrCancelled is the error of a job that somebody cancelled.
var ErrCancelled = errors.New("the job was cancelled")

// A Status says how far a job is: the number of its shards in each state.
type Status struct{ Complete, Running, Waiting, Failed int }

// Status returns how far the job is.
func (j *Job) Status(ctx context.Context) (Status, error) {
	states, err := j.states(ctx)
	var s Status
	for i := range j.Tasks {
		state, known := states[i+1]
		switch {
		case j.complete(i + 1):
			s.Complete++
		case state == "RUNNING" || state == "COMPLETING":
			s.Running++
		case known && !slices.Contains(over, state):
			s.Waiting++
		default:
			s.Failed++
		}
	}
	return s, err
}

func (j *Job) complete(task int) bool {
	_, err := os.Stat(j.shard(task).Path(j.folder()))
	return err == nil
}

// watch is what Watch knows.
type watch struct {
	*Job
	store  *tracking.Store
	merged map[int]bool
	cells  int         // in the merged shards
	lost   map[int]int // how many looks in a row found a task neither complete nor under way
	failed map[int]error
}

// Watch merges the shards of a job into its store as they complete and submits tasks
// again that failed, twice at most. It returns when all are merged or have failed,
// and when ctx ends, which leaves the job as it is. While Slurm does not answer, it
// waits. Progress is called with the number of cells in merged shards, and of all;
// say with what else there is to tell, a line at a time.
func (j *Job) Watch(ctx context.Context, progress func(done, total int), say func(text string)) error {
	store, err := tracking.Create(j.Store)
	if err != nil {
		return err
	}
	w := watch{Job: j, store: store, merged: map[int]bool{}, lost: map[int]int{}, failed: map[int]error{}}
	waiting := false
	for {
		err := w.look(ctx)
		progress(w.cells, j.Cells)
		switch refused := errors.As(err, new(*exec.ExitError)); {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && !refused:
			return err
		case refused && !waiting:
			say(fmt.Sprintf("waiting for Slurm: %v", err))
		case waiting && !refused:
			say("Slurm answers again")
		}
		waiting = err != nil
		if len(w.merged)+len(w.failed) == len(j.Tasks) {
			if err := w.failure(); err != nil {
				return errors.Join(err, j.Close(false))
			}
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pollEvery):
		}
	}
}

// look does what is to be done at one time.
func (w *watch) look(ctx context.Context) error {
	if _, err := os.Stat(jobFile(w.folder())); errors.Is(err, fs.ErrNotExist) {
		return ErrCancelled
	}
	if why, err := os.ReadFile(w.file(refusal)); err == nil {
		return errors.Join(errors.New(string(why)), w.Cancel(ctx))
	}
	// Asked first: a task that completes in between is then not taken for lost.
	states, err := w.states(ctx)
	if err := w.merge(); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	again := make(map[int][]int) // tasks by attempt
	for task := 1; task <= len(w.Tasks); task++ {
		state, known := states[task]
		if w.merged[task] || w.failed[task] != nil || known && !slices.Contains(over, state) {
			delete(w.lost, task)
			continue
		}
		// A file on a network may take some seconds to show.
		if w.lost[task]++; w.lost[task] < 3 {
			continue
		}
		attempt, err := w.nextAttempt(task)
		if err != nil {
			return err
		}
		if attempt > maxAttempts {
			w.failed[task] = w.lastWords(task, state)
			continue
		}
		again[attempt] = append(again[attempt], task)
	}
	for attempt, tasks := range again {
		if err := w.submit(ctx, tasks, attempt); err != nil {
			return errors.Join(err, w.forget(tasks, attempt))
		}
		for _, task := range tasks {
			delete(w.lost, task)
		}
	}
	return nil
}

// merge brings complete shards into the store. One that is damaged is removed, and
// so its task done again.
func (w *watch) merge() error {
	var shards []*tracking.Store
	var tasks []int
	for task := 1; task <= len(w.Tasks); task++ {
		if w.merged[task] || !w.complete(task) {
			continue
		}
		path := w.shard(task).Path(w.folder())
		shard, err := openShard(path)
		switch {
		case damaged(err):
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			continue
		case err != nil:
			return err
		}
		runs, err := shard.Runs(tracking.Query{}, 0, 1)
		if err != nil {
			return err
		}
		for _, r := range runs {
			w.cells += r.Cells
		}
		shards, tasks = append(shards, shard), append(tasks, task)
	}
	if len(shards) == 0 {
		return nil
	}
	if _, err := w.store.Merge(shards...); err != nil {
		return err
	}
	for _, task := range tasks {
		w.merged[task] = true
	}
	return nil
}

// openShard opens a shard of which every record is undamaged.
func openShard(path string) (*tracking.Store, error) {
	report, err := tracking.Check(path)
	if err != nil {
		return nil, err
	}
	if len(report.Damage) > 0 {
		return nil, fmt.Errorf("%w: %w", tracking.ErrDamaged, errors.Join(report.Damage...))
	}
	return tracking.Open(path)
}

// damaged reports whether an error of openShard is that of the file.
func damaged(err error) bool {
	return errors.Is(err, tracking.ErrDamaged) || errors.Is(err, tracking.ErrForeign) || errors.Is(err, tracking.ErrNoStore)
}

// nextAttempt returns the number of the next attempt at a task, whose log it makes:
// so attempts are counted also when another goes on to watch the job.
func (w *watch) nextAttempt(task int) (int, error) {
	for attempt := 2; attempt <= maxAttempts; attempt++ {
		f, err := os.OpenFile(w.log(task, attempt), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if err == nil {
			return attempt, f.Close()
		}
		if !errors.Is(err, fs.ErrExist) {
			return 0, err
		}
	}
	return maxAttempts + 1, nil
}

// forget lets an attempt at tasks not count that Slurm did not take.
func (w *watch) forget(tasks []int, attempt int) error {
	var errs []error
	for _, task := range tasks {
		errs = append(errs, os.Remove(w.log(task, attempt)))
	}
	return errors.Join(errs...)
}

// lastWords is the error of a task that failed in its last attempt.
func (w *watch) lastWords(task int, state string) error {
	const most = 2000
	log, err := os.ReadFile(w.log(task, maxAttempts))
	text := strings.TrimSpace(string(log))
	switch {
	case err != nil || text == "":
		text = fmt.Sprintf("it left no log: do the nodes see %s?", w.folder())
	case len(text) > most:
		text = "…" + text[len(text)-most:]
	}
	if state == "" {
		state = "unknown to Slurm"
	}
	return fmt.Errorf("task %d of %d ended %d times, the last time as %s:\n%s", task, len(w.Tasks), maxAttempts, strings.ToLower(state), text)
}

// failure is the error of all tasks that failed: of a few in full.
func (w *watch) failure() error {
	const most = 3
	var errs []error
	for task := 1; task <= len(w.Tasks) && len(errs) < most; task++ {
		if err := w.failed[task]; err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) == 0 {
		return nil
	}
	errs = append(errs, fmt.Errorf("%d of %d tasks failed; what they finished is kept in %s, and the same command goes on from there", len(w.failed), len(w.Tasks), w.folder()))
	return errors.Join(errs...)
}

// Result returns the result over what was merged. All scores are in the store; cells
// that failed are tried again.
func (j *Job) Result(ctx context.Context, progress func(done, total int)) (*experiments.Result, error) {
	spec, err := j.Parse()
	if err != nil {
		return nil, err
	}
	store, err := tracking.Open(j.Store)
	if err != nil {
		return nil, err
	}
	return experiments.Run(ctx, spec, experiments.Options{Store: store, Progress: progress})
}
