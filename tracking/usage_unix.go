//go:build unix

package tracking

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// Used returns what this process has used until now.
func Used() Usage {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return Usage{}
	}
	peak := int64(u.Maxrss)
	if runtime.GOOS != "darwin" { // which counts bytes, others 1024 of them
		peak *= 1024
	}
	return Usage{time.Duration(u.Utime.Nano() + u.Stime.Nano()), peak}
}
