package files

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync/atomic"

	"github.com/edsrzf/mmap-go"

	"sfdalab/features"
	"sfdalab/internal/memory"
	"sfdalab/internal/regular"
	"sfdalab/internal/suggest"
)

// An input is the bytes of a file, or of the member of it that holds one array. They
// are mapped into memory, or unpacked to it.
type input struct {
	path   string // with the key of a member behind it
	stamp  stamp
	bytes  []byte
	mapped mmap.MMap // the whole file
	unmap  runtime.Cleanup
	read   atomic.Int64 // bytes since pages were released
}

// residentBytes is how much of a mapping is read before its pages are released, so
// that files do not add to resident memory as they grow.
const residentBytes = 256 << 20

// mapFile maps a file into memory. A missing file is an error that lists what
// there is of similar names.
func mapFile(path string) (*input, error) {
	f, err := regular.Open(path)
	if os.IsNotExist(err) {
		if folder := filepath.Dir(path); !exists(folder) {
			return nil, fmt.Errorf("folder %s: %w", folder, fs.ErrNotExist)
		}
		return nil, suggest.File(path)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	mapped, err := mmap.Map(f, mmap.RDONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	in := &input{path: path, stamp: stampOf(info), bytes: mapped, mapped: mapped}
	in.unmap = runtime.AddCleanup(in, func(m mmap.MMap) { _ = m.Unmap() }, mapped)
	return in, nil
}

// exists reports whether there is a file or a folder at a path.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// parse calls fn, which reads about n bytes of the input. Its error says which file it is.
func (in *input) parse(n int, fn func() error) (err error) {
	defer features.CatchLost(&err)
	in.access(n, func() { err = fn() })
	if err != nil {
		return fmt.Errorf("%s: %w", in.path, err)
	}
	return nil
}

// unzip replaces what gzip has packed by what it packed.
func (in *input) unzip() (err error) {
	defer features.CatchLost(&err)
	var contents []byte
	in.access(len(in.bytes), func() { contents, err = gunzip(in.bytes) })
	if err != nil {
		return fmt.Errorf("%s: gzip: %w", in.path, err)
	}
	in.bytes = contents
	return nil
}

// gunzip unpacks twice, as gzip does not say how much there is: the first time it only
// counts, so that no file, however small, ends the program. Of an .npy file it counts no
// further than the header says.
func gunzip(packed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	free := memory.Free()
	head, err := io.ReadAll(io.LimitReader(r, min(free, maxHeader+12)))
	if err != nil {
		return nil, err
	}
	most := free
	if a, end, err := parseStart(head); err == nil { // then it says how much there is
		claimed, ok := a.bytes()
		if !ok || int64(claimed) > free {
			return nil, fmt.Errorf("its header claims shape %v of type %s, which does not fit into memory", a.shape, a.dtype.name)
		}
		most = min(free, int64(end+claimed)+1)
	}
	rest, err := io.Copy(io.Discard, io.LimitReader(r, most-int64(len(head))))
	if err != nil {
		return nil, err
	}
	size := int64(len(head)) + rest
	if size >= most && most < free {
		return nil, fmt.Errorf("damaged: more is packed than the %d bytes that its header claims", most-1)
	}
	all := unpacking.Add(size)
	defer unpacking.Add(-size)
	if size == free || all > memory.Free() {
		return nil, fmt.Errorf("it is %d MiB or more when unpacked, which does not fit into memory", size>>20)
	}
	if err := r.Reset(bytes.NewReader(packed)); err != nil {
		return nil, err
	}
	contents := make([]byte, size)
	_, err = io.ReadFull(r, contents)
	return contents, err
}

// close unmaps the file. Nothing may read it any more. An input that is not
// closed is unmapped when nothing refers to it.
func (in *input) close() error {
	in.unmap.Stop()
	return in.mapped.Unmap()
}

// access calls fn, which reads about n bytes of the input. Where another
// program has cut the file short meanwhile, the panic is a features.Lost: without
// SetPanicOnFault the whole process would end.
func (in *input) access(n int, fn func()) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		r := recover()
		if _, fault := r.(interface{ Addr() uintptr }); fault {
			r = features.Lost{Path: in.path}
		}
		if r != nil {
			panic(r)
		}
	}()
	fn()
	if in.read.Add(int64(n)) > residentBytes {
		in.read.Store(0)
		release(in.mapped)
	}
}

// hash adds the bytes of the input to a hash.
func (in *input) hash(h hash.Hash) (err error) {
	defer features.CatchLost(&err)
	const chunk = 1 << 20
	for lo := 0; lo < len(in.bytes); lo += chunk {
		part := in.bytes[lo:min(lo+chunk, len(in.bytes))]
		in.access(len(part), func() { h.Write(part) })
	}
	return nil
}
