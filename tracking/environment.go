package tracking

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"sfdalab/internal/process"
)

// An Environment is what a run's scores may depend on besides its spec and
// input.
type Environment struct {
	Revision string   `json:"revision,omitempty"` // git revision of the program
	Dirty    bool     `json:"dirty,omitempty"`    // built from a tree with uncommitted changes
	Program  string   `json:"program,omitempty"`  // SHA-256 of the program, where the revision does not tell all of its code
	Go       string   `json:"go"`
	OS       string   `json:"os"` // with architecture, such as "linux/amd64"
	CPU      string   `json:"cpu,omitempty"`
	Cores    int      `json:"cores"`
	Host     string   `json:"host,omitempty"`
	Command  []string `json:"command,omitempty"`
	Dir      string   `json:"dir,omitempty"` // working directory
}

// Here returns the environment of this process.
func Here() Environment {
	e := hereOnce()
	e.Command = os.Args
	e.Dir, _ = os.Getwd()
	return e
}

var hereOnce = sync.OnceValue(func() Environment {
	e := Environment{
		Go:    runtime.Version(),
		OS:    runtime.GOOS + "/" + runtime.GOARCH,
		CPU:   cpuModel(),
		Cores: runtime.NumCPU(),
	}
	e.Host, _ = os.Hostname()
	e.Revision, e.Dirty = revision()
	if e.Dirty || e.Revision == "" {
		e.Program, _ = Program()
	}
	return e
})

// Code says of which code the program was built, as far as is known.
func (e *Environment) Code() string {
	code := cmp.Or(e.Revision, "unknown revision")
	if e.Dirty {
		code += " with uncommitted changes"
	}
	if e.Program != "" {
		code += ", program " + beginning(e.Program)
	}
	return code
}

// Program returns the SHA-256 of the running program, in hex.
var Program = sync.OnceValues(func() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	return process.HashFile(path)
})

// module is the first line of this module's go.mod.
const module = "module sfdalab\n"

// linked is the revision that the linker was told, for a build without the git tree:
//
//	go build -ldflags "-X sfdalab/tracking.linked=$(git describe --always --abbrev=40 --exclude '*' --dirty)" ./cmd/sfdalab
var linked string

// revision returns what the build recorded of the program's git tree. "go run"
// records nothing; then it is asked of git, if the working directory is in such a
// tree.
func revision() (rev string, dirty bool) {
	if linked != "" {
		return strings.CutSuffix(linked, "-dirty")
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				rev = s.Value
			case "vcs.modified":
				dirty = s.Value == "true"
			}
		}
	}
	if rev != "" {
		return rev, dirty
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	answer, err := exec.CommandContext(ctx, "git", "rev-parse", "--show-toplevel", "HEAD").Output()
	if err != nil {
		return "", false
	}
	root, head, _ := strings.Cut(string(answer), "\n")
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil || !bytes.HasPrefix(mod, []byte(module)) {
		return "", false
	}
	changes, err := exec.CommandContext(ctx, "git", "status", "--porcelain").Output()
	return strings.TrimSpace(head), err != nil || len(changes) > 0
}

// cpuModel returns the processor's name, or "" where the system has no
// /proc/cpuinfo.
func cpuModel() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if key, value, ok := strings.Cut(s.Text(), ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
