package experiments

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sfdalab/experiments/plan"
	"sfdalab/finetune"
	"sfdalab/internal/par"
	"sfdalab/internal/process"
	"sfdalab/tracking"
)

// tasks returns the tasks of trials that are wanted and not done, and these.
func (t *training) tasks(f *FineTuning) ([]plan.Task, []*trial) {
	var tasks []plan.Task
	var trials []*trial
	memory, _ := bytesOf(f.Needs.Memory) // which were checked
	limit, _ := duration(f.Needs.Time)
	t.each(func(x *trial) {
		if x.state == done || !x.wanted {
			return
		}
		task := plan.Task{
			Key:     x.key,
			Results: []tracking.Identity{x.ID},
			Needs:   plan.Resources{Cores: f.cores(), Memory: memory, GPUs: f.Needs.GPUs, Time: limit},
			Cost:    costOfTrial,
		}
		if x.Trial.Final {
			task.After = x.sweepKeys
		}
		tasks, trials = append(tasks, task), append(trials, x)
	})
	return tasks, trials
}

// costOfTrial is what a trial is taken to cost: as much as a task of a cluster should take.
const costOfTrial = 10 * time.Minute

// train does the trials that are not done. The error is that of ctx or of the store; why
// trials failed is in their cells.
func (r *runner) train(ctx context.Context) error {
	if r.training == nil {
		return nil
	}
	f := &r.spec.FineTune
	tasks, trials := r.training.tasks(f)
	limit := plan.Resources{Memory: machineMemory()}
	if f.Needs.GPUs > 0 {
		devices := gpus()
		limit.GPUs = max(len(devices), f.Needs.GPUs)
		r.training.gpus = make(chan string, len(devices))
		for _, d := range devices {
			r.training.gpus <- d
		}
	}
	work, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	err := (&plan.Plan{Tasks: tasks}).Do(work, limit, func(ctx context.Context, i int, _ error) error {
		err := r.trainOne(ctx, trials[i], tasks[i].Needs)
		if err != nil {
			stop(err)
		}
		return err
	})
	if err != nil {
		return context.Cause(work)
	}
	return nil
}

// trainOne does one trial. The error is that of ctx or of the store.
func (r *runner) trainOne(ctx context.Context, x *trial, needs plan.Resources) error {
	t := r.training
	if x.settings == nil {
		t.mu.Lock()
		x.choose(r)
		t.mu.Unlock()
		if x.settings == nil && x.state != done {
			x.Error, x.state = "the trials of its sweep are not all known", done
		}
		if x.state != done { // the settings that were best may have been trained before
			known, err := r.knownTrials([]tracking.Identity{x.ID})
			if err != nil {
				return err
			}
			if old, ok := known[x.ID]; ok {
				x.take(old)
			}
		}
	}
	folder := filepath.Join(t.folder, x.ID.String())
	if x.state != done {
		if err := r.attempt(ctx, x, folder, needs); err != nil {
			return err
		}
	}
	t.mu.Lock()
	x.state = done
	if r.Training != nil {
		r.Training(Training{Model: x.model, Dataset: x.dataset, Trial: x.Trial.Label, Done: true, Cell: x.Cell})
	}
	t.mu.Unlock()
	if r.log == nil {
		return nil
	}
	if err := r.log.Log(x.Cell); err != nil {
		return err
	}
	if err := r.log.Flush(); err != nil {
		return err
	}
	if x.Error != "" {
		return nil // its checkpoints are for the next attempt
	}
	return os.RemoveAll(folder)
}

// attempt has the program train. The error is that of ctx; why the trial failed is in its
// cell.
func (r *runner) attempt(ctx context.Context, x *trial, folder string, needs plan.Resources) error {
	t, f := r.training, &r.spec.FineTune
	if r.Fresh {
		if err := os.RemoveAll(folder); err != nil {
			return err
		}
	}
	request := finetune.Request{
		Network: x.network, Dataset: x.images.Dataset, Train: x.splits(), Test: x.Subset, Settings: x.settings,
		Measure: x.images.measure, Seed: x.Seed, Device: "cpu", Threads: min(needs.Cores, par.Limit()),
	}
	if f.Needs.GPUs > 0 {
		request.Device = "cuda"
	}
	var err error
	if request.Logits, err = r.logits(x); err != nil {
		return err
	}
	program := t.program
	devices, free := t.takeGPUs(f.Needs.GPUs)
	defer free()
	if devices != "" {
		program.Env = append(slices.Clone(program.Env), "CUDA_VISIBLE_DEVICES="+devices)
	}
	start := time.Now()
	tell := func(p finetune.Progress) {
		if r.Training == nil {
			return
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		r.Training(Training{Model: x.model, Dataset: x.dataset, Trial: x.Trial.Label, Progress: p})
	}
	result, curve, err := program.Train(ctx, folder, request, tell)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil {
		if now, hashErr := process.Hash(program.Folder, program.Command); hashErr != nil || now != t.sha256 {
			err = errors.New("the program has changed since the run began: run the same command again")
		}
	}
	x.Seconds, x.Trial.Curve = time.Since(start).Seconds(), curve
	if err != nil {
		x.Error = fmt.Sprintf("program %s: %v", process.Name(program.Folder, program.Command), err)
		return nil
	}
	x.Score, x.Trial.Versions = result.Accuracy, result.Versions
	x.Details = tracking.Details{"samples": float64(result.Samples)}
	if _, missing := os.Stat(request.Logits); request.Logits != "" && missing != nil {
		x.Warnings = append(x.Warnings, "the program has written no logits")
	}
	if result.Loss != nil {
		x.Details["loss"] = *result.Loss
	}
	return nil
}

// logits returns where a trial is to write its logits, "" for none: the last training with
// the first seed does, where the spec names a place.
func (r *runner) logits(x *trial) (string, error) {
	if r.spec.Finetuned == "" || !x.Trial.Final || x.Seed != r.spec.FineTune.seeds()[0] {
		return "", nil
	}
	path := absolute(r.spec.fill(r.spec.Finetuned, x.model, x.dataset))
	return path, os.MkdirAll(filepath.Dir(path), 0o755)
}

// takeGPUs takes n of the GPUs that are told apart, and returns them as CUDA reads them.
func (t *training) takeGPUs(n int) (devices string, free func()) {
	n = min(n, cap(t.gpus))
	var taken []string
	for range n {
		taken = append(taken, <-t.gpus)
	}
	return strings.Join(taken, ","), func() {
		for _, d := range taken {
			t.gpus <- d
		}
	}
}

// gpus returns the GPUs that this process may use, as CUDA names them: those that it is
// told, or all of the machine.
func gpus() []string {
	if told, ok := os.LookupEnv("CUDA_VISIBLE_DEVICES"); ok {
		return slices.DeleteFunc(strings.Split(told, ","), func(s string) bool { return s == "" })
	}
	found, _ := filepath.Glob("/proc/driver/nvidia/gpus/*")
	var all []string
	for i := range found {
		all = append(all, fmt.Sprint(i))
	}
	return all
}

// machineMemory returns the memory of this machine in bytes, 0 where that is not known.
func machineMemory() int64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	var kilobytes int64
	if _, err := fmt.Sscanf(string(text), "MemTotal: %d kB", &kilobytes); err != nil {
		return 0
	}
	return kilobytes << 10
}
