package tracking

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	berrors "go.etcd.io/bbolt/errors"
)

// What may be wrong with a store. Errors of this package wrap these and tell
// which file it is and what to do.
var (
	ErrLocked   = errors.New("another program has locked the store")
	ErrNewer    = errors.New("the store was written by a newer sfdalab")
	ErrForeign  = errors.New("the file is not a store of sfdalab")
	ErrDamaged  = errors.New("the store is damaged")
	ErrReadOnly = errors.New("the store cannot be written")
	ErrFull     = errors.New("the disk has no room for the store to grow")
	ErrMemory   = errors.New("there is not enough memory to map the store")
	ErrNoStore  = errors.New("there is no store")
	ErrNoRun    = errors.New("there is no run")
	ErrNoRuns   = errors.New("the store has no runs yet")
	ErrManyRuns = errors.New("several runs match")
)

// advice says what to do about an error.
var advice = map[error]string{
	ErrLocked:   "close the program that has it open; sfdalab itself locks it only while it writes a batch",
	ErrNewer:    "update sfdalab, or name another file with --store",
	ErrForeign:  "name another file with --store",
	ErrDamaged:  `"sfdalab check" lists the damage, "sfdalab repair" copies the rest into a new file`,
	ErrReadOnly: "make the file and its directory writable, or name another file with --store",
	ErrFull:     "free some space and run the same command again; what was stored before is safe",
	ErrMemory:   "raise the limit of virtual memory (ulimit -v), or end other programs",
	ErrNoStore:  `"sfdalab run" makes one; name another file with --store`,
	ErrNoRun:    `"sfdalab runs" lists all`,
	ErrNoRuns:   `"sfdalab run SPEC.yaml" makes one`,
	ErrManyRuns: "write the whole ID",
}

// fail returns an error of the given kind about the store at path. The cause
// may be nil.
func fail(kind error, path string, cause error) error {
	if cause == nil {
		return fmt.Errorf("store %s: %w: %s", path, kind, advice[kind])
	}
	if !errors.Is(cause, kind) {
		cause = fmt.Errorf("%w: %w", kind, cause)
	}
	return fmt.Errorf("store %s: %w: %s", path, cause, advice[kind])
}

// explain adds to err, which came from bbolt, the system or this package, which
// store it is about and what to do.
func explain(path string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, berrors.ErrTimeout):
		return fail(ErrLocked, path, nil)
	case errors.Is(err, fs.ErrNotExist):
		return fail(ErrNoStore, path, nil)
	case errors.Is(err, syscall.ENOMEM), strings.HasPrefix(err.Error(), "mmap allocate error"): // of which bbolt keeps the text only
		return fail(ErrMemory, path, nil)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fail(ErrReadOnly, path, err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EFBIG), errors.Is(err, syscall.EDQUOT),
		strings.HasPrefix(err.Error(), "file resize error"): // of which bbolt keeps the text only
		return fail(ErrFull, path, err)
	case errors.Is(err, berrors.ErrInvalid) && !madeByBolt(path):
		return fail(ErrForeign, path, nil)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return fail(ErrDamaged, path, err)
	case strings.HasPrefix(err.Error(), "file size too small"): // it was cut short
		return fail(ErrDamaged, path, err)
	}
	for kind := range advice {
		if errors.Is(err, kind) {
			return fail(kind, path, err)
		}
	}
	return err
}
