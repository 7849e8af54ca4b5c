package experiments

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"sfdalab/finetune"
	"sfdalab/internal/par"
)

// A FineTuning says which networks a program fine-tunes on which images, and how. The zero
// value is none.
type FineTuning struct {
	// Networks are names that the program knows, or files; {model} in a file's name stands
	// for those of all that there are. The spec's models if empty.
	Networks []string `yaml:"networks"`

	Images     string  `yaml:"images"`     // a folder or file of images, for each {dataset}
	Root       string  `yaml:"root"`       // or the folder of each {dataset} that a paper used
	Train      string  `yaml:"train"`      // splits: see [datasets.Splits]
	Validation string  `yaml:"validation"` //
	Test       string  `yaml:"test"`       //
	HoldOut    float64 `yaml:"hold_out"`   // share of train that is drawn where there is no validation; 0.2 if zero
	Measure    string  `yaml:"measure"`    // see [finetune.Measures]; that of papers for their datasets, else top-1, if empty

	Protocol Protocol `yaml:"protocol"` // sfda if empty
	Seeds    []uint64 `yaml:"seeds"`    // of the last training, the first also of the sweep; 0 if empty

	Program []string  `yaml:"program"` // command; the Python package's if empty
	Version string    `yaml:"version"` // of the program: another one trains all again
	Needs   Resources `yaml:"resources"`
	Silence string    `yaml:"silence"` // after which a program that says nothing is ended; 30m if empty

	line int
}

// Resources are what a trial takes.
type Resources struct {
	GPUs   int    `yaml:"gpus"`
	Cores  int    `yaml:"cores"`  // all if zero
	Memory string `yaml:"memory"` // such as 16G; not counted if empty
	Time   string `yaml:"time"`   // limit of an attempt, such as 90m or 12h; none if empty
}

// A Protocol is the name of one, a file that holds one, or one.
type Protocol struct {
	finetune.Custom `yaml:",inline"`

	file string
}

// UnmarshalYAML reads a section, and where it is.
func (f *FineTuning) UnmarshalYAML(node ast.Node) error {
	f.line = lineOf(node)
	type plain FineTuning // without this method
	return yaml.NodeToValue(node, (*plain)(f), yaml.Strict())
}

// UnmarshalYAML reads a protocol from a name or a mapping.
func (p *Protocol) UnmarshalYAML(node ast.Node) error {
	if _, ok := node.(*ast.MappingNode); ok {
		return yaml.NodeToValue(node, &p.Custom, yaml.Strict())
	}
	if err := yaml.NodeToValue(node, &p.Like); err != nil {
		return err
	}
	if ext := filepath.Ext(p.Like); ext == ".yaml" || ext == ".yml" {
		p.file, p.Like = p.Like, ""
	}
	return nil
}

// trains reports whether networks are fine-tuned.
func (s *Spec) trains() bool { return s.FineTune.line > 0 }

// checkFineTune reports what is wrong with fine-tuning before any file is read.
func (s *Spec) checkFineTune() error {
	f := s.FineTune
	if !s.trains() {
		return nil
	}
	if len(f.Networks) == 0 && len(s.Models) == 0 {
		return errors.New("finetune: list the networks, under the key networks")
	}
	if err := s.checkImages(f.Images, f.Root); err != nil {
		return fmt.Errorf("finetune: %w", err)
	}
	switch {
	case !(f.HoldOut >= 0 && f.HoldOut < 1): // nor NaN
		return fmt.Errorf("finetune: hold_out %g: want a fraction above 0 and below 1", f.HoldOut)
	case f.HoldOut > 0 && f.Validation != "":
		return errors.New("finetune: give validation or hold_out, not both")
	case f.Measure != "" && !slices.Contains(finetune.Measures, finetune.Measure(f.Measure)):
		return fmt.Errorf("finetune: measure %s: want one of %v", f.Measure, finetune.Measures)
	case f.Needs.GPUs < 0 || f.Needs.Cores < 0:
		return errors.New("finetune: resources: want whole numbers, 0 or above")
	}
	if f.Program != nil {
		if err := checkCommand(f.Program); err != nil {
			return fmt.Errorf("finetune: %w", err)
		}
	}
	if n := len(f.Seeds); n > mostSeeds {
		return fmt.Errorf("finetune: %d seeds are too many: a spec may have at most %d", n, mostSeeds)
	}
	seen := make(map[uint64]bool)
	for _, seed := range f.Seeds {
		if seen[seed] {
			return fmt.Errorf("finetune: seed %d is listed twice", seed)
		}
		seen[seed] = true
	}
	for _, text := range []string{f.Needs.Time, f.Silence} {
		if _, err := duration(text); err != nil {
			return fmt.Errorf("finetune: %w", err)
		}
	}
	if _, err := bytesOf(f.Needs.Memory); err != nil {
		return fmt.Errorf("finetune: %w", err)
	}
	if f.Protocol.file == "" {
		if _, err := s.protocol(); err != nil {
			return fmt.Errorf("finetune: %w", err)
		}
	}
	return nil
}

