//go:build unix

package cluster

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sfdalab/experiments"
	"sfdalab/tracking"
)

// TestHeldBack asks commands that are scripts, as some clusters wrap Slurm's: what they have
// started holds nobody up, nor does what they write without end.
func TestHeldBack(t *testing.T) {
	folder := t.TempDir()
	begun, done := filepath.Join(folder, "begun"), filepath.Join(folder, "done")
	child := fmt.Sprintf("(sleep 30; touch %s) &\n", done)
	fake(t, map[string]string{"squeue": child + "echo '1|PENDING|Priority'"})
	states, err := Slurm{}.States(t.Context(), "job")
	if err != nil || states[1].Reason != "Priority" {
		t.Errorf("%v, %v", states, err)
	}
	fake(t, map[string]string{"squeue": child + "touch " + begun + "\nwait"})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for !exists(begun) {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	if _, err := (Slurm{}).States(ctx, "job"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if exists(done) {
		t.Error("waited for what the command has started")
	}
	fake(t, map[string]string{"squeue": "yes '1|PENDING|Priority' | head -c 40000000"})
	_, err = Slurm{}.States(t.Context(), "job")
	wants(t, err, "squeue: it wrote more than 16 MiB")
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// A lab is a Slurm cluster of two nodes on this machine, in a folder of its own.
type lab struct {
	t       *testing.T
	folder  string
	program string         // sfdalab
	nodes   [2]string      // their names
	pids    map[string]int // of the daemons
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
TaskPlugin=%[6]s
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
ReturnToService=2
SlurmdTimeout=5
KillWait=2
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0
NodeName=n%[4]d NodeHostname=%[1]s NodeAddr=127.0.0.1 Port=%[4]d CPUs=2 RealMemory=1000
NodeName=n%[5]d NodeHostname=%[1]s NodeAddr=127.0.0.1 Port=%[5]d CPUs=2 RealMemory=1000
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`

// How the memory of a task is limited, to no less than a MiB. Slurm's own least is 30.
const cgroupConf = `CgroupPlugin=cgroup/v1
CgroupAutomount=no
ConstrainRAMSpace=yes
MinRAMSpace=1
`

// memoryGroups is where Slurm makes those of its nodes.
const memoryGroups = "/sys/fs/cgroup/memory"

// newLab starts the cluster, which ends with the test. The plug-in limits what tasks may
// have.
func newLab(t *testing.T, program, plugin string) *lab {
	t.Helper()
	// The path of munge's socket has a short limit, which that of t.TempDir may pass.
	folder, err := os.MkdirTemp("", "lab")
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{t: t, folder: folder, program: program, pids: map[string]int{}}
	t.Cleanup(l.stop)
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	host, _, _ = strings.Cut(host, ".")
	ports := freePorts(t)
	l.nodes = [2]string{fmt.Sprintf("n%d", ports[1]), fmt.Sprintf("n%d", ports[2])}
	for _, name := range []string{"state", "munge", l.nodes[0], l.nodes[1]} {
		if err := os.Mkdir(filepath.Join(folder, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	key := make([]byte, 128)
	rand.Read(key)
	l.write("munge/key", key)
	l.write("slurm.conf", fmt.Appendf(nil, conf, host, folder, ports[0], ports[1], ports[2], plugin))
	l.write("cgroup.conf", []byte(cgroupConf))

	munge := filepath.Join(folder, "munge")
	l.daemon("munge/pid", "munged", "--force", "--key-file="+munge+"/key", "--socket="+munge+"/socket",
		"--pid-file="+munge+"/pid", "--log-file="+munge+"/log", "--seed-file="+munge+"/seed")
	l.daemon("slurmctld.pid", "slurmctld")
	for _, node := range l.nodes {
		l.daemon(node+".pid", "slurmd", "-N", node)
	}
	l.await("two idle nodes", func() bool {
		out, _ := l.command("sinfo", "--noheader", "--Node", "--states=idle").Output()
		return bytes.Count(out, []byte("\n")) == 2
	})
	return l
}

// freePorts returns three that nobody listens to.
func freePorts(t *testing.T) (ports [3]int) {
	t.Helper()
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports
}

// command returns one that knows the cluster.
func (l *lab) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "SLURM_CONF="+filepath.Join(l.folder, "slurm.conf"))
	return cmd
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
	if out, err := l.command(program, args...).CombinedOutput(); err != nil {
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

// administer returns nodes to service, as an administrator does, until stop is called: Slurm
// drains one that was to start a task of which it still ran the copy before.
func (l *lab) administer() (stop func()) {
	ctx, cancel := context.WithCancel(l.t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		for ctx.Err() == nil {
			l.command("scontrol", "update", "NodeName="+strings.Join(l.nodes[:], ","), "State=RESUME").Run() // an error if all are in service
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	})
	return func() { cancel(); done.Wait() }
}

func (l *lab) stop() {
	l.command("scancel", "--user=root").Run()
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
	for _, node := range l.nodes {
		if l.t.Failed() {
			log, _ := os.ReadFile(filepath.Join(l.folder, node+".log"))
			l.t.Logf("%s ends with\n%s", node, log[max(0, len(log)-2000):])
		}
		groups := exec.Command("find", memoryGroups+"/slurm_"+node, "-depth", "-type", "d", "-exec", "rmdir", "{}", ";")
		groups.Run() // there are none unless the plug-in makes them
	}
	os.RemoveAll(l.folder)
}

// await waits for something to be so.
func (l *lab) await(what string, so func() bool) {
	l.t.Helper()
	for range 1200 {
		if so() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	l.t.Fatalf("waited a minute in vain for %s", what)
}

// run runs sfdalab and returns what it prints.
func (l *lab) run(args ...string) (stdout, stderr string, err error) {
	l.t.Helper()
	var out, errs bytes.Buffer
	cmd := l.command(l.program, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	late := time.AfterFunc(2*time.Minute, func() { cmd.Process.Kill() })
	defer late.Stop()
	err = cmd.Wait()
	return out.String(), errs.String(), err
}

// tasks returns the processes that run tasks for a store.
func tasksOf(store string) []int {
	var pids []int
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, f := range files {
		text, _ := os.ReadFile(f)
		if bytes.Contains(text, []byte("\x00task\x00"+store+"\x00")) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(f)))
			pids = append(pids, pid)
		}
	}
	return pids
}

const zooSpec = "../specs/zoo.yaml"

// TestSlurm does what clusters do to tasks, on clusters side by side, as they mostly wait.
func TestSlurm(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("skipped: Slurm's daemons are started by root only")
	}
	for _, name := range []string{"slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol", "munged"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("skipped: %v: install Debian's slurmctld, slurmd, slurm-client and munge", err)
		}
	}
	program := filepath.Join(t.TempDir(), "sfdalab")
	if out, err := exec.Command("go", "build", "-o", program, "../../cmd/sfdalab").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, test := range map[string]func(t *testing.T, program string){"killed": testKilled, "memory": testMemory, "time": testTime, "fine-tune": testFineTune} {
		t.Run(name, func(t *testing.T) { t.Parallel(); test(t, program) })
	}
}

// testKilled scores the shipped spec on a cluster of which a task, a node's daemon and
// the controller are killed in the middle: the tables are those of one machine.
func testKilled(t *testing.T, program string) {
	l, folder := newLab(t, program, "task/none"), t.TempDir()
	want, stderr, err := l.run("run", zooSpec, "--store", filepath.Join(folder, "one.db"), "--format", "csv")
	if err != nil {
		t.Fatal(err, stderr)
	}

	store := filepath.Join(folder, "lab.db")
	on := []string{"run", zooSpec, "--store", store, "--format", "csv", "--on", "slurm", "--array-limit", "6"}
	if _, stderr, err := l.run(append(on, "--partition", "gpu")...); err == nil || !strings.Contains(stderr, "invalid partition specified: gpu") {
		t.Errorf("a partition that there is not: %v, %s", err, stderr)
	}
	if _, stderr, err := l.run(append(on, "--detach")...); err != nil || !strings.Contains(stderr, "tasks 6") {
		t.Fatal(err, stderr)
	}
	if _, stderr, err := l.run(on...); err == nil || !strings.Contains(stderr, "root submitted zoo.yaml") {
		t.Errorf("a second job is not refused: %v, %s", err, stderr)
	}
	if stdout, stderr, err := l.run("jobs", folder); err != nil || !strings.Contains(stdout, "lab.db") {
		t.Errorf("jobs: %v\n%s%s", err, stdout, stderr)
	}

	var tasks []int
	l.await("a task", func() bool { tasks = tasksOf(store); return len(tasks) > 0 })
	if err := syscall.Kill(tasks[0], syscall.SIGKILL); err != nil {
		t.Error("no task was killed:", err)
	}
	l.kill(l.nodes[0] + ".pid")
	l.kill("slurmctld.pid")

	// Whoever waits is told how to come back.
	wait := l.command(l.program, "attach", "--store", store)
	var said bytes.Buffer
	wait.Stderr = &said
	if err := wait.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(5 * time.Second)
	wait.Process.Signal(os.Interrupt)
	if err := wait.Wait(); err == nil || !strings.Contains(said.String(), "sfdalab attach --store") {
		t.Errorf("interrupted: %v, %s", err, said.String())
	}

	l.daemon("slurmctld.pid", "slurmctld")
	l.daemon(l.nodes[0]+".pid", "slurmd", "-N", l.nodes[0])
	defer l.administer()()
	got, stderr, err := l.run("attach", "--store", store, "--format", "csv")
	if err != nil || got != want {
		t.Errorf("%v, %s\ngot\n%s\nwant\n%s", err, stderr, got, want)
	}
	if _, err := os.Stat(store + ".shards"); !errors.Is(err, os.ErrNotExist) {
		t.Error("the job's folder is still there")
	}
}

// testMemory gives tasks less memory than they need: each is submitted three times
// and then reported, with what Slurm says in its log.
func testMemory(t *testing.T, program string) {
	probe, err := os.MkdirTemp(memoryGroups, "probe")
	if err != nil {
		t.Skipf("skipped: memory cannot be limited here: %v", err)
	}
	os.Remove(probe)
	l, folder := newLab(t, program, "task/cgroup"), t.TempDir()
	store := filepath.Join(folder, "lab.db")
	on := []string{"run", zooSpec, "--store", store, "--on", "slurm", "--array-limit", "2", "--mem"}
	stdout, stderr, err := l.run(append(on, "10M")...)
	for _, want := range []string{"task 2 of 2 ended 3 times, the last time as out_of_memory (give it more with --mem)", "oom-kill event", "2 of 2 tasks failed"} {
		if err == nil || stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("%v, %s%s; want %q", err, stdout, stderr, want)
		}
	}
	if _, stderr, err := l.run(append(on, "400M")...); err != nil {
		t.Errorf("with more memory: %v, %s", err, stderr)
	}
}

// testTime lets a task hang until its time is over: it is submitted again, what it had
// finished is kept, and the table is that of one machine.
func testTime(t *testing.T, program string) {
	l, folder := newLab(t, program, "task/none"), t.TempDir()
	zoo, err := filepath.Abs("../zoo")
	if err != nil {
		t.Fatal(err)
	}
	spec := filepath.Join(folder, "spec.yaml")
	text := strings.ReplaceAll(`
features: ZOO/{model}_sign_feature.npy
labels: ZOO/sign_label.npy
models: [plain16]
metrics: [logme]
subsets: {count: 1000}
`, "ZOO", zoo)
	if err := os.WriteFile(spec, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(folder, "lab.db")
	if _, stderr, err := l.run("run", spec, "--store", store, "--on", "slurm", "--time", "1", "--detach"); err != nil {
		t.Fatal(err, stderr)
	}
	j, err := Load(store)
	if err != nil {
		t.Fatal(err)
	}
	// finished returns how many cells a store's first run has.
	finished := func(path string) int {
		s, err := tracking.Open(path)
		if err != nil {
			return 0
		}
		runs, err := s.Runs(tracking.Query{}, 0, 0)
		if err != nil || len(runs) == 0 {
			return 0
		}
		return runs[len(runs)-1].Cells
	}
	kept := 0
	l.await("cells of the task", func() bool {
		kept = finished(j.shard(1).Path(j.folder()) + experiments.Unfinished)
		return kept > 0
	})
	if err := syscall.Kill(tasksOf(store)[0], syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	// Slurm gives a minute at least, and looks every 30 s whose time is over. An end that
	// has passed before the controller hears of it is refused.
	l.await("another end of its time", func() bool {
		return l.command("scontrol", "update", "JobName="+j.Name, "EndTime=now+2").Run() == nil
	})
	l.await("the end of its time", func() bool {
		out, _ := l.command("squeue", "--noheader", "--states=TIMEOUT", "--name="+j.Name).Output()
		return len(out) > 0
	})
	got, stderr, err := l.run("attach", "--store", store, "--format", "csv")
	if err != nil {
		t.Fatal(err, stderr)
	}
	if n := finished(store); n < kept || n > 1000 {
		t.Errorf("%d cells of the first attempt came home, want from %d to 1000", n, kept)
	}
	want, stderr, err := l.run("run", spec, "--store", filepath.Join(folder, "one.db"), "--format", "csv")
	if err != nil || got != want {
		t.Errorf("%v, %s\ngot\n%s\nwant\n%s", err, stderr, got, want)
	}
}
