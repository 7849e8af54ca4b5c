package files

import (
	"bytes"
	"cmp"
	"crypto/sha256"
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
)

// Hashes remembers the hashes of files, so that none is read twice for its own. A
// file that has another size, inode, time of modification or of change than it had
// is not taken for the same. The zero value knows no file; it may be used by several
// goroutines at once.
type Hashes struct {
	mu    sync.Mutex // guards known
	known map[source]hashed
}

// A source is what openInput opens.
type source struct {
	Path string `json:"path"` // absolute
	Kind string `json:"kind"` // which array of an .npz file, where Path names none
}

// hashed is what was found in a source.
type hashed struct {
	Stamp  stamp  `json:"stamp"`
	Member string `json:"member,omitempty"` // of an .npz file
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

func (h hashed) settled() bool {
	return h.Read-max(h.Stamp.Modified, h.Stamp.Changed) > settled.Nanoseconds()
}

// Identify returns the files of a Set, and hashes those that are not known.
func (h *Hashes) Identify(p Paths) ([]features.File, error) {
	roles := p.roles()
	files, errs := make([]features.File, len(roles)), make([]error, len(roles))
	par.For(len(roles), func(i int) {
		var ok bool
		if files[i], ok = h.lookup(roles[i]); ok {
			return
		}
		in, err := openInput(roles[i].path, roles[i].usual)
		if err != nil {
			errs[i] = err
			return
		}
		defer in.close()
		files[i], errs[i] = h.hash(roles[i], in)
	})
	return files, errors.Join(errs...)
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

func (c Changed) Error() string {
	return c.Path + " has changed since the run began: run the same command again"
}

// lookup returns the file of a role if it is known and has not changed.
func (h *Hashes) lookup(r role) (features.File, bool) {
	path, _ := splitKey(r.path)
	info, err := os.Stat(path)
	if err != nil {
		return features.File{}, false
	}
	return h.find(r, stampOf(info))
}

func (h *Hashes) find(r role, now stamp) (features.File, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	known, ok := h.known[r.source()]
	if !ok || known.Stamp != now {
		return features.File{}, false
	}
	path, _ := splitKey(r.path)
	if known.Member != "" {
		path += ":" + known.Member
	}
	return features.File{Role: r.name, Path: path, SHA256: known.SHA256, Bytes: known.Bytes}, true
}

// hash returns the file that in is of, hashed if it is not known.
func (h *Hashes) hash(r role, in *input) (features.File, error) {
	if f, ok := h.find(r, in.stamp); ok {
		return f, nil
	}
	read := time.Now().UnixNano()
	if age := time.Duration(read - max(in.stamp.Modified, in.stamp.Changed)); age < tick {
		time.Sleep(tick - max(0, age)) // what is written until then may leave no new stamp
	}
	f, err := in.file(r.name)
	if err != nil {
		return features.File{}, err
	}
	_, member := splitKey(in.path)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.known == nil {
		h.known = make(map[source]hashed)
	}
	h.known[r.source()] = hashed{Stamp: in.stamp, Member: member, SHA256: f.SHA256, Bytes: f.Bytes, Read: read}
	return f, nil
}

func (r role) source() source {
	path, err := filepath.Abs(r.path)
	if err != nil {
		path = r.path
	}
	return source{path, r.usual[0]}
}

// kept is how a hash is in a file of them.
type kept struct {
	source
	hashed
}

// Load adds the hashes that Save wrote to a file; none if it is not there. A file that is
// damaged, or of an earlier version without a checksum, is an error.
func (h *Hashes) Load(path string) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	sum, text, _ := bytes.Cut(text, []byte("\n"))
	if string(sum) != checksum(text) {
		return fmt.Errorf("%s: its checksum is not that of its text: it is damaged", path)
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
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = fmt.Fprintf(f, "%s\n%s", checksum(text), text)
	if err := errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
