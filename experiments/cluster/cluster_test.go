package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sfdalab/experiments"
	"sfdalab/experiments/plan"
	"sfdalab/tracking"
)

// fake puts commands that stand in for Slurm's on the PATH, each a shell script.
func fake(t *testing.T, scripts map[string]string) {
	t.Helper()
	folder := t.TempDir()
	for name, script := range scripts {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", folder+":/usr/bin:/bin")
}

// idle is a Slurm that takes jobs and never starts them.
var idle = map[string]string{"sbatch": "echo 7", "squeue": "echo '1|PENDING|Priority'", "scancel": "exit 0"}

func zoo(t *testing.T) *experiments.Spec {
	t.Helper()
	spec, err := experiments.Parse(`
features: ../zoo/{model}_sign_feature.npy
labels: ../zoo/sign_label.npy
models: [plain16, resnet16, resnet20-cifar]
metrics: [knn]
`, "spec.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// submit submits the spec as so many tasks.
func submit(t *testing.T, tasks int) *Job {
	t.Helper()
	j, err := Submit(t.Context(), zoo(t), filepath.Join(t.TempDir(), "lab.db"), Options{ArrayLimit: tasks})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// watch watches a job without a pause and returns what is said of it. After each look,
// then is called.
func watchJob(ctx context.Context, t *testing.T, j *Job, then func(done int)) (said []string, err error) {
	t.Helper()
	defer func(usual func(time.Duration) time.Duration) { pause = usual }(pause)
	pause = func(time.Duration) time.Duration { return 0 }
	err = j.Watch(ctx, func(done, _ int) { then(done) }, func(text string) { said = append(said, text) })
	return said, err
}

// nothing is what to do after a look.
func nothing(int) {}

// do does a task of the job, as a node would.
func do(t *testing.T, j *Job, task int) {
	t.Helper()
	if _, err := Task(t.Context(), j.Store, j.Name, task); err != nil {
		t.Error(err)
	}
}

func wants(t *testing.T, err error, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("got %v, want an error with %q", err, text)
		}
	}
}

func TestSubmitRefused(t *testing.T) {
	store := filepath.Join(t.TempDir(), "lab.db")
	t.Setenv("PATH", t.TempDir())
	_, err := Submit(t.Context(), zoo(t), store, Options{})
	wants(t, err, "sbatch", "not found", "--shard")

	fake(t, map[string]string{"sbatch": "echo 'sbatch: error: invalid partition specified: gpu' >&2; exit 1"})
	_, err = Submit(t.Context(), zoo(t), store, Options{Partition: "gpu"})
	wants(t, err, "invalid partition specified: gpu")
	if _, err := os.Stat(experiments.ShardFolder(store)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the job's folder is left: %v", err)
	}

	fake(t, idle)
	if _, err := Submit(t.Context(), zoo(t), store, Options{}); err != nil {
		t.Fatal(err)
	}
	_, err = Submit(t.Context(), zoo(t), store, Options{})
	wants(t, err, "submitted spec.yaml", "sfdalab attach", "sfdalab cancel", "--store")

	_, err = Submit(t.Context(), zoo(t), "/proc/lab.db", Options{})
	wants(t, err, "/proc/lab.db", "--store")
}

// TestUnfit runs tasks on nodes that cannot do the job: it is said once, and the job
// ends.
func TestUnfit(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Job)
		want   []string
	}{
		"another version": {func(j *Job) { j.Program = "sfdalab 1.2" }, []string{"node node7 has sfdalab", "submitted by sfdalab 1.2"}},
		"no features":     {func(j *Job) { j.Witness = "/scratch/x.npy" }, []string{"cannot read the features", "/scratch/x.npy", "--exclude=node7"}},
	} {
		t.Run(name, func(t *testing.T) {
			fake(t, idle)
			t.Setenv("SLURMD_NODENAME", "node7")
			j := submit(t, 2)
			if err := os.Remove(jobFile(j.folder())); err != nil {
				t.Fatal(err)
			}
			c.change(j)
			if err := j.claim(); err != nil {
				t.Fatal(err)
			}
			for task := range 2 {
				_, err := Task(t.Context(), j.Store, j.Name, task+1)
				wants(t, err, c.want...)
			}
			_, err := watchJob(t.Context(), t, j, nothing)
			wants(t, err, c.want...)
			if n := strings.Count(err.Error(), c.want[0]); n != 1 {
				t.Errorf("said %d times: %v", n, err)
			}
			if _, err := Load(j.Store); !errors.Is(err, ErrNoJob) {
				t.Errorf("the job has not ended: %v", err)
			}
		})
	}
}

