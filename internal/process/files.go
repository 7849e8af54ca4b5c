package process

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// File returns the path of the file that an argument of a command names, if it names one,
// for a command that runs in folder.
func File(folder, arg string) (path string, ok bool) {
	path = arg
	if !filepath.IsAbs(path) {
		path = filepath.Join(folder, path)
	}
	info, err := os.Stat(path)
	return path, err == nil && info.Mode().IsRegular()
}

// Name returns what to call a command: the first file that it names, such as "metric.py",
// not an interpreter given by its whole path.
func Name(folder string, command []string) string {
	args := command
	if filepath.IsAbs(args[0]) {
		args = args[1:]
	}
	for _, arg := range args {
		if _, ok := File(folder, arg); ok {
			return filepath.Base(arg)
		}
	}
	return filepath.Base(command[0])
}

// Hash returns a hash of the files that a command names, in hex.
func Hash(folder string, command []string) (string, error) {
	h := sha256.New()
	for _, arg := range command {
		path, ok := File(folder, arg)
		if !ok {
			continue
		}
		sum, err := sumFile(path)
		if err != nil {
			return "", err
		}
		h.Write(sum)
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}

// HashFile returns the SHA-256 of a file, in hex. It reads a part at a time, and refuses
// what may never end, such as a device or a pipe.
func HashFile(path string) (string, error) {
	sum, err := sumFile(path)
	return hex.EncodeToString(sum), err
}

// sumFile returns the SHA-256 of a file.
func sumFile(path string) ([]byte, error) {
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() { // asked first: a pipe waits to be opened
		return nil, fmt.Errorf("%s is not a file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
}
