//go:build !unix

package process

import (
	"os"
	"os/exec"
)

// ownGroup does nothing: there are no process groups here.
func ownGroup(*exec.Cmd) {}

// endGroup kills a command, but not what it has started.
func endGroup(cmd *exec.Cmd) error { return cmd.Process.Kill() }

// CanLock tells whether a lock shows that a process is there.
const CanLock = false

// Lock locks nothing here, and so is true.
func Lock(*os.File) bool { return true }
