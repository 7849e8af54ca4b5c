package process

import "syscall"

// Linux can end a process with the one that started it.
func init() {
	dieWithParent = func(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL }
}
