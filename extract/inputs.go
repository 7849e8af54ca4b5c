package extract

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"runtime"

	"sfdalab/extract/datasets"
	"sfdalab/extract/imageio"
	"sfdalab/extract/transform"
)

// A Listing tells a program which networks' inputs follow.
type Listing struct {
	Dataset   string   `json:"dataset"`
	Split     string   `json:"split"` // "" where there are none
	Classes   []string `json:"classes"`
	Notes     []string `json:"notes"` // what a user should know of how the images were read
	Samples   []Listed `json:"samples"`
	Transform string   `json:"transform"`
	Height    int      `json:"height"`
	Width     int      `json:"width"`
	Decoder   int      `json:"decoder"` // version of imageio
	Resizer   int      `json:"resizer"` // version of transform
}

// A Listed is one sample of a Listing.
type Listed struct {
	Path   string `json:"path"`
	Class  int    `json:"class"`
	Split  string `json:"split"`
	SHA256 string `json:"sha256"` // of the image as it is stored, "" where it cannot be read
}

// An input introduces the pixels of one sample.
type input struct {
	Sample int    `json:"sample"`
	Error  string `json:"error,omitempty"`
}

// WriteInputs writes images as the inputs of networks that another program runs, so that
// it sees the same pixels in the same order as Run does: a Listing as JSON on a line, and
// then, for each sample from skip on, {"sample": 17} on a line and 3×Height×Width float32,
// little-endian; or, without pixels, {"sample": 17, "error": "…"} where the image cannot
// be decoded. Workers decode at once, as many as cores when 0.
func WriteInputs(ctx context.Context, to io.Writer, d *datasets.Dataset, t transform.Transform, skip, workers int) error {
	if err := d.Check(); err != nil {
		return err
	}
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	hashes, err := hashImages(ctx, d.Samples, workers)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(to, 1<<20)
	line := json.NewEncoder(w)
	line.SetEscapeHTML(false)
	if err := line.Encode(newListing(d, t, hashes)); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var indices []int
	for i := skip; i < len(d.Samples); i++ {
		indices = append(indices, i)
	}
	next := images(ctx, d.Samples, hashes, indices, t, workers, 3*workers)
	for range indices {
		img, ok := next()
		if !ok {
			return ctx.Err()
		}
		in := input{Sample: img.sample}
		switch {
		case errors.Is(img.err, errChanged) || errors.Is(img.err, context.Canceled):
			return img.err
		case img.err != nil:
			in.Error = img.err.Error()
		}
		if err := line.Encode(in); err != nil {
			return err
		}
		if img.err == nil {
			if err := binary.Write(w, binary.LittleEndian, img.pixels); err != nil {
				return err
			}
		}
	}
	return w.Flush()
}

// newListing returns the listing of a dataset, whose images have these hashes.
func newListing(d *datasets.Dataset, t transform.Transform, hashes []string) Listing {
	l := Listing{
		Dataset: d.Name, Split: d.Split, Classes: d.Classes, Notes: append(d.Notes, duplicates(d, hashes)...),
		Transform: t.String(), Decoder: imageio.Version, Resizer: transform.Version,
	}
	l.Height, l.Width = t.Size()
	for i, s := range d.Samples {
		l.Samples = append(l.Samples, Listed{s.Path, s.Class, s.Split, hashes[i]})
	}
	return l
}
