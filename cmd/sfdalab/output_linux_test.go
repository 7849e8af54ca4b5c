package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
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

// TestHalfOfNoFile writes files where none may be larger than so many bytes, as on a disk that
// gets full: each that is there afterwards is whole, and one line says what is wrong.
func TestHalfOfNoFile(t *testing.T) {
	if most, err := strconv.ParseUint(os.Getenv(limitOf), 10, 64); err == nil {
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: most, Max: most}); err != nil {
			t.Fatal(err)
		}
		os.Exit(execute(t.Context(), flag.Args(), os.Stdout, os.Stderr))
	}
	store := filepath.Join(t.TempDir(), "lab.db")
	spec := write(t, t.TempDir(), "spec.yaml", absolute(t, "features: ZOO/{model}_{dataset}_feature.npy\nlabels: ZOO/{dataset}_label.npy\ndatasets: [sign, animals]\ntruth: ZOO/finetuned_accuracy.csv\nmetrics: [ncm]\n"))
	if code, _, stderr := sfdalab(t, "run", spec, "--store", store); code != done {
		t.Fatal(stderr)
	}
	for _, test := range []struct {
		limit uint64
		args  []string
	}{
		{100, []string{"init", "x.yaml"}},
		{100, []string{"export", "--store", store, "-o", "mlruns"}},
		{100, []string{"export", "--store", store, "-o", "x.csv"}},
		{32 << 10, []string{"report", "--store", store, "-o", "x.html"}},
		{32 << 10, []string{"report", "--store", store, "-o", "x.md", "--paper", "paper"}},
	} {
		t.Chdir(t.TempDir())
		code, stderr := withLimit(t, test.limit, test.args)
		said := slices.DeleteFunc(strings.Split(strings.TrimSpace(stderr), "\n"), func(line string) bool { return strings.HasPrefix(line, "wrote ") })
		if code != failed || len(said) != 1 || !strings.Contains(said[0], "file too large") {
			t.Errorf("%q: exit code %d, said %q", test.args, code, said)
		}
		err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			if info, err := d.Info(); err != nil || uint64(info.Size()) >= test.limit {
				t.Errorf("%q leaves %s: %v, %v", test.args, path, info, err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// limitOf is the variable by which a process of the test is told its limit.
const limitOf = "SFDALAB_TEST_LIMIT"

// withLimit runs a command in a process that writes no file larger than so many bytes.
func withLimit(t *testing.T, most uint64, args []string) (code int, stderr string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, append([]string{"-test.run=^TestHalfOfNoFile$", "--"}, args...)...)
	cmd.Env = append(os.Environ(), fmt.Sprint(limitOf, "=", most))
	var said bytes.Buffer
	cmd.Stderr = &said
	_ = cmd.Run() // the exit code tells
	return cmd.ProcessState.ExitCode(), said.String()
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
