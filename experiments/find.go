package experiments

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
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
	if err != nil {
		return nil, err
	}
	return inputs, sameLabels(inputs)
}

func (s *Spec) input(model, dataset string) files.Paths {
	if s.List != "" {
		inputs, err := s.listed()
		i := slices.IndexFunc(inputs, func(p files.Paths) bool { return p.Model == model && p.Dataset == dataset })
		if err == nil && i >= 0 {
			return inputs[i]
		}
		return files.Paths{Model: model, Dataset: dataset, Features: s.path(s.List)} // which is an error to open
	}
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
	return s.path(strings.NewReplacer("{model}", model, "{dataset}", dataset).Replace(pattern))
}

// stem is the name of a file without folders and extension.
func stem(path string) string { return filepath.Base(stemPath(path)) }

func stemPath(path string) string { return strings.TrimSuffix(path, filepath.Ext(path)) }

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
	order := func(names []string, name string) int { return slices.Index(names, name) }
	slices.SortFunc(pairs, func(a, b pair) int {
		return cmp.Or(
			cmp.Compare(order(datasets, a.dataset), order(datasets, b.dataset)), cmp.Compare(a.dataset, b.dataset),
			cmp.Compare(order(s.Models, a.model), order(s.Models, b.model)), cmp.Compare(a.model, b.model))
	})
	for _, d := range datasets {
		if !slices.ContainsFunc(pairs, func(p pair) bool { return p.dataset == d }) {
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
				if (datasets == nil || slices.Contains(datasets, p.dataset)) && (len(s.Models) == 0 || slices.Contains(s.Models, p.model)) {
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

func (s *Spec) tell(format string, args ...any) {
	if s.Told != nil {
		s.Told(fmt.Sprintf(format, args...))
	}
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

// listed returns the files of the spec's list, a CSV of model, features and labels, and
// whatever other inputs there are. Paths are relative to its folder.
func (s *Spec) listed() ([]files.Paths, error) {
	path := s.path(s.List)
	rows, err := files.ReadTable(path)
	if err != nil {
		return nil, err
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
		if (len(s.Models) == 0 || slices.Contains(s.Models, p.Model)) && (len(s.Datasets) == 0 || slices.Contains(s.Datasets, p.Dataset)) {
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
	seen := make(map[string]bool)
	for _, p := range inputs {
		if seen[p.Labels] {
			continue
		}
		seen[p.Labels] = true
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

// A pattern is a path in which {model} and {dataset} stand for names; every other letter
// is what it is.
type pattern struct {
	text     string // cleaned, without the key of an array or column
	shards   string // a last part in which * stands for any letters, such as "/*.npy"
	segments []string
}

func newPattern(path string) pattern {
	text, _ := files.SplitKey(files.Joined(path)[0])
	p := pattern{text: filepath.Clean(text)}
	if folder, name := filepath.Split(p.text); strings.Contains(name, "*") && strings.Contains(folder, "{") {
		p.shards = "/" + name
		p.text = filepath.Clean(folder)
	}
	p.segments = strings.Split(filepath.ToSlash(p.text), "/")
	return p
}

var placeholderName = regexp.MustCompile(`\{(model|dataset)\}`)

// letters is how many letters of the pattern stand for themselves.
func (p pattern) letters() int { return len(placeholderName.ReplaceAllString(p.text, "")) }

// list returns the paths that are like the pattern, in ascending order. Where names are
// nested, {model} may stand for several folders.
func (p pattern) list(nested bool) []string {
	paths := []string{""}
	for i, segment := range p.segments {
		var next []string
		deep := nested && strings.Contains(segment, "{model}")
		for _, path := range paths {
			switch {
			case !strings.Contains(segment, "{"):
				if literal := join(path, segment, i); i < len(p.segments)-1 || exists(literal) {
					next = append(next, literal)
				}
			case deep:
				next = append(next, below(path, i, 4)...)
			default:
				next = append(next, entries(path, i, strings.HasPrefix(segment, "."))...)
			}
		}
		if paths = next; deep {
			break
		}
	}
	like := func(path string) bool { return len(p.splits(path, nested)) > 0 }
	extension := files.Extension(p.text)
	paths = slices.DeleteFunc(paths, func(path string) bool {
		asWritten := strings.TrimSuffix(path, files.Extension(path)) + extension
		return !like(path) || !exists(path) || path != asWritten && exists(asWritten)
	})
	slices.Sort(paths)
	return paths
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// join puts segment i behind a path.
func join(path, segment string, i int) string {
	if i == 0 {
		return segment
	}
	return path + "/" + segment
}

// entries lists what is in a folder, but for hidden files.
func entries(folder string, i int, hidden bool) []string {
	open := folder
	if i == 0 {
		open = "."
	} else if folder == "" {
		open = "/"
	}
	all, err := os.ReadDir(open)
	if err != nil {
		return nil
	}
	var paths []string
	for _, e := range all {
		if hidden || !strings.HasPrefix(e.Name(), ".") {
			paths = append(paths, join(folder, e.Name(), i))
		}
	}
	return paths
}

// below lists what is in a folder and in folders in it, down to a depth.
func below(folder string, i, depth int) []string {
	if depth == 0 {
		return nil
	}
	paths := entries(folder, i, false)
	for _, path := range slices.Clone(paths) {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			paths = append(paths, below(path, i+1, depth-1)...)
		}
	}
	return paths
}

// splits returns all models and datasets for which the pattern is the path.
func (p pattern) splits(path string, nested bool) []pair {
	var found []pair
	var match func(pattern, text string, so pair)
	match = func(pattern, text string, so pair) {
		at := placeholderName.FindStringIndex(pattern)
		if at == nil {
			if cut := len(pattern) - len(files.Extension(pattern)); pattern == text || len(pattern) == len(text) && pattern[:cut] == text[:cut] && strings.EqualFold(pattern, text) {
				found = append(found, so) // as .NPY is .npy
			}
			return
		}
		rest, ok := strings.CutPrefix(text, pattern[:at[0]])
		if !ok {
			return
		}
		name, pattern := pattern[at[0]:at[1]], pattern[at[1]:]
		known := &so.model
		if name == "{dataset}" {
			known = &so.dataset
		}
		if *known != "" {
			if rest, ok := strings.CutPrefix(rest, *known); ok {
				match(pattern, rest, so)
			}
			return
		}
		for end := 1; end <= len(rest); end++ {
			if rest[end-1] == '/' && (!nested || name != "{model}") {
				break
			}
			*known = rest[:end]
			match(pattern, rest[end:], so)
		}
	}
	match(filepath.ToSlash(p.text), filepath.ToSlash(path), pair{})
	return found
}

// noFile is the error of a pattern that matches nothing.
func noFile(p pattern) error {
	if strings.Contains(p.text, "*") {
		return fmt.Errorf("no file matches %s: only {model} and {dataset} stand for names in it, and {model} also for names with folders, such as owner/name", p.text)
	}
	for i, segment := range p.segments {
		if strings.Contains(segment, "{") {
			if folder := strings.Join(p.segments[:i], "/"); folder != "" && !exists(folder) {
				return fmt.Errorf("no file matches %s: there is no folder %s", p.text, folder)
			}
			break
		}
	}
	if strings.Contains(p.text, `\`) && !strings.Contains(p.text, "/") {
		return fmt.Errorf("no file matches %s: write / between folders", p.text)
	}
	return errors.New("no file matches " + p.text)
}
