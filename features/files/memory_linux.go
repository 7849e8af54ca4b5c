package files

import (
	"fmt"
	"math"
	"os"
	"strings"
	"syscall"
)

// freeMemory returns how many bytes this process may take yet: what the system can give,
// its control group allows, and its limit of addresses leaves. It is replaced in tests.
var freeMemory = func() int64 {
	free := int64(math.MaxInt64)
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		var kib int64
		if _, line, ok := strings.Cut(string(text), "MemAvailable:"); ok {
			if n, _ := fmt.Sscan(line, &kib); n == 1 {
				free = kib << 10
			}
		}
	}
	if most, used := number("/sys/fs/cgroup/memory.max"), number("/sys/fs/cgroup/memory.current"); most > 0 {
		free = min(free, most-used)
	}
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_AS, &limit) == nil && limit.Cur < math.MaxInt64 {
		pages := number("/proc/self/statm") // of addresses in use
		free = min(free, int64(limit.Cur)-pages*int64(os.Getpagesize()))
	}
	return max(0, free)
}

// number returns the first number in a file; 0 if it begins with none.
func number(path string) (n int64) {
	if text, err := os.ReadFile(path); err == nil {
		fmt.Sscan(string(text), &n)
	}
	return n
}
