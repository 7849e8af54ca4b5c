// Package scratch keeps what is not finished out of sight: in folders that are removed when
// the work ends, or, where its process was killed, by the next one that makes such a folder.
// Files are written in one of these, and moved to their place when they are whole.
package scratch

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"sfdalab/internal/process"
	"sfdalab/internal/regular"
)

// lockName is the file in each folder that its process has locked. It holds the name of the
// machine, as locks may not reach others that see the folder.
const lockName = "lock"

// New makes a folder in a parent folder, of a name that begins so, and returns how to remove
// it. The first call removes those of this machine whose process was killed.
func New(parent, name string) (folder string, remove func(), err error) {
	if _, done := swept.LoadOrStore(filepath.Join(parent, name), true); !done {
		sweep(parent, name)
	}
	if folder, err = os.MkdirTemp(parent, name); err != nil {
		return "", nil, &fs.PathError{Op: "make a folder in", Path: parent, Err: cause(err)}
	}
	lock, err := os.OpenFile(filepath.Join(folder, lockName), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(folder))
	}
	// Locked before it is named: where the name is, the lock was held, and is free only if
	// the process has ended.
	if host, err := os.Hostname(); err == nil && process.CanLock && process.Lock(lock) {
		lock.WriteString(host)
	}
	return folder, func() { removeAll(folder); lock.Close() }, nil
}

// Temporary makes a folder, as New does, among the system's temporary files.
func Temporary() (folder string, remove func(), err error) {
	folder, remove, err = New(os.TempDir(), "sfdalab-")
	if err != nil {
		err = fmt.Errorf("temporary files: %w: let TMPDIR name a folder that you may write to", err)
	}
	return folder, remove, err
}

// Beside makes a folder beside path, as New does, for what is to be moved there.
func Beside(path string) (folder string, remove func(), err error) {
	folder, remove, err = New(filepath.Dir(path), filepath.Base(path)+".part-")
	if err != nil {
		err = &fs.PathError{Op: "write", Path: path, Err: cause(err)}
	}
	return folder, remove, err
}

// cause returns what is wrong with a file, without its name.
func cause(err error) error {
	if of, ok := errors.AsType[*fs.PathError](err); ok {
		return of.Err
	}
	return err
}

// Write has write fill a file that is at path when it is whole and on the disk, in the place
// of one that may have been there.
func Write(path string, write func(*os.File) error) error {
	folder, remove, err := Beside(path)
	if err != nil {
		return err
	}
	defer remove()
	part := filepath.Join(folder, "part")
	f, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return instead(path, err)
	}
	if err = write(f); err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return instead(path, err)
	}
	return os.Rename(part, path)
}

// instead names the file at path in an error that names one in the folder beside it, which is
// removed.
func instead(path string, err error) error {
	if of, ok := errors.AsType[*fs.PathError](err); ok && strings.HasPrefix(filepath.Clean(of.Path), filepath.Clean(path)+".part-") {
		return &fs.PathError{Op: "write", Path: path, Err: of.Err}
	}
	return err
}

// swept has the folders that were looked through in this process, with the names looked for.
var swept sync.Map

// sweep removes the folders in parent, of names that begin so, whose processes were killed.
func sweep(parent, name string) {
	entries, _ := os.ReadDir(parent)
	for _, e := range entries {
		if folder := filepath.Join(parent, e.Name()); e.IsDir() && strings.HasPrefix(e.Name(), name) && dead(folder) {
			removeAll(folder)
		}
	}
}

// removeAll removes a folder, its lock last: where this is interrupted, the next can go on.
func removeAll(folder string) {
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		if e.Name() != lockName {
			os.RemoveAll(filepath.Join(folder, e.Name()))
		}
	}
	os.RemoveAll(folder)
}

// dead reports whether the process that made a folder on this machine has ended: the lock,
// which it held, is free.
func dead(folder string) bool {
	path := filepath.Join(folder, lockName)
	if regular.Itself(path) != nil {
		return false // it is of something else
	}
	lock, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false // another user's
	}
	defer lock.Close()
	owner, err := io.ReadAll(io.LimitReader(lock, 1<<10))
	if err != nil || !process.CanLock || !process.Lock(lock) {
		return false
	}
	host, err := os.Hostname()
	return err == nil && len(owner) > 0 && string(owner) == host
}
