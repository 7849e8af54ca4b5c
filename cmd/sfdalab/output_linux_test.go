package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestDataOnTerminal prints names that would steer a terminal, as data: a pipe gets every
// byte of them, and a terminal none that does harm.
func TestDataOnTerminal(t *testing.T) {
	folder := t.TempDir()
	const evil = "m\x1b]0;owned\x07\u009b2J\u202e"
	store := filepath.Join(folder, "lab.db")
	scores := write(t, folder, "scores.csv", "dataset,model,metric,score\nd,"+evil+",x,1\n")
	truth := write(t, folder, "truth.csv", "dataset,model,accuracy\nd,"+evil+",1\n")
	if code, _, stderr := sfdalab(t, "import", scores, "--name", evil, "--store", store); code != done {
		t.Fatal(stderr)
	}
	for _, args := range [][]string{
		{"export", "--store", store}, {"show", "--store", store, "--format", "csv"}, {"truth", truth},
		{"runs", "--json", "--store", store},
	} {
		if _, stdout, _ := sfdalab(t, args...); !strings.Contains(stdout, "\u009b") {
			t.Errorf("%q: a pipe gets %q", args, stdout)
		}
		master, slave := openTerminal(t)
		code := execute(t.Context(), args, slave, &bytes.Buffer{})
		slave.Close()
		text := make([]byte, 1<<16)
		n, _ := master.Read(text)
		if shown := string(text[:n]); code != done || !strings.Contains(shown, "m") || strings.ContainsAny(shown, "\x1b\x07\u009b\u202e") {
			t.Errorf("%q: exit code %d, a terminal gets %q", args, code, shown)
		}
	}
}

// openTerminal returns both ends of a terminal.
func openTerminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("skipped: no terminal can be made: ", err)
	}
	t.Cleanup(func() { master.Close() })
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Skip("skipped: no terminal can be made: ", err)
	}
	return master, slave
}
