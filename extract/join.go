package extract

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"sfdalab/features"
	"sfdalab/features/files"
	"sfdalab/internal/scratch"
)

// join writes the files of features and logits to a folder, from the blocks.
func (e *extraction) join(n *network, all blocks, folder string) (Provenance, error) {
	p := Provenance{Model: n.Name, Network: n.Path, Library: e.library.Path}
	p.describe(e.dataset)
	err := all.each(func(k block) error {
		p.LeftOut = append(p.LeftOut, k.Bad...)
		p.Rows += k.Rows
		if k.Rows == 0 {
			return nil
		}
		d, z := len(k.Features)/k.Rows, len(k.Logits)/k.Rows
		if p.Columns > 0 && (d != p.Columns || z != p.Outputs) {
			return fmt.Errorf("%s: its features have %d columns for some images and %d for others", n.Path, p.Columns, d)
		}
		p.Columns, p.Outputs = d, z
		return nil
	})
	if err != nil {
		return p, err
	}
	if len(p.LeftOut) > 0 && !e.SkipBad {
		return p, &BadImagesError{p.LeftOut}
	}
	if p.Rows == 0 {
		return p, fmt.Errorf("%s: none of the %d images can be decoded", e.dataset.Name, all.samples)
	}
	write := func(kind string, columns int, values func(block) []float32) error {
		if columns == 0 {
			return nil
		}
		name := n.Name + "_" + e.dataset.Name + "_" + kind + ".npy"
		sum := sha256.New()
		err := scratch.Write(filepath.Join(folder, name), func(f *os.File) error {
			rows := &blockRows{all: all, n: p.Rows, d: columns, values: values}
			err := files.WriteRows(io.MultiWriter(f, sum), rows, files.Float32)
			if rows.err != nil {
				return rows.err
			}
			return err
		})
		p.Files = append(p.Files, File{name, hex.EncodeToString(sum.Sum(nil))})
		return err
	}
	if err := write("feature", p.Columns, func(k block) []float32 { return k.Features }); err != nil {
		return p, err
	}
	return p, write("output", p.Outputs, func(k block) []float32 { return k.Logits })
}

// blockRows is the features or logits of all blocks as one matrix, for a reader that
// goes from the first row to the last in the steps of features.Blocks.
type blockRows struct {
	all    blocks
	n, d   int
	values func(block) []float32

	mu   sync.Mutex // guards what follows
	next int        // block to read
	from int        // row that kept begins with
	kept []float32
	err  error // why numbers are missing
}

// Dims returns N and D.
func (r *blockRows) Dims() (n, d int) { return r.n, r.d }

// Read reads rows i to j−1. Rows of up to two steps before i are kept, as several readers of
// a step may come in any order.
func (r *blockRows) Read(dst []float64, i, j int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if past := i - 2*features.BlockRows(r.d) - r.from; past > 0 {
		r.kept = append([]float32(nil), r.kept[past*r.d:]...)
		r.from += past
	}
	for r.err == nil && r.from+len(r.kept)/r.d < j {
		k, ok := r.all.read(r.next)
		if !ok {
			r.err = errBlock
			return
		}
		r.kept = append(r.kept, r.values(k)...)
		r.next++
	}
	if r.err == nil {
		for at, v := range r.kept[(i-r.from)*r.d : (j-r.from)*r.d] {
			dst[at] = float64(v)
		}
	}
}
