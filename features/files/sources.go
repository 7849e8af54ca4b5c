package files

import (
	"path/filepath"
	"strings"

	"sfdalab/features"
	"sfdalab/internal/process"
)

// Sources returns the SHA-256 of the files that an input was read from, by path. It is nil
// where that is one file whose hash the input has: not where the input is a part of a
// file, is several, or is hashed with how it is read.
func (h *Hashes) Sources(f features.File) (map[string]string, error) {
	if h.isWhole(f) {
		return nil, nil
	}
	paths, err := parts(f.Path)
	if err != nil {
		return nil, err
	}
	sums := make(map[string]string)
	for _, path := range paths {
		file, _ := SplitKey(path)
		if sums[file], err = process.HashFile(file); err != nil {
			return nil, err
		}
	}
	if len(sums) == 1 && sums[f.Path] == f.SHA256 {
		return nil, nil
	}
	return sums, nil
}

// isWhole reports whether it is known that a hash is that of all bytes of one file.
func (h *Hashes) isWhole(f features.File) bool {
	path, err := filepath.Abs(f.Path)
	if err != nil || strings.EqualFold(filepath.Ext(path), ".gz") {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, usual := range [][]string{usualFeatures, usualLabels, usualOutputs, usualEmbeddings} {
		if known, ok := h.known[source{path, usual[0]}]; ok && known.SHA256 == f.SHA256 && known.Member == "" {
			return true
		}
	}
	return false
}
