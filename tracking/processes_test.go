package tracking

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"
)

// helperEnv makes the test binary a helper process of a test.
const helperEnv = "SFDALAB_TRACKING_HELPER"

func TestMain(m *testing.M) {
	if mode := os.Getenv(helperEnv); mode != "" {
		if err := helpers[mode](os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// helpers are what helper processes do, by mode.
var helpers = map[string]func(args []string) error{
	"log": logHelper,
}

// helper returns the command of a helper process.
func helper(mode string, args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), helperEnv+"="+mode)
	c.Stderr = os.Stderr
	return c
}

// logHelper logs a run named args[1] of args[2] cells to the store args[0].
func logHelper(args []string) error {
	s, err := Create(args[0])
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	l, err := s.Begin(Run{Annotation: Annotation{Name: args[1]}})
	if err != nil {
		return err
	}
	for i := range n {
		if err := l.Log(cell(args[1], i)); err != nil {
			return err
		}
	}
	return l.Finish(Done, "")
}

// logProcesses runs n processes that log cells each, and returns how long they
// took.
func logProcesses(t testing.TB, path string, n, cells int) time.Duration {
	t.Helper()
	start := time.Now()
	var all []*exec.Cmd
	for i := range n {
		c := helper("log", path, fmt.Sprint("writer", i), fmt.Sprint(cells))
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	for _, c := range all {
		if err := c.Wait(); err != nil {
			t.Error(err)
		}
	}
	return time.Since(start)
}

func TestEightProcessesLoseNothing(t *testing.T) {
	const processes, cells = 8, 1500
	s := newStore(t)
	done := make(chan time.Duration)
	go func() { done <- logProcesses(t, s.Path(), processes, cells) }()

	var waits []time.Duration
	for running := true; running; {
		select {
		case <-done:
			running = false
		case <-time.After(10 * time.Millisecond):
			start := time.Now()
			if _, err := s.Runs(Query{}, 0, 50); err != nil {
				t.Error(err)
			}
			waits = append(waits, time.Since(start))
		}
	}
	slices.Sort(waits)
	t.Logf("%d reads while writing: median %v, longest %v", len(waits), waits[len(waits)/2], waits[len(waits)-1])

	all, err := s.Select(Query{})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != processes {
		t.Fatalf("%d runs, want %d", len(all), processes)
	}
	for _, run := range all {
		if run.Run.Outcome != Done || len(run.Cells) != cells {
			t.Errorf("%s: %s with %d cells, want %d", run.Run.Name, run.Run.Outcome, len(run.Cells), cells)
		}
		for i, c := range run.Cells {
			if c.ID != cell(run.Run.Name, i).ID {
				t.Fatalf("%s: cell %d is another one", run.Run.Name, i)
			}
		}
	}
}

// BenchmarkProcesses logs as many cells by one process as by eight, and lists the runs
// meanwhile.
func BenchmarkProcesses(b *testing.B) {
	for _, n := range []int{1, 8} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			var reads []time.Duration
			for b.Loop() {
				path := filepath.Join(b.TempDir(), "runs.db")
				s, err := Create(path)
				if err != nil {
					b.Fatal(err)
				}
				done := make(chan bool)
				go func() { logProcesses(b, path, n, 40000/n); close(done) }()
				for running := true; running; {
					select {
					case <-done:
						running = false
					case <-time.After(20 * time.Millisecond):
						start := time.Now()
						if _, err := s.List(Query{}, 0, 50); err != nil {
							b.Fatal(err)
						}
						reads = append(reads, time.Since(start))
					}
				}
			}
			slices.Sort(reads)
			b.ReportMetric(float64(reads[len(reads)/2].Microseconds())/1000, "read-ms")
			b.ReportMetric(float64(reads[len(reads)-1].Microseconds())/1000, "longest-read-ms")
			b.ReportMetric(40000*float64(b.N)/b.Elapsed().Seconds(), "cells/s")
		})
	}
}
