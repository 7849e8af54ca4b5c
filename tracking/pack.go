package tracking

import (
	"archive/zip"
	"compress/flate"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sfdalab/internal/process"
	"sfdalab/internal/regular"
	"sfdalab/internal/scratch"
)

// PackedStore is the name of the store in a file that Pack writes.
const PackedStore = "store.db"

// Pack writes a zip file at path with what Cut writes, named PackedStore, and in a folder
// "inputs" the specs and input files of these runs, which lie there to each other as they
// did when the runs read them. Files that are gone or have other bytes than the runs read
// are left out, and returned.
func (s *Store) Pack(q Query, path string) (runs, cells int, missing []string, err error) {
	if _, err := os.Stat(path); err == nil {
		return 0, 0, nil, fmt.Errorf("export to %s: %w: name a new file", path, fs.ErrExist)
	}
	folder, remove, err := scratch.Beside(path)
	if err != nil {
		return 0, 0, nil, fmt.Errorf("export: %w", err)
	}
	defer remove()
	store := filepath.Join(folder, PackedStore)
	if runs, cells, err = s.Cut(q, store); runs == 0 || err != nil {
		return 0, 0, nil, err
	}
	part, err := Open(store)
	if err != nil {
		return 0, 0, nil, err
	}
	all, err := part.Runs(Query{}, 0, 0)
	if err != nil {
		return 0, 0, nil, err
	}
	packed := filepath.Join(folder, "packed.zip")
	if missing, err = pack(packed, store, all); err != nil {
		return 0, 0, nil, fmt.Errorf("export: %w", err)
	}
	return runs, cells, missing, os.Rename(packed, path)
}

// pack writes a store and what its runs have read to a zip file.
func pack(path, store string, runs []Run) (missing []string, err error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	out := zip.NewWriter(f)
	out.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	if _, err := packFile(out, PackedStore, store, zip.Deflate); err != nil {
		return nil, err
	}
	specs, inputs := filesOf(runs)
	root := commonFolder(slices.Concat(slices.Collect(maps.Keys(specs)), slices.Collect(maps.Keys(inputs))))
	place := func(path string) string { return "inputs" + filepath.ToSlash(strings.TrimPrefix(path, root)) }
	for _, path := range slices.Sorted(maps.Keys(specs)) {
		w, err := out.Create(place(path))
		if err != nil {
			return nil, err
		}
		if _, err := io.WriteString(w, specs[path]); err != nil {
			return nil, err
		}
	}
	for _, path := range slices.Sorted(maps.Keys(inputs)) {
		if sum, err := process.HashFile(path); err != nil || sum != inputs[path] {
			missing = append(missing, path)
			continue
		}
		if sum, err := packFile(out, place(path), path, zip.Store); err != nil {
			return nil, err
		} else if sum != inputs[path] {
			return nil, fmt.Errorf("%s was changed while it was read", path)
		}
	}
	return missing, out.Close()
}

// A store in a zip file is packed to a fifth or so. One that is said to be so much larger
// than the file is made to fill the disk.
const (
	mostUnpacked = 100      // times the size of the zip file
	leastRefused = 64 << 20 // bytes
)

// Unpack writes the store in a file that Pack wrote to w.
func Unpack(path string, w io.Writer) error {
	f, err := regular.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	file, err := f.Stat()
	if err != nil {
		return err
	}
	packed, err := zip.NewReader(f, file.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, f := range packed.File {
		if !filepath.IsLocal(f.Name) {
			return fmt.Errorf("%s: it holds %q, a place outside of where it is unpacked: \"sfdalab export\" did not write it", path, f.Name)
		}
	}
	in, err := packed.Open(PackedStore)
	if err != nil {
		return fmt.Errorf("%s: want a file that \"sfdalab export\" wrote: %w", path, err)
	}
	defer in.Close()
	most := max(leastRefused, mostUnpacked*file.Size())
	n, err := io.Copy(w, io.LimitReader(in, most+1)) // whatever size the file claims
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if n > most {
		return fmt.Errorf("%s: its store has more than %d bytes, too many for a file of %d", path, most, file.Size())
	}
	return nil
}

// filesOf returns the specs of runs, and the SHA-256 of their input files, by path. Of
// specs of the same path that of the newest run, which comes first, is kept.
func filesOf(runs []Run) (specs, inputs map[string]string) {
	specs, inputs = make(map[string]string), make(map[string]string)
	for _, r := range runs {
		whole := func(path string) string {
			if file, _, member := strings.Cut(path, ".npz:"); member { // an array of an archive
				path = file + ".npz"
			}
			if !filepath.IsAbs(path) {
				path = filepath.Join(r.Environment.Dir, path)
			}
			return filepath.Clean(path)
		}
		if path := whole(r.SpecPath); r.SpecPath != "" && specs[path] == "" {
			specs[path] = r.Spec
		}
		for path, sum := range r.Inputs {
			if files := r.Sources[path]; files != nil {
				for path, sum := range files {
					if path = whole(path); inputs[path] == "" {
						inputs[path] = sum
					}
				}
				continue
			}
			if path = whole(path); inputs[path] == "" {
				inputs[path] = sum
			}
		}
	}
	maps.DeleteFunc(inputs, func(path, _ string) bool { return specs[path] != "" })
	return specs, inputs
}

// commonFolder returns the folder, without a separator behind it, that all paths are in.
func commonFolder(paths []string) string {
	if len(paths) == 0 {
		return ""
	}
	folder := filepath.Dir(paths[0])
	for _, p := range paths {
		for !strings.HasPrefix(p, strings.TrimSuffix(folder, string(filepath.Separator))+string(filepath.Separator)) {
			above := filepath.Dir(folder)
			if above == folder {
				return ""
			}
			folder = above
		}
	}
	return strings.TrimSuffix(folder, string(filepath.Separator))
}

// packFile adds a file under a name and returns its SHA-256, in hex.
func packFile(out *zip.Writer, name, path string, method uint16) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	w, err := out.CreateHeader(&zip.FileHeader{Name: name, Method: method})
	if err != nil {
		return "", err
	}
	h := sha256.New()
	_, err = io.Copy(io.MultiWriter(w, h), f)
	return hex.EncodeToString(h.Sum(nil)), err
}
