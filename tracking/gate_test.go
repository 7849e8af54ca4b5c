//go:build unix

package tracking

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

func init() {
	helpers["check"] = checkHelper
	helpers["wait"] = waitHelper
}

// checkHelper checks the store args[0] until its standard input ends.
func checkHelper(args []string) error {
	ended := make(chan bool)
	go func() { io.Copy(io.Discard, os.Stdin); close(ended) }()
	for {
		select {
		case <-ended:
			return nil
		default:
		}
		if rep, err := Check(args[0]); err != nil || len(rep.Damage) > 0 {
			return fmt.Errorf("%v, %v", rep.Damage, err)
		}
	}
}

// waitHelper takes the gate of the store args[0] and keeps it.
func waitHelper(args []string) error {
	g := gate{path: args[0] + gateSuffix}
	if !g.take() {
		return fmt.Errorf("the gate is taken")
	}
	fmt.Println("taken")
	select {}
}

// checkAll starts n processes that do nothing but check a store, until the test ends.
func checkAll(t *testing.T, path string, n int) {
	t.Helper()
	for range n {
		c := helper("check", path)
		in, err := c.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			in.Close()
			if err := c.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
}

// Writers get into a store that is always being read, and readers into one that is always
// being written and read.
func TestWritersAmongReaders(t *testing.T) {
	s := newStore(t)
	var all []Cell
	for i := range 3000 {
		all = append(all, cell("a", i))
	}
	id := logRun(t, s, Run{}, all...)
	checkAll(t, s.Path(), 4)
	var longest time.Duration
	for i := range 20 {
		start := time.Now()
		if err := s.Annotate(id, func(a *Annotation) { a.Notes = fmt.Sprint(i) }); err != nil {
			t.Fatal(err)
		}
		longest = max(longest, time.Since(start))
	}
	t.Logf("longest wait of a writer: %v", longest)
	if r, err := s.Run(id); err != nil || r.Notes != "19" {
		t.Errorf("notes %q, %v", r.Notes, err)
	}
	if _, err := os.Stat(s.Path() + gateSuffix); err == nil {
		t.Error("the gate is left behind")
	}
}

// A writer that is killed while it waits keeps nobody out.
func TestGateOfTheDead(t *testing.T) {
	s := newStore(t)
	id := logRun(t, s, Run{}, cell("a", 1))
	c := helper("wait", s.Path())
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	g := gate{path: s.Path() + gateSuffix}
	if !g.held() || g.take() {
		t.Error("the gate is not held")
	}
	hasty := &Store{Wait: 50 * time.Millisecond, path: s.Path()}
	if _, err := hasty.Run(id); err != nil { // as a writer that is stopped keeps nobody out for ever
		t.Error(err)
	}
	c.Process.Kill()
	c.Wait()
	start := time.Now()
	if _, err := s.Run(id); err != nil {
		t.Error(err)
	}
	if err := s.Annotate(id, func(*Annotation) {}); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took > s.Wait/2 {
		t.Errorf("a dead writer kept others out for %v", took)
	}
	if !g.take() {
		t.Error("the gate of the dead cannot be taken")
	}
	g.leave()
	if left, _ := filepath.Glob(s.Path() + ".*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A store is used in a process that may not have much memory mapped.
func TestLittleMemory(t *testing.T) {
	s := newStore(t)
	limited := func(mode string) *exec.Cmd {
		c := exec.Command("sh", "-c", `ulimit -v 2000000; exec "$0" "$@"`, os.Args[0], s.Path(), "little", "100")
		c.Env = append(os.Environ(), helperEnv+"="+mode)
		return c
	}
	helpersWork := exec.Command("sh", "-c", `ulimit -v 2000000; exec "$0" -test.list none`, os.Args[0])
	if out, err := helpersWork.CombinedOutput(); err != nil { // as with -race
		t.Skipf("this test does not start in little memory: %v, %s", err, out)
	}
	if out, err := limited("log").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if rep := healthy(t, s); rep.Cells != 100 {
		t.Errorf("%d cells, want 100", rep.Cells)
	}
}

// A link in the place of the gate leads nowhere: no file is made there, and who reads does not
// wait for a pipe.
func TestLinkedGate(t *testing.T) {
	s := newStore(t)
	logRun(t, s, Run{}, cell("a", 1))
	elsewhere := filepath.Join(t.TempDir(), "made")
	if err := os.Symlink(elsewhere, s.Path()+gateSuffix); err != nil {
		t.Skip("skipped: ", err)
	}
	g := gate{path: s.Path() + gateSuffix}
	if g.take() {
		t.Error("the gate was taken through a link")
	}
	g.leave()
	if _, err := os.Lstat(elsewhere); err == nil {
		t.Error("a file was made where the link leads")
	}
	if err := os.Remove(g.path); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(g.path, 0o600); err != nil {
		t.Skip("skipped: ", err)
	}
	if _, err := s.Run("latest"); err != nil {
		t.Error(err)
	}
}
