//go:build unix

package cluster

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A lab is a Slurm cluster of two nodes on this machine, in a folder of its own.
type lab struct {
	t      *testing.T
	folder string
	pids   map[string]int // of the daemons
}

const conf = `ClusterName=lab
SlurmctldHost=%[1]s(127.0.0.1)
SlurmctldPort=%[3]d
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=%[2]s/munge/socket
CredType=cred/munge
StateSaveLocation=%[2]s/state
SlurmdSpoolDir=%[2]s/%%n
SlurmctldPidFile=%[2]s/slurmctld.pid
SlurmdPidFile=%[2]s/%%n.pid
SlurmctldLogFile=%[2]s/slurmctld.log
SlurmdLogFile=%[2]s/%%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
SlurmdTimeout=5
KillWait=2
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0
NodeName=n1 NodeHostname=%[1]s NodeAddr=127.0.0.1 Port=%[4]d CPUs=2
NodeName=n2 NodeHostname=%[1]s NodeAddr=127.0.0.1 Port=%[5]d CPUs=2
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
`

// newLab starts the cluster, which ends with the test.
func newLab(t *testing.T) *lab {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("skipped: Slurm's daemons are started by root only")
	}
	for _, program := range []string{"slurmctld", "slurmd", "sbatch", "squeue", "scancel", "munged"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("skipped: %v: install Debian's slurmctld, slurmd, slurm-client and munge", err)
		}
	}
	// The path of munge's socket has a short limit, which that of t.TempDir may pass.
	folder, err := os.MkdirTemp("", "lab")
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{t: t, folder: folder, pids: map[string]int{}}
	t.Cleanup(l.stop)
	for _, name := range []string{"state", "munge", "n1", "n2"} {
		if err := os.Mkdir(filepath.Join(folder, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	key := make([]byte, 128)
	rand.Read(key)
	l.write("munge/key", key)
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	host, _, _ = strings.Cut(host, ".")
	port := 20000 + os.Getpid()%10000
	l.write("slurm.conf", fmt.Appendf(nil, conf, host, folder, port, port+1, port+2))
	t.Setenv("SLURM_CONF", filepath.Join(folder, "slurm.conf"))

	munge := filepath.Join(folder, "munge")
	l.daemon("munge/pid", "munged", "--force", "--key-file="+munge+"/key", "--socket="+munge+"/socket",
		"--pid-file="+munge+"/pid", "--log-file="+munge+"/log", "--seed-file="+munge+"/seed")
	l.daemon("slurmctld.pid", "slurmctld")
	l.daemon("n1.pid", "slurmd", "-N", "n1")
	l.daemon("n2.pid", "slurmd", "-N", "n2")
	l.await("two idle nodes", func() bool {
		out, _ := exec.Command("sinfo", "--noheader", "--Node", "--states=idle").Output()
		return bytes.Count(out, []byte("\n")) == 2
	})
	return l
}

func (l *lab) write(name string, text []byte) {
	l.t.Helper()
	if err := os.WriteFile(filepath.Join(l.folder, name), text, 0o600); err != nil {
		l.t.Fatal(err)
	}
}

// daemon starts a program that goes to the background, and notes its process.
func (l *lab) daemon(pidFile, program string, args ...string) {
	l.t.Helper()
	pidFile = filepath.Join(l.folder, pidFile)
	os.Remove(pidFile)
	if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		l.t.Fatalf("%s: %v\n%s", program, err, out)
	}
	l.await(pidFile, func() bool {
		text, _ := os.ReadFile(pidFile)
		pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
		l.pids[filepath.Base(pidFile)] = pid
		return err == nil
	})
}

// kill kills a daemon without a word.
func (l *lab) kill(pidFile string) {
	l.t.Helper()
	if err := syscall.Kill(l.pids[pidFile], syscall.SIGKILL); err != nil {
		l.t.Errorf("%s: %v", pidFile, err)
	}
	delete(l.pids, pidFile)
}

func (l *lab) stop() {
	exec.Command("scancel", "--user=root").Run()
	for _, pid := range l.pids {
		syscall.Kill(pid, syscall.SIGTERM)
	}
	for _, pid := range l.pids {
		for range 50 {
			if syscall.Kill(pid, 0) != nil {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
	if l.t.Failed() {
		for _, name := range []string{"slurmctld.log", "n1.log", "n2.log"} {
			log, _ := os.ReadFile(filepath.Join(l.folder, name))
			l.t.Logf("%s ends with\n%s", name, log[max(0, len(log)-2000):])
		}
	}
	os.RemoveAll(l.folder)
}

// await waits for something to be so.
func (l *lab) await(what string, so func() bool) {
	l.t.Helper()
	for range 600 {
		if so() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	l.t.Fatalf("waited 30 s in vain for %s", what)
}

// build builds the command.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "sfdalab")
	if out, err := exec.Command("go", "build", "-o", program, "../../cmd/sfdalab").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// sfdalab runs the command and returns what it prints.
func sfdalab(t *testing.T, program string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 80*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}

// processes returns those that run tasks of a program.
func processes(program string) []int {
	var pids []int
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, f := range files {
		text, _ := os.ReadFile(f)
		if bytes.HasPrefix(text, []byte(program+"\x00task\x00")) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(f)))
			pids = append(pids, pid)
		}
	}
	return pids
}

const zooSpec = "../specs/zoo.yaml"

// TestSlurm scores the shipped spec on a cluster of which a task, a node's daemon and
// the controller are killed in the middle: the tables are those of one machine.
func TestSlurm(t *testing.T) {
	l := newLab(t)
	program, folder := build(t), t.TempDir()
	want, stderr, err := sfdalab(t, program, "run", zooSpec, "--store", filepath.Join(folder, "one.db"), "--format", "csv")
	if err != nil {
		t.Fatal(err, stderr)
	}

	store := filepath.Join(folder, "lab.db")
	on := []string{"run", zooSpec, "--store", store, "--format", "csv", "--on", "slurm", "--array-limit", "6"}
	if _, stderr, err := sfdalab(t, program, append(on, "--partition", "gpu")...); err == nil || !strings.Contains(stderr, "invalid partition specified: gpu") {
		t.Errorf("a partition that there is not: %v, %s", err, stderr)
	}
	if _, stderr, err := sfdalab(t, program, append(on, "--detach")...); err != nil || !strings.Contains(stderr, "as 6 tasks") {
		t.Fatal(err, stderr)
	}
	if _, stderr, err := sfdalab(t, program, on...); err == nil || !strings.Contains(stderr, "root submitted zoo.yaml") {
		t.Errorf("a second job is not refused: %v, %s", err, stderr)
	}
	if stdout, stderr, err := sfdalab(t, program, "jobs", folder); err != nil || !strings.Contains(stdout, "lab.db") {
		t.Errorf("jobs: %v\n%s%s", err, stdout, stderr)
	}

	var tasks []int
	l.await("a task", func() bool { tasks = processes(program); return len(tasks) > 0 })
	if err := syscall.Kill(tasks[0], syscall.SIGKILL); err != nil {
		t.Error("no task was killed:", err)
	}
	l.kill("n1.pid")
	l.kill("slurmctld.pid")

	// Whoever waits is told how to come back.
	wait := exec.Command(program, "attach", "--store", store)
	var said bytes.Buffer
	wait.Stderr = &said
	if err := wait.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second)
	wait.Process.Signal(os.Interrupt)
	if err := wait.Wait(); err == nil || !strings.Contains(said.String(), "sfdalab attach --store") {
		t.Errorf("interrupted: %v, %s", err, said.String())
	}

	l.daemon("slurmctld.pid", "slurmctld")
	l.daemon("n1.pid", "slurmd", "-N", "n1")
	got, stderr, err := sfdalab(t, program, "attach", "--store", store, "--format", "csv")
	if err != nil || got != want {
		t.Errorf("%v, %s\ngot\n%s\nwant\n%s", err, stderr, got, want)
	}
	if _, err := os.Stat(store + ".shards"); !errors.Is(err, os.ErrNotExist) {
		t.Error("the job's folder is still there")
	}
}
