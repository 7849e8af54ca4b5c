package experiments

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sfdalab/features"
	"sfdalab/features/files"
)

// Inputs returns the files of the spec: for each dataset in turn, each model. Names
// that the spec does not list are those that its patterns match among the files
// that there are.
func (s *Spec) Inputs() ([]files.Paths, error) {
	var inputs []files.Paths
	var err error
	switch {
	case s.extracts():
		inputs, err = s.extractedInputs()
	case s.List != "":
		inputs, err = s.listed()
	case s.Features == "":
		return nil, nil
	default:
		inputs, err = s.matched()
	}
	if err == nil {
		err = s.checkInputs(len(inputs), 1)
	}
	if err != nil {
		return nil, err
	}
	return inputs, sameLabels(inputs)
}

// input returns the files that the patterns stand for.
func (s *Spec) input(model, dataset string) files.Paths {
	fill := func(pattern string) string { return s.fill(pattern, model, dataset) }
	p := s.reading(files.Paths{
		Model: model, Dataset: dataset,
		Features: fill(s.Features), Labels: fill(s.Labels), Outputs: fill(s.Outputs),
		Second: fill(s.Second), Embeddings: fill(s.Embeddings),
	})
	if made, ok := s.Extract.made[extraction(model, dataset)]; ok {
		p.Features, p.Labels, p.Outputs, p.Reading = made.Features, made.Labels, made.Outputs, made.Reading
		p.Told = nil // the extraction has told of the images
	}
	p.Samples = besideLabels(p.Labels)
	return p
}

// reading adds to paths how the spec says that they are to be read.
func (s *Spec) reading(p files.Paths) files.Paths {
	p.Reading = files.Reading{Labels: files.Kind(s.LabelsAre), Ignore: s.IgnoreLabel, Drop: s.Drop, Pool: s.Pool}
	p.Told = s.Told
	return p
}

// besideLabels returns the table of samples that lies beside {dataset}_label.npy, as
// {dataset}_samples.csv; "" for none.
func besideLabels(labels string) string {
	start, ok := strings.CutSuffix(stemPath(labels), "_label")
	if path := start + "_samples.csv"; ok {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return ""
}

// fill returns the path that a pattern stands for.
func (s *Spec) fill(pattern, model, dataset string) string {
	if strings.Contains(pattern, "{") { // most keys are not given, and there may be many models
		pattern = strings.NewReplacer("{model}", model, "{dataset}", dataset).Replace(pattern)
	}
	return s.path(pattern)
}

// stem is the name of a file without folders and extension.
func stem(path string) string { return filepath.Base(stemPath(path)) }

func stemPath(path string) string { return strings.TrimSuffix(path, filepath.Ext(path)) }

// listed returns the files of the spec's list, a CSV of model, features and labels, and
// whatever other inputs there are. Paths are relative to its folder.
func (s *Spec) listed() ([]files.Paths, error) {
	path := s.path(s.List)
	rows, err := files.ReadTable(path)
	if err != nil {
		return nil, err
	}
	models, datasets := places(s.Models), places(s.Datasets)
	among := func(names map[string]int, name string) bool {
		_, listed := names[name]
		return listed || len(names) == 0
	}
	var inputs []files.Paths
	for i, row := range rows {
		place := func(column string) string {
			text := row[column]
			if text == "" || filepath.IsAbs(text) {
				return text
			}
			return filepath.Join(filepath.Dir(path), text)
		}
		p := s.reading(files.Paths{
			Model: row["model"], Dataset: row["dataset"],
			Features: place("features"), Labels: place("labels"), Outputs: place("outputs"), Second: place("second"), Embeddings: place("embeddings"),
		})
		if p.Labels == "" {
			p.Labels = s.fill(s.Labels, p.Model, p.Dataset)
		}
		if p.Model == "" || p.Features == "" || p.Labels == "" {
			return nil, fmt.Errorf("%s: row %d: a model, its features and labels are needed, in columns of these names", path, i)
		}
		p.Dataset = cmp.Or(p.Dataset, stem(p.Labels))
		p.Samples = besideLabels(p.Labels)
		if among(models, p.Model) && among(datasets, p.Dataset) {
			inputs = append(inputs, p)
		}
	}
	if len(inputs) == 0 {
		return nil, fmt.Errorf("%s lists no model", path)
	}
	slices.SortStableFunc(inputs, func(a, b files.Paths) int { return cmp.Compare(a.Dataset, b.Dataset) })
	for i, p := range inputs[1:] {
		if p.Model == inputs[i].Model && p.Dataset == inputs[i].Dataset {
			return nil, fmt.Errorf("%s lists model %s on dataset %s twice", path, p.Model, p.Dataset)
		}
	}
	return inputs, nil
}

// sameLabels reports models of one dataset whose labels differ, where each has a file of
// its own. Files that cannot be read are told of elsewhere.
func sameLabels(inputs []files.Paths) error {
	type read struct {
		path   string
		labels *features.Labels
	}
	first := make(map[string]read)
	seen := make(map[[2]string]bool)
	for _, p := range inputs {
		key := [2]string{p.Dataset, p.Labels}
		if seen[key] {
			continue
		}
		seen[key] = true
		if known, ok := first[p.Dataset]; !ok || known.labels == nil {
			first[p.Dataset] = read{path: p.Labels}
			if len(inputs) > 1 && inputs[0].Labels != inputs[len(inputs)-1].Labels {
				labels, _, err := files.ReadLabels(p.Labels, p.Reading)
				if err == nil {
					first[p.Dataset] = read{p.Labels, labels}
				}
			}
			continue
		}
		labels, _, err := files.ReadLabels(p.Labels, p.Reading)
		if known := first[p.Dataset]; err == nil && !labels.Equal(known.labels) {
			return fmt.Errorf("%s and %s differ: all models of dataset %s must have the same labels, in the same order", known.path, p.Labels, p.Dataset)
		}
	}
	return nil
}
