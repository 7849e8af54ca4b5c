//go:build unix

package cluster

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// testFineTune sweeps three networks on two datasets with four settings on a cluster, of
// which a task and then a training program are killed: the ground truth is that of one
// machine, and the job trains nothing on the machine that waits for it.
func testFineTune(t *testing.T, program string) {
	l, folder := newLab(t, program, "task/none"), t.TempDir()
	script, err := filepath.Abs("../testdata/finetune/train.sh")
	if err != nil {
		t.Fatal(err)
	}
	for _, split := range []string{"train", "test"} {
		for i := range 8 {
			path := filepath.Join(folder, "photos", []string{"one", "two"}[i/4], split, []string{"cat", "dog"}[i%2], fmt.Sprint(i, ".png"))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(split+fmt.Sprint(i)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	spec := filepath.Join(folder, "spec.yaml")
	text := "finetune:\n  networks: [a, b, c]\n  images: 'photos/{dataset}'\n  program: [env, PAUSE=0.3, sh, " + script + "]\n" +
		"  protocol: {grid: {learning_rate: [0.1, 0.01], weight_decay: [0, 0.001]}}\n  resources: {cores: 1, time: 10m}\ndatasets: [one, two]\n"
	if err := os.WriteFile(spec, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(folder, "lab.db")
	if _, stderr, err := l.run("run", spec, "--store", store, "--on", "slurm", "--detach"); err != nil || !strings.Contains(stderr, "cells 30, tasks 6") {
		t.Fatal(err, stderr)
	}
	var tasks []int
	l.await("a task", func() bool { tasks = tasksOf(store); return len(tasks) > 0 })
	if err := syscall.Kill(tasks[0], syscall.SIGKILL); err != nil {
		t.Error("no task was killed:", err)
	}
	l.await("a training program to kill", func() bool {
		return slices.ContainsFunc(trainersOf(store, tasks[0]), killAtWork)
	})
	defer l.administer()()
	_, stderr, err := l.run("attach", "--store", store, "--format", "csv")
	if err == nil || !strings.Contains(stderr, "as where memory runs out") {
		t.Errorf("the program that was killed is not told: %v, %s", err, stderr)
	}
	// What failed is tried again by the next run, and by that alone.
	if _, stderr, err := l.run("run", spec, "--store", store, "--on", "slurm"); err != nil || !strings.Contains(stderr, "tasks 1") {
		t.Errorf("the rest: %v, %s", err, stderr)
	}
	got, stderr, err := l.run("show", "--store", store, "--format", "csv")
	if err != nil {
		t.Error(err, stderr)
	}
	want, stderr, err := l.run("run", spec, "--store", filepath.Join(folder, "one.db"), "--format", "csv")
	if err != nil || got != want {
		t.Errorf("%v, %s\ngot\n%s\nwant\n%s", err, stderr, got, want)
	}
}

// killAtWork kills a process that is at work, and not one that has ended meanwhile: it is
// stopped first, which shows.
func killAtWork(pid int) bool {
	if syscall.Kill(pid, syscall.SIGSTOP) != nil {
		return false
	}
	for {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		_, rest, _ := strings.Cut(string(text), ") ")
		switch state, _, _ := strings.Cut(rest, " "); {
		case err != nil, state == "Z", state == "X":
			return false
		case state == "T":
			return syscall.Kill(pid, syscall.SIGKILL) == nil
		}
		time.Sleep(time.Millisecond)
	}
}

// trainersOf returns the training programs that tasks for a store have started, but for one.
func trainersOf(store string, but int) []int {
	parents := make(map[string]bool)
	for _, pid := range tasksOf(store) {
		parents[strconv.Itoa(pid)] = pid != but
	}
	var pids []int
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, f := range files {
		text, _ := os.ReadFile(f)
		_, rest, _ := strings.Cut(string(text), ") ")
		command, _ := os.ReadFile(filepath.Join(filepath.Dir(f), "cmdline")) // not of a program that tells versions
		if fields := strings.Fields(rest); len(fields) > 1 && parents[fields[1]] && bytes.Contains(command, []byte("train.sh")) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(f)))
			pids = append(pids, pid)
		}
	}
	return pids
}
