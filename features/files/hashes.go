package files

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"sfdalab/features"
	"sfdalab/internal/par"
	"sfdalab/internal/regular"
	"sfdalab/internal/scratch"
)

// Hashes remembers the hashes of files, so that none is read twice for its own. A
// file that has another size, inode, time of modification or of change than it had
// is not taken for the same. The zero value knows no file; it may be used by several
// goroutines at once.
type Hashes struct {
	// Unread leaves files without a hash, for scores that nobody keeps: they are told from
	// others by their stamps alone.
	Unread bool

	mu      sync.Mutex // guards what follows
	known   map[source]hashed
	checked map[string]checked // labels, by path and reading
	told    map[string]bool    // whether it was told what the labels are, by dataset
	sampled map[string]sampled // the names of samples, by dataset and labels
}

// checked is what was found out of labels.
type checked struct {
	told   notes
	splits []Split
	err    error
}

// A source is what openInput opens.
type source struct {
	Path string `json:"path"` // absolute
	Kind string `json:"role"` // which array of a file of several, where Path names none
}

// hashed is what was found in a source.
type hashed struct {
	Stamp  stamp  `json:"stamp"`
	Member string `json:"member,omitempty"` // of a file of several arrays
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
	Read   int64  `json:"read"` // when hashing began, like the times of a stamp
}

// A stamp changes when a file does. Times are in nanoseconds since 1970.
type stamp struct {
	Size     int64  `json:"size"`
	Modified int64  `json:"modified"`
	Changed  int64  `json:"changed"` // as Modified, but no program can set it back
	Inode    uint64 `json:"inode"`
}

// tick is longer than the system's clock of files takes to its next tick.
const tick = 20 * time.Millisecond

// settled is how old a change must be for a hash to outlive the process: what is
// written through a mapping, or within the same tick of the clock, may leave no new
// stamp.
var settled = time.Minute

// settled reports whether the hash may be kept.
func (h hashed) settled() bool {
	return h.Read-max(h.Stamp.Modified, h.Stamp.Changed) > settled.Nanoseconds()
}

// Identify returns the files of a Set, and hashes those that are not known. It also
// finds out what the labels are: an error of theirs costs no work then.
func (h *Hashes) Identify(p Paths) ([]features.File, error) {
	roles := p.roles()
	files, errs := make([]features.File, len(roles)), make([]error, len(roles)+1)
	par.For(len(errs), func(i int) {
		if i == len(roles) {
			errs[i] = h.check(p)
			return
		}
		var ok bool
		if files[i], ok = h.lookup(roles[i]); ok {
			return
		}
		o, err := open(roles[i])
		if err != nil {
			errs[i] = err
			return
		}
		defer o.close()
		files[i], errs[i] = h.hash(o)
	})
	for i, err := range errs[:len(roles)] {
		if err != nil && roles[i].name == "labels" {
			errs[len(roles)] = nil // is the same
		}
	}
	return files, errors.Join(distinct(errs)...)
}

// distinct leaves out errors that say the same as one before, as of a folder that is missing.
func distinct(errs []error) []error {
	said := make(map[string]bool)
	return slices.DeleteFunc(errs, func(err error) bool {
		again := err != nil && said[err.Error()]
		if err != nil {
			said[err.Error()] = true
		}
		return again
	})
}

// check finds out what the labels are, once for all Sets that have them.
func (h *Hashes) check(p Paths) error {
	if p.Labels == "" {
		return nil
	}
	key := p.checkedKey()
	h.mu.Lock()
	defer h.mu.Unlock()
	c, ok := h.checked[key]
	if !ok {
		c = checkLabels(p)
		if h.checked == nil {
			h.checked = make(map[string]checked)
		}
		h.checked[key] = c
	}
	return c.err
}

// TellLabels tells what Identify has found that the labels are. Callers that identify several
// Sets at a time tell afterwards, in an order of their own: the file that is named is then
// always the same.
func (h *Hashes) TellLabels(p Paths) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tellLabels(p, h.checked[p.checkedKey()].told)
}

// tellLabels tells what labels were taken for, once a dataset: each model may have a
// file of them, all alike. The caller holds h.mu.
func (h *Hashes) tellLabels(p Paths, told notes) {
	if h.told == nil {
		h.told = make(map[string]bool)
	}
	if len(told) > 0 && !h.told[p.Dataset] {
		h.told[p.Dataset] = true
		p.tell(told)
	}
}

// checkLabels finds out what the labels are.
func checkLabels(p Paths) (c checked) {
	o, err := open(role{"labels", p.Labels, usualLabels, p.Reading})
	if err != nil {
		c.err = err
		return c
	}
	defer o.close()
	v, err := o.labels(&c.told)
	if err != nil {
		c.err = err
		return c
	}
	_, index, err := v.decide(p.Reading, &c.told)
	if err != nil {
		c.err = err
		return c
	}
	splits, err := splitsOf(p, o, v.n())
	c.splits, c.err = countSplits(chosen(splits, index)), err
	return c
}

// checkedKey tells labels from others.
func (p Paths) checkedKey() string {
	return p.Labels + "\n" + p.Samples + "\n" + p.Reading.of("labels")
}

// chosen returns what index lists of a sample's texts: all if it is nil.
func chosen(texts []string, index []int) []string {
	if texts == nil || index == nil {
		return texts
	}
	return pick(texts, index)
}

