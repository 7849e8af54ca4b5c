package experiments

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"sfdalab/experiments/plan"
	"sfdalab/extract"
	"sfdalab/extract/datasets"
	"sfdalab/extract/transform"
	"sfdalab/features/files"
	"sfdalab/internal/onnxruntime"
	"sfdalab/internal/par"
	"sfdalab/results"
	"sfdalab/results/record"
)

// An Extraction says from which images, and by which networks, features are extracted
// before they are scored. The zero value is none.
type Extraction struct {
	Networks  string `yaml:"networks"`  // ONNX models, a file for each {model}
	Images    string `yaml:"images"`    // a folder or file of images, for each {dataset}
	Root      string `yaml:"root"`      // or the folder of each {dataset} that a paper used
	Split     Splits `yaml:"split"`     // what to take; the default of a dataset if empty
	Transform string `yaml:"transform"` // how images become inputs, see [extract.Transforms]
	Layer     string `yaml:"layer"`     // what the classifier takes if empty
	Pool      string `yaml:"pool"`      // of positions or tokens: mean, max or cls
	Exif      bool   `yaml:"exif"`      // turn images upright as their EXIF data say
	SkipBad   bool   `yaml:"skip_bad"`  // leave out images that cannot be decoded
	Device    string `yaml:"device"`    // cpu if empty, or cuda

	line  int
	made  map[plan.Key]files.Paths // by the extractions that are done
	sizes map[string]extract.Size  // of networks, by the extractions that are done
}

// Splits say what to take of each dataset: one split of all (""), or each its own. Those without one have the
// default.
type Splits map[string]string

// UnmarshalYAML reads one split, or a mapping from datasets to splits.
func (s *Splits) UnmarshalYAML(node ast.Node) error {
	if _, ok := node.(*ast.MappingNode); ok {
		return yaml.NodeToValue(node, (*map[string]string)(s))
	}
	*s = Splits{"": node.GetToken().Value}
	return nil
}

// of returns the split of a dataset.
func (s Splits) of(dataset string) string { return cmp.Or(s[dataset], s[""]) }

// UnmarshalYAML reads an extraction, and where it is.
func (x *Extraction) UnmarshalYAML(node ast.Node) error {
	x.line = lineOf(node)
	type plain Extraction // without this method
	return yaml.NodeToValue(node, (*plain)(x), yaml.Strict())
}

// extracts reports whether the features are extracted.
func (s *Spec) extracts() bool { return s.Extract.Networks != "" }

// checkExtract reports what is wrong with the extraction before any file is read.
func (s *Spec) checkExtract() error {
	x := s.Extract
	switch {
	case !s.extracts() && x.line > 0:
		return errors.New("extract: the key networks is missing")
	case !s.extracts():
		return nil
	case s.Features != "" || s.Labels != "" || s.Outputs != "" || s.List != "":
		return errors.New("extract makes features, labels and outputs: leave out their keys, and list")
	}
	if err := s.checkImages(x.Images, x.Root); err != nil {
		return fmt.Errorf("extract: %w", err)
	}
	if x.Device != "" && x.Device != "cpu" && x.Device != "cuda" {
		return fmt.Errorf("extract: device %s: want cpu or cuda", x.Device)
	}
	if _, err := extract.ParsePool(x.Pool); err != nil {
		return fmt.Errorf("extract: %w", err)
	}
	for name := range x.Split {
		if name != "" && len(s.Datasets) > 0 && !slices.Contains(s.Datasets, name) {
			return fmt.Errorf("extract: split: %s is not among the datasets", name)
		}
	}
	return nil
}

// checkImages reports what is wrong with where the images of a section are.
func (s *Spec) checkImages(images, root string) error {
	switch {
	case (images == "") == (root == ""):
		return errors.New("give either images, or root for a dataset of papers")
	case root != "" && len(s.Datasets) == 0:
		return errors.New(`list the datasets in root under the key datasets, by the names that "sfdalab datasets" prints`)
	case len(s.Datasets) > 1 && !strings.Contains(images+root, "{dataset}"):
		return errors.New("there are several datasets: write {dataset} into the place of their images")
	case root == "":
		return nil
	}
	for _, name := range s.Datasets {
		if _, err := datasets.Find(name); err != nil {
			return err
		}
	}
	return nil
}

// extractedInputs returns the inputs that extractions make, which have no paths before.
func (s *Spec) extractedInputs() ([]files.Paths, error) {
	names, err := s.imageDatasets(s.Extract.Images)
	if err != nil {
		return nil, err
	}
	models, _, err := extract.FindNetworks(s.path(s.Extract.Networks))
	if err != nil {
		return nil, err
	}
	at := places(models)
	for _, m := range s.Models {
		if _, ok := at[m]; !ok {
			return nil, fmt.Errorf("no network of %s is named %s", s.path(s.Extract.Networks), m)
		}
	}
	if len(s.Models) > 0 {
		models = s.Models
	}
	if err := s.checkInputs(len(models), len(names)); err != nil {
		return nil, err
	}
	var inputs []files.Paths
	for _, dataset := range names {
		for _, model := range models {
			inputs = append(inputs, s.input(model, dataset))
		}
	}
	return inputs, nil
}

