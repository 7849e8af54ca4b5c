//go:build unix && !solaris && !aix

package tracking

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// lockFile locks f, for this process alone or for all that do not want it alone, until it
// is closed.
func lockFile(f *os.File, alone bool) error {
	how := unix.LOCK_SH
	if alone {
		how = unix.LOCK_EX
	}
	err := unix.Flock(int(f.Fd()), how|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return errHeld
	}
	return err
}
