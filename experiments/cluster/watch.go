package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"sfdalab/experiments"
	"sfdalab/internal/regular"
	"sfdalab/tracking"
)

// maxAttempts at a task.
const maxAttempts = 3

// pause is for how long Watch, which has waited for so long, waits until it looks
// again: each look asks the controller, whom many ask.
var pause = func(waited time.Duration) time.Duration {
	return min(max(time.Second, waited/60), 10*time.Second)
}

// ErrEnded is the error of a job that ended while somebody waited for it.
var ErrEnded = errors.New("the job was ended by somebody else")

// A Status says how far a job is: the number of its shards in each state.
type Status struct {
	Complete, Running, Waiting, Failed int

	Reasons []string // why tasks wait, in the scheduler's words
}

// Status returns how far the job is.
func (j *Job) Status(ctx context.Context) (Status, error) {
	tasks, err := j.on.States(ctx, j.Name)
	if err != nil {
		return Status{}, err
	}
	complete, err := j.complete()
	if err != nil {
		return Status{}, err
	}
	var s Status
	for i := range j.Tasks {
		task := tasks[i+1]
		switch {
		case complete[i+1]:
			s.Complete++
		case task.Phase == Over:
			s.Failed++
		case task.Phase == Running:
			s.Running++
		default:
			s.Waiting++
			if task.Reason != "" && !slices.Contains(s.Reasons, task.Reason) {
				s.Reasons = append(s.Reasons, task.Reason)
			}
		}
	}
	return s, nil
}

// complete returns the tasks whose shards are. The folder is read, as a file that was
// asked for in vain may seem to be missing on a network for a while.
func (j *Job) complete() (map[int]bool, error) {
	files, err := os.ReadDir(j.folder())
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // the folder goes when the job ends
		return nil, err
	}
	there := make(map[string]bool)
	for _, f := range files {
		there[f.Name()] = true
	}
	complete := make(map[int]bool)
	for i := range j.Tasks {
		if there[j.shard(i+1).Path("")] {
			complete[i+1] = true
		}
	}
	return complete, nil
}

// watch is what Watch knows.
type watch struct {
	*Job
	store  *tracking.Store
	merged map[int]bool
	cells  int // in the merged shards
	lost   map[int]*loss
	failed map[int]error
	told   map[string]bool // the reasons for waiting that were told
	say    func(text string)
}

func newWatch(j *Job, say func(text string)) (*watch, error) {
	store, err := tracking.Create(j.Store)
	return &watch{
		Job: j, store: store, merged: map[int]bool{}, lost: map[int]*loss{}, failed: map[int]error{},
		told: map[string]bool{"": true}, say: say,
	}, err
}

// A loss is a task that is neither complete nor under way.
type loss struct {
	looks   int // in a row that found it so
	attempt int // at it that is next
}

// Watch merges the shards of a job into its store as they complete and submits tasks
// again that failed, twice at most. It returns when all are merged or have failed,
// and when ctx ends, which leaves the job as it is. While the scheduler does not answer,
// it waits. Progress is called with the number of cells in merged shards, and of all;
// say with what else there is to tell, a line at a time.
func (j *Job) Watch(ctx context.Context, progress func(done, total int), say func(text string)) error {
	if err := j.own(); err != nil {
		return err
	}
	w, err := newWatch(j, say)
	if err != nil {
		return err
	}
	away := false
	for start := time.Now(); ; {
		if why, err := ending(w.file(refusal)); err == nil {
			return errors.Join(errors.New(why), w.Cancel(ctx))
		}
		err := w.look(ctx)
		progress(w.cells, j.Cells)
		switch unanswered := errors.Is(err, ErrUnanswered); {
		case ctx.Err() != nil:
			return ctx.Err()
		case !j.underWay():
			return j.ended(ctx, w.store)
		case err != nil && !unanswered:
			return err
		case unanswered && !away:
			say(fmt.Sprintf("waiting for %s: %v", j.on.Name(), err))
		case away && !unanswered:
			say(j.on.Name() + " answers again")
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
		case <-time.After(pause(time.Since(start))):
		}
	}
}

// ended is what became of a job that somebody else has ended: nil if all was done.
func (j *Job) ended(ctx context.Context, store *tracking.Store) error {
	spec, err := j.Parse()
	if err != nil {
		return err
	}
	left, err := experiments.Plan(ctx, spec, store)
	if err == nil && left.Results() > 0 {
		err = fmt.Errorf("store %s: %w, with %d cells left: \"sfdalab run\" continues", j.Store, ErrEnded, left.Results())
	}
	return err
}