// TestSameProgram: the bytes of the program decide whether a node has the same, and not the
// revision, which a program may have of the folder where it runs.
func TestSameProgram(t *testing.T) {
	fake(t, idle)
	j := submit(t, 2)
	_, mark, err := version()
	if err != nil {
		t.Fatal(err)
	}
	j.Program = "sfdalab of unknown revision " + mark
	if err := j.fit(); err != nil {
		t.Error(err)
	}
}

// TestFailedTasks lets tasks 1 and 2 of three fail each time: they are submitted
// twice again, alone, and then reported with the end of their log, and what the third
// finished is in the store.
func TestFailedTasks(t *testing.T) {
	calls := filepath.Join(t.TempDir(), "calls")
	fake(t, map[string]string{
		"sbatch": fmt.Sprintf(`for a in "$@"; do case $a in
			--array=*) echo $a >>%s;;
			--output=*) echo slurmstepd: oom_kill >"$(echo ${a#--output=} | sed s/%%a/2/)";;
		esac; done; echo 7`, calls),
		"squeue":  "echo '1|TIMEOUT'; echo '2|OUT_OF_MEMORY'; echo '3|COMPLETED'",
		"scancel": "exit 0",
	})
	j := submit(t, 3)
	do(t, j, 3)
	_, err := watchJob(t.Context(), t, j, nothing)
	wants(t, err, "task 1 of 3 ended 3 times, the last time as timeout", "it left no log",
		"out_of_memory", "oom_kill", "2 of 3 tasks failed")
	text, _ := os.ReadFile(calls)
	if got, want := string(text), "--array=1-3%3\n--array=1-2%3\n--array=1-2%3\n"; got != want {
		t.Errorf("submitted\n%s, want\n%s", got, want)
	}
	store, err := tracking.Open(j.Store)
	if err != nil {
		t.Fatal(err)
	}
	runs, err := store.Runs(tracking.Query{}, 0, 0)
	if err != nil || len(runs) != 1 || runs[0].Cells != 1 {
		t.Errorf("%v, %v", runs, err)
	}
}

