package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
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

// ErrEnded is the error of a job that ended while somebody waited for it.
var ErrEnded = errors.New("the job was ended by somebody else")

// A Status says how far a job is: the number of its shards in each state.
type Status struct {
	Complete, Running, Waiting, Failed int

	Reasons []string // why tasks wait, in Slurm's words
}

// Status returns how far the job is.
func (j *Job) Status(ctx context.Context) (Status, error) {
	tasks, err := j.states(ctx)
	if err != nil {
		return Status{}, err
	}
	var s Status
	for i := range j.Tasks {
		task := tasks[i+1]
		switch {
		case j.complete(i + 1):
			s.Complete++
		case !task.underWay():
			s.Failed++
		case task.runs():
			s.Running++
		default:
			s.Waiting++
			if !slices.Contains(s.Reasons, task.reason) {
				s.Reasons = append(s.Reasons, task.reason)
			}
		}
	}
	return s, nil
}

// complete reports whether a task's shard is.
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
	told   map[string]bool // the reasons for waiting that were told
	say    func(text string)
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
	w := watch{Job: j, store: store, merged: map[int]bool{}, lost: map[int]int{}, failed: map[int]error{}, say: say,
		told: map[string]bool{"": true, "None": true}}
	away := false
	for {
		if why, err := os.ReadFile(w.file(refusal)); err == nil {
			return errors.Join(errors.New(string(why)), w.Cancel(ctx))
		}
		err := w.look(ctx)
		progress(w.cells, j.Cells)
		switch unanswered := errors.As(err, new(*exec.ExitError)); {
		case ctx.Err() != nil:
			return ctx.Err()
		case !j.underWay():
			return j.ended(ctx, store)
		case err != nil && !unanswered:
			return err
		case unanswered && !away:
			say(fmt.Sprintf("waiting for Slurm: %v", err))
		case away && !unanswered:
			say("Slurm answers again")
		}
		away = err != nil
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

// ended is what became of a job that somebody else has ended: nil if all was done.
func (j *Job) ended(ctx context.Context, store *tracking.Store) error {
	spec, err := j.Parse()
	if err != nil {
		return err
	}
	left, err := experiments.Measure(ctx, spec, store)
	if err == nil && left.Cells > 0 {
		err = fmt.Errorf("store %s: %w, with %d cells to do: \"sfdalab run\" goes on from there", j.Store, ErrEnded, left.Cells)
	}
	return err
}

// look does what is to be done at one time.
func (w *watch) look(ctx context.Context) error {
	// Asked first: a task that completes in between is then not taken for lost.
	tasks, slurmErr := w.states(ctx)
	if err := w.merge(); err != nil {
		return err
	}
	if slurmErr != nil || !w.underWay() {
		return slurmErr
	}
	w.tell(tasks)
	again := make(map[int][]int) // tasks by attempt
	for task := 1; task <= len(w.Tasks); task++ {
		if w.merged[task] || w.failed[task] != nil || tasks[task].underWay() {
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
			w.failed[task] = w.lastWords(task, tasks[task])
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

// tell says why no task runs, if none does but some wait: each reason once.
func (w *watch) tell(tasks map[int]taskState) {
	for _, task := range tasks {
		if task.runs() {
			return
		}
	}
	for i := range w.Tasks {
		task := tasks[i+1]
		if task.underWay() && !w.told[task.reason] {
			w.told[task.reason] = true
			w.say("no task runs; Slurm's reason is " + task.reason)
		}
	}
}

// merge brings complete shards into the store. One that is damaged is removed, and
// so its task done again.
func (w *watch) merge() error {
	tasks := make(map[string]int)
	for task := 1; task <= len(w.Tasks); task++ {
		if !w.merged[task] && w.complete(task) {
			tasks[w.shard(task).Path(w.folder())] = task
		}
	}
	if len(tasks) == 0 {
		return nil
	}
	bad, err := merge(w.store, slices.Sorted(maps.Keys(tasks)))
	for _, path := range bad {
		delete(tasks, path)
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err != nil {
		return err
	}
	for path, task := range tasks {
		w.merged[task] = true
		shard, err := tracking.Open(path)
		if err != nil {
			return err
		}
		run, err := shard.Run("latest")
		if err != nil {
			return err
		}
		w.cells += run.Cells
	}
	return nil
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
func (w *watch) lastWords(task int, last taskState) error {
	const most = 2000
	log, err := os.ReadFile(w.log(task, maxAttempts))
	text := strings.TrimSpace(string(log))
	switch {
	case err != nil || text == "":
		text = fmt.Sprintf("it left no log: do the nodes see %s?", w.folder())
	case len(text) > most:
		text = "…" + text[len(text)-most:]
	}
	state := cmp.Or(strings.ToLower(last.name), "unknown to Slurm")
	return fmt.Errorf("task %d of %d ended %d times, the last time as %s%s:\n%s", task, len(w.Tasks), maxAttempts, state, remedy[last.name], text)
}

// remedy is what to do about a task that ended in a state.
var remedy = map[string]string{
	"OUT_OF_MEMORY": " (give it more with --mem)",
	"TIMEOUT":       " (give it longer with --time)",
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
