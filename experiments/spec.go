package experiments

import (
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"sfdalab/features/files"
	"sfdalab/internal/combinations"
	"sfdalab/internal/suggest"
	"sfdalab/results"
	"sfdalab/results/compare"
)

// A Spec says what to score and what to correlate it with. Paths are relative to
// the folder of its file.
type Spec struct {
	Name string `yaml:"name"` // of the experiment; the file's name if empty

	// Where the data is, as patterns in which {model} and {dataset} stand for
	// names: .npy, .npz or CSV.
	Features   string `yaml:"features"`
	Labels     string `yaml:"labels"`
	Outputs    string `yaml:"outputs"`    // source outputs
	Second     string `yaml:"second"`     // a second feature set
	Embeddings string `yaml:"embeddings"` // label embeddings

	// List is a table of model, features and labels, and where there are any dataset and
	// other inputs, in place of patterns; its paths are relative to its folder.
	List string `yaml:"list"`

	// How to read what can be read in several ways, see [files.Reading].
	LabelsAre   string   `yaml:"labels_are"`   // classes, targets, one-hot, multi-label or first-of-several
	IgnoreLabel []string `yaml:"ignore_label"` // labels whose samples are left out, or none
	Drop        []string `yaml:"drop"`         // columns of tables that are no features
	Pool        string   `yaml:"pool"`         // mean, max or cls

	// Extract has features, labels and outputs made of images, in place of these patterns.
	Extract Extraction `yaml:"extract"`

	// FineTune has networks fine-tuned; the accuracies are the ground truth unless another
	// one is named.
	FineTune FineTuning `yaml:"finetune"`

	// What fine-tuning came to on the test set, for the true accuracy of ensembles.
	Finetuned  string `yaml:"finetuned"`   // outputs, T×C
	TestLabels string `yaml:"test_labels"` // T

	// Which data; all that is there if empty.
	Datasets []string `yaml:"datasets"`
	Models   []string `yaml:"models"`

	// Truth is a built-in ground truth, a CSV file of dataset, model, accuracy, or what a run
	// of the store has measured: run:ID, run:latest.
	Truth string `yaml:"truth"`

	// Protocols are ground truths of the same models, fine-tuned in other ways; a report
	// says how much hangs on that.
	Protocols []string `yaml:"protocols"`

	// Baselines rank models without a look at the target data, and stand below the metrics
	// in tables. Facts is a CSV file of what is known of the models beforehand, besides what is
	// built in and what networks say themselves: model, and any of imagenet_top1, params_m and
	// gmacs.
	NoBaselines bool   `yaml:"no_baselines"`
	Facts       string `yaml:"facts"`

	// Test decides whether metrics differ: signed-rank or nemenyi; by rule if empty, see
	// [compare.Test].
	Test compare.Test `yaml:"test"`

	Metrics  []Entry  `yaml:"metrics"`
	Measures []string `yaml:"measures"` // of correlation, the first for the table; "tauw" if empty
	Seed     uint64   `yaml:"seed"`     // of random metrics and of subsampling
	Subsets  Subsets  `yaml:"subsets"`

	lines map[string]int // of the keys
	Path  string         `yaml:"-"` // of the file; "" when the spec was made in memory
	Text  string         `yaml:"-"` // of the file

	// Told is called with what is to be said of how inputs were found and read; nil for
	// nobody.
	Told func(text string) `yaml:"-"`
}

// Commented is a spec with comments, to begin from.
//
//go:embed commented.yaml
var Commented string

// An Entry is a metric of a spec, once for each combination of the values in its
// grid; or a file of scores that were computed elsewhere. In a file, a name alone
// is a metric with default parameters.
type Entry struct {
	Metric string           `yaml:"metric"`
	Params map[string]any   `yaml:"params"`
	Grid   map[string][]any `yaml:"grid"`

	// Program is a command that computes the metric, and its arguments; it runs in
	// the spec's folder. See [Program].
	Program []string `yaml:"program"`
	Timeout float64  `yaml:"timeout"` // seconds that it may take for a score; 600 if zero

	// Scores is a built-in table of published scores or a CSV file of dataset,
	// model, metric, score.
	Scores string `yaml:"scores"`

	Name  string `yaml:"name"`  // in tables; made from metric and parameters if empty
	Truth string `yaml:"truth"` // other than the spec's

	line int
}

// Subsets asks for scores of random subsets besides those of all samples: they
// tell how much of a difference is chance. A subset has the same share of each
// class, and is the same for all models of a dataset. The smaller of two fractions is
// a part of the larger.
type Subsets struct {
	Count    int       `yaml:"count"`    // of each fraction
	Fraction Fractions `yaml:"fraction"` // of the samples of each class, the first for the table; 0.5 if empty

	line int
}

// Fractions are shares of the samples. In a file, one may be written without brackets.
type Fractions []float64

// Load reads a spec file.
func Load(path string) (*Spec, error) {
	text, err := readText(path)
	if os.IsNotExist(err) {
		return nil, suggest.File(path)
	}
	if err != nil {
		return nil, err
	}
	return Parse(string(text), path)
}

