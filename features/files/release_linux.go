package files

import "golang.org/x/sys/unix"

// release takes the pages of a mapping out of this process's memory. They stay
// in the system's cache of files and come back when they are read.
func release(mapped []byte) {
	_ = unix.Madvise(mapped, unix.MADV_DONTNEED) // only advice: what fails costs memory, not correctness
}
