package results

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"sfdalab/internal/strict"
	"sfdalab/internal/suggest"
)

// A Fact is something known of a model before any target data is seen.
type Fact struct {
	Name  string // column of a table of facts, such as "imagenet_top1"
	Title string // as tables write it
}

// StaticFacts are the facts that rank models by themselves: more is better.
func StaticFacts() []Fact {
	return []Fact{
		{"imagenet_top1", "ImageNet top-1"},
		{"params_m", "parameters"},
		{"gmacs", "multiply-adds"},
	}
}

// Facts are what is known of models: for each model, numbers by the names of facts. The
// accuracy on ImageNet is in percent (of a linear classifier where the model was
// pre-trained without labels), parameters are in millions, multiply-adds in billions.
type Facts map[string]map[string]float64

// LoadFacts returns the facts of a CSV file with the column model and those of facts, or,
// for "", those built in, of 48 models of the hubs.
func LoadFacts(path string) (Facts, error) {
	if path == "" {
		return ReadFacts(builtIn("models/facts.csv"))
	}
	f, err := suggest.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	facts, err := ReadFacts(f)
	if err != nil {
		return nil, fmt.Errorf("facts %s: %w", path, err)
	}
	return facts, nil
}

// ReadFacts reads facts from a CSV with a header, the column model and at least one of
// those of StaticFacts. Empty cells are not known; other columns are passed over.
func ReadFacts(r io.Reader) (Facts, error) {
	in := strict.NewRecords(r)
	in.TrimLeadingSpace = true
	header, err := in.Read()
	if err == io.EOF {
		return nil, errors.New("the file is empty")
	} else if err != nil {
		return nil, strict.Table(err)
	}
	model := slices.Index(header, "model")
	if model < 0 {
		return nil, fmt.Errorf("no column %q among %s", "model", strings.Join(header, ", "))
	}
	column := map[string]int{}
	var names []string
	for _, f := range StaticFacts() {
		names = append(names, f.Name)
		if i := slices.Index(header, f.Name); i >= 0 {
			column[f.Name] = i
		}
	}
	if len(column) == 0 {
		return nil, fmt.Errorf("none of the columns %s among %s", strings.Join(names, ", "), strings.Join(header, ", "))
	}
	facts := Facts{}
	for {
		record, err := in.Read()
		if err == io.EOF {
			return facts, nil
		} else if err != nil {
			return nil, strict.Table(err)
		}
		line, _ := in.FieldPos(0)
		name := strings.TrimSpace(record[model])
		if name == "" {
			return nil, fmt.Errorf("line %d: model is empty", line)
		}
		if facts[name] != nil {
			return nil, fmt.Errorf("line %d: model %s is already in an earlier line", line, name)
		}
		facts[name] = map[string]float64{}
		for fact, i := range column {
			text := strings.TrimSpace(record[i])
			if text == "" {
				continue
			}
			v, err := strict.Number(text)
			if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("line %d: %s %q is not a finite number", line, fact, text)
			}
			facts[name][fact] = v
		}
	}
}

// Of returns a fact of a model. A model named architecture@source has those of its
// architecture where it has none of its own: its accuracy on ImageNet is then that of the
// architecture, whatever it was pre-trained on.
func (f Facts) Of(model, fact string) (float64, bool) {
	if v, ok := f[model][fact]; ok {
		return v, true
	}
	architecture, _, ok := strings.Cut(model, "@")
	if !ok {
		return 0, false
	}
	v, ok := f[architecture][fact]
	return v, ok
}