// imageDatasets returns the datasets: those that the spec lists, those that the pattern of
// images shows, or the one that is named as its folder or file.
func (s *Spec) imageDatasets(images string) ([]string, error) {
	if len(s.Datasets) > 0 {
		return s.Datasets, nil
	}
	path, err := filepath.Abs(s.path(images))
	if err != nil {
		return nil, err
	}
	if !strings.Contains(images, "{dataset}") {
		return []string{stem(path)}, nil
	}
	var names []string
	p := newPattern(path)
	for _, path := range p.list(false) {
		for _, pair := range p.splits(path, false) {
			names = append(names, pair.dataset)
		}
	}
	if len(names) == 0 {
		return nil, noFile(p)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// extraction is the task that makes an input.
func extraction(model, dataset string) plan.Key {
	return plan.Key{Kind: plan.Extract, Model: model, Dataset: dataset}
}

// extract extracts what batches lack, and gives them the paths. What cannot be
// extracted is said in the batches; the error is why nothing could be.
func (r *runner) extract(ctx context.Context, batches []*batch) error {
	if _, err := onnxruntime.Open(r.Extract.Runtime); err != nil {
		return err
	}
	o, err := r.extractOptions()
	if err != nil {
		return r.spec.errorAt(r.spec.Extract.line, err)
	}
	r.spec.Extract.made, r.spec.Extract.sizes = make(map[plan.Key]files.Paths), make(map[string]extract.Size)
	var names []string
	of := make(map[string][]*batch)
	for _, b := range batches {
		names = append(names, b.input.Dataset)
		of[b.input.Dataset] = append(of[b.input.Dataset], b)
	}
	for _, name := range results.Distinct(names) {
		if err := r.extractDataset(ctx, name, of[name], o); err != nil {
			return err
		}
	}
	return nil
}

// extractDataset extracts the inputs of one dataset. The error is that of ctx.
func (r *runner) extractDataset(ctx context.Context, name string, batches []*batch, o extract.Options) error {
	for _, b := range batches {
		o.Models = append(o.Models, b.input.Model)
	}
	d, err := r.spec.source(name).Open()
	var extracted []extract.Extracted
	if err == nil {
		extracted, err = extract.Cached(ctx, d, o)
	}
	at := make(map[string]int)
	for i, x := range extracted {
		at[x.Paths.Model] = i
	}
	for _, b := range batches {
		i, tried := at[b.input.Model]
		switch {
		case err != nil:
			b.err = fmt.Errorf("extract: %w", err)
		case !tried: // the one before would have failed alike
			b.err = extracted[len(extracted)-1].Err
		case extracted[i].Err != nil:
			b.err = extracted[i].Err
		default:
			r.spec.Extract.made[extraction(b.input.Model, name)] = extracted[i].Paths
			b.input = r.spec.input(b.input.Model, name)
			r.describe(d, extracted[i].Made)
			r.spec.Extract.sizes[b.input.Model] = *extracted[i].Made.Size
		}
	}
	return ctx.Err()
}

// extracted returns the batches whose features are there, and notes the models of the others.
func (r *runner) extracted(batches []*batch) []*batch {
	return slices.DeleteFunc(batches, func(b *batch) bool {
		_, made := r.spec.Extract.made[extraction(b.input.Model, b.input.Dataset)]
		if !made {
			r.result.unextracted = append(r.result.unextracted, b.input.Model)
		}
		return !made
	})
}

// describe has the run record what images its features are of, and how long they took.
func (r *runner) describe(d *datasets.Dataset, made extract.Provenance) {
	of := record.Images{
		Dataset: d.Name, Split: d.Split, Count: len(d.Samples), Classes: len(d.Classes),
		LeftOut: len(made.LeftOut), Transform: made.Inputs.Transform,
	}
	at := slices.IndexFunc(r.result.Images, func(i record.Images) bool {
		i.Networks, i.Seconds = 0, 0
		return i == of
	})
	if at < 0 {
		at, r.result.Images = len(r.result.Images), append(r.result.Images, of)
	}
	r.result.Images[at].Networks++
	r.result.Images[at].Seconds += made.Seconds
}

// source says where the images of a dataset are.
func (s *Spec) source(dataset string) datasets.Source {
	x := s.Extract
	if x.Root != "" {
		return datasets.Source{Dataset: dataset, Root: s.fill(x.Root, "", dataset), Split: x.Split.of(dataset)}
	}
	return datasets.Source{Images: s.fill(x.Images, "", dataset), Name: dataset, Split: x.Split.of(dataset)}
}

func (r *runner) extractOptions() (extract.Options, error) {
	x, o := r.spec.Extract, r.Extract
	o.Networks, o.Layer, o.Device, o.SkipBad, o.Exif = r.spec.path(x.Networks), x.Layer, x.Device, x.SkipBad, x.Exif
	o.Threads, o.Workers = cmp.Or(o.Threads, par.Limit()), cmp.Or(o.Workers, par.Limit())
	switch {
	case o.Folder != "":
	case r.part != nil:
		o.Folder = FeatureFolder(r.part.store)
	case r.Store != nil:
		o.Folder = FeatureFolder(r.Store.Path())
	default:
		return o, errors.New("extract: there is neither a store nor a folder to keep the features in")
	}
	var err error
	if o.Pool, err = extract.ParsePool(x.Pool); err != nil {
		return o, err
	}
	name := x.Transform
	if name != "" && !slices.Contains(transform.Names, name) {
		name = r.spec.path(name)
	}
	o.Transform, err = extract.Transforms(name)
	return o, err
}

// extractTask is the task of making the input of a batch.
func (s *Spec) extractTask(b *batch) plan.Task {
	t := plan.Task{Key: extraction(b.input.Model, b.input.Dataset), Needs: plan.Resources{Cores: par.Limit()}}
	if s.Extract.Device == "cuda" {
		t.Needs.GPUs = 1
	}
	return t
}