// look does what is to be done at one time.
func (w *watch) look(ctx context.Context) error {
	// Asked first: a task that completes in between is then not taken for lost.
	tasks, unanswered := w.on.States(ctx, w.Name)
	if err := w.merge(); err != nil {
		return err
	}
	if unanswered != nil || !w.underWay() {
		return unanswered
	}
	w.tell(tasks)
	again := make(map[int][]int) // tasks by attempt
	for task := 1; task <= len(w.Tasks); task++ {
		if tasks[task].Phase == Stuck { // then the next look finds it cancelled
			if err := w.on.Cancel(ctx, w.Name, task); err != nil {
				return err
			}
			continue
		}
		if w.merged[task] || w.failed[task] != nil || tasks[task].Phase != Over {
			delete(w.lost, task)
			continue
		}
		l := w.lost[task]
		if l == nil {
			l = &loss{attempt: w.nextAttempt(task)}
			w.lost[task] = l
		}
		// A file on a network may take some seconds to show.
		if l.looks++; l.looks < 3 {
			continue
		}
		if l.attempt > maxAttempts {
			w.failed[task] = w.lastWords(task, tasks[task])
			continue
		}
		switch err := w.claimAttempt(task, l.attempt); {
		case errors.Is(err, fs.ErrExist): // by another who waits
			delete(w.lost, task)
		case err != nil:
			return err
		default:
			again[l.attempt] = append(again[l.attempt], task)
		}
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
func (w *watch) tell(tasks map[int]State) {
	for _, task := range tasks {
		if task.Phase == Running {
			return
		}
	}
	for i := range w.Tasks {
		task := tasks[i+1]
		if task.Phase != Over && !w.told[task.Reason] {
			w.told[task.Reason] = true
			w.say(fmt.Sprintf("no task runs; %s's reason is %s", w.on.Name(), task.Reason))
		}
	}
}

// merge brings complete shards into the store. One that is damaged is removed, and
// so its task done again.
func (w *watch) merge() error {
	complete, err := w.complete()
	if err != nil {
		return err
	}
	tasks := make(map[string]int)
	for task := range complete {
		if !w.merged[task] {
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

// nextAttempt returns the number of the attempt at a task that is next. Each has a log
// from the start, so that they are counted also when another goes on to watch the job.
func (w *watch) nextAttempt(task int) int {
	attempt := 2
	for attempt <= maxAttempts {
		if _, err := os.Stat(w.log(task, attempt)); err != nil {
			break
		}
		attempt++
	}
	return attempt
}

// claimAttempt makes an attempt at a task this process's own to submit. The error is
// fs.ErrExist if it is another's.
func (w *watch) claimAttempt(task, attempt int) error {
	f, err := os.OpenFile(w.log(task, attempt), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	return f.Close()
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
func (w *watch) lastWords(task int, last State) error {
	text, err := ending(w.log(task, maxAttempts))
	if err != nil || text == "" {
		text = fmt.Sprintf("it left no log: do the nodes see %s?", w.folder())
	}
	state := cmp.Or(last.Name, "unknown to "+w.on.Name())
	if last.Remedy != "" {
		state += " (" + last.Remedy + ")"
	}
	return fmt.Errorf("task %d of %d ended %d times, the last time as %s: %s", task, len(w.Tasks), maxAttempts, state, text)
}

// ending returns the end of what a file says, in a line. It may be of any size, or no file at all:
// others can write to the folder of a job.
func ending(path string) (string, error) {
	const most = 2000
	if err := regular.Itself(path); err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.NewSectionReader(f, max(0, info.Size()-most), most))
	end := strings.Join(strings.Fields(string(text)), " ")
	if info.Size() > most {
		end = "…" + end
	}
	return end, err
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
	errs = append(errs, fmt.Errorf("%d of %d tasks failed; what they finished is kept in %s, and the same command continues from there", len(w.failed), len(w.Tasks), w.folder()))
	return errors.Join(errs...)
}

// Result returns the result over what was merged. All scores are in the store; cells
// that failed are tried again, but for trials: they take the time and the GPU of a node.
func (j *Job) Result(ctx context.Context, progress func(done, total int)) (*experiments.Result, error) {
	spec, err := j.Parse()
	if err != nil {
		return nil, err
	}
	store, err := tracking.Open(j.Store)
	if err != nil {
		return nil, err
	}
	failed, err := j.failedTrials(store)
	if err != nil {
		return nil, err
	}
	return experiments.Run(ctx, spec, experiments.Options{Store: store, Progress: progress, Failed: failed})
}

// failedTrials returns the trials that have failed. Where one succeeded since, the store has
// its accuracy.
func (j *Job) failedTrials(store *tracking.Store) (map[tracking.Identity]tracking.Cell, error) {
	query, err := tracking.ParseQuery("metric:" + tracking.FineTune)
	if err != nil {
		return nil, err
	}
	runs, err := store.Runs(query, 0, 0)
	if err != nil {
		return nil, err
	}
	failed := make(map[tracking.Identity]tracking.Cell)
	for _, run := range runs {
		if run.Failed == 0 {
			continue
		}
		cells, err := store.Cells(run.ID)
		if err != nil {
			return nil, err
		}
		for _, c := range cells {
			if c.Metric == tracking.FineTune && c.Error != "" {
				failed[c.ID] = c
			}
		}
	}
	return failed, nil
}
