// Package datasets lists the images of datasets with their classes and splits: of
// folders, tables and archives of the user's own, and of the datasets of papers in the
// layouts in which they are published.
//
// The order of samples, the numbers of classes and the splits are those of
// torchvision's datasets or, for the papers' datasets, of the code that the papers
// released; where the two differ, the dataset's notes say so.
package datasets

import (
	"fmt"
	"os"
	"slices"

	"sfdalab/extract/imageio"
	"sfdalab/internal/regular"
)

// A Dataset is a list of images with classes.
type Dataset struct {
	Name    string
	Classes []string // by number
	Samples []Sample // in the order of the rows of features
	Split   string   // that the samples are of, "" where the dataset has none
	Notes   []string // what a user should know of how the images were read

	Splits Splits // whose samples these are, where [Source.OpenSplits] listed them
}

// String says what is taken, with the split, which papers choose differently.
func (d *Dataset) String() string {
	text := fmt.Sprintf("%s: %d images of %d classes", d.Name, len(d.Samples), len(d.Classes))
	if d.Split != "" {
		text += ", split " + d.Split
	}
	return text
}

// A Sample is one image.
type Sample struct {
	Path  string // as the dataset names it
	Class int
	Split string

	File   string  // that the image is in, alone; "" where it is a part of one
	Labels []Label // of a dataset whose images have several; Class is one of them then

	// Bytes reads the image as it is stored. It may be called by several goroutines
	// at once.
	Bytes func() ([]byte, error)
	// Decode turns the bytes into pixels; imageio.Decode where it is nil.
	Decode func([]byte) (*imageio.RGB, error)
}

// A Label is one of an image's classes.
type Label struct {
	Class     int
	Difficult bool // all objects of the class in the image are hard to recognize
}

// Image decodes the bytes of the sample.
func (s Sample) Image(data []byte) (*imageio.RGB, error) {
	if s.Decode != nil {
		return s.Decode(data)
	}
	return imageio.Decode(data)
}

// file is the sample of a file of its own.
func file(path, shown string, class int, split string) Sample {
	return Sample{Path: shown, Class: class, Split: split, File: path, Bytes: func() ([]byte, error) { return readFile(path) }}
}

// maxFile is the largest file that is read as an image.
const maxFile = 1 << 30

// readFile reads an image, and refuses what may never end, such as a pipe.
func readFile(path string) ([]byte, error) {
	if info, err := os.Stat(path); err == nil && info.Size() > maxFile {
		return nil, fmt.Errorf("%s has %d bytes, too many for an image", path, info.Size())
	}
	return regular.Read(path, maxFile)
}

// Check refuses what no metric can score: no samples, or samples of one class.
func (d *Dataset) Check() error {
	if len(d.Samples) == 0 {
		return fmt.Errorf("%s has no images", d.Name)
	}
	first := d.Samples[0].Class
	if !slices.ContainsFunc(d.Samples, func(s Sample) bool { return s.Class != first }) {
		return fmt.Errorf("%s: all %d images are of one class (%s): a score needs two or more",
			d.Name, len(d.Samples), d.Classes[first])
	}
	return nil
}
