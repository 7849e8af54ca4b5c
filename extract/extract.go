package extract

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"time"

	"sfdalab/extract/datasets"
	"sfdalab/extract/transform"
	"sfdalab/features/files"
	"sfdalab/internal/onnxruntime"
	"sfdalab/internal/strict"
)

// Options say how features are extracted.
type Options struct {
	Networks  string                                            // pattern with {model}, or the path of one network
	Models    []string                                          // of these networks; all where empty
	Folder    string                                            // to write to; it is made where it is missing
	Transform func(network string) (transform.Transform, error) // for the network at a path

	Runtime string // path of ONNX Runtime's library; found where empty
	NetworkOptions
	Workers int  // that decode images; as many as cores when 0
	SkipBad bool // leave out images that cannot be decoded, for every network
	Exif    bool // turn images upright first as their EXIF data say, which torchvision does not

	Progress func(done, total int) // images of all networks; may be nil
	Say      func(text string)     // what a user should know; may be nil
}

// An extraction is the work on one dataset.
type extraction struct {
	Options
	cache   bool // Folder is that of Cached
	dataset *datasets.Dataset
	library *onnxruntime.Library
	hashes  []string // of images
	told    map[string]bool
	done    int // images
	total   int
}

// Run extracts the features of a dataset's samples by each network. What is finished
// stays whatever happens to the rest: the error is that of all networks which failed.
func Run(ctx context.Context, d *datasets.Dataset, o Options) error {
	e := &extraction{Options: o, dataset: d}
	extracted, err := e.run(ctx)
	if err != nil {
		return err
	}
	var failed []error
	told := make(map[string]bool)
	for _, n := range extracted {
		if n.Err != nil && !told[n.Err.Error()] {
			told[n.Err.Error()] = true
			failed = append(failed, n.Err)
		}
	}
	return errors.Join(failed...)
}

// run extracts by each network. The error is what keeps all of them from beginning.
func (e *extraction) run(ctx context.Context) ([]Extracted, error) {
	e.setDefaults()
	if err := e.dataset.Check(); err != nil {
		return nil, err
	}
	names, paths, err := e.findNetworks()
	if err != nil {
		return nil, err
	}
	if e.library, err = onnxruntime.Open(e.Runtime); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(e.Folder, 0o755); err != nil {
		return nil, err
	}
	if err := checkSamples(e.Folder, e.dataset); err != nil {
		return nil, err
	}
	e.Say(e.dataset.String())
	for _, note := range e.dataset.Notes {
		e.Say(note)
	}
	if e.hashes, err = hashImages(ctx, e.dataset.Samples, e.Workers); err != nil {
		return nil, &InterruptedError{Err: err}
	}
	for _, note := range duplicates(e.dataset, e.hashes) {
		e.Say(note)
	}
	e.total = len(names) * len(e.dataset.Samples)
	var extracted []Extracted
	for i, name := range names {
		n := e.network(ctx, name, paths[i])
		extracted = append(extracted, n)
		if ctx.Err() != nil || errors.As(n.Err, new(*BadImagesError)) || errors.Is(n.Err, syscall.ENOSPC) {
			break // the next network would fail alike
		}
		e.progress((i+1)*len(e.dataset.Samples) - e.done)
	}
	joinSizeErrors(extracted)
	return extracted, nil
}

// findNetworks lists the networks to extract by.
func (o *Options) findNetworks() (names, paths []string, err error) {
	all, found, err := FindNetworks(o.Networks)
	for i, name := range all {
		if len(o.Models) == 0 || slices.Contains(o.Models, name) {
			names, paths = append(names, name), append(paths, found[i])
		}
	}
	return names, paths, err
}

// setDefaults fills in what Options leave open.
func (e *extraction) setDefaults() {
	if e.Workers <= 0 {
		e.Workers = runtime.GOMAXPROCS(0)
	}
	if e.Threads <= 0 {
		e.Threads = runtime.GOMAXPROCS(0)
	}
	if e.Device == "" {
		e.Device = "cpu"
	}
	e.told = make(map[string]bool)
	if e.Say == nil {
		e.Say = func(string) {}
	}
}

// progress tells that more images are done.
func (e *extraction) progress(more int) {
	e.done += more
	if e.Progress != nil {
		e.Progress(e.done, e.total)
	}
}

