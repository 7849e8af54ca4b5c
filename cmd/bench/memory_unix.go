//go:build unix

package main

import (
	"os"
	"syscall"
)

// peak returns the peak resident memory of a process that has ended, in MiB.
func peak(p *os.ProcessState) float64 {
	usage, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return float64(usage.Maxrss) / 1024
}
