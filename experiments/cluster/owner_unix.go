//go:build unix

package cluster

import (
	"io/fs"
	"os"
	"syscall"
)

// mine reports whether a file is of the user who runs this process.
func mine(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return !ok || int(stat.Uid) == os.Geteuid()
}
