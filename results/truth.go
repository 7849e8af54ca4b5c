package results

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-gota/gota/dataframe"
	"gonum.org/v1/gonum/floats"

	"sfdalab/internal/suggest"
)

// A Truth is a ground truth: the accuracies that models reach on datasets after
// fine-tuning.
type Truth struct {
	Name     string
	Title    string // what it holds, in a line
	Protocol string // how the models were fine-tuned; "" where that is not known
	Source   string // paper, and repository or file that it was copied from

	// Doubts names datasets whose accuracies are not to be relied on, and why.
	Doubts map[string]string

	// Frame has the columns dataset, model, accuracy (in percent), and whatever
	// else the file holds, such as in_paper_hub.
	// A column sd is the spread of an accuracy over seeds, in points.
	Frame dataframe.DataFrame

	accuracy map[string]map[string]float64 // by dataset and model
	sd       map[string][]float64          // by dataset
}

// LoadTruth returns the ground truth built in under that name, such as "supervised/full"
// or, for short, "supervised"; if there is none, that of a CSV file with the columns dataset, model and accuracy.
func LoadTruth(nameOrPath string) (*Truth, error) {
	var known []string
	for i := range builtInTruths {
		b := &builtInTruths[i]
		if b.called(nameOrPath) {
			return b.read(), nil
		}
		known = append(known, b.Name)
	}
	f, err := os.Open(nameOrPath)
	if os.IsNotExist(err) {
		return nil, fmt.Errorf("no file %s, and no ground truth of that name%s; built in are %s", nameOrPath, suggest.Hint(nameOrPath, known), strings.Join(known, ", "))
	} else if err != nil {
		return nil, err
	}
	defer f.Close()
	t, err := ReadTruth(f, nameOrPath)
	if err != nil {
		return nil, err
	}
	t.Name, t.Source = filepath.Base(nameOrPath), filepath.Base(nameOrPath) // for captions
	return t, nil
}

// ReadTruth reads a ground truth from a CSV with a header and the columns dataset,
// model and accuracy, in any order. Other columns are kept. The name is for errors
// and tables.
func ReadTruth(r io.Reader, name string) (*Truth, error) {
	t := &Truth{Name: name, Source: name}
	if err := t.read(r); err != nil {
		return nil, fmt.Errorf("ground truth %s: %w", name, err)
	}
	return t, nil
}

func (t *Truth) read(r io.Reader) (err error) {
	keys := []string{"dataset", "model"}
	if t.Frame, err = readLong(r, keys, "accuracy", false); err != nil {
		return err
	}
	texts, accuracies, err := columns(t.Frame, keys, "accuracy")
	if err != nil {
		return err
	}
	t.accuracy = map[string]map[string]float64{}
	for i, a := range accuracies {
		dataset, model := texts["dataset"][i], texts["model"][i]
		if t.accuracy[dataset] == nil {
			t.accuracy[dataset] = map[string]float64{}
		}
		t.accuracy[dataset][model] = a
	}
	if slices.Contains(t.Frame.Names(), "sd") {
		return t.readSpread(texts["dataset"])
	}
	return nil
}

// readSpread reads the column sd, whose rows are of the datasets given.
func (t *Truth) readSpread(datasets []string) error {
	t.sd = map[string][]float64{}
	for i, sd := range t.Frame.Col("sd").Float() {
		if !(sd >= 0) || math.IsInf(sd, 1) {
			return fmt.Errorf("row %d: sd %q is no spread of an accuracy, in points", i+1, t.Frame.Col("sd").Elem(i))
		}
		t.sd[datasets[i]] = append(t.sd[datasets[i]], sd)
	}
	return nil
}

// Spread returns the standard deviation of an accuracy on the dataset over seeds, in
// points: the root mean square of the column sd, where the file has one.
func (t *Truth) Spread(dataset string) (sd float64, ok bool) {
	all := t.sd[dataset]
	if len(all) == 0 {
		return 0, false
	}
	return floats.Norm(all, 2) / math.Sqrt(float64(len(all))), true
}

// Datasets returns the datasets, in the order of the file.
func (t *Truth) Datasets() []string { return distinct(t.Frame.Col("dataset").Records()) }

// Models returns the models that have an accuracy on the dataset, sorted by name.
func (t *Truth) Models(dataset string) []string {
	var models []string
	for m := range t.accuracy[dataset] {
		models = append(models, m)
	}
	slices.Sort(models)
	return models
}

// Accuracy returns the accuracy of the model on the dataset, in percent.
func (t *Truth) Accuracy(dataset, model string) (accuracy float64, ok bool) {
	accuracy, ok = t.accuracy[dataset][model]
	return accuracy, ok
}

// Select returns the ground truth of the models and datasets that keep chooses: a hub
// within the hub.
func (t *Truth) Select(keep func(dataset, model string) bool) *Truth {
	part := *t
	part.accuracy = map[string]map[string]float64{}
	if t.sd != nil {
		part.sd = map[string][]float64{}
	}
	datasets, models := t.Frame.Col("dataset").Records(), t.Frame.Col("model").Records()
	var rows []int
	for i, dataset := range datasets {
		if !keep(dataset, models[i]) {
			continue
		}
		rows = append(rows, i)
		if part.accuracy[dataset] == nil {
			part.accuracy[dataset] = map[string]float64{}
		}
		part.accuracy[dataset][models[i]] = t.accuracy[dataset][models[i]]
		if t.sd != nil {
			part.sd[dataset] = append(part.sd[dataset], t.Frame.Col("sd").Elem(i).Float())
		}
	}
	part.Frame = t.Frame.Subset(rows)
	return &part
}
