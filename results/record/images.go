package record

import (
	"fmt"
	"slices"
	"strings"
)

// Images says of which images of a dataset features were extracted, or of which samples
// they came as files. Papers take different splits, and scores of one cannot be compared
// with those of another.
type Images struct {
	Dataset   string `json:"dataset"`
	Samples   string `json:"samples,omitempty"` // of features that came as files, such as "train (800) and test (200)"; what follows Count is then empty
	Split     string `json:"split,omitempty"`   // such as "train+test"; "" for all images of a dataset without splits
	Count     int    `json:"count"`
	Classes   int    `json:"classes,omitempty"`
	LeftOut   int    `json:"left_out,omitempty"`  // of these, that cannot be decoded
	Transform string `json:"transform,omitempty"` // that made inputs of networks of them

	Networks int     `json:"networks,omitempty"` // that extracted features from them
	Seconds  float64 `json:"seconds,omitempty"`  // that this took, of all networks together
}

// String says what was taken of the dataset.
func (i Images) String() string {
	if i.Samples != "" {
		return fmt.Sprintf("%s of %s", i.Samples, i.Dataset)
	}
	split, left := i.Split, ""
	if split == "" {
		split = "all"
	}
	if i.LeftOut > 0 {
		left = fmt.Sprintf(" without %d that cannot be decoded", i.LeftOut)
	}
	return fmt.Sprintf("%s of %s (%d%s)", split, i.Dataset, i.Count, left)
}

// About says what was taken, and how it became inputs of networks.
func (i Images) About() string {
	if i.Samples != "" {
		return "Samples: " + i.String()
	}
	return fmt.Sprintf("Images: %v; %s", i, i.Transform)
}

// Extraction returns the mean seconds in which a network extracted features from the images
// of a dataset; 0 where none did, or that is not known.
func Extraction(images []Images) float64 {
	var seconds, networks float64
	for _, i := range images {
		if i.Seconds > 0 {
			seconds, networks = seconds+i.Seconds, networks+float64(i.Networks)
		}
	}
	return seconds / max(networks, 1)
}

// AboutImages is what the caption of a table of these datasets says of the images that features were extracted
// from, as " Images: ….", and of the splits that files are known to hold, as " Samples: ….". No datasets stand for all.
func (r *Record) AboutImages(datasets ...string) string {
	var taken, transforms, samples []string
	for _, i := range r.Images {
		if datasets != nil && !slices.Contains(datasets, i.Dataset) {
			continue
		}
		if text := i.String(); i.Samples != "" {
			if !slices.Contains(samples, text) {
				samples = append(samples, text)
			}
			continue
		} else if !slices.Contains(taken, text) {
			taken = append(taken, text)
		}
		if !slices.Contains(transforms, i.Transform) {
			transforms = append(transforms, i.Transform)
		}
	}
	about := ""
	if len(taken) > 0 {
		about = fmt.Sprintf(" Images: %s; %s.", strings.Join(taken, ", "), strings.Join(transforms, ", or "))
	}
	if len(samples) > 0 {
		about += fmt.Sprintf(" Samples: %s.", strings.Join(samples, ", "))
	}
	return about
}