// network extracts the features of one network, unless they are there.
func (e *extraction) network(ctx context.Context, name, path string) Extracted {
	p, folder, err := e.extract(ctx, name, path)
	if errors.Is(err, syscall.ENOSPC) {
		err = fmt.Errorf("%s: %w: make room, and the same command goes on from there", e.Folder, syscall.ENOSPC)
	}
	if err != nil {
		return Extracted{Paths: files.Paths{Model: name, Dataset: e.dataset.Name}, Err: err}
	}
	return newExtracted(p, folder)
}

// extract returns what is known of the features, and the folder where they are.
func (e *extraction) extract(ctx context.Context, name, path string) (_ Provenance, folder string, err error) {
	started := time.Now()
	t, err := e.Transform(path)
	if err != nil {
		return Provenance{}, "", err
	}
	t.Exif = t.Exif || e.Exif
	n, err := openNetwork(e.library, name, path, e.NetworkOptions)
	if err != nil {
		return Provenance{}, "", err
	}
	defer n.Close()
	height, width := t.Size()
	if err := n.checkSize(height, width); err != nil {
		return Provenance{}, "", err
	}
	in := inputs(n, e.library, t, e.Device, e.hashes)
	identity, err := in.identity()
	if err != nil {
		return Provenance{}, "", err
	}
	if folder, err = e.folder(identity); err != nil {
		return Provenance{}, "", err
	}
	all := blocks{filepath.Join(folder, "."+name+"_"+e.dataset.Name+".blocks"), identity, len(e.dataset.Samples)}
	if p, ok := readProvenance(folder, name, e.dataset.Name); ok {
		if p.Identity == identity {
			e.Say(fmt.Sprintf("%s: the features are there already", name))
			if p.Size == nil { // made before sizes were kept
				n.Close() // two at once may be more than fits into memory
				p.Size = e.size(name, path, t)
			}
			return p, folder, errors.Join(e.leaveOut(p.LeftOut), os.RemoveAll(all.folder)) // which a kill at the end leaves
		}
		return p, folder, fmt.Errorf("%s: %s has features that were made with %s: write to another folder, or remove them",
			name, provenancePath(folder, name, e.dataset.Name), in.differs(p.Inputs))
	}
	for _, note := range n.Notes {
		e.Say(fmt.Sprintf("%s: %s", name, note))
	}
	if err := e.compute(ctx, n, t, all); err != nil {
		return Provenance{}, "", err
	}
	p, err := e.join(n, all, folder)
	if err != nil {
		return Provenance{}, "", err
	}
	if err := e.leaveOut(p.LeftOut); err != nil {
		return Provenance{}, "", err
	}
	if err := writeSamples(folder, e.dataset, p.LeftOut); err != nil {
		return Provenance{}, "", err
	}
	n.Close() // the size is measured by another session, and two at once may be more than fits into memory
	p.Identity, p.Inputs, p.Size = identity, in, e.size(name, path, t)
	p.Seconds, p.Computing = time.Since(started).Seconds(), n.computing.Seconds()
	if err := p.write(folder); err != nil {
		return Provenance{}, "", err
	}
	e.Say(fmt.Sprintf("%s: features %d×%d of layer %s; images: %s", name, p.Rows, p.Columns, strict.Clip(n.Features, 200), t))
	return p, folder, os.RemoveAll(all.folder)
}

// size returns what is known of a network's size, which features do not depend on: an error
// is only told.
func (e *extraction) size(name, path string, t transform.Transform) *Size {
	height, width := t.Size()
	s, err := sizeOf(e.library, path, height, width, e.Threads)
	if err != nil {
		e.Say(fmt.Sprintf("%s: its multiply-adds cannot be counted: %v", name, err))
	}
	return &s
}

// A BadImagesError lists images that cannot be decoded.
type BadImagesError struct{ Images []Bad }

// Error names the first image, and says what to do.
func (e *BadImagesError) Error() string {
	text := fmt.Sprintf("%s: %s", e.Images[0].Path, e.Images[0].Reason)
	switch n := len(e.Images) - 1; {
	case n == 1:
		text += ", and 1 more image cannot be decoded"
	case n > 1:
		text += fmt.Sprintf(", and %d more images cannot be decoded", n)
	}
	return text + ": mend or remove them, or leave them out by --skip-bad"
}

// An InterruptedError says that the context ended before the features of a network, or of
// any where none is named, were whole.
type InterruptedError struct {
	Network string
	Kept    int // images whose features are kept
	Images  int
	Err     error // that of the context
}

