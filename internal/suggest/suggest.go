// Package suggest finds what a user may have meant by a name that does not
// exist.
package suggest

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sfdalab/internal/regular"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/agnivade/levenshtein"
)

// mostName is how much of a name, in bytes, is compared: the time grows with the product of
// two lengths.
const mostName = 255

// Names returns up to n of the known names that are near, those with the fewest edits
// first. Near are names that edits of at most a third of the letters tell apart, of which
// one begins with the other but for a quarter of its letters, that have the same letters, or
// that differ by an extension.
func Names(name string, known []string, n int) []string {
	asked := letters(name)
	distance := make(map[string]int, len(known))
	var near []string
	for _, k := range known {
		other := letters(k)
		distance[k] = levenshtein.ComputeDistance(string(asked), string(other))
		if distance[k] <= max(len(asked), len(other))/3 || reordered(asked, other) || stem(asked) == stem(other) ||
			begins(other, asked) || begins(asked, other) {
			near = append(near, k)
		}
	}
	slices.SortStableFunc(near, func(a, b string) int { return cmp.Compare(distance[a], distance[b]) })
	return near[:min(n, len(near))]
}

// letters returns what is compared of a name: letters in lower case.
func letters(name string) []rune {
	return []rune(strings.ToLower(name[:min(len(name), mostName)]))
}

// reordered reports whether two names have the same letters.
func reordered(a, b []rune) bool {
	return len(a) == len(b) && slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// stem returns a name without its extension, such as .npy.
func stem(name []rune) string {
	s := string(name)
	return cmp.Or(strings.TrimSuffix(s, filepath.Ext(s)), s)
}

// begins reports whether a longer name begins with another of three or more letters, but
// for a quarter of these.
func begins(name, with []rune) bool {
	return len(with) >= 3 && len(name) > len(with) && levenshtein.ComputeDistance(string(name[:len(with)]), string(with)) <= len(with)/4
}

// Hint returns a clause for the end of an error, such as `; the nearest is
// "sfda"`, or "" when nothing near is known.
func Hint(name string, known []string) string {
	near := Names(name, known, 1)
	if len(near) == 0 {
		return ""
	}
	return `; the nearest is "` + near[0] + `"`
}

// Open opens a file as regular.Open does, and names the nearest others if there is none.
func Open(path string) (*os.File, error) {
	f, err := regular.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = File(path)
	}
	return f, err
}

// File returns the error for a path where nothing is, with near names of what else is in
// its folder.
func File(path string) error {
	dir, name := filepath.Split(path)
	names, err := InFolder(filepath.Clean(dir))
	if err != nil {
		return fmt.Errorf("%s: %w, and neither does its folder", path, fs.ErrNotExist)
	}
	if len(names) == 0 {
		return fmt.Errorf("%s: %w, and its folder is empty", path, fs.ErrNotExist)
	}
	near := Names(name, around(name, names), 3)
	if len(near) == 0 {
		return fmt.Errorf("%s: %w", path, fs.ErrNotExist)
	}
	are := "names in its folder are"
	if len(near) == 1 {
		are = "name in its folder is"
	}
	return fmt.Errorf("%s: %w; the nearest %s %s", path, fs.ErrNotExist, are, strings.Join(near, ", "))
}

// around returns the names, sorted, that come next to a name in alphabetical order, where
// there are many: comparing with each would take long.
func around(name string, names []string) []string {
	const side = 200
	at, _ := slices.BinarySearch(names, name)
	return names[max(at-side, 0):min(at+side, len(names))]
}

// last is the folder that was listed last.
var last struct {
	sync.Mutex
	folder string
	info   fs.FileInfo // nil if the folder had just changed
	names  []string
}

// InFolder returns the names of what is in a folder, sorted. Where thousands of files are
// missing from one folder, that is read once.
func InFolder(folder string) ([]string, error) {
	last.Lock()
	defer last.Unlock()
	info, err := os.Stat(folder)
	if err != nil {
		return nil, err
	}
	if last.info != nil && last.folder == folder && os.SameFile(last.info, info) && last.info.ModTime().Equal(info.ModTime()) {
		return last.names, nil
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	if time.Since(info.ModTime()) < time.Second { // a further change may have the same time
		info = nil
	}
	last.folder, last.info, last.names = folder, info, names
	return names, nil
}
