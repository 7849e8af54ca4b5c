package experiments

import (
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"sfdalab/features/files"
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

	Path string `yaml:"-"` // of the file; "" when the spec was made in memory
	Text string `yaml:"-"` // of the file

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

// Parse reads a spec from text that came from the file at path. Errors tell the
// line.
func Parse(text, path string) (*Spec, error) {
	spec := &Spec{Path: path, Text: text}
	if err := spec.parse(); err != nil {
		return nil, err
	}
	if spec.Name == "" {
		spec.Name = stem(path)
	}
	return spec, nil
}

func (s *Spec) parse() error {
	text := strings.ReplaceAll(strings.TrimPrefix(s.Text, "\ufeff"), "\r\n", "\n") // as some editors write it
	if line, err := checkDepth(text); err != nil {
		return s.errorAt(line, err)
	}
	if line, err := checkLetters(text); err != nil {
		return s.errorAt(line, err)
	}
	file, err := parser.ParseBytes([]byte(text), 0)
	if err != nil {
		return s.yamlError(err)
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil || file.Docs[0].Body.Type() != ast.MappingType {
		return s.errorAt(1, errors.New("a spec is one mapping of keys such as features, labels and metrics"))
	}
	root := file.Docs[0].Body
	if line, err := checkAliases(root); err != nil {
		return s.errorAt(line, err)
	}
	renameKeys(root)
	if line, err := checkKeys(root, reflect.TypeFor[Spec]()); err != nil {
		return s.errorAt(line, err)
	}
	if err := yaml.NodeToValue(root, s, yaml.Strict()); err != nil {
		return s.yamlError(err)
	}
	return s.check()
}

// checkLetters reports what editors write in place of blanks, which YAML does not take for
// them.
func checkLetters(text string) (line int, err error) {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return 1, errors.New("is not text in UTF-8: save it as UTF-8")
	}
	number := 0
	for line := range strings.SplitSeq(text, "\n") {
		number++
		rest := strings.TrimLeft(line, " ")
		switch {
		case strings.HasPrefix(rest, "\t"):
			return number, errors.New("the line is indented with a tab: YAML needs spaces")
		case strings.ContainsRune(rest, '\u00a0') && !strings.Contains(rest, "#"):
			return number, errors.New("the line has a non-breaking space (U+00A0): write a plain space")
		}
	}
	return 0, nil
}

// renameKeys gives keys of earlier versions the names that they have now.
func renameKeys(root ast.Node) {
	for _, v := range root.(*ast.MappingNode).Values {
		if key, ok := v.Key.(*ast.StringNode); ok && key.Value == "repeats" {
			key.Value, key.Token.Value = "subsets", "subsets"
		}
	}
}

// errorAt puts the place in the spec before an error; line is 0 where it is of no
// one line.
func (s *Spec) errorAt(line int, err error) error {
	if line == 0 {
		return fmt.Errorf("%s: %w", s.Path, err)
	}
	return fmt.Errorf("%s:%d: %w", s.Path, line, err)
}

// yamlError is errorAt for an error of the parser, without the excerpt that it adds.
func (s *Spec) yamlError(err error) error {
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		return s.errorAt(at.GetToken().Position.Line, errors.New(plainMismatch(at.GetMessage())))
	}
	return s.errorAt(0, err)
}

// checkKeys reports the first key in node that the struct type t, and those
// within it, do not have.
func checkKeys(node ast.Node, t reflect.Type) (line int, err error) {
	switch node := node.(type) {
	case *ast.SequenceNode:
		if t.Kind() == reflect.Slice {
			for _, v := range node.Values {
				if line, err := checkKeys(v, t.Elem()); err != nil {
					return line, err
				}
			}
		}
	case *ast.MappingNode:
		if t.Kind() != reflect.Struct {
			return 0, nil
		}
		fields, known := make(map[string]reflect.Type), []string(nil)
		for _, f := range reflect.VisibleFields(t) {
			if key := f.Tag.Get("yaml"); key != "" && key != "-" {
				fields[key], known = f.Type, append(known, key)
			}
		}
		for _, v := range node.Values {
			key := v.Key.GetToken().Value
			field, ok := fields[key]
			if !ok {
				return v.Key.GetToken().Position.Line, fmt.Errorf("unknown key %q%s", clip([]byte(key), 80), cmp.Or(suggest.Hint(key, known), `; "sfdalab help spec" lists all`))
			}
			v.Value = asWritten(v.Value, field)
			if line, err := checkKeys(v.Value, field); err != nil {
				return line, err
			}
		}
	default:
		return checkWhole(node, t)
	}
	return 0, nil
}

