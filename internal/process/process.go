// Package process runs programs that users name: bounded in time and in what they write,
// and ended with all that they have started.
package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// A Command is a program and how it runs, in a process group of its own.
type Command struct {
	Args    []string
	Folder  string        // where it runs; the working directory if empty
	Env     []string      // variables besides those of this process
	Stdin   []byte        // all that it can read
	Timeout time.Duration // after which it is killed; none if zero
	Silence time.Duration // after which it is killed if it writes nothing to standard output; none if zero
	Log     io.Writer     // for what it writes to standard error; nil for nowhere
}

// Run runs the program and hands what it writes to standard output to stdout: a Write that
// fails ends the program with this error. Other errors are that of ctx, and those of the
// program with the end of what it wrote to standard error. What it started ends with it;
// where this process is killed, so is the program, on Linux.
func (c Command) Run(ctx context.Context, stdout io.Writer) error {
	limited, end := context.WithCancelCause(ctx)
	defer end(nil)
	cmd := exec.CommandContext(limited, c.Args[0], c.Args[1:]...)
	cmd.Dir = c.Folder
	if c.Env != nil {
		cmd.Env = append(os.Environ(), c.Env...)
	}
	cmd.Stdin = bytes.NewReader(c.Stdin)
	said := new(tail)
	cmd.Stderr = said
	if c.Log != nil {
		cmd.Stderr = io.MultiWriter(said, c.Log)
	}
	out := &watched{to: stdout, end: end}
	cmd.Stdout = out
	if c.Timeout > 0 {
		defer time.AfterFunc(c.Timeout, func() { end(fmt.Errorf("killed after %v: give it a longer timeout", c.Timeout)) }).Stop()
	}
	if c.Silence > 0 {
		out.silence = c.Silence
		out.timer = time.AfterFunc(c.Silence, func() { end(fmt.Errorf("killed because it wrote nothing for %v", c.Silence)) })
		defer out.timer.Stop()
	}
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
		return ctx.Err()
	case out.err != nil:
		return out.err
	case cause != nil:
		return fmt.Errorf("%w%s", cause, said.quoted())
	case err != nil && !errors.Is(err, exec.ErrWaitDelay): // it has answered, and a child holds the pipe
		return fmt.Errorf("%w%s%s", err, outOfMemory(err), said.quoted())
	}
	return nil
}

// outOfMemory tells what a program that something else killed may have died of.
func outOfMemory(err error) string {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return ""
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGKILL {
		return " by the system or somebody, as where memory runs out"
	}
	return ""
}

// watched hands on what a program writes, until that fails.
type watched struct {
	to      io.Writer
	end     func(error)
	err     error
	silence time.Duration
	timer   *time.Timer // nil where silence is allowed
}

// Write hands p on, and puts off the end that silence brings.
func (w *watched) Write(p []byte) (int, error) {
	if w.timer != nil {
		w.timer.Reset(w.silence)
	}
	n, err := w.to.Write(p)
	if err != nil {
		w.err = err
		w.end(err)
	}
	return n, err
}

// A Bounded keeps what is written to it, up to Most bytes. More are an error.
type Bounded struct {
	Most int
	Text []byte
}

// Write keeps p.
func (b *Bounded) Write(p []byte) (int, error) {
	if len(b.Text)+len(p) > b.Most {
		return 0, TooLong(b.Most)
	}
	b.Text = append(b.Text, p...)
	return len(p), nil
}

// TooLong is the error of a program that writes more than so many bytes.
func TooLong(most int) error {
	return fmt.Errorf("it wrote more than %d MiB to standard output", most>>20)
}

// tail keeps the end of what is written to it.
type tail struct {
	end []byte
	cut bool
}

// Write keeps the last 2000 bytes of all that was written.
func (t *tail) Write(p []byte) (int, error) {
	const most = 2000
	t.end = append(t.end, p...)
	if n := len(t.end); n > most {
		t.end, t.cut = append([]byte(nil), t.end[n-most:]...), true
	}
	return len(p), nil
}

// quoted returns what a program wrote to standard error as the end of a line.
func (t *tail) quoted() string {
	text := strings.Join(strings.Fields(string(t.end)), " ")
	if text == "" {
		return ""
	}
	if t.cut {
		text = "…" + text
	}
	return "; it wrote: " + text
}
