package files

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/suggest"
)

// opened is what a role is read from: a file, or several whose samples follow one
// another.
type opened struct {
	role     role
	path     string // with the key of a member behind it
	paths    []string
	inputs   []*input
	contents []content
	counts   []int // samples in each, once read
}

// open opens the files of a role.
func open(r role) (o *opened, err error) {
	o = &opened{role: r, path: r.path}
	if o.paths, err = parts(r.path); err != nil {
		return nil, err
	}
	for _, path := range o.paths {
		in, c, err := openInput(path, r.usual)
		if err != nil {
			o.close()
			return nil, err
		}
		o.inputs, o.contents = append(o.inputs, in), append(o.contents, c)
	}
	if len(o.paths) == 1 {
		o.path = o.inputs[0].path
	}
	return o, nil
}

// close closes all files.
func (o *opened) close() error {
	var errs []error
	for _, in := range o.inputs {
		errs = append(errs, in.close())
	}
	return errors.Join(errs...)
}

// tellParts says that several files are read as one.
func (o *opened) tellParts(told *notes) {
	if n := len(o.paths); n > 1 {
		told.add("%s: %d files, one after the other: %s to %s", o.role.path, n, filepath.Base(o.paths[0]), filepath.Base(o.paths[n-1]))
	}
}

// hasColumn reports whether a file is a table with a column that matches the pattern.
func (o *opened) hasColumn(pattern string) bool {
	return slices.ContainsFunc(o.contents, func(c content) bool {
		t, ok := c.(*table)
		return ok && slices.ContainsFunc(t.columns, func(c column) bool { return like(pattern, c.name) })
	})
}

// rows returns the matrix that the files hold.
func (o *opened) rows(told *notes) (features.Rows, error) {
	o.tellParts(told)
	var all joined
	for k, c := range o.contents {
		rows, err := c.rows(o.role.reading, told)
		if err != nil {
			return nil, err
		}
		n, d := rows.Dims()
		if _, width := all.Dims(); k > 0 && d != width {
			return nil, fmt.Errorf("%s has %d columns, and %s has %d", o.paths[k], d, o.paths[0], width)
		}
		o.counts = append(o.counts, n)
		all.parts, all.ends = append(all.parts, rows), append(all.ends, n)
		if k > 0 {
			all.ends[k] += all.ends[k-1]
		}
	}
	if len(all.parts) == 1 {
		return all.parts[0], nil
	}
	return all, nil
}

// joined is matrices one below the other.
type joined struct {
	parts []features.Rows
	ends  []int // the row behind each
}

// Dims returns N of all parts together, and D.
func (j joined) Dims() (n, d int) {
	if len(j.parts) == 0 {
		return 0, 0
	}
	_, d = j.parts[0].Dims()
	return j.ends[len(j.ends)-1], d
}

// Read writes rows from to to−1 to dst, each from the part that has it.
func (j joined) Read(dst []float64, from, to int) {
	_, d := j.Dims()
	start := 0
	for k, part := range j.parts {
		lo, hi := max(from, start), min(to, j.ends[k])
		if lo < hi {
			part.Read(dst[(lo-from)*d:(hi-from)*d], lo-start, hi-start)
		}
		start = j.ends[k]
	}
}

// labels returns the labels that the files hold.
func (o *opened) labels(told *notes) (*values, error) {
	o.tellParts(told)
	var all *values
	for k, c := range o.contents {
		v, err := c.labels(o.role.reading, told)
		if err != nil {
			return nil, err
		}
		o.counts = append(o.counts, v.n())
		if k == 0 {
			all = v
		} else if !all.join(v) {
			return nil, fmt.Errorf("%s has labels of another type or width than %s", o.paths[k], o.paths[0])
		}
	}
	all.path = o.path
	return all, nil
}

// sameParts reports files joined by a plus sign that have other numbers of samples than
// those of another role.
func (o *opened) sameParts(other *opened) error {
	if len(Joined(o.role.path)) < 2 || len(Joined(other.role.path)) < 2 || len(o.counts) != len(other.counts) {
		return nil
	}
	for k, n := range o.counts {
		if n != other.counts[k] {
			return fmt.Errorf("%s has %d samples, and %s %d: the files joined by + must follow in the same order", o.paths[k], n, other.paths[k], other.counts[k])
		}
	}
	return nil
}

// join adds the values of another file, if they are alike.
func (v *values) join(more *values) bool {
	switch {
	case v.ints != nil && more.ints != nil:
		v.ints = append(v.ints, more.ints...)
	case v.texts != nil && more.texts != nil:
		v.texts = append(v.texts, more.texts...)
	case v.numbers != nil && more.numbers != nil && v.numbers.RawMatrix().Cols == more.numbers.RawMatrix().Cols:
		var both mat.Dense
		both.Stack(v.numbers, more.numbers)
		v.numbers = &both
	default:
		return false
	}
	return true
}

