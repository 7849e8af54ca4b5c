package datasets

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
)

// Splits name those that a network is fine-tuned and evaluated on.
type Splits struct {
	Train      string  // "train" if empty
	Validation string  // "val" if empty, drawn from Train where the dataset has none
	Test       string  // "test" if empty
	HoldOut    float64 // share of Train, of each class, to draw for validation; 0.2 if zero
	Seed       uint64  // of drawing
}

// OpenSplits lists the samples of these splits, in this order. A folder has a folder for
// each split, which holds what [Source.Open] reads; other sources name the split of each
// sample.
//
// Validation that is drawn takes of each class the samples of which the SHA-256 of the seed
// and the path, as "0 path", is smallest: at least one, and not all.
func (s Source) OpenSplits(of Splits) (*Dataset, error) {
	given := of.Validation != ""
	of.Train, of.Validation, of.Test = cmp.Or(of.Train, "train"), cmp.Or(of.Validation, "val"), cmp.Or(of.Test, "test")
	if of.Train == of.Validation || of.Train == of.Test || of.Validation == of.Test {
		return nil, fmt.Errorf("splits %s, %s and %s: want three different ones", of.Train, of.Validation, of.Test)
	}
	d, err := s.openSplits([]string{of.Train, of.Validation, of.Test})
	if err != nil {
		return nil, err
	}
	for _, split := range []string{of.Train, of.Test} {
		if !d.hasSplit(split) {
			return nil, fmt.Errorf("%s has no images of split %q", d.Name, split)
		}
	}
	d.Splits = of
	switch {
	case d.hasSplit(of.Validation):
	case given:
		return nil, fmt.Errorf("%s has no images of split %q", d.Name, of.Validation)
	default:
		if err := d.holdOut(of); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// hasSplit reports whether samples are of a split.
func (d *Dataset) hasSplit(split string) bool {
	return slices.ContainsFunc(d.Samples, func(s Sample) bool { return s.Split == split })
}

// openSplits lists the samples of those splits that there are.
func (s Source) openSplits(names []string) (*Dataset, error) {
	if s.Dataset != "" {
		known, err := Find(s.Dataset)
		if err != nil {
			return nil, err
		}
		all := ""
		for _, name := range names {
			if known.has(name) || name == train80 {
				all += "+" + name
			}
		}
		if all == "" {
			return nil, fmt.Errorf("%s has none of the splits %v: want some of %s", s.Dataset, names, known.Default())
		}
		return known.Open(s.Root, all[1:])
	}
	if info, err := os.Stat(s.Images); err == nil && info.IsDir() {
		return s.openFolders(names)
	}
	s.Split = ""
	d, err := s.Open()
	if err != nil {
		return nil, err
	}
	all := d.Samples
	d.Samples = nil
	for _, name := range names {
		for _, sample := range all {
			if sample.Split == name {
				d.Samples = append(d.Samples, sample)
			}
		}
	}
	return d, nil
}

// openFolders lists the samples of the folders of splits, which must have the same classes.
func (s Source) openFolders(names []string) (*Dataset, error) {
	var d *Dataset
	first := ""
	for _, name := range names {
		folder := filepath.Join(s.Images, name)
		if _, err := os.Stat(folder); os.IsNotExist(err) {
			continue
		}
		part, err := Source{Images: folder, Name: s.Name}.Open()
		if err != nil {
			return nil, err
		}
		for i := range part.Samples {
			part.Samples[i].Split = name
			part.Samples[i].Path = name + "/" + part.Samples[i].Path
		}
		switch {
		case d == nil:
			d, first = part, name
		case !slices.Equal(d.Classes, part.Classes):
			return nil, fmt.Errorf("%s: the splits %s and %s have different classes: each must have a folder for each class", s.Images, first, name)
		default:
			d.Samples, d.Notes = append(d.Samples, part.Samples...), append(d.Notes, part.Notes...)
		}
	}
	if d == nil {
		return nil, fmt.Errorf("%s has no folders named %s with a folder for each class in them: make them, or list the images in a CSV file with the columns path, class and split", s.Images, names)
	}
	if s.Name == "" {
		full, err := filepath.Abs(s.Images)
		if err != nil {
			return nil, err
		}
		d.Name = filepath.Base(full)
	}
	return d, nil
}

// holdOut draws the validation split from the training split.
func (d *Dataset) holdOut(of Splits) error {
	share := of.HoldOut
	if share == 0 {
		share = 0.2
	}
	byClass := make([][]int, len(d.Classes))
	for i, s := range d.Samples {
		if s.Split == of.Train {
			byClass[s.Class] = append(byClass[s.Class], i)
		}
	}
	drawn := 0
	for class, own := range byClass {
		if len(own) == 1 {
			return fmt.Errorf("%s: class %s has one image in split %s, so none can be drawn for validation: name a split for validation", d.Name, d.Classes[class], of.Train)
		}
		slices.SortStableFunc(own, func(a, b int) int {
			return bytes.Compare(d.lot(of.Seed, a), d.lot(of.Seed, b))
		})
		count := int(math.Round(share * float64(len(own))))
		for _, i := range own[:min(max(count, 1), max(len(own)-1, 0))] {
			d.Samples[i].Split = of.Validation
			drawn++
		}
	}
	d.Notes = append(d.Notes, fmt.Sprintf("%s has no validation split: %d images of %s, %g %% of each class drawn with seed %d, are it", d.Name, drawn, of.Train, 100*share, of.Seed))
	return nil
}

// lot is what decides whether a sample is drawn.
func (d *Dataset) lot(seed uint64, sample int) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", seed, d.Samples[sample].Path))
	return sum[:]
}
