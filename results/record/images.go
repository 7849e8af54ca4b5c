package record

import (
	"fmt"
	"slices"
	"strings"
)

// Images says of which images of a dataset features were extracted. Papers take different
// splits, and scores of one cannot be compared with those of another.
type Images struct {
	Dataset   string `json:"dataset"`
	Split     string `json:"split,omitempty"` // such as "train+test"; "" for all images of a dataset without splits
	Count     int    `json:"count"`
	Classes   int    `json:"classes"`
	LeftOut   int    `json:"left_out,omitempty"` // of these, that cannot be decoded
	Transform string `json:"transform"`          // that made inputs of networks of them
}

// String says what was taken of the dataset.
func (i Images) String() string {
	split, left := i.Split, ""
	if split == "" {
		split = "all"
	}
	if i.LeftOut > 0 {
		left = fmt.Sprintf(" without %d that cannot be decoded", i.LeftOut)
	}
	return fmt.Sprintf("%s of %s (%d%s)", split, i.Dataset, i.Count, left)
}

// AboutImages is what the caption of a table of these datasets says of the images that features were extracted
// from, as " Images: …."; "" where they came as files. No datasets stand for all.
func (r *Record) AboutImages(datasets ...string) string {
	var taken, transforms []string
	for _, i := range r.Images {
		if datasets != nil && !slices.Contains(datasets, i.Dataset) {
			continue
		}
		if text := i.String(); !slices.Contains(taken, text) {
			taken = append(taken, text)
		}
		if !slices.Contains(transforms, i.Transform) {
			transforms = append(transforms, i.Transform)
		}
	}
	if len(taken) == 0 {
		return ""
	}
	return fmt.Sprintf(" Images: %s; %s.", strings.Join(taken, ", "), strings.Join(transforms, ", or "))
}
