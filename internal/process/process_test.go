package process

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestHashFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "abc")
	if err := os.WriteFile(path, []byte("abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	const want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // FIPS 180-4
	if sum, err := HashFile(path); err != nil || sum != want {
		t.Errorf("%s, %v", sum, err)
	}
	for _, path := range []string{os.DevNull, t.TempDir()} {
		if sum, err := HashFile(path); err == nil || !strings.Contains(err.Error(), path+" is not a file") {
			t.Errorf("%s: %s, %v", path, sum, err)
		}
	}
}

var errFull = errors.New("full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestRun(t *testing.T) {
	for _, c := range []struct {
		name, script string
		command      Command
		want         string
	}{
		{"silent", "echo loading >&2; sleep 60", Command{Silence: 300 * time.Millisecond}, "it wrote nothing for 300ms; it wrote: loading"},
		{"not silent", "for i in 1 2 3 4 5 6; do sleep 0.2; echo $i; done", Command{Silence: time.Second}, ""},
		{"killed", "kill -9 $$", Command{}, "signal: killed by the system or somebody, as where memory runs out"},
		{"variables", `[ "$CUDA_VISIBLE_DEVICES" = 3 ]`, Command{Env: []string{"CUDA_VISIBLE_DEVICES=3"}}, ""},
		{"missing", "", Command{Args: []string{"no-such-program"}}, "executable file not found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.command.Args == nil {
				c.command.Args = []string{"sh", "-c", c.script}
			}
			err := c.command.Run(t.Context(), &Bounded{Most: 1000})
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
	start := time.Now()
	if err := (Command{Args: []string{"sh", "-c", "echo a; sleep 60"}}).Run(t.Context(), full{}); !errors.Is(err, errFull) {
		t.Errorf("error %v, want that of the writer", err)
	}
	if time.Since(start) > 20*time.Second {
		t.Error("the program went on after its answer was refused")
	}
}