// Known returns the files of a Set without reading them: with an empty hash where it
// is not known.
func (h *Hashes) Known(p Paths) []features.File {
	var files []features.File
	for _, r := range p.roles() {
		f, ok := h.lookup(r)
		if !ok {
			f = features.File{Role: r.name, Path: r.path}
		}
		files = append(files, f)
	}
	return files
}

// Unchanged reports a file that has changed since it was hashed as one of those given,
// which Identify or Open returned for the same paths.
func (h *Hashes) Unchanged(p Paths, since []features.File) error {
	for i, r := range p.roles() {
		if f, ok := h.lookup(r); !ok || f != since[i] {
			return Changed{since[i].Path}
		}
	}
	return nil
}

// Changed is the error of a file that is no longer what it was when it was hashed.
type Changed struct{ Path string }

// Error says which file it is, and what to do.
func (c Changed) Error() string {
	return c.Path + " has changed since the run began: run the same command again"
}

// lookup returns the file of a role if it is known and has not changed.
func (h *Hashes) lookup(r role) (features.File, bool) {
	paths, err := parts(r.path)
	if err != nil {
		return features.File{}, false
	}
	found := make([]hashed, len(paths))
	for i, path := range paths {
		file, _ := SplitKey(path)
		info, err := os.Stat(file)
		if err != nil {
			return features.File{}, false
		}
		var ok bool
		if found[i], ok = h.find(r.source(path), stampOf(info)); !ok {
			return features.File{}, false
		}
	}
	return r.file(paths, found), true
}

// file returns the identity of a role from what its files are known by.
func (r role) file(paths []string, found []hashed) features.File {
	f := features.File{Role: r.name, Path: r.path}
	if len(paths) == 1 {
		if f.Path, _ = SplitKey(r.path); found[0].Member != "" {
			f.Path += ":" + found[0].Member
		}
	}
	hashes := make([]string, len(found))
	for i, known := range found {
		hashes[i] = known.SHA256
		f.Bytes += known.Bytes
	}
	f.SHA256 = r.identity(hashes)
	return f
}

// find returns what is known of a source that has that stamp now.
func (h *Hashes) find(s source, now stamp) (hashed, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	known, ok := h.known[s]
	return known, ok && known.Stamp == now
}

// hash returns the file that is opened, hashed if it is not known.
func (h *Hashes) hash(o *opened) (features.File, error) {
	found := make([]hashed, len(o.inputs))
	for i, in := range o.inputs {
		source := o.role.source(o.paths[i])
		known, ok := h.find(source, in.stamp)
		if !ok {
			read := time.Now().UnixNano()
			if age := time.Duration(read - max(in.stamp.Modified, in.stamp.Changed)); age < tick {
				time.Sleep(tick - max(0, age)) // what is written until then may leave no new stamp
			}
			known = hashed{Stamp: in.stamp, Read: read, Bytes: int64(len(in.bytes))}
			if file, _ := SplitKey(o.paths[i]); len(in.path) > len(file) {
				known.Member = in.path[len(file)+1:]
			}
			if !h.Unread {
				sum := sha256.New()
				if err := o.contents[i].hash(sum); err != nil {
					return features.File{}, err
				}
				known.SHA256 = hex.EncodeToString(sum.Sum(nil))
			}
			h.remember(source, known)
		}
		found[i] = known
	}
	return o.role.file(o.paths, found), nil
}

// remember keeps what was found in a source.
func (h *Hashes) remember(s source, known hashed) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.known == nil {
		h.known = make(map[source]hashed)
	}
	h.known[s] = known
}

// source returns what is opened at a path for the role.
func (r role) source(path string) source {
	absolute, err := filepath.Abs(path)
	if err != nil {
		absolute = path
	}
	return source{absolute, r.usual[0]}
}

// kept is how a hash is in a file of them.
type kept struct {
	source
	hashed
}

// Load adds the hashes that Save wrote to a file; none if it is not there. A file that is
// damaged, or of an earlier version without a checksum, is an error.
func (h *Hashes) Load(path string) error {
	text, err := regular.Read(path, 1<<30)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	sum, text, _ := bytes.Cut(text, []byte("\n"))
	if string(sum) != checksum(text) {
		return fmt.Errorf("%s: its checksum does not fit its text: it is damaged", path)
	}
	var all []kept
	if err := json.Unmarshal(text, &all); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.known == nil {
		h.known = make(map[source]hashed, len(all))
	}
	for _, s := range all {
		if old, ok := h.known[s.source]; !ok || old.Read < s.Read {
			h.known[s.source] = s.hashed
		}
	}
	return nil
}

// checksum returns the SHA-256 of a text, in hex.
func checksum(text []byte) string { return fmt.Sprintf("%x", sha256.Sum256(text)) }

// Save writes the hashes of files that did not change shortly before they were read: JSON
// behind a line with its SHA-256. The file is there in full or as it was.
func (h *Hashes) Save(path string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []kept
	for s, known := range h.known {
		if known.settled() {
			all = append(all, kept{s, known})
		}
	}
	slices.SortFunc(all, func(a, b kept) int { return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Kind, b.Kind)) })
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return scratch.Write(path, func(f *os.File) error {
		_, err := fmt.Fprintf(f, "%s\n%s", checksum(text), text)
		return err
	})
}
