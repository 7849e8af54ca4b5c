package cluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"sfdalab/experiments"
	"sfdalab/experiments/plan"
	"sfdalab/tracking"
)

// A task should take as long as this, so that a scheduler's seconds per task are nothing
// to it and a lost one is no great loss.
const taskSeconds = 600

// maxTasks is what Slurm allows in an array unless configured otherwise.
const maxTasks = 1000

// Submit hands to a scheduler the cells of a spec that the store lacks. What an earlier job
// left beside the store is brought into it before. When the store has all cells, the
// job has no tasks.
func Submit(ctx context.Context, spec *experiments.Spec, storePath string, o Options) (*Job, error) {
	on, err := find(o.Scheduler)
	if err != nil {
		return nil, err
	}
	if err := on.Available(); err != nil {
		return nil, err
	}
	program, _, err := version()
	if err != nil {
		return nil, err
	}
	j := &Job{
		Name:      newName(),
		Spec:      spec.Text,
		Program:   program,
		Options:   o,
		Submitted: time.Now(),
		on:        on,
	}
	if j.SpecPath, err = filepath.Abs(spec.Path); err != nil {
		return nil, err
	}
	if j.Store, err = filepath.Abs(storePath); err != nil {
		return nil, err
	}
	if err := j.free(); err != nil {
		return nil, err
	}
	store, err := tracking.Create(j.Store)
	if err != nil {
		return nil, err
	}
	left, err := j.gather(store)
	if err != nil {
		return nil, err
	}
	if err := j.plan(ctx, store); err != nil {
		return nil, err
	}
	if err := j.claim(); err != nil {
		return nil, err
	}
	if err := j.begin(ctx, left); err != nil {
		return nil, errors.Join(err, j.Close(false))
	}
	return j, nil
}

// gather brings what shards of an earlier job hold into the store, and returns their
// files, which are then needed no more.
func (j *Job) gather(store *tracking.Store) ([]string, error) {
	var files []string
	for _, pattern := range []string{"*-of-*.db", "*-of-*.db" + experiments.Unfinished} {
		found, err := filepath.Glob(j.files(pattern))
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	_, err := merge(store, files)
	return files, err
}

// plan deals the cells that the store lacks to tasks.
func (j *Job) plan(ctx context.Context, store *tracking.Store) error {
	spec, err := j.Parse() // with the path that the nodes see
	if err != nil {
		return err
	}
	p, err := experiments.Plan(ctx, spec, store)
	if err != nil {
		return err
	}
	j.Cells, j.Witness, j.Known, j.Needs = p.Results(), witness(p), p.Known, p.Needs()
	if j.Cells > 0 {
		j.Tasks = p.Deal(tasks(p, measured(j.Store, spec.Name), j.Options.ArrayLimit))
		j.Needs.Time = p.Longest(j.Tasks)
	}
	return nil
}

// witness returns a file that tasks read and that can be read here; "" if none can.
func witness(p *plan.Plan) string {
	for _, t := range p.Tasks {
		if info, err := os.Stat(t.Near); err == nil && info.Size() > 0 {
			return t.Near
		}
	}
	return ""
}

// tasks returns the number of tasks of a job for a plan, with so many seconds a cell; 0
// if that is unknown.
func tasks(p *plan.Plan, perCell float64, limit int) int {
	seconds := perCell * float64(p.Results())
	if perCell == 0 {
		seconds = p.Cost().Seconds()
	}
	return max(1, min(max(int(min(seconds/taskSeconds, maxTasks)), limit), p.Pieces(), maxTasks))
}

// measured returns the mean seconds of a cell in the latest run of an experiment; 0
// if there is none.
func measured(path, experiment string) float64 {
	store, err := tracking.Open(path)
	if err != nil {
		return 0
	}
	query, err := tracking.ParseQuery("experiment:" + strconv.Quote(experiment))
	if err != nil {
		return 0
	}
	runs, err := store.Runs(query, 0, 1)
	if err != nil || len(runs) == 0 {
		return 0
	}
	cells, err := store.Cells(runs[0].ID)
	if err != nil {
		return 0
	}
	var sum float64
	n := 0
	for _, c := range cells {
		if c.Seconds > 0 {
			sum += c.Seconds
			n++
		}
	}
	return sum / max(1, float64(n))
}

// begin clears the folder and submits all tasks.
func (j *Job) begin(ctx context.Context, left []string) error {
	logs, err := filepath.Glob(j.files("task-*.log"))
	if err != nil {
		return err
	}
	for _, f := range slices.Concat(left, logs, []string{j.file(refusal)}) {
		if err := os.Remove(f); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if len(j.Tasks) == 0 {
		return nil
	}
	all := make([]int, len(j.Tasks))
	for i := range all {
		all[i] = i + 1
	}
	return j.submit(ctx, all, 1)
}

// submit submits an attempt at tasks.
func (j *Job) submit(ctx context.Context, tasks []int, attempt int) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	return j.on.Submit(ctx, Array{
		Job:     j.Name,
		Tasks:   tasks,
		Command: []string{program, "task", j.Store, j.Name},
		Log:     j.file(fmt.Sprintf("task-{task}-%d.log", attempt)),
		Needs:   j.Needs,
		Options: j.Options,
	})
}

// Cancel stops the job's tasks and ends it; what they finished is kept for the next.
func (j *Job) Cancel(ctx context.Context) error {
	if err := j.own(); err != nil {
		return err
	}
	if err := j.on.Cancel(ctx, j.Name); err != nil {
		return err
	}
	return j.Close(false)
}
