package onnx

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/edsrzf/mmap-go"

	"sfdalab/internal/onnxruntime"
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
	for name, t := range m.initializers {
		if t.external == nil {
			continue
		}
		data, err := w.bytes(m.Path, t.external)
		if err != nil {
			return nil, fmt.Errorf("%s: weights %s: %w", m.Path, name, err)
		}
		w.Tensors[name] = onnxruntime.Tensor{Type: t.dataType, Shape: t.dims, Bytes: data}
	}
	return w, nil
}

// openExternal opens a file of a model's external data. It lies beside the model or below: a
// model must not reach elsewhere, nor wait for a pipe, nor read a device without end.
func openExternal(model, location string) (*os.File, error) {
	local := filepath.FromSlash(location)
	if !filepath.IsLocal(local) {
		return nil, fmt.Errorf("they are in %q, outside the model's folder", location)
	}
	path := filepath.Join(filepath.Dir(model), local)
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file", path)
	}
	return os.Open(path)
}

// bytes returns those of one tensor.
func (w *Weights) bytes(model string, external map[string]string) ([]byte, error) {
	location := external["location"]
	data, ok := w.mapped[location]
	if !ok {
		f, err := openExternal(model, location)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		if data, err = mmap.Map(f, mmap.RDONLY, 0); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name(), err)
		}
		w.mapped[location] = data
	}
	offset, err := number(external, "offset", 0)
	if err != nil {
		return nil, err
	}
	length, err := number(external, "length", int64(len(data))-offset)
	if err != nil {
		return nil, err
	}
	if offset > int64(len(data)) || length > int64(len(data))-offset {
		return nil, fmt.Errorf("%s is too short: it has %d bytes, and bytes %d to %d are wanted", location, len(data), offset, offset+length)
	}
	return data[offset : offset+length], nil
}

// number reads a number of the description of external data.
func number(external map[string]string, key string, missing int64) (int64, error) {
	text, ok := external[key]
	if !ok {
		return max(missing, 0), nil
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
// hold its external data, in the order of their locations.
func (m *Model) Hash() (string, error) {
	locations := map[string]bool{}
	for _, t := range m.initializers {
		if t.external != nil {
			locations[t.external["location"]] = true
		}
	}
	h := sha256.New()
	h.Write(m.bytes)
	for _, location := range slices.Sorted(maps.Keys(locations)) {
		f, err := openExternal(m.Path, location)
		if err != nil {
			return "", fmt.Errorf("%s: weights: %w", m.Path, err)
		}
		_, err = io.Copy(h, f)
		f.Close()
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