// reserved are parameters of a trial besides its settings.
var reserved = []string{"network", "train", "measure", "program", "program_version"}

// protocol returns the protocol, from its file where it has one.
func (s *Spec) protocol() (finetune.Protocol, error) {
	custom := s.FineTune.Protocol.Custom
	if file := s.FineTune.Protocol.file; file != "" {
		var err error
		if custom, err = readProtocol(s.path(file)); err != nil {
			return finetune.Protocol{}, err
		}
	}
	if custom.Like == "" && custom.Settings == nil && custom.Grid == nil && custom.Sweep == nil && custom.Name == "" {
		custom.Like = "sfda"
	}
	p, err := custom.Protocol()
	if err != nil {
		return p, fmt.Errorf("protocol: %w", err)
	}
	for _, settings := range p.Sweep {
		for _, name := range reserved {
			if _, ok := settings[name]; ok {
				return p, fmt.Errorf("protocol: no setting can be named %s", name)
			}
		}
	}
	return p, nil
}

// readProtocol reads a file that holds a protocol.
func readProtocol(path string) (custom finetune.Custom, err error) {
	text, err := readText(path)
	if err != nil {
		return custom, fmt.Errorf("protocol: %w", err)
	}
	if err := decodeYAML(string(text), &custom); err != nil {
		return custom, fmt.Errorf("protocol %s: %w", path, err)
	}
	return custom, nil
}

// duration reads a time such as 90m or 12h; none if empty.
func duration(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 || d > mostTimeout*time.Second {
		return 0, fmt.Errorf("%q is not a duration: want one such as 90m or 12h, above 0 and at most 720h (30 days)", text)
	}
	return d, nil
}

// bytesOf reads a size of memory such as 16G; 0 if empty.
func bytesOf(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	number := strings.TrimRight(text, "KMGTiB")
	unit := strings.TrimSuffix(strings.TrimSuffix(text[len(number):], "B"), "i")
	shift, ok := map[string]int{"": 0, "K": 10, "M": 20, "G": 30, "T": 40}[unit]
	n, err := strconv.ParseInt(number, 10, 32)
	if err != nil || !ok || n <= 0 {
		return 0, fmt.Errorf("memory %q: want a size such as 16G", text)
	}
	return n << shift, nil
}

// program returns the program that trains.
func (f *FineTuning) program(folder string) finetune.Program {
	p := finetune.Program{Command: f.Program, Folder: folder, Silence: 30 * time.Minute}
	if p.Command == nil {
		p.Command = []string{"python3", "-m", "sfdalab.finetune"}
	}
	p.Timeout, _ = duration(f.Needs.Time) // which were checked
	if f.Silence != "" {
		p.Silence, _ = duration(f.Silence)
	}
	return p
}

// seeds returns those of the last training.
func (f *FineTuning) seeds() []uint64 {
	if len(f.Seeds) == 0 {
		return []uint64{0}
	}
	return f.Seeds
}

// cores returns those of a trial: without a word of the user, its share of all.
func (f *FineTuning) cores() int {
	share := par.Limit()
	if f.Needs.GPUs > 0 {
		share = max(1, share*f.Needs.GPUs/max(len(gpus()), f.Needs.GPUs))
	}
	return min(cmp.Or(f.Needs.Cores, share), par.Limit())
}

// trialDatasets returns the datasets to fine-tune on.
func (s *Spec) trialDatasets() ([]string, error) { return s.imageDatasets(s.FineTune.Images) }
