package finetune

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"sfdalab/internal/process"
)

// A Program trains networks: a command that speaks the exchange.
type Program struct {
	Command []string
	Folder  string        // where it runs
	Env     []string      // variables besides those of this process
	Timeout time.Duration // of an attempt at a trial; none if zero
	Silence time.Duration // after which a program that writes nothing is ended; none if zero
}

// ErrBusy is the error of a trial that another process is at.
var ErrBusy = errors.New("another process trains it now")

// Files in the folder of a trial.
const (
	checkpoints = "checkpoint"
	curveFile   = "curve.jsonl"
	logFile     = "log"
	lockFile    = "lock"
)

// Train has the program do a trial in a folder of the trial's own, where it finds what an
// earlier attempt has left: the program's checkpoints, the curve until then and its log.
// The folder is the caller's to remove. The request's Protocol and Checkpoint are filled
// in. The curve is there also after an error, which is that of ctx, ErrBusy, or why the
// trial failed.
func (p Program) Train(ctx context.Context, folder string, r Request, progress func(Progress)) (Result, []Progress, error) {
	r.Protocol, r.Checkpoint = Version, filepath.Join(folder, checkpoints)
	if err := os.MkdirAll(r.Checkpoint, 0o755); err != nil {
		return Result{}, nil, err
	}
	for _, name := range []string{lockFile, logFile, curveFile} {
		path := filepath.Join(folder, name)
		if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() { // a pipe waits to be opened
			return Result{}, nil, fmt.Errorf("%s is not a file", path)
		}
	}
	lock, err := os.Create(filepath.Join(folder, lockFile))
	if err != nil {
		return Result{}, nil, err
	}
	defer lock.Close()
	if !process.Lock(lock) {
		return Result{}, nil, ErrBusy
	}
	stdin, err := json.Marshal(r)
	if err != nil {
		return Result{}, nil, fmt.Errorf("settings: %w", err)
	}
	log, err := openLog(filepath.Join(folder, logFile))
	if err != nil {
		return Result{}, nil, err
	}
	defer log.to.Close()
	c, err := openCurve(filepath.Join(folder, curveFile))
	if err != nil {
		return Result{}, nil, err
	}
	defer c.close()
	a := &told{curve: c, progress: progress}
	a.answers.progress = a.point
	command := process.Command{
		Args: p.Command, Folder: p.Folder, Env: p.Env, Stdin: append(stdin, '\n'),
		Timeout: p.Timeout, Silence: p.Silence, Log: log,
	}
	err = command.Run(ctx, a)
	if err == nil {
		err = a.end()
	}
	switch {
	case ctx.Err() != nil:
		return Result{}, c.all(), ctx.Err()
	case a.failed != "":
		return Result{}, c.all(), errors.New(a.failed)
	case err != nil:
		return Result{}, c.all(), err
	case a.result == nil:
		return Result{}, c.all(), errors.New("it ended without a result")
	}
	return *a.result, c.all(), nil
}

// mostPoints of a curve are kept.
const mostPoints = 200

// A curve keeps progress, thinned out evenly, and in a file for the next attempt.
type curve struct {
	points  []Progress
	last    Progress
	every   int // of so many points one is kept
	skipped int
	file    *os.File
	lines   *bufio.Writer // to file
}

// openCurve reads what an earlier attempt has left of a curve. What is damaged, as by a
// kill, is passed over.
func openCurve(path string) (*curve, error) {
	c := &curve{every: 1}
	if old, err := os.Open(path); err == nil {
		lines := bufio.NewScanner(old)
		for lines.Scan() {
			var p Progress
			if json.Unmarshal(lines.Bytes(), &p) == nil && p.check() == nil {
				c.keep(p)
			}
		}
		old.Close()
	}
	var err error
	c.file, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	c.lines = bufio.NewWriter(c.file)
	return c, err
}

// add adds a point, which is told besides the accuracy and may be lost.
func (c *curve) add(p Progress) {
	c.keep(p)
	if text, err := json.Marshal(p); err == nil {
		_, _ = c.lines.Write(append(text, '\n'))
	}
}

// told takes what a program writes. The points of the curve that come in one piece are
// written to its file together, as a program may tell of millions, and then passed on.
type told struct {
	answers
	curve    *curve
	progress func(Progress) // or nil
	points   []Progress
}

func (t *told) point(p Progress) {
	t.curve.add(p)
	t.points = append(t.points, p)
}

// Write takes a piece of what the program writes.
func (t *told) Write(piece []byte) (int, error) {
	n, err := t.answers.Write(piece)
	t.pass()
	return n, err
}

// end takes what comes without an end of line.
func (t *told) end() error {
	err := t.answers.end()
	t.pass()
	return err
}

func (t *told) pass() {
	_ = t.curve.lines.Flush()
	for _, p := range t.points {
		if t.progress != nil {
			t.progress(p)
		}
	}
	t.points = t.points[:0]
}

func (c *curve) close() {
	_ = c.lines.Flush()
	_ = c.file.Close()
}

// keep keeps a point, after those before it: an attempt that goes on from a checkpoint
// does some steps again.
func (c *curve) keep(p Progress) {
	c.last = p
	for len(c.points) > 0 && c.points[len(c.points)-1].Step >= p.Step {
		c.points = c.points[:len(c.points)-1]
		c.skipped = 0
	}
	if c.skipped++; c.skipped < c.every && len(c.points) > 0 {
		return
	}
	c.skipped = 0
	c.points = append(c.points, p)
	if len(c.points) <= mostPoints {
		return
	}
	for i := range (len(c.points) + 1) / 2 {
		c.points[i] = c.points[2*i]
	}
	c.points = c.points[:(len(c.points)+1)/2]
	c.every *= 2
}

// all returns the points that are kept, and the last one.
func (c *curve) all() []Progress {
	if n := len(c.points); n > 0 && c.points[n-1].Step < c.last.Step {
		return append(c.points, c.last)
	}
	return c.points
}

// mostLogged is up to where a log grows.
const mostLogged = 16 << 20

// A boundedLog takes all, and keeps the first bytes.
type boundedLog struct {
	to   *os.File
	room int64
}

// openLog opens the log of a trial, behind what earlier attempts have written.
func openLog(path string) (*boundedLog, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	size, err := f.Seek(0, io.SeekEnd)
	return &boundedLog{f, mostLogged - size}, err
}

// Write keeps as much of p as there is room for.
func (l *boundedLog) Write(p []byte) (int, error) {
	if keep := min(int64(len(p)), l.room); keep > 0 {
		n, err := l.to.Write(p[:keep])
		l.room -= int64(n)
		if err != nil {
			l.room = 0 // a full disk is no reason to end a training
		}
	}
	return len(p), nil
}
