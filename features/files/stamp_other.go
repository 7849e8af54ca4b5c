//go:build !linux

package files

import "io/fs"

// stampOf returns the stamp of a file, as far as the system tells.
func stampOf(info fs.FileInfo) stamp {
	return stamp{Size: info.Size(), Modified: info.ModTime().UnixNano()}
}