// check reports what makes the spec useless before any file is read.
func (s *Spec) check() error {
	if err := s.checkExtract(); err != nil {
		return s.errorAt(s.Extract.line, err)
	}
	if err := s.checkFineTune(); err != nil {
		return s.errorAt(s.FineTune.line, err)
	}
	scored := slices.ContainsFunc(s.Metrics, func(e Entry) bool { return e.Scores == "" })
	switch {
	case len(s.Metrics) == 0 && !s.trains():
		return s.errorAt(0, errors.New("no metrics: list some under the key metrics, or networks to train under finetune"))
	case s.List != "" && s.Features != "":
		return s.errorAt(0, errors.New("give either list or features, not both"))
	case scored && !s.extracts() && s.List == "" && (s.Features == "" || s.Labels == ""):
		return s.errorAt(0, errors.New("metrics need the keys features and labels, or extract"))
	}
	if err := s.reading(files.Paths{}).Check(); err != nil {
		return s.errorAt(0, err)
	}
	if err := s.Subsets.check(); err != nil {
		return s.errorAt(s.Subsets.line, err)
	}
	if s.Subsets.Count == 0 && len(s.Subsets.Fraction) > 0 {
		return s.errorAt(s.Subsets.line, errors.New("subsets: a fraction without a count: say how many there are, such as {count: 5, fraction: 0.5}"))
	}
	if s.Test != compare.ByRule && !slices.Contains(compare.Tests(), s.Test) {
		return s.errorAt(s.lines["test"], fmt.Errorf("test %q: want one of %v", s.Test, compare.Tests()))
	}
	for _, pattern := range []string{s.Features, s.Labels, s.Outputs, s.Second, s.Embeddings, s.Finetuned, s.TestLabels, s.Extract.Images, s.Extract.Root, s.FineTune.Images, s.FineTune.Root} {
		for _, name := range placeholder.FindAllString(pattern, -1) {
			if name != "{model}" && name != "{dataset}" {
				return s.errorAt(0, fmt.Errorf("pattern %s: %s is unknown: only {model} and {dataset} stand for names", pattern, name))
			}
		}
	}
	for _, list := range []struct {
		key   string
		names []string
	}{{"datasets", s.Datasets}, {"models", s.Models}, {"protocols", s.Protocols}} {
		if err := checkNames(list.key, list.names); err != nil {
			return s.errorAt(s.lines[list.key], err)
		}
	}
	if _, err := s.measures(); err != nil {
		return s.errorAt(s.lines["measures"], err)
	}
	variants := 0
	for _, e := range s.Metrics {
		if variants += combinations.Count(e.Grid, mostVariants); variants > mostVariants {
			return s.errorAt(e.line, errVariants)
		}
		if err := e.check(s); err != nil {
			return s.errorAt(e.line, err)
		}
	}
	return nil
}

// check reports what is wrong with an entry for which no file need be read.
func (e Entry) check(s *Spec) error {
	given := 0
	for _, key := range []bool{e.Metric != "", e.Program != nil, e.Scores != ""} {
		if key {
			given++
		}
	}
	switch {
	case given != 1:
		return errors.New("an entry needs one of the keys metric, program and scores")
	case e.Timeout != 0 && e.Program == nil:
		return errors.New("only a program has a timeout")
	case !(e.Timeout >= 0 && e.Timeout <= mostTimeout):
		return fmt.Errorf("timeout must be positive and at most %[2]d seconds (30 days), not %[1]g", e.Timeout, mostTimeout)
	case e.Scores != "" && (e.Params != nil || e.Grid != nil):
		return errors.New("scores that are read have neither params nor a grid")
	case e.Scores != "":
		return nil
	}
	_, err := e.variants(s)
	return err
}

var placeholder = regexp.MustCompile(`\{[^}]*\}`)

// truth returns the ground truth of an entry.
func (s *Spec) truth(e Entry) string { return s.table(cmp.Or(e.Truth, s.Truth)) }

// table returns a built-in name as it is, and the path of a CSV file as the working
// directory sees it.
func (s *Spec) table(nameOrPath string) string {
	if filepath.Ext(nameOrPath) == "" || strings.HasPrefix(nameOrPath, results.RunPrefix) {
		return nameOrPath
	}
	return s.path(nameOrPath)
}

// path returns a path of the spec as the working directory sees it.
func (s *Spec) path(p string) string {
	parts := files.Joined(p)
	for i, part := range parts {
		parts[i] = s.place(part)
	}
	return strings.Join(parts, "+")
}

func (s *Spec) place(p string) string {
	if rest, ok := strings.CutPrefix(p, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	if p == "" || filepath.IsAbs(p) || s.Path == "" {
		return p
	}
	return filepath.Join(filepath.Dir(s.Path), p)
}

// LoadTruth returns the ground truth of the spec; see [LoadTruth] for one that a run has made.
func (s *Spec) LoadTruth() (*results.Truth, error) { return LoadTruth(s.truth(Entry{}), nil) }

// measures returns the measures of correlation that the spec names, the first of all
// if it names none.
func (s *Spec) measures() ([]results.Measure, error) {
	if len(s.Measures) == 0 {
		return results.Measures()[:1], nil
	}
	if n := len(s.Measures); n > mostMeasures {
		return nil, fmt.Errorf("measures: %d are too many: a spec may have at most %d", n, mostMeasures)
	}
	return results.MeasuresByName(s.Measures)
}

func (s *Spec) tell(format string, args ...any) {
	if s.Told != nil {
		s.Told(fmt.Sprintf(format, args...))
	}
}

// tellAll tells what is to be said of how a table is read.
func (s *Spec) tellAll(told []string) {
	for _, text := range told {
		s.tell("%s", text)
	}
}
