package tracking

import (
	"errors"
	"io/fs"
	"os"

	"sfdalab/internal/regular"
)

// A gate lets a writer in that has found readers in the file: while it holds the gate,
// those who come later wait, and it comes next when the last one leaves. The gate is a
// file beside the store that is locked. It is there only while a writer waits, or was
// killed waiting: then the system has unlocked it, and nobody minds it. Where it cannot be
// made or locked there is none, and all take their chance.
type gate struct {
	path string
	file *os.File // while this process holds it
}

// gateSuffix follows the path of a store in that of its gate.
const gateSuffix = ".next"

// open opens the gate's file itself: a link, which others may be able to make, leads elsewhere,
// and a pipe is waited for.
func (g *gate) open(how int) (*os.File, error) {
	if err := regular.Itself(g.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(g.path, how, 0o644)
}

// held reports whether another process holds the gate.
func (g *gate) held() bool {
	f, err := g.open(os.O_RDONLY)
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(lockFile(f, false), errHeld)
}

// take takes the gate if nobody has it, and reports whether this process does.
func (g *gate) take() bool {
	if g.file != nil {
		return true
	}
	f, err := g.open(os.O_RDWR | os.O_CREATE)
	if err != nil {
		return false
	}
	switch err := lockFile(f, true); {
	case err == nil && g.is(f): // another writer may have removed it meanwhile
		g.file = f
		return true
	case err != nil && !errors.Is(err, errHeld): // no file can be locked here
		os.Remove(g.path)
	}
	f.Close()
	return false
}

// is reports whether f is the file at the gate's path.
func (g *gate) is(f *os.File) bool {
	there, err := os.Stat(g.path)
	if err != nil {
		return false
	}
	open, err := f.Stat()
	return err == nil && os.SameFile(there, open)
}

// leave removes the gate if this process holds it.
func (g *gate) leave() {
	if g.file != nil {
		os.Remove(g.path)
		g.file.Close()
	}
}

// errHeld is the error of a lock that another process has.
var errHeld = errors.New("another process holds the lock")
