package files

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync/atomic"

	"github.com/edsrzf/mmap-go"

	"sfdalab/features"
	"sfdalab/internal/suggest"
)

// An input is one array of a file: the bytes of an .npy or CSV file, or of one
// member of an .npz file. They are mapped into memory, or unpacked to it.
type input struct {
	path   string // with the key of an .npz member behind it
	format format
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
	f, err := os.Open(path)
	if os.IsNotExist(err) {
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
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file", path)
	}
	if info.Size() == 0 {
		return nil, fmt.Errorf("%s is empty", path)
	}
	mapped, err := mmap.Map(f, mmap.RDONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	in := &input{path: path, stamp: stampOf(info), bytes: mapped, mapped: mapped}
	in.unmap = runtime.AddCleanup(in, func(m mmap.MMap) { _ = m.Unmap() }, mapped)
	return in, nil
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

// file identifies the input by its bytes.
func (in *input) file(role string) (file features.File, err error) {
	defer features.CatchLost(&err)
	const chunk = 1 << 20
	h := sha256.New()
	for lo := 0; lo < len(in.bytes); lo += chunk {
		part := in.bytes[lo:min(lo+chunk, len(in.bytes))]
		in.access(len(part), func() { h.Write(part) })
	}
	return features.File{Role: role, Path: in.path, SHA256: hex.EncodeToString(h.Sum(nil)), Bytes: int64(len(in.bytes))}, nil
}
