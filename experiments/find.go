package experiments

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"sfdalab/features/files"
)

// matched returns the files that the patterns match.
func (s *Spec) matched() ([]files.Paths, error) {
	datasets, err := s.knownDatasets()
	if err != nil {
		return nil, err
	}
	var pairs []pair
	switch {
	case datasets != nil && (len(s.Models) > 0 || !strings.Contains(s.Features, "{model}")):
		models := s.Models
		if len(models) == 0 {
			models = []string{stem(s.Features)}
		}
		if err := s.checkInputs(len(models), len(datasets)); err != nil {
			return nil, err
		}
		for _, d := range datasets {
			for _, m := range models {
				pairs = append(pairs, pair{m, d})
			}
		}
	default:
		if pairs, err = s.find(datasets); err != nil {
			return nil, err
		}
	}
	inputs := make([]files.Paths, len(pairs))
	for i, p := range pairs {
		inputs[i] = s.input(p.model, p.dataset)
	}
	return inputs, nil
}

// knownDatasets returns the datasets that the spec lists or that the labels' files have
// in their names, or the one that there is; nil where only features tell.
func (s *Spec) knownDatasets() ([]string, error) {
	if len(s.Datasets) > 0 {
		return s.Datasets, nil
	}
	if strings.Contains(s.Labels, "{dataset}") && !strings.Contains(s.Labels, "{model}") {
		p := newPattern(s.path(s.Labels))
		var datasets []string
		for _, path := range p.list(false) {
			for _, pair := range p.splits(path, false) {
				datasets = append(datasets, pair.dataset)
			}
		}
		slices.Sort(datasets)
		if datasets = slices.Compact(datasets); len(datasets) == 0 {
			return nil, noFile(p)
		}
		return datasets, nil
	}
	if strings.Contains(s.Features, "{dataset}") {
		return nil, nil
	}
	parts := files.Joined(strings.NewReplacer("{model}", "", "{dataset}", "").Replace(s.Labels))
	for i, part := range parts {
		parts[i] = stem(part)
	}
	return []string{strings.Join(parts, "+")}, nil
}

// A pair is a model and a dataset that features are of.
type pair struct{ model, dataset string }

// find returns the models of each dataset whose features are there.
func (s *Spec) find(datasets []string) ([]pair, error) {
	pattern := newPattern(s.path(s.Features))
	options, err := s.options(pattern, datasets)
	if err != nil {
		return nil, err
	}
	pairs, err := s.resolve(options, datasets)
	if err != nil {
		return nil, err
	}
	atDataset, atModel := places(datasets), places(s.Models)
	found := make(map[string]bool)
	for _, p := range pairs {
		found[p.dataset] = true
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		return cmp.Or(
			cmp.Compare(atDataset[a.dataset], atDataset[b.dataset]), cmp.Compare(a.dataset, b.dataset),
			cmp.Compare(atModel[a.model], atModel[b.model]), cmp.Compare(a.model, b.model))
	})
	for _, d := range datasets {
		if !found[d] {
			return nil, fmt.Errorf("no file matches %s for dataset %s", pattern.text, d)
		}
	}
	if last := pairs[len(pairs)-1].dataset; datasets == nil && last != pairs[0].dataset && !strings.Contains(s.Labels, "{dataset}") {
		return nil, fmt.Errorf("features are of several datasets, %s to %s, but all would have the labels %s: write {dataset} into the labels' pattern, too, or list the datasets", pairs[0].dataset, last, s.Labels)
	}
	return pairs, nil
}

// option is a file of features and what it may be of.
type option struct {
	path  string
	pairs []pair
}

// options lists the files of features: those that the pattern matches, but for files of
// other roles. Where none lies directly there, the names of models may have folders in
// them.
func (s *Spec) options(pattern pattern, datasets []string) ([]option, error) {
	atDataset, atModel := places(datasets), places(s.Models)
	listed := func(p pair) bool {
		_, dataset := atDataset[p.dataset]
		_, model := atModel[p.model]
		return (dataset || datasets == nil) && (model || len(s.Models) == 0)
	}
	var all []option
	var left []string
	for _, nested := range []bool{false, true} {
		for _, path := range pattern.list(nested) {
			o := option{path: path}
			for _, p := range pattern.splits(path, nested) {
				if !strings.Contains(pattern.text, "{dataset}") {
					p.dataset = datasets[0]
				}
				if !strings.Contains(pattern.text, "{model}") {
					p.model = stem(s.Features)
				}
				if listed(p) {
					o.pairs = append(o.pairs, p)
				}
			}
			if len(o.pairs) == 0 {
				continue
			}
			if len(s.Models) == 0 && s.otherRole(pattern, path) {
				left = append(left, path)
				continue
			}
			all = append(all, o)
		}
		if len(all) > 0 {
			if nested {
				s.tell("%s: no file lies directly there; the names of models have folders in them, such as %s", pattern.text, all[0].pairs[0].model)
			}
			break
		}
	}
	if len(left) > 0 {
		s.tell("%s: not taken for features: %s", pattern.text, strings.Join(left[:min(len(left), 3)], ", "))
	}
	if len(all) == 0 {
		return nil, noFile(pattern)
	}
	return all, nil
}

// notFeatures are the names of files beside features that hold something else.
var notFeatures = regexp.MustCompile(`(?i)^(.*[_.-])?(labels?|targets?|y|samples)(_(train|test|val))?$`)

// otherRole reports whether a file that the pattern of features matches is named by
// another key, or has a name as labels have it.
func (s *Spec) otherRole(features pattern, path string) bool {
	for _, text := range []string{s.Labels, s.Outputs, s.Second, s.Embeddings, s.Finetuned, s.TestLabels} {
		if text == "" || keyed(text) && keyed(s.Features) { // one file may have both, under other names
			continue
		}
		other := newPattern(s.path(text))
		if other.letters() > features.letters() && len(other.splits(path, true)) > 0 {
			return true
		}
	}
	return notFeatures.MatchString(stem(path)) && !notFeatures.MatchString(stem(features.text))
}

// keyed reports whether a path names an array or columns of a file.
func keyed(path string) bool {
	_, key := files.SplitKey(files.Joined(path)[0])
	return key != ""
}

// resolve says of which model and dataset each file is. Where names can be split in
// several ways, it is the one in which each model has each dataset, if there is one.
func (s *Spec) resolve(options []option, datasets []string) ([]pair, error) {
	var pairs []pair
	ambiguous := -1
	for i, o := range options {
		if len(o.pairs) > 1 && ambiguous < 0 {
			ambiguous = i
		}
		pairs = append(pairs, o.pairs[0])
	}
	if ambiguous < 0 {
		return pairs, nil
	}
	if pairs, ok := grid(options, datasets); ok {
		models, data := make(map[string]bool), make(map[string]bool)
		for _, p := range pairs {
			models[p.model], data[p.dataset] = true, true
		}
		s.tell("%s: names can be split in several ways; taken for %d models on %d datasets, the one way in which each model has each dataset", s.Features, len(models), len(data))
		return pairs, nil
	}
	o := options[ambiguous]
	var ways []string
	for _, p := range o.pairs {
		ways = append(ways, fmt.Sprintf("%s on %s", p.model, p.dataset))
	}
	return nil, fmt.Errorf("%s can be split in several ways, %s: list the models or the datasets (in a spec, models and datasets; in a command, --models and --datasets)", o.path, strings.Join(ways, "; or "))
}

// grid finds the one way to split all names so that each model has each dataset. Known
// datasets must all be there.
func grid(options []option, datasets []string) (found []pair, ok bool) {
	at := make(map[pair]int) // the file that a pair is of
	for i, o := range options {
		for _, p := range o.pairs {
			at[p] = i
		}
	}
	has := func(models, datasets []string) []pair {
		var pairs []pair
		seen := make(map[int]bool)
		for _, m := range models {
			for _, d := range datasets {
				i, there := at[pair{m, d}]
				if !there || seen[i] {
					return nil
				}
				seen[i] = true
				pairs = append(pairs, pair{m, d})
			}
		}
		if len(seen) != len(options) {
			return nil
		}
		return pairs
	}
	ways := make(map[string][]pair)
	for _, first := range options[0].pairs {
		var models, sets []string
		for p := range at {
			if p.dataset == first.dataset {
				models = append(models, p.model)
			}
			if p.model == first.model {
				sets = append(sets, p.dataset)
			}
		}
		slices.Sort(models)
		slices.Sort(sets)
		fewerModels := slices.DeleteFunc(slices.Clone(models), func(m string) bool {
			return slices.ContainsFunc(sets, func(d string) bool { _, there := at[pair{m, d}]; return !there })
		})
		fewerSets := slices.DeleteFunc(slices.Clone(sets), func(d string) bool {
			return slices.ContainsFunc(models, func(m string) bool { _, there := at[pair{m, d}]; return !there })
		})
		for _, way := range []struct{ models, sets []string }{{fewerModels, sets}, {models, fewerSets}} {
			known := !slices.ContainsFunc(datasets, func(d string) bool { return !slices.Contains(way.sets, d) })
			if pairs := has(way.models, way.sets); pairs != nil && known {
				ways[fmt.Sprintf("%q %q", way.models, way.sets)] = pairs
			}
		}
	}
	for _, pairs := range ways {
		found = pairs
	}
	return found, len(ways) == 1
}
