package experiments

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"sfdalab/features/files"
)

// Inputs returns the files of the spec: for each dataset in turn, each model. Names
// that the spec does not list are those that its patterns match among the files
// that there are.
func (s *Spec) Inputs() ([]files.Paths, error) {
	if s.Features == "" {
		return nil, nil
	}
	datasets, err := s.findDatasets()
	if err != nil {
		return nil, err
	}
	var inputs []files.Paths
	for _, dataset := range datasets {
		models := s.Models
		switch {
		case len(models) > 0:
		case !strings.Contains(s.Features, "{model}"):
			models = []string{stem(s.Features)}
		default:
			if models, err = s.match(s.Features, "{model}", map[string]string{"{dataset}": dataset}); err != nil {
				return nil, err
			}
			if len(models) == 0 {
				return nil, fmt.Errorf("no file is like %s for dataset %s", s.path(s.Features), dataset)
			}
		}
		for _, model := range models {
			inputs = append(inputs, s.input(model, dataset))
		}
	}
	return inputs, nil
}

func (s *Spec) input(model, dataset string) files.Paths {
	fill := func(pattern string) string { return s.fill(pattern, model, dataset) }
	return files.Paths{
		Model: model, Dataset: dataset,
		Features: fill(s.Features), Labels: fill(s.Labels), Outputs: fill(s.Outputs),
		Second: fill(s.Second), Embeddings: fill(s.Embeddings),
	}
}

// fill returns the path that a pattern stands for.
func (s *Spec) fill(pattern, model, dataset string) string {
	return s.path(strings.NewReplacer("{model}", model, "{dataset}", dataset).Replace(pattern))
}

// stem is the name of a file without folders and extension.
func stem(path string) string {
	return strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
}

// findDatasets returns the datasets: those that the spec lists, those that the
// pattern of the labels or else of the features shows, or else one that has the
// name of the labels' file.
func (s *Spec) findDatasets() ([]string, error) {
	if len(s.Datasets) > 0 {
		return s.Datasets, nil
	}
	pattern := s.Features
	if strings.Contains(s.Labels, "{dataset}") && !strings.Contains(s.Labels, "{model}") {
		pattern = s.Labels
	}
	if !strings.Contains(pattern, "{dataset}") {
		return []string{stem(s.Labels)}, nil
	}
	datasets, err := s.match(pattern, "{dataset}", nil)
	if err == nil && len(datasets) == 0 {
		err = fmt.Errorf("no file is like %s", s.path(pattern))
	}
	return datasets, err
}

// match returns what the placeholder stands for in the names of files that are
// like pattern, in ascending order. Other placeholders stand for the names given,
// or for anything.
func (s *Spec) match(pattern, wanted string, names map[string]string) ([]string, error) {
	if file, _, ok := strings.Cut(pattern, ".npz:"); ok {
		pattern = file + ".npz"
	}
	glob, expression := s.path(pattern), regexp.QuoteMeta(s.path(pattern))
	for _, p := range []string{"{model}", "{dataset}"} {
		part := "[^/]+"
		if name, ok := names[p]; ok {
			glob = strings.ReplaceAll(glob, p, name)
			part = regexp.QuoteMeta(name)
		}
		if p == wanted {
			part = "(" + part + ")"
		}
		glob = strings.ReplaceAll(glob, p, "*")
		expression = strings.ReplaceAll(expression, regexp.QuoteMeta(p), part)
	}
	paths, err := filepath.Glob(glob)
	if err != nil {
		return nil, fmt.Errorf("pattern %s: %w", pattern, err)
	}
	like, err := regexp.Compile("^" + expression + "$")
	if err != nil {
		return nil, fmt.Errorf("pattern %s: %w", pattern, err)
	}
	var found []string
	for _, path := range paths {
		if m := like.FindStringSubmatch(path); len(m) > 1 {
			found = append(found, m[1])
		}
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}
