package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"sfdalab/internal/process"
)

// Slurm is the scheduler of that name, by its commands.
type Slurm struct{}

// Name returns "Slurm".
func (Slurm) Name() string { return "Slurm" }

// Available looks for sbatch.
func (Slurm) Available() error {
	if _, err := exec.LookPath("sbatch"); err != nil {
		return fmt.Errorf("%w: %s", err, elsewhere)
	}
	return nil
}

// elsewhere is what to do where Slurm's commands are not.
const elsewhere = "log in where Slurm's commands are, or use --shard with another scheduler"

// Node reads what Slurm tells a task.
func (Slurm) Node() (name string, cores int) {
	cores, _ = strconv.Atoi(os.Getenv("SLURM_CPUS_ON_NODE"))
	return os.Getenv("SLURMD_NODENAME"), cores
}

// Submit submits a job array with sbatch.
func (Slurm) Submit(ctx context.Context, a Array) error {
	array := ranges(a.Tasks)
	if a.Options.ArrayLimit > 0 {
		array += fmt.Sprintf("%%%d", a.Options.ArrayLimit)
	}
	log := strings.NewReplacer("%", "%%", "{task}", "%a").Replace(a.Log)
	args := []string{"--job-name=" + a.Job, "--array=" + array, "--requeue", "--open-mode=append", "--output=" + log}
	option := func(name, value string) {
		if value != "" {
			args = append(args, "--"+name+"="+value)
		}
	}
	option("partition", a.Options.Partition)
	option("time", a.Options.Time)
	option("mem", a.Options.Mem)
	if a.Options.Time == "" && a.Needs.Time > 0 {
		option("time", strconv.Itoa(int((a.Needs.Time+time.Minute-1)/time.Minute)))
	}
	if a.Options.Mem == "" && a.Needs.Memory > 0 {
		option("mem", fmt.Sprintf("%dK", (a.Needs.Memory+1023)/1024))
	}
	if a.Needs.Cores > 1 {
		option("cpus-per-task", strconv.Itoa(a.Needs.Cores))
	}
	if a.Needs.GPUs > 0 {
		option("gres", fmt.Sprintf("gpu:%d", a.Needs.GPUs))
	}
	var script strings.Builder
	script.WriteString("#!/bin/sh\nexec")
	for _, word := range a.Command {
		script.WriteString(" " + quote(word))
	}
	script.WriteString(" \"$SLURM_ARRAY_TASK_ID\"\n")
	_, err := slurm(ctx, script.String(), "sbatch", append(args, a.Options.Args...)...)
	return err
}

// ranges writes ascending numbers as sbatch reads them, such as 1-3,7.
func ranges(numbers []int) string {
	var all []string
	for i := 0; i < len(numbers); {
		end := i
		for end+1 < len(numbers) && numbers[end+1] == numbers[end]+1 {
			end++
		}
		one := strconv.Itoa(numbers[i])
		if end > i {
			one += "-" + strconv.Itoa(numbers[end])
		}
		all = append(all, one)
		i = end + 1
	}
	return strings.Join(all, ",")
}

// quote quotes text for the shell.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// mostSaid is how much one of Slurm's commands may write: squeue has a line for each attempt
// at a task.
const mostSaid = 16 << 20

// slurm runs one of Slurm's commands, which may be a script that runs others. The error holds
// what it said.
func slurm(ctx context.Context, stdin, name string, args ...string) (string, error) {
	stdout := &process.Bounded{Most: mostSaid}
	c := process.Command{Args: append([]string{name}, args...), Stdin: []byte(stdin)}
	err := c.Run(ctx, stdout)
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return "", fmt.Errorf("%w: %s", err, elsewhere)
	case errors.As(err, new(*exec.ExitError)):
		return "", unanswered{fmt.Errorf("%s: %w", name, err)}
	case err != nil && ctx.Err() == nil:
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return string(stdout.Text), err
}

// unanswered is ErrUnanswered in Slurm's words.
type unanswered struct{ error }

func (unanswered) Is(err error) bool { return err == ErrUnanswered }

// over are the states of a task that Slurm does no more about, and what may help.
var over = map[string]string{
	"": "", "COMPLETED": "", "CANCELLED": "", "FAILED": "", "PREEMPTED": "", "NODE_FAIL": "", "BOOT_FAIL": "", "DEADLINE": "",
	"OUT_OF_MEMORY": "give it more with --mem",
	"TIMEOUT":       "give it longer with --time",
}

// state returns the state of a task of which Slurm says its name and the reason.
func state(name, reason string) State {
	remedy, isOver := over[name]
	s := State{Phase: Waiting, Name: strings.ToLower(name), Reason: reason, Remedy: remedy}
	switch {
	case isOver:
		s.Phase = Over
	case name == "RUNNING", name == "COMPLETING":
		s.Phase = Running
	case strings.EqualFold(strings.ReplaceAll(reason, " ", ""), "launchFailedRequeuedHeld"):
		// It could not be started, such as on a node that had just come back.
		s.Phase = Stuck
	case reason == "None":
		s.Reason = ""
	}
	return s
}

// States asks squeue.
func (Slurm) States(ctx context.Context, job string) (map[int]State, error) {
	lines, err := queue(ctx, job)
	states := make(map[int]State)
	for _, l := range lines {
		if states[l.task].Phase == Over {
			states[l.task] = l.State
		}
	}
	return states, err
}

// A queued is a line of squeue.
type queued struct {
	State
	task  int
	array string // Slurm's number of the array that it is in
}

// queue returns what squeue says of a job.
func queue(ctx context.Context, job string) ([]queued, error) {
	text, err := slurm(ctx, "", "squeue", "--noheader", "--array", "--states=all", "--name="+job, "--sort=i", "--format=%K|%T|%r|%F")
	if err != nil {
		return nil, err
	}
	var all []queued
	for line := range strings.Lines(text) {
		fields := append(strings.Split(strings.TrimSpace(line), "|"), "", "", "")
		task, err := strconv.Atoi(fields[0])
		if err != nil {
			return nil, fmt.Errorf("squeue printed %q: want a task and its state", line)
		}
		all = append(all, queued{state(fields[1], fields[2]), task, fields[3]})
	}
	return all, nil
}

// Cancel stops tasks with scancel.
func (Slurm) Cancel(ctx context.Context, job string, tasks ...int) error {
	which := []string{"--name=" + job}
	if len(tasks) > 0 {
		lines, err := queue(ctx, job)
		if err != nil {
			return err
		}
		which = nil
		for _, l := range lines {
			if l.Phase != Over && slices.Contains(tasks, l.task) {
				which = append(which, fmt.Sprintf("%s_%d", l.array, l.task))
			}
		}
		if which == nil {
			return nil
		}
	}
	_, err := slurm(ctx, "", "scancel", which...)
	return err
}
