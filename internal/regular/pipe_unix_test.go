//go:build unix

package regular

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestNoWaiting refuses pipes, directly and behind a link, and files of /proc.
func TestNoWaiting(t *testing.T) {
	pipe, link := filepath.Join(t.TempDir(), "pipe"), filepath.Join(t.TempDir(), "link")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	if err := os.Symlink(pipe, link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, link, "/proc/kmsg", "/proc/self/mem"} {
		if strings.HasPrefix(path, "/proc") && !exists(path) {
			continue
		}
		if f, err := Open(path); err == nil {
			f.Close()
			t.Errorf("%s is opened", path)
		}
	}
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }
