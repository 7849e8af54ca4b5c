//go:build !unix || solaris || aix

package tracking

import (
	"errors"
	"os"
)

// lockFile locks no file here.
func lockFile(*os.File, bool) error { return errors.ErrUnsupported }