// TestDamagedShard damages one of two complete shards: its task alone is done again.
func TestDamagedShard(t *testing.T) {
	for name, damage := range map[string]func(text []byte) []byte{
		"cut short":   func(text []byte) []byte { return text[:5000] },
		"empty":       func([]byte) []byte { return nil },
		"overwritten": func(text []byte) []byte { return append(text[:8192], bytes.Repeat([]byte{7}, len(text)-8192)...) },
		"other bits":  func(text []byte) []byte { return bytes.ReplaceAll(text, []byte("knn"), []byte("kno")) },
		"a text":      func([]byte) []byte { return bytes.Repeat([]byte("no store\n"), 5000) },
	} {
		t.Run(name, func(t *testing.T) {
			fake(t, map[string]string{"sbatch": "echo 7", "squeue": "exit 0", "scancel": "exit 0"})
			j := submit(t, 2)
			do(t, j, 1)
			do(t, j, 2)
			path := j.shard(1).Path(j.folder())
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, damage(text), 0o644); err != nil {
				t.Fatal(err)
			}
			again := false
			_, err = watchJob(t.Context(), t, j, func(int) {
				if _, err := os.Stat(j.log(1, 2)); err == nil && !again {
					do(t, j, 1)
					again = true
				}
			})
			if err != nil || !again {
				t.Fatalf("%v; done again: %t", err, again)
			}
			if _, err := os.Stat(j.log(2, 2)); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the other task is done again: %v", err)
			}
			r, err := j.Result(t.Context(), nil)
			if err != nil || len(r.Cells) != 3 || r.Reused != 3 {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
}

// disk mounts one and returns its folder.
func disk(t *testing.T, options string) string {
	t.Helper()
	folder := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder).CombinedOutput(); err != nil {
		t.Skipf("skipped: no disk can be mounted here: %v: %s", err, out)
	}
	t.Cleanup(func() { exec.Command("umount", "-l", folder).Run() })
	return folder
}

func TestReadOnlyDisk(t *testing.T) {
	fake(t, idle)
	_, err := Submit(t.Context(), zoo(t), filepath.Join(disk(t, "ro"), "lab.db"), Options{})
	wants(t, err, tracking.ErrReadOnly.Error(), "make the file and its directory writable", "--store")
}

// TestFullDisk fills the disk that tasks write to: a task says so, and goes on once
// there is room.
func TestFullDisk(t *testing.T) {
	folder := disk(t, "size=1m")
	fake(t, idle)
	j, err := Submit(t.Context(), zoo(t), filepath.Join(folder, "lab.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	filler := filepath.Join(folder, "filler")
	if err := os.WriteFile(filler, make([]byte, 1<<20), 0o644); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	_, err = Task(t.Context(), j.Store, j.Name, 1)
	wants(t, err, tracking.ErrFull.Error(), "free some space")
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	do(t, j, 1)
	if _, err := watchJob(t.Context(), t, j, nothing); err != nil {
		t.Error(err)
	}
}

// TestSlurmAway lets Slurm not answer for a while, and then not take the task that is
// to be repeated: each is said once, and no attempt is lost to it.
func TestSlurmAway(t *testing.T) {
	folder := t.TempDir()
	away, refuses := filepath.Join(folder, "away"), filepath.Join(folder, "refuses")
	fake(t, map[string]string{
		"sbatch": fmt.Sprintf("if [ -e %s ]; then echo 'Batch job submission failed' >&2; exit 1; fi; echo 7", refuses),
		"squeue": fmt.Sprintf("if [ -e %s ]; then echo 'Unable to contact slurm controller' >&2; exit 1; fi", away),
	})
	j := submit(t, 1)
	for _, f := range []string{away, refuses} {
		if err := os.WriteFile(f, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	looks := 0
	said, err := watchJob(t.Context(), t, j, func(done int) {
		switch looks++; looks {
		case 4:
			os.Remove(away)
		case 16:
			os.Remove(refuses)
		}
		if _, err := os.Stat(j.log(1, 2)); err == nil && done == 0 {
			do(t, j, 1)
		}
	})
	want := []string{
		"waiting for Slurm: squeue: exit status 1; it wrote: Unable to contact slurm controller", "Slurm answers again",
		"waiting for Slurm: sbatch: exit status 1; it wrote: Batch job submission failed", "Slurm answers again",
	}
	if err != nil || !slices.Equal(said, want) {
		t.Errorf("%v; said %q, want %q", err, said, want)
	}
}

// TestSubmitsWhatTheStoreLacks submits a spec of which the store has some cells, then
// one of which an earlier job's shards have more, then one of which it has all.
func TestSubmitsWhatTheStoreLacks(t *testing.T) {
	calls := filepath.Join(t.TempDir(), "calls")
	fake(t, map[string]string{"sbatch": "echo called >>" + calls, "squeue": "exit 0", "scancel": "exit 0"})
	store := filepath.Join(t.TempDir(), "lab.db")
	spec := zoo(t)
	s, err := tracking.Create(store)
	if err != nil {
		t.Fatal(err)
	}
	only, err := experiments.Parse(strings.Replace(spec.Text, "[plain16, ", "[", 1), spec.Path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := experiments.Run(t.Context(), only, experiments.Options{Store: s}); err != nil {
		t.Fatal(err)
	}

	wider, err := experiments.Parse(strings.Replace(spec.Text, "[knn]", "[knn, hscore]", 1), spec.Path)
	if err != nil {
		t.Fatal(err)
	}
	again := func(cells, tasks int) *Job {
		t.Helper()
		j, err := Submit(t.Context(), wider, store, Options{ArrayLimit: 3})
		if err != nil {
			t.Fatal(err)
		}
		if j.Cells != cells || len(j.Tasks) != tasks {
			t.Errorf("%d cells are submitted as %d tasks, want %d as %d", j.Cells, len(j.Tasks), cells, tasks)
		}
		return j
	}
	first := again(4, 3)
	do(t, first, 1)
	part, err := tracking.Open(first.shard(1).Path(first.folder()))
	if err != nil {
		t.Fatal(err)
	}
	runs, err := part.Runs(tracking.Query{}, 0, 0)
	if err != nil || len(runs) != 1 {
		t.Fatal(runs, err)
	}
	if err := first.Cancel(t.Context()); err != nil {
		t.Fatal(err)
	}

	second := again(4-runs[0].Cells, 2)
	do(t, second, 1)
	do(t, second, 2)
	if _, err := watchJob(t.Context(), t, second, nothing); err != nil {
		t.Fatal(err)
	}
	r, err := second.Result(t.Context(), func(done, total int) { t.Errorf("cell %d of %d is computed again", done, total) })
	if err != nil || len(r.Cells) != 6 {
		t.Errorf("%+v, %v", r, err)
	}
	if err := second.Close(true); err != nil {
		t.Fatal(err)
	}

	third := again(0, 0)
	if _, err := watchJob(t.Context(), t, third, nothing); err != nil {
		t.Error(err)
	}
	if text, _ := os.ReadFile(calls); string(text) != "called\ncalled\n" {
		t.Errorf("sbatch was\n%s", text)
	}
}

// TestList lists jobs beside one whose file is damaged, and looks into no folder that there is
// not.
func TestList(t *testing.T) {
	fake(t, idle)
	j := submit(t, 1)
	folder := filepath.Dir(j.Store)
	for _, path := range []string{filepath.Join(folder, "none"), j.Store} {
		if jobs, err := List(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %d jobs, %v", path, len(jobs), err)
		}
	}
	damaged := jobFile(experiments.ShardFolder(filepath.Join(folder, "a.db")))
	if err := os.Mkdir(filepath.Dir(damaged), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(damaged, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	jobs, err := List(folder)
	if len(jobs) != 1 || jobs[0].Name != j.Name {
		t.Errorf("%d jobs", len(jobs))
	}
	wants(t, err, damaged+" is damaged")
}

func TestInterruptedAndCancelled(t *testing.T) {
	fake(t, idle)
	j := submit(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := watchJob(ctx, t, j, nothing); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	jobs, err := List(filepath.Dir(j.Store))
	if err != nil || len(jobs) != 1 || jobs[0].Name != j.Name {
		t.Fatalf("%v, %v", jobs, err)
	}
	if s, err := j.Status(t.Context()); err != nil || !reflect.DeepEqual(s, Status{Waiting: 1, Reasons: []string{"Priority"}}) {
		t.Errorf("%+v, %v", s, err)
	}
	if err := j.Cancel(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := watchJob(t.Context(), t, j, nothing); !errors.Is(err, ErrEnded) {
		t.Errorf("got %v", err)
	}
}

// TestWaiting lets all tasks wait: Slurm's reasons are told once each.
func TestWaiting(t *testing.T) {
	fake(t, map[string]string{"sbatch": "echo 7", "squeue": "echo '1|PENDING|None'; echo '2|PENDING|Priority'; echo '3|PENDING|Resources'"})
	j := submit(t, 3)
	ctx, cancel := context.WithCancel(t.Context())
	looks := 0
	said, err := watchJob(ctx, t, j, func(int) {
		if looks++; looks == 3 {
			cancel()
		}
	})
	want := []string{"no task runs; Slurm's reason is Priority", "no task runs; Slurm's reason is Resources"}
	if !errors.Is(err, context.Canceled) || !slices.Equal(said, want) {
		t.Errorf("%v; said %q, want %q", err, said, want)
	}
}

// TestStuck lets Slurm hold a task that it could not start: that attempt is cancelled, and
// the task done again.
func TestStuck(t *testing.T) {
	cancelled := filepath.Join(t.TempDir(), "cancelled")
	fake(t, map[string]string{
		"sbatch":  "echo 7",
		"squeue":  "[ -e " + cancelled + " ] || echo '1|PENDING|launch failed requeued held|77'",
		"scancel": "echo $@ >>" + cancelled,
	})
	j := submit(t, 1)
	watchAgain(t, j)
	if text, err := os.ReadFile(cancelled); string(text) != "77_1\n" {
		t.Errorf("cancelled %q, want 77_1: %v", text, err)
	}
}

// watchAgain watches a job until it ends, and does task 1 once more, as it must be asked to.
func watchAgain(t *testing.T, j *Job) {
	t.Helper()
	again := false
	_, err := watchJob(t.Context(), t, j, func(int) {
		if _, err := os.Stat(j.log(1, 2)); err == nil && !again {
			do(t, j, 1)
			again = true
		}
	})
	if err != nil || !again {
		t.Fatalf("%v; done again: %t", err, again)
	}
}

// TestHostileJob writes a job that names what is outside of its folder: nothing is done
// there.
func TestHostileJob(t *testing.T) {
	fake(t, idle)
	j := submit(t, 1)
	outside := filepath.Join(filepath.Dir(j.Store), "outside")
	if err := os.MkdirAll(filepath.Join(outside, "kept"), 0o755); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(jobFile(j.folder()))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"/../outside", "x/../../outside", "", "sfdalab-aaaaaaaaaa/../../outside"} {
		if err := os.WriteFile(jobFile(j.folder()), []byte(strings.Replace(string(text), j.Name, name, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Load(j.Store)
		wants(t, err, "is not the name of a job", jobFile(j.folder()))
	}

	// No job has so many tasks.
	many := strings.Replace(string(text), `"tasks": [`, `"tasks": [`+strings.Repeat("[],", maxTasks), 1)
	if err := os.WriteFile(jobFile(j.folder()), []byte(many), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = Load(j.Store)
	wants(t, err, "is damaged", jobFile(j.folder()))

	// Another store than that of the folder is not believed either.
	elsewhere := filepath.Join(outside, "lab.db")
	if err := os.WriteFile(jobFile(j.folder()), []byte(strings.Replace(string(text), j.Store, elsewhere, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	other, err := Load(j.Store)
	if err != nil || other.Store != j.Store {
		t.Fatalf("%+v, %v", other, err)
	}

	// Nothing is removed after a rename that failed.
	blocked := other.folder() + "." + other.Name
	if err := os.MkdirAll(filepath.Join(blocked, "kept"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := other.Close(true); err == nil {
		t.Error("the job's folder took the place of another")
	}
	for _, path := range []string{filepath.Join(outside, "kept"), filepath.Join(blocked, "kept"), jobFile(j.folder())} {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}

	// What is no file is not waited for, such as a pipe.
	if err := os.Remove(jobFile(j.folder())); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(jobFile(j.folder()), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err = Load(j.Store)
	wants(t, err, "is not a file")
}

// TestEnding reads the end of what tasks say, and waits for nothing that is no file: others
// can write to the folder of a job.
func TestEnding(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "log")
	if err := os.WriteFile(path, []byte("out of memory\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if text, err := ending(path); err != nil || text != "out of memory" {
		t.Errorf("%q, %v", text, err)
	}
	if err := os.Truncate(path, 1<<40); err != nil {
		t.Fatal(err)
	}
	if text, err := ending(path); err != nil || len(text) > 3000 || !strings.HasPrefix(text, "…") {
		t.Errorf("%d bytes, %v", len(text), err)
	}
	for _, path := range []string{folder, os.DevNull} {
		_, err := ending(path)
		wants(t, err, "is not a file")
	}
}

// TestOthersJob gives a job to another user: this one does nothing of what it asks for.
func TestOthersJob(t *testing.T) {
	fake(t, idle)
	j := submit(t, 1)
	if err := os.Chown(jobFile(j.folder()), 65534, 65534); err != nil {
		t.Skip("skipped: ", err)
	}
	other, err := Load(j.Store)
	if err != nil {
		t.Fatal(err)
	}
	_, err = watchJob(t.Context(), t, other, nothing)
	wants(t, err, "belongs to another user")
	wants(t, other.Cancel(t.Context()), "belongs to another user")
	_, err = Task(t.Context(), j.Store, j.Name, 1)
	wants(t, err, "belongs to another user")
	_, err = Submit(t.Context(), zoo(t), j.Store, Options{})
	wants(t, err, "one job at a time")
}

// TestTwoWait lets two people wait for a job: to both it is complete.
func TestTwoWait(t *testing.T) {
	fake(t, idle)
	j := submit(t, 1)
	other, err := Load(j.Store)
	if err != nil {
		t.Fatal(err)
	}
	do(t, j, 1)
	if _, err := watchJob(t.Context(), t, j, nothing); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(true); err != nil {
		t.Fatal(err)
	}
	if _, err := watchJob(t.Context(), t, other, nothing); err != nil {
		t.Error(err)
	}
	if r, err := other.Result(t.Context(), nil); err != nil || r.Reused != 3 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestTwoRepeat lets two people wait for a task that fails each time, and look at the
// same times: the attempts at it are three in all.
func TestTwoRepeat(t *testing.T) {
	calls := filepath.Join(t.TempDir(), "calls")
	fake(t, map[string]string{"sbatch": "echo called >>" + calls, "squeue": "exit 0"})
	j := submit(t, 1)
	var both [2]*watch
	for i := range both {
		var err error
		if both[i], err = newWatch(j, nil); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 {
		for _, w := range both {
			if err := w.look(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, w := range both {
		wants(t, w.failed[1], "ended 3 times")
	}
	if text, _ := os.ReadFile(calls); string(text) != "called\ncalled\ncalled\n" {
		t.Errorf("sbatch was\n%s", text)
	}
}

// TestNextJob begins a job after another was cancelled: who waits for that is told,
// its tasks do nothing, and the new one goes on.
func TestNextJob(t *testing.T) {
	fake(t, idle)
	first := submit(t, 1)
	waiting, err := Load(first.Store)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Cancel(t.Context()); err != nil {
		t.Fatal(err)
	}
	second, err := Submit(t.Context(), zoo(t), first.Store, Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = watchJob(t.Context(), t, waiting, nothing)
	wants(t, err, ErrEnded.Error(), "3 cells left")
	_, err = Task(t.Context(), first.Store, first.Name, 1)
	wants(t, err, first.Name+" has ended", second.Name)
	if err := waiting.Close(false); err != nil {
		t.Error(err)
	}
	do(t, second, 1)
	if _, err := watchJob(t.Context(), t, second, nothing); err != nil {
		t.Error(err)
	}
}

func TestTasks(t *testing.T) {
	var p plan.Plan
	for m := range 5400 {
		p.Tasks = append(p.Tasks, plan.Task{
			Key: plan.Key{Kind: plan.Score, Model: fmt.Sprint(m)}, Results: make([]tracking.Identity, 185), Cost: 185 * time.Second,
		})
	}
	for _, c := range []struct {
		perCell float64
		limit   int
		want    int
	}{{0, 0, 1000}, {0.06, 0, 99}, {0.06, 100, 100}, {1e-6, 64, 64}, {1e-6, 0, 1}} {
		if got := tasks(&p, c.perCell, c.limit); got != c.want {
			t.Errorf("%g s a cell, %d at a time: %d tasks, want %d", c.perCell, c.limit, got, c.want)
		}
	}
	if got := tasks(&plan.Plan{}, 0, 0); got != 1 {
		t.Errorf("%d tasks without work", got)
	}
}

// inline is a scheduler that does each task when it is submitted, but for the first
// attempt at the first.
type inline struct {
	do   func(task int)
	seen map[int]bool
}

func (inline) Name() string        { return "inline" }
func (inline) Available() error    { return nil }
func (inline) Node() (string, int) { return "here", 0 }
func (s inline) Submit(_ context.Context, a Array) error {
	for _, task := range a.Tasks {
		if task > 1 || s.seen[task] {
			s.do(task)
		}
		s.seen[task] = true
	}
	return nil
}
func (s inline) States(context.Context, string) (map[int]State, error) {
	return map[int]State{1: {Name: "lost"}}, nil
}
func (inline) Cancel(context.Context, string, ...int) error { return nil }

// TestAnotherScheduler scores a spec by a scheduler that is not Slurm.
func TestAnotherScheduler(t *testing.T) {
	store := filepath.Join(t.TempDir(), "lab.db")
	defer func(usual []Scheduler) { schedulers = usual }(schedulers)
	schedulers = []Scheduler{Slurm{}, inline{seen: map[int]bool{}, do: func(task int) {
		j, err := Load(store)
		if err != nil {
			t.Fatal(err)
		}
		do(t, j, task)
	}}}
	if _, err := Submit(t.Context(), zoo(t), store, Options{Scheduler: "outline"}); err == nil {
		t.Error("a scheduler that there is not is found")
	}
	j, err := Submit(t.Context(), zoo(t), store, Options{Scheduler: "inline", ArrayLimit: 3})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := watchJob(t.Context(), t, j, nothing); err != nil {
		t.Fatal(err)
	}
	if r, err := j.Result(t.Context(), nil); err != nil || len(r.Cells) != 3 || r.Reused != 3 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestNeeds: what the tasks of a plan need is asked of Slurm, unless the user asks for
// something else.
func TestNeeds(t *testing.T) {
	folder := t.TempDir()
	fake(t, map[string]string{"sbatch": "echo $@ >" + filepath.Join(folder, "args")})
	a := Array{
		Job: "j", Tasks: []int{1}, Log: "100%/task-{task}.log", Options: Options{Mem: "9G"},
		Needs: plan.Resources{Cores: 4, Memory: 1 << 30, GPUs: 1, Time: 90 * time.Second},
	}
	if err := (Slurm{}).Submit(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(folder, "args"))
	want := "--job-name=j --array=1 --requeue --open-mode=append --output=100%%/task-%a.log --mem=9G --time=2 --cpus-per-task=4 --gres=gpu:1\n"
	if string(got) != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
}

func TestRanges(t *testing.T) {
	for want, numbers := range map[string][]int{"1": {1}, "1-3,7": {1, 2, 3, 7}, "2,4-5": {2, 4, 5}, "": nil} {
		if got := ranges(numbers); got != want {
			t.Errorf("%v: %s, want %s", numbers, got, want)
		}
	}
}