// Joined returns the paths that one is made of, such as "train.npy+test.npy": a plus
// sign behind the name of a file that can be read. A file that has the whole name is
// taken for that.
func Joined(path string) []string {
	if exists(path) {
		return []string{path}
	}
	for i, c := range path {
		if file, _ := SplitKey(path[:i]); c == '+' && i+1 < len(path) && readable(file) {
			return append([]string{path[:i]}, Joined(path[i+1:])...)
		}
	}
	return []string{path}
}

// parts returns the files that a path stands for, one of Joined after the other: itself;
// those of a folder; or those whose names are like its last part, in which * stands for
// any letters. They are in natural order.
func parts(path string) ([]string, error) {
	var all []string
	for _, path := range Joined(path) {
		some, err := matching(path)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// matching is parts of a path that is not joined.
func matching(path string) ([]string, error) {
	file, key := SplitKey(path)
	info, err := os.Stat(file)
	folder, pattern := filepath.Split(file)
	switch {
	case err == nil && info.IsDir():
		folder, pattern = file, "*"
	case err == nil:
		return []string{path}, nil
	case !strings.Contains(pattern, "*"):
		return []string{inAnyCase(file) + path[len(file):]}, nil
	}
	entries, err := os.ReadDir(filepath.Clean(folder))
	if err != nil {
		return nil, fmt.Errorf("folder %s: %w", filepath.Clean(folder), errors.Unwrap(err))
	}
	var found []string
	for _, e := range entries {
		if name := e.Name(); e.Type().IsRegular() && !hidden(name) && readable(name) && like(pattern, name) {
			found = append(found, name)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no file that can be read matches %s", filepath.Join(folder, pattern))
	}
	slices.SortFunc(found, natural)
	extension := strings.ToLower(filepath.Ext(found[0]))
	for i, name := range found {
		if e := strings.ToLower(filepath.Ext(name)); e != extension {
			return nil, fmt.Errorf("%s holds both %s and %s: name the files to read, such as '%s'", filepath.Clean(folder), found[0], name, filepath.Join(folder, "*"+extension))
		}
		found[i] = filepath.Join(folder, name)
		if key != "" {
			found[i] += ":" + key
		}
	}
	return found, nil
}

// inAnyCase is a path or, where there is no such file, the one whose extension alone has
// other letters for capitals, such as X.NPY for X.npy.
func inAnyCase(path string) string {
	names, _ := suggest.InFolder(filepath.Dir(path))
	extension := Extension(path)
	stem := strings.TrimSuffix(filepath.Base(path), extension)
	at, _ := slices.BinarySearch(names, stem)
	for _, name := range names[at:] {
		rest, ok := strings.CutPrefix(name, stem)
		if !ok {
			break
		}
		if strings.EqualFold(rest, extension) {
			return strings.TrimSuffix(path, extension) + rest
		}
	}
	return path
}

// hidden reports whether a file is none that a user made, such as .DS_Store or the ._
// files that macOS lays beside others.
func hidden(name string) bool { return strings.HasPrefix(name, ".") }

// natural compares names so that numbers in them count as numbers: part-2 before
// part-10.
func natural(a, b string) int {
	for a != "" && b != "" {
		digitsA, digitsB := leadingDigits(a), leadingDigits(b)
		if digitsA != "" && digitsB != "" {
			x, errX := strconv.ParseUint(digitsA, 10, 64)
			y, errY := strconv.ParseUint(digitsB, 10, 64)
			if errX == nil && errY == nil && x != y {
				if x < y {
					return -1
				}
				return 1
			}
			if c := strings.Compare(digitsA, digitsB); c != 0 {
				return c
			}
			a, b = a[len(digitsA):], b[len(digitsB):]
			continue
		}
		if a[0] != b[0] {
			return strings.Compare(a, b)
		}
		a, b = a[1:], b[1:]
	}
	return strings.Compare(a, b)
}

// leadingDigits returns the digits that a text begins with.
func leadingDigits(s string) string {
	i := 0
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	return s[:i]
}

// identity is the hash of a role from those of its files: that of the one file, if it is
// read in the only way there is.
func (r role) identity(hashes []string) string {
	reading := r.reading.of(r.name)
	if len(hashes) == 1 && reading == "" {
		return hashes[0]
	}
	sum := sha256.Sum256([]byte(strings.Join(hashes, "\n") + "\n" + reading))
	return hex.EncodeToString(sum[:])
}
