package experiments

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

// mostAnswered is how much a program may write to standard output.
const mostAnswered = 16 << 20

var errTooLong = fmt.Errorf("it wrote more than %d MiB to standard output", mostAnswered>>20)

// run starts the program and returns what it wrote to standard output. What it started
// ends with it; where this process is killed, so is the program.
func (p Program) run(ctx context.Context, stdin []byte) ([]byte, error) {
	limited, cancel := context.WithTimeout(ctx, p.Timeout)
	defer cancel()
	limited, end := context.WithCancelCause(limited)
	defer end(nil)
	cmd := exec.CommandContext(limited, p.Command[0], p.Command[1:]...)
	cmd.Dir = p.Folder
	cmd.Stdin = bytes.NewReader(stdin)
	stdout, stderr := &bounded{full: func() { end(errTooLong) }}, new(tail)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	ownGroup(cmd)
	cmd.Cancel = func() error { return endGroup(cmd) }
	cmd.WaitDelay = time.Second // for children of it that keep the pipes open

	runtime.LockOSThread() // by which the system knows the parent
	defer runtime.UnlockOSThread()
	err := cmd.Run()
	if cmd.Process != nil {
		_ = endGroup(cmd)
	}
	switch cause := context.Cause(limited); {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case cause == errTooLong:
		return nil, errTooLong
	case cause != nil:
		return nil, fmt.Errorf("killed after %v: give a longer timeout%s", p.Timeout, stderr.quoted())
	case err != nil && !errors.Is(err, exec.ErrWaitDelay): // it has answered, and a child holds the pipe
		return nil, fmt.Errorf("%w%s", err, stderr.quoted())
	}
	return stdout.text, nil
}

// bounded keeps up to mostAnswered bytes. More are an error, and full is called.
type bounded struct {
	text []byte
	full func()
}

func (b *bounded) Write(p []byte) (int, error) {
	if len(b.text)+len(p) > mostAnswered {
		b.full()
		return 0, errTooLong
	}
	b.text = append(b.text, p...)
	return len(p), nil
}

// tail keeps the end of what is written to it.
type tail struct {
	end []byte
	cut bool
}

func (t *tail) Write(p []byte) (int, error) {
	const most = 2000
	t.end = append(t.end, p...)
	if n := len(t.end); n > most {
		t.end, t.cut = append([]byte(nil), t.end[n-most:]...), true
	}
	return len(p), nil
}

// quoted returns what a program wrote to standard error, for an error.
func (t *tail) quoted() string {
	text := strings.TrimSpace(string(t.end))
	if text == "" {
		return ""
	}
	if t.cut {
		text = "…" + text
	}
	return "; it wrote\n" + text
}

// scratch begins the name of a folder for what a program reads.
const scratch = "sfdalab-"

var sweep = sync.OnceFunc(sweepFolders)

// newScratch makes a folder for what a program reads, and returns how to remove it. A lock
// in it tells that this process is there: the first call removes folders whose process
// was killed.
func newScratch() (folder string, remove func(), err error) {
	sweep()
	if folder, err = os.MkdirTemp("", scratch); err != nil {
		return "", nil, err
	}
	f, err := os.Create(filepath.Join(folder, "lock"))
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(folder))
	}
	lock(f)
	return folder, func() { f.Close(); os.RemoveAll(folder) }, nil
}

// sweepFolders removes the folders of processes that were killed: those whose lock is free. One
// that is younger than a minute may be about to be locked.
func sweepFolders() {
	locks, _ := filepath.Glob(filepath.Join(os.TempDir(), scratch+"*", "lock"))
	for _, path := range locks {
		info, err := os.Lstat(path)
		if err != nil || !info.Mode().IsRegular() || time.Since(info.ModTime()) < time.Minute {
			continue
		}
		f, err := os.Open(path)
		if err != nil {
			continue // another user's
		}
		if lock(f) {
			os.RemoveAll(filepath.Dir(path))
		}
		f.Close()
	}
}
