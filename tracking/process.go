package tracking

import (
	"fmt"
	"os"
	"strings"
)

// thisProcess returns a name that no other process of this machine has or had:
// the boot, the process ID, and when in that boot the process started. It is
// "" on systems without /proc.
func thisProcess() string { return processName(os.Getpid()) }

// processName returns the name of a living process, "" if there is none with that ID.
func processName(pid int) string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	// The second field is the program's name in parentheses, and may hold both
	// spaces and parentheses; the start time is the 22nd field.
	rest := string(stat[strings.LastIndexByte(string(stat), ')')+1:])
	fields := strings.Fields(rest)
	const startTime = 22 - 3
	if len(fields) <= startTime || fields[0] == "Z" {
		return ""
	}
	return fmt.Sprintf("%s %d %s", strings.TrimSpace(string(boot)), pid, fields[startTime])
}

// processAlive reports whether the process named name, of the given host, is
// alive, and whether that can be known from here.
func processAlive(host, name string) (alive, known bool) {
	here, err := os.Hostname()
	if err != nil || host != here || name == "" || thisProcess() == "" {
		return false, false
	}
	var boot string
	var pid int
	if _, err := fmt.Sscan(name, &boot, &pid); err != nil {
		return false, false
	}
	return processName(pid) == name, true
}