// lineOf returns the line on which a node begins.
func lineOf(node ast.Node) int {
	if m, ok := node.(*ast.MappingNode); ok && len(m.Values) > 0 {
		node = m.Values[0].Key
	}
	return node.GetToken().Position.Line
}

// UnmarshalYAML reads subsets, and where they are.
func (s *Subsets) UnmarshalYAML(node ast.Node) error {
	s.line = lineOf(node)
	type plain Subsets // without this method
	return yaml.NodeToValue(node, (*plain)(s), yaml.Strict())
}

// asWritten returns the node of a name, or of a list of names, as text: 050, 1.10 and no
// are the names that they look like, not numbers or booleans. Where a list is asked for,
// one name will do.
func asWritten(node ast.Node, t reflect.Type) ast.Node {
	switch {
	case t.Kind() == reflect.String:
		switch node.Type() {
		case ast.IntegerType, ast.FloatType, ast.BoolType, ast.InfinityType, ast.NanType:
			return ast.String(token.String(node.GetToken().Value, node.GetToken().Origin, node.GetToken().Position))
		}
	case t == reflect.TypeFor[[]string]():
		if list, ok := node.(*ast.SequenceNode); ok {
			for i, v := range list.Values {
				if v = asWritten(v, t.Elem()); v.Type() == ast.NullType && v.GetToken().Value != "" { // null, ~: names, too
					v = ast.String(token.String(v.GetToken().Value, v.GetToken().Origin, v.GetToken().Position))
				}
				list.Values[i] = v
			}
		} else if _, ok := node.(ast.ScalarNode); ok && node.Type() != ast.NullType {
			list := ast.Sequence(node.GetToken(), true)
			list.Values = []ast.Node{asWritten(node, t.Elem())}
			return list
		}
	}
	return node
}

// UnmarshalYAML reads an entry from a name or a mapping.
func (e *Entry) UnmarshalYAML(node ast.Node) error {
	e.line = lineOf(node)
	if _, ok := node.(*ast.MappingNode); ok {
		type plain Entry // without this method
		return yaml.NodeToValue(node, (*plain)(e), yaml.Strict())
	}
	return yaml.NodeToValue(node, &e.Metric)
}

// UnmarshalYAML reads fractions from a number or a list.
func (f *Fractions) UnmarshalYAML(node ast.Node) error {
	if _, ok := node.(*ast.SequenceNode); ok {
		return yaml.NodeToValue(node, (*[]float64)(f))
	}
	*f = make(Fractions, 1)
	return yaml.NodeToValue(node, &(*f)[0])
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
	if s.Test != compare.ByRule && !slices.Contains(compare.Tests(), s.Test) {
		return s.errorAt(0, fmt.Errorf("test %q: want one of %v", s.Test, compare.Tests()))
	}
	for _, pattern := range []string{s.Features, s.Labels, s.Outputs, s.Second, s.Embeddings, s.Finetuned, s.TestLabels, s.Extract.Images, s.Extract.Root, s.FineTune.Images, s.FineTune.Root} {
		for _, name := range placeholder.FindAllString(pattern, -1) {
			if name != "{model}" && name != "{dataset}" {
				return s.errorAt(0, fmt.Errorf("pattern %s: %s is unknown: only {model} and {dataset} stand for names", pattern, name))
			}
		}
	}
	if _, err := s.measures(); err != nil {
		return s.errorAt(0, err)
	}
	for _, e := range s.Metrics {
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
	measures := make([]results.Measure, len(s.Measures))
	for i, name := range s.Measures {
		m, err := results.MeasureByName(name)
		if err != nil {
			return nil, err
		}
		measures[i] = m
	}
	return measures, nil
}
