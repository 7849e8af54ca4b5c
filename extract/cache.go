package extract

import (
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"

	"sfdalab/extract/datasets"
	"sfdalab/features/files"
)

// Extracted says where the features of one network are.
type Extracted struct {
	Paths files.Paths // of features, labels and, where the network is a classifier, outputs
	Made  Provenance
	Err   error // why there are no features
}

// newExtracted returns the features that are in a folder.
func newExtracted(p Provenance, folder string) Extracted {
	x := Extracted{Made: p, Paths: files.Paths{
		Model: p.Model, Dataset: p.Dataset,
		Features: filepath.Join(folder, p.Files[0].Name),
		Labels:   labelPath(folder, p.Dataset),
		Reading:  files.Reading{Labels: files.KindClasses},
	}}
	if p.Outputs > 0 {
		x.Paths.Outputs = filepath.Join(folder, p.Files[1].Name)
	}
	return x
}

// Cached extracts as Run does, into a folder that keeps features of any networks,
// images and transforms: what is there is found by its identity and not computed again.
// It returns an entry for each network that was begun. The error is what kept all of them
// from beginning.
func Cached(ctx context.Context, d *datasets.Dataset, o Options) ([]Extracted, error) {
	e := &extraction{Options: o, dataset: d, cache: true}
	return e.run(ctx)
}

// folder returns the folder for features of an identity.
func (e *extraction) folder(identity string) (string, error) {
	if !e.cache {
		return e.Folder, nil
	}
	var labels strings.Builder
	w := csv.NewWriter(&labels)
	for _, s := range e.dataset.Samples {
		w.Write([]string{s.Path, e.dataset.Classes[s.Class], s.Split}) // its errors are those of labels, which has none
	}
	w.Flush()
	folder := filepath.Join(e.Folder, hash([]byte(identity + "\n" + labels.String()))[:16])
	return folder, os.MkdirAll(folder, 0o755)
}
