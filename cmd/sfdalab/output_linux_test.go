package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"
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

// TestLinesFit prints tables, notes and all help to terminals: no line is longer than theirs,
// but for a word that is.
func TestLinesFit(t *testing.T) {
	store := filepath.Join(t.TempDir(), "lab.db")
	commands := [][]string{
		{"run", "../../experiments/specs/zoo.yaml", "--store", store}, {"runs", "--store", store},
		{"show", "--store", store, "--intervals"}, {"diff", "latest", "latest", "--store", store},
		{"metrics"}, {"metrics", "sfda"}, {"metrics", "ped:logme"}, {"truth"}, {"published"}, {"datasets"}, {"datasets", "pets"},
		{"correlate", "--scores", "model-spider", "--truth", "supervised"},
		{"help", "spec"}, {"help", "query"}, {"help", "formats"},
	}
	eachCommand(newRoot(), func(c *cobra.Command) {
		path := strings.Fields(c.CommandPath())[1:]
		commands = append(commands, append(path, "--help"))
	})
	const columns = 80
	for _, args := range commands {
		for i, line := range strings.Split(onTerminal(t, columns, args), "\n") {
			line = strings.TrimSpace(text.StripEscape(line))
			oneWord := !strings.Contains(line, " ") // which a terminal breaks
			if n := text.StringWidthWithoutEscSequences(line); n > columns && !oneWord {
				t.Errorf("%q: line %d has %d of %d columns: %s", args, i+1, n, columns, line)
			}
		}
	}
}

// onTerminal returns what a command prints to a terminal, as both outputs.
func onTerminal(t *testing.T, columns int, args []string) string {
	t.Helper()
	master, slave := openTerminal(t)
	if err := unix.IoctlSetWinsize(int(slave.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 50, Col: uint16(columns)}); err != nil {
		t.Fatal(err)
	}
	shown := make(chan string)
	go func() {
		text, _ := io.ReadAll(master) // ends in an error once the other end is closed
		shown <- string(text)
	}()
	code := execute(t.Context(), args, slave, slave)
	slave.Close()
	text := <-shown
	if code != done {
		t.Errorf("%q: exit code %d: %s", args, code, text)
	}
	return text
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
