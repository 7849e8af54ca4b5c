package tracking

import (
	"os"

	"golang.org/x/sys/unix"
)

// willNeed asks the system to read a part of a file soon.
func willNeed(f *os.File, from, size int64) {
	_ = unix.Fadvise(int(f.Fd()), from, size, unix.FADV_WILLNEED) // which is only a hint
}
