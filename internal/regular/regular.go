// Package regular opens files that end: a device gives bytes for ever, and a pipe without a
// writer is waited for.
package regular

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
)

// Itself reports a path at which no file itself stands: a link leads elsewhere, which matters
// where others can write.
func Itself(path string) error {
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a file", path)
	}
	return err
}

// Open opens a file for reading. What is no regular file is refused before it is opened, and
// so is an empty one: files of /proc seem to be empty, and some of them are waited for. Pipes
// that the shell has opened, such as /dev/stdin, are read.
func Open(path string) (*os.File, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.Mode()&os.ModeNamedPipe != 0 && (path == "/dev/stdin" || strings.HasPrefix(path, "/dev/fd/")):
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a file", path)
	case info.Size() == 0:
		return nil, fmt.Errorf("%s is empty", path)
	}
	return os.Open(path)
}

// Read returns the bytes of a file, of which there may be so many.
func Read(path string, most int64) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	var data bytes.Buffer
	if info.Size() <= most {
		data.Grow(int(info.Size()) + bytes.MinRead) // so that it need not grow
		_, err = data.ReadFrom(io.LimitReader(f, most+1))
	}
	if err == nil && max(info.Size(), int64(data.Len())) > most {
		err = fmt.Errorf("%s has more than %d bytes", path, most)
	}
	return data.Bytes(), err
}