// Error says what is kept.
func (e *InterruptedError) Error() string {
	if e.Kept == 0 {
		where := "any features were"
		if e.Network != "" {
			where = fmt.Sprintf("the first %d of %d images of %s were", min(blockSize, e.Images), e.Images, e.Network)
		}
		return "interrupted before " + where + " computed: what was finished before is kept, and the same command goes on from there"
	}
	return fmt.Sprintf("interrupted; %d of %d images of %s are kept, and the same command goes on from there", e.Kept, e.Images, e.Network)
}

// Unwrap returns the error of the context.
func (e *InterruptedError) Unwrap() error { return e.Err }

// leaveOut tells of images that cannot be decoded, or refuses to go on without them.
func (e *extraction) leaveOut(bad []Bad) error {
	if len(bad) == 0 {
		return nil
	}
	if !e.SkipBad {
		return &BadImagesError{bad}
	}
	for _, b := range bad {
		if text := fmt.Sprintf("left out: %s: %s", b.Path, b.Reason); !e.told[text] { // of another network
			e.told[text] = true
			e.Say(text)
		}
	}
	return nil
}

// compute computes the blocks that are missing.
func (e *extraction) compute(ctx context.Context, n *network, t transform.Transform, all blocks) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var indices []int
	missing := all.missing()
	for _, b := range missing {
		for i := b * blockSize; i < min((b+1)*blockSize, all.samples); i++ {
			indices = append(indices, i)
		}
	}
	e.progress(all.samples - len(indices))
	height, width := t.Size()
	next := images(ctx, e.dataset.Samples, e.hashes, indices, t, e.Workers, 3*n.batch)
	batch := newBatch(n, height, width)
	kept := all.samples - len(indices)
	for _, index := range missing {
		k := block{Index: index}
		for range min(blockSize, all.samples-index*blockSize) {
			img, ok := next()
			if ctx.Err() != nil || !ok {
				return &InterruptedError{n.Name, kept, all.samples, ctx.Err()}
			}
			switch {
			case errors.Is(img.err, errChanged):
				return fmt.Errorf("%s: %w", e.dataset.Samples[img.sample].Path, img.err)
			case img.err != nil:
				k.Bad = append(k.Bad, Bad{img.sample, e.dataset.Samples[img.sample].Path, img.err.Error()})
			default:
				batch.add(e.dataset.Samples[img.sample], img.pixels)
			}
			if batch.full() {
				if err := batch.run(&k); err != nil {
					return fmt.Errorf("%s: %w", n.Path, err)
				}
			}
			e.progress(1)
		}
		if err := batch.run(&k); err != nil {
			return fmt.Errorf("%s: %w", n.Path, err)
		}
		if err := all.write(k); err != nil {
			return err
		}
		kept += k.Rows + len(k.Bad)
	}
	return nil
}

// A batch collects images until a network can compute them.
type batch struct {
	network       *network
	height, width int
	pixels        []float32
	samples       []datasets.Sample
}

// newBatch returns an empty batch of images of a size.
func newBatch(n *network, height, width int) *batch {
	return &batch{network: n, height: height, width: width, pixels: make([]float32, n.batch*3*height*width)}
}

// full reports whether the network takes no more images at once.
func (b *batch) full() bool { return len(b.samples) == b.network.batch }

// add adds an image.
func (b *batch) add(s datasets.Sample, pixels []float32) {
	copy(b.pixels[len(b.samples)*len(pixels):], pixels)
	b.samples = append(b.samples, s)
}

// run adds what the network computes of the images to a block. A batch is always
// filled up, with black, so that an image's features do not depend on how many others
// come with it.
func (b *batch) run(k *block) error {
	rows := len(b.samples)
	if rows == 0 {
		return nil
	}
	clear(b.pixels[rows*3*b.height*b.width:])
	features, logits, err := b.network.compute(b.pixels, rows, b.height, b.width)
	if err != nil {
		return err
	}
	for i, v := range features {
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Errorf("%s: layer %s has numbers that are not finite (%v): half precision overflows, or weights are damaged",
				b.samples[i/(len(features)/rows)].Path, b.network.Features, v)
		}
	}
	k.Features = append(k.Features, features...)
	k.Logits = append(k.Logits, logits...)
	k.Rows += rows
	b.samples = b.samples[:0]
	return nil
}
