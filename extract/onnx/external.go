package onnx

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/edsrzf/mmap-go"

	"sfdalab/internal/memory"
	"sfdalab/internal/onnxruntime"
	"sfdalab/internal/regular"
)

// Weights are the tensors that a model keeps in other files, mapped into memory.
type Weights struct {
	Tensors map[string]onnxruntime.Tensor
	mapped  map[string]mmap.MMap // by location
}

// Weights maps the external data of the model, which lies beside it. Close must be
// called when nothing uses the tensors any more.
func (m *Model) Weights() (_ *Weights, err error) {
	w := &Weights{Tensors: map[string]onnxruntime.Tensor{}, mapped: map[string]mmap.MMap{}}
	defer func() {
		if err != nil {
			w.Close()
		}
	}()
	ends, err := m.externalFiles()
	if err != nil {
		return nil, err
	}
	for location, end := range ends {
		if w.mapped[location], err = mapFile(m.Path, location, end); err != nil {
			return nil, fmt.Errorf("%s: weights: %w", m.Path, err)
		}
	}
	for name, t := range m.initializers {
		if t.external == nil {
			continue
		}
		location, offset, length, err := t.place()
		if err != nil {
			return nil, fmt.Errorf("%s: weights %s: %w", m.Path, name, err)
		}
		w.Tensors[name] = onnxruntime.Tensor{Type: t.dataType, Shape: t.dims, Bytes: w.mapped[location][offset : offset+length]}
	}
	return w, nil
}

// externalFiles returns the files of the model's external data, by their locations, and how
// many of their bytes the model takes. They must fit into memory.
func (m *Model) externalFiles() (map[string]int64, error) {
	ends, all := map[string]int64{}, int64(0)
	for _, name := range slices.Sorted(maps.Keys(m.initializers)) { // of several that are wrong the first is named
		t := m.initializers[name]
		if t.external == nil {
			continue
		}
		location, offset, length, err := t.place()
		if err != nil {
			return nil, fmt.Errorf("%s: weights %s: %w", m.Path, name, err)
		}
		more := max(0, offset+length-ends[location])
		ends[location] += more
		if free := memory.Free(); more > free-all {
			return nil, fmt.Errorf("%s: its weights take more memory than the %d MiB that are left", m.Path, free>>20)
		}
		all += more
	}
	return ends, nil
}

// place returns where external data lies: in which file, from which byte, and how many bytes.
func (t *initializer) place() (location string, offset, length int64, err error) {
	if offset, err = number(t.external, "offset", 0); err != nil {
		return "", 0, 0, err
	}
	size, ok := t.dataType.Bytes(t.dims)
	if length, err = number(t.external, "length", size); err != nil {
		return "", 0, 0, err
	}
	if !ok || length != size {
		return "", 0, 0, fmt.Errorf("%v of %s are no %d bytes", t.dims, t.dataType, length)
	}
	if length > math.MaxInt64-offset {
		return "", 0, 0, fmt.Errorf("their length is %d", length)
	}
	return t.external["location"], offset, length, nil
}

// openExternal opens a file of a model's external data. It lies beside the model or below: a
// model must not reach elsewhere, nor wait for a pipe, nor read a device without end.
func openExternal(model, location string) (*os.File, error) {
	local := filepath.FromSlash(location)
	if !filepath.IsLocal(local) {
		return nil, fmt.Errorf("they are in %q, outside the model's folder", location)
	}
	path := filepath.Join(filepath.Dir(model), local)
	return regular.Open(path)
}

// mapFile maps so many bytes of a file of a model's external data.
func mapFile(model, location string, size int64) (mmap.MMap, error) {
	f, err := openExternal(model, location)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := checkLength(f, size); err != nil || size == 0 {
		return nil, err
	}
	data, err := mmap.MapRegion(f, int(size), mmap.RDONLY, 0, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return data, nil
}

// checkLength refuses a file that has fewer bytes than a model takes of it.
func checkLength(f *os.File, size int64) error {
	info, err := f.Stat()
	if err == nil && info.Size() < size {
		err = fmt.Errorf("%s is too short: it has %d bytes, and %d are wanted", f.Name(), info.Size(), size)
	}
	return err
}

// number reads a number of the description of external data.
func number(external map[string]string, key string, missing int64) (int64, error) {
	text, ok := external[key]
	if !ok {
		return missing, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("their %s is %q", key, text)
	}
	return n, nil
}

// Close unmaps the files.
func (w *Weights) Close() {
	for _, m := range w.mapped {
		_ = m.Unmap()
	}
	clear(w.mapped)
	clear(w.Tensors)
}

// Hash identifies the network: the SHA-256 of the model's file and of all files that
// hold its external data, in the order of their locations, as far as the model takes them.
func (m *Model) Hash() (string, error) {
	ends, err := m.externalFiles()
	if err != nil {
		return "", err
	}
	h := sha256.New()
	h.Write(m.bytes)
	for _, location := range slices.Sorted(maps.Keys(ends)) {
		if err := hashFile(h, m.Path, location, ends[location]); err != nil {
			return "", fmt.Errorf("%s: weights: %w", m.Path, err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// hashFile adds so many bytes of a file of a model's external data to a hash.
func hashFile(h io.Writer, model, location string, size int64) error {
	f, err := openExternal(model, location)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := checkLength(f, size); err != nil {
		return err
	}
	_, err = io.CopyN(h, f, size)
	return err
}
