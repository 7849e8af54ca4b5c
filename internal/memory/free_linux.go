package memory

import (
	"fmt"
	"math"
	"os"
	"strings"
	"syscall"
)

func free() int64 {
	left := int64(math.MaxInt64)
	if kib := number("/proc/meminfo", "MemAvailable:"); kib > 0 {
		left = kib << 10
	}
	if most, used := number("/sys/fs/cgroup/memory.max", ""), number("/sys/fs/cgroup/memory.current", ""); most > 0 {
		cached := number("/sys/fs/cgroup/memory.stat", "\ninactive_file ") // of files, and given up when needed
		left = min(left, most-used+cached)
	}
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_AS, &limit) == nil && limit.Cur < math.MaxInt64 {
		pages := number("/proc/self/statm", "") // of addresses in use
		left = min(left, int64(limit.Cur)-pages*int64(os.Getpagesize()))
	}
	return max(0, left)
}

// number returns the number behind a name in a file; 0 if there is none.
func number(path, name string) (n int64) {
	if text, err := os.ReadFile(path); err == nil {
		_, text, _ := strings.Cut(string(text), name)
		fmt.Sscan(text, &n)
	}
	return n
}
