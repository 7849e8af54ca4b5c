package cluster

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"sfdalab/experiments"
	"sfdalab/tracking"
)

// A task should take as long as this, so that Slurm's seconds per task are nothing
// to it and a lost one is no great loss.
const taskSeconds = 600

// maxTasks is what Slurm allows in an array unless configured otherwise.
const maxTasks = 1000

// secondsPerByte of features is what a cell is taken to cost where none was
// measured: 1 s for 10,000 samples of 2,048 float32.
const secondsPerByte = 1 / 8e7

// Submit hands to Slurm the cells of a spec that the store lacks. What an earlier job
// left beside the store is brought into it before. When the store has all cells, the
// job has no tasks.
func Submit(ctx context.Context, spec *experiments.Spec, storePath string, o Options) (*Job, error) {
	if _, err := exec.LookPath("sbatch"); err != nil {
		return nil, fmt.Errorf("%w: log in where Slurm's commands are, or use --shard with another scheduler", err)
	}
	program, err := Version()
	if err != nil {
		return nil, err
	}
	j := &Job{
		Name:      "sfdalab-" + strings.ToLower(rand.Text()[:10]),
		Spec:      spec.Text,
		Program:   program,
		Options:   o,
		Submitted: time.Now(),
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
		found, err := filepath.Glob(j.file(pattern))
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
	work, err := experiments.Measure(ctx, spec, store)
	if err != nil {
		return err
	}
	j.Cells, j.Witness, j.Known = work.Cells, work.Witness, work.Known
	if work.Cells > 0 {
		j.Tasks = work.Split(tasks(work, measured(j.Store, spec.Name), j.Options.ArrayLimit))
	}
	return nil
}

// tasks returns the number of tasks for the work, with so many seconds a cell; 0 if
// that is unknown.
func tasks(work *experiments.Work, perCell float64, limit int) int {
	if perCell == 0 && work.Files > 0 {
		perCell = secondsPerByte * float64(work.Bytes) / float64(work.Files)
	}
	n := int(min(float64(work.Cells)*perCell/taskSeconds, maxTasks))
	return max(1, min(max(n, limit), work.Files, maxTasks))
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
	logs, err := filepath.Glob(j.file("task-*.log"))
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
	array := ranges(tasks)
	if j.Options.ArrayLimit > 0 {
		array += fmt.Sprintf("%%%d", j.Options.ArrayLimit)
	}
	args := []string{
		"--job-name=" + j.Name, "--array=" + array, "--requeue",
		"--open-mode=append", "--output=" + j.file(fmt.Sprintf("task-%%a-%d.log", attempt)),
	}
	for name, value := range map[string]string{"partition": j.Options.Partition, "time": j.Options.Time, "mem": j.Options.Mem} {
		if value != "" {
			args = append(args, "--"+name+"="+value)
		}
	}
	script := fmt.Sprintf("#!/bin/sh\nexec %s task %s %s \"$SLURM_ARRAY_TASK_ID\"\n", quote(program), quote(j.Store), j.Name)
	_, err = slurm(ctx, script, "sbatch", append(args, j.Options.Args...)...)
	return err
}

// ranges writes ascending numbers as sbatch reads them, such as 1-3,7.
func ranges(numbers []int) string {
	var parts []string
	for i := 0; i < len(numbers); {
		end := i
		for end+1 < len(numbers) && numbers[end+1] == numbers[end]+1 {
			end++
		}
		part := strconv.Itoa(numbers[i])
		if end > i {
			part += "-" + strconv.Itoa(numbers[end])
		}
		parts = append(parts, part)
		i = end + 1
	}
	return strings.Join(parts, ",")
}

// quote quotes text for the shell.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// slurm runs one of Slurm's commands. The error holds what it said.
func slurm(ctx context.Context, stdin, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		switch {
		case ctx.Err() != nil:
			return "", ctx.Err()
		case errors.Is(err, exec.ErrNotFound):
			return "", fmt.Errorf("%w: log in where Slurm's commands are", err)
		}
		return "", fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(stderr.String()))
	}
	return stdout.String(), nil
}

// A taskState is what Slurm says of a task. The zero value is that of one it does not
// know.
type taskState struct {
	name   string
	reason string // why it is so, if Slurm knows
	array  string // Slurm's number of the array that it is in
}

// over are the states of a task that Slurm does no more about.
var over = []string{"", "COMPLETED", "CANCELLED", "FAILED", "TIMEOUT", "PREEMPTED", "NODE_FAIL", "OUT_OF_MEMORY", "BOOT_FAIL", "DEADLINE"}

// underWay reports whether the task waits or runs.
func (s taskState) underWay() bool { return !slices.Contains(over, s.name) }

// stuck reports whether Slurm holds the task until somebody releases or cancels it, as it
// does with one that could not be started, such as on a node that had just come back.
func (s taskState) stuck() bool {
	return s.underWay() && strings.EqualFold(strings.ReplaceAll(s.reason, " ", ""), "launchFailedRequeuedHeld")
}

func (s taskState) runs() bool { return s.name == "RUNNING" || s.name == "COMPLETING" }

// states returns the state of each task that Slurm knows of: of its latest attempt.
func (j *Job) states(ctx context.Context) (map[int]taskState, error) {
	text, err := slurm(ctx, "", "squeue", "--noheader", "--array", "--states=all", "--name="+j.Name, "--sort=i", "--format=%K|%T|%r|%F")
	if err != nil {
		return nil, err
	}
	states := make(map[int]taskState)
	for line := range strings.Lines(text) {
		index, rest, _ := strings.Cut(strings.TrimSpace(line), "|")
		task, err := strconv.Atoi(index)
		if err != nil {
			return nil, fmt.Errorf("squeue says %q: want a task and its state", line)
		}
		var s taskState
		s.name, rest, _ = strings.Cut(rest, "|")
		s.reason, s.array, _ = strings.Cut(rest, "|")
		if s.reason == "None" {
			s.reason = ""
		}
		if !states[task].underWay() {
			states[task] = s
		}
	}
	return states, nil
}

// Cancel stops the job's tasks and ends it; what they finished is kept for the next.
func (j *Job) Cancel(ctx context.Context) error {
	if _, err := slurm(ctx, "", "scancel", "--name="+j.Name); err != nil {
		return err
	}
	return j.Close(false)
}
