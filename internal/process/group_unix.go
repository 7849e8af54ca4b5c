//go:build unix

package process

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// dieWithParent ends a process when the thread that started it does, where the system can.
var dieWithParent = func(*syscall.SysProcAttr) {}

// ownGroup gives a command a process group of its own, which holds all that it starts.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithParent(cmd.SysProcAttr)
}

// endGroup kills what is left of the process group of a command that was started.
func endGroup(cmd *exec.Cmd) error {
	err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}

// CanLock tells whether a lock shows that a process is there.
const CanLock = true

// Lock locks a file for this process, until it closes the file or ends; ok is false while
// another has it.
func Lock(f *os.File) (ok bool) {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}
