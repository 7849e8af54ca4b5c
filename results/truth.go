package results

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/go-gota/gota/dataframe"

	"sfdalab/internal/suggest"
)

// A Truth is a ground truth: the accuracies that models reach on datasets after
// fine-tuning.
type Truth struct {
	Name     string `json:"name"`
	Title    string `json:"title,omitempty"`    // what it holds, in a line
	Protocol string `json:"protocol,omitempty"` // how the models were fine-tuned; "" where that is not known
	Source   string `json:"source,omitempty"`   // paper, and repository or file that it was copied from
	File     string `json:"file,omitempty"`     // that it was read from; "" where it is built in or made by NewTruth
	SHA256   string `json:"sha256"`             // of the whole as CSV, in hex

	// Doubts names datasets whose accuracies are not to be relied on, and why.
	Doubts map[string]string `json:"doubts,omitempty"`

	Accuracies map[string]map[string]float64 `json:"accuracies"`      // in percent, by dataset and model
	SD         map[string]float64            `json:"sd,omitempty"`    // over seeds, in points, by dataset: see Spread
	Seeds      map[string]int                `json:"seeds,omitempty"` // that accuracies are means of, by dataset: the least; not there where unknown

	// Frame is what a file holds: dataset, model, accuracy, maybe sd, and whatever
	// else there is, such as in_paper_hub. Other truths have none.
	Frame dataframe.DataFrame `json:"-"`

	// Told says how the file is read, where that is not plain: a line each.
	Told []string `json:"-"`

	datasets []string   // in the order of the file
	rows     []Accuracy // of NewTruth
}

// An Accuracy is what a model reaches on a dataset, in percent.
type Accuracy struct {
	Dataset, Model string
	Percent        float64

	Seeds int     // that it is the mean of; 0 where unknown
	SD    float64 // over these, in points; 0 where there are no two
}

// RunPrefix begins the names of ground truths that runs have made, such as run:ID.
const RunPrefix = "run:"

// NewTruth returns the ground truth of that name with these accuracies. Names may have
// any characters; an empty one, an accuracy that is no finite number, and two of a model
// on one dataset are errors.
func NewTruth(name string, accuracies ...Accuracy) (*Truth, error) {
	t := &Truth{Name: name, Source: name}
	if len(accuracies) == 0 {
		return nil, fmt.Errorf("ground truth %s: it has no accuracy", name)
	}
	h := sha256.New()
	for _, a := range accuracies {
		switch _, twice := t.Accuracy(a.Dataset, a.Model); {
		case a.Dataset == "" || a.Model == "":
			return nil, fmt.Errorf("ground truth %s: dataset %q, model %q: neither may be empty", name, a.Dataset, a.Model)
		case math.IsNaN(a.Percent) || math.IsInf(a.Percent, 0):
			return nil, fmt.Errorf("ground truth %s: %s on %s: %g is not a finite number", name, a.Model, a.Dataset, a.Percent)
		case twice:
			return nil, fmt.Errorf("ground truth %s: two accuracies of %s on %s", name, a.Model, a.Dataset)
		}
		t.set(a.Dataset, a.Model, a.Percent)
		fmt.Fprintf(h, "%q,%q,%v\n", a.Dataset, a.Model, a.Percent)
	}
	t.rows = slices.Clone(accuracies)
	t.setSpread()
	t.SHA256 = hex.EncodeToString(h.Sum(nil))
	return t, nil
}

// WriteCSV writes the ground truth in the form that ReadTruth reads, with the spread over
// seeds where it is known.
func (t *Truth) WriteCSV(w io.Writer) error {
	if t.rows == nil {
		return WriteCSV(w, t.Frame)
	}
	out := csv.NewWriter(w)
	out.Write([]string{"dataset", "model", "accuracy", "sd", "seeds", "protocol"})
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	for _, a := range t.rows {
		out.Write([]string{EscapeCSV(a.Dataset), EscapeCSV(a.Model), number(a.Percent), number(a.SD), strconv.Itoa(a.Seeds), EscapeCSV(t.Protocol)})
	}
	out.Flush()
	return out.Error()
}

// Rows returns what a file of the ground truth would hold, by column.
func (t *Truth) Rows() []map[string]any {
	if t.rows == nil {
		return t.Frame.Maps()
	}
	var all []map[string]any
	for _, a := range t.rows {
		all = append(all, map[string]any{"dataset": a.Dataset, "model": a.Model, "accuracy": a.Percent, "sd": a.SD, "seeds": a.Seeds, "protocol": t.Protocol})
	}
	return all
}

// set adds an accuracy.
func (t *Truth) set(dataset, model string, percent float64) {
	if t.Accuracies == nil {
		t.Accuracies = make(map[string]map[string]float64)
	}
	if t.Accuracies[dataset] == nil {
		t.Accuracies[dataset] = make(map[string]float64)
		t.datasets = append(t.datasets, dataset)
	}
	t.Accuracies[dataset][model] = percent
}

// On returns what the truth says of some datasets.
func (t *Truth) On(datasets []string) *Truth {
	part := *t
	part.Frame, part.datasets, part.rows = dataframe.DataFrame{}, nil, nil
	part.Accuracies, part.SD, part.Seeds = make(map[string]map[string]float64), nil, nil
	for _, d := range datasets {
		if t.Accuracies[d] == nil {
			continue
		}
		part.Accuracies[d], part.datasets = t.Accuracies[d], append(part.datasets, d)
		part.copySpread(d, t)
	}
	return &part
}

// With returns what either truth says: another run may know other datasets of the same.
func (t *Truth) With(more *Truth) *Truth {
	all := t.On(t.Datasets())
	for _, d := range more.Datasets() {
		if t.Accuracies[d] == nil {
			all.datasets, all.Accuracies[d] = append(all.datasets, d), more.Accuracies[d]
			all.copySpread(d, more)
		}
	}
	return all
}

// LoadTruth returns the ground truth built in under that name, such as "supervised/full"
// or, for short, "supervised"; if there is none, that of a CSV file with the columns
// dataset, model and accuracy.
func LoadTruth(nameOrPath string) (*Truth, error) {
	var known []string
	for i := range builtInTruths {
		b := &builtInTruths[i]
		if b.called(nameOrPath) {
			return b.read(), nil
		}
		if b.alias != "" {
			known = append(known, b.alias)
		}
		known = append(known, b.Name)
	}
	f, err := suggest.Open(nameOrPath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no file %s, and no built-in ground truth of that name%s (\"sfdalab truth\" lists all)", nameOrPath, suggest.Hint(nameOrPath, known))
	} else if err != nil {
		return nil, err
	}
	defer f.Close()
	t, err := ReadTruth(f, nameOrPath)
	if err != nil {
		return nil, err
	}
	for i := range t.Told {
		t.Told[i] = nameOrPath + " " + t.Told[i]
	}
	t.Name, t.Source = filepath.Base(nameOrPath), filepath.Base(nameOrPath) // for captions
	t.File, err = filepath.Abs(nameOrPath)
	return t, err
}

// ReadTruth reads a ground truth from a CSV with a header and the columns dataset,
// model and accuracy, in any order. Accuracies are in percent, or all of them shares of
// 1. Other columns are kept. The name is for errors and tables.
func ReadTruth(r io.Reader, name string) (*Truth, error) {
	t := &Truth{Name: name, Source: name}
	if err := t.read(r); err != nil {
		return nil, fmt.Errorf("ground truth %s: %w", name, err)
	}
	return t, nil
}

// read reads a ground truth from a CSV.
func (t *Truth) read(r io.Reader) (err error) {
	if t.Frame, t.Told, err = readLong(r, truthKeys, "accuracy", false); err != nil {
		return err
	}
	return t.index()
}

var truthKeys = []string{"dataset", "model"}

// index fills in what the frame says.
func (t *Truth) index() error {
	texts, accuracies, err := columns(t.Frame, truthKeys, "accuracy")
	if err != nil {
		return err
	}
	h := sha256.New()
	if err := WriteCSV(h, t.Frame); err != nil {
		return err
	}
	t.SHA256 = hex.EncodeToString(h.Sum(nil))
	for i, a := range accuracies {
		t.set(texts["dataset"][i], texts["model"][i], a)
	}
	t.readProtocol()
	if slices.Contains(t.Frame.Names(), "sd") {
		return t.readSpread(texts["dataset"])
	}
	return nil
}

// readProtocol reads the column protocol, where all rows have the same.
func (t *Truth) readProtocol() {
	if !slices.Contains(t.Frame.Names(), "protocol") {
		return
	}
	all := t.Frame.Col("protocol").Records()
	if !slices.ContainsFunc(all, func(p string) bool { return p != all[0] }) {
		t.Protocol = UnescapeCSV(all[0])
	}
}

// Datasets returns the datasets in the order of the file, or by name where that is not
// known.
func (t *Truth) Datasets() []string {
	if t.datasets == nil {
		return slices.Sorted(maps.Keys(t.Accuracies))
	}
	return slices.Clone(t.datasets)
}

// Models returns the models that have an accuracy on the dataset, sorted by name.
func (t *Truth) Models(dataset string) []string {
	var models []string
	for m := range t.Accuracies[dataset] {
		models = append(models, m)
	}
	slices.Sort(models)
	return models
}

// Accuracy returns the accuracy of the model on the dataset, in percent.
func (t *Truth) Accuracy(dataset, model string) (accuracy float64, ok bool) {
	accuracy, ok = t.Accuracies[dataset][model]
	return accuracy, ok
}

// Select returns the ground truth, of one that was read from a table, of the models and
// datasets that keep chooses: a hub within the hub.
func (t *Truth) Select(keep func(dataset, model string) bool) *Truth {
	datasets, models := t.Frame.Col("dataset").Records(), t.Frame.Col("model").Records()
	var rows []int
	for i, dataset := range datasets {
		if keep(dataset, models[i]) {
			rows = append(rows, i)
		}
	}
	part := *t
	part.Accuracies, part.SD, part.Seeds, part.datasets = nil, nil, nil, nil
	part.Frame = t.Frame.Subset(rows)
	if len(rows) > 0 {
		if err := part.index(); err != nil {
			panic(fmt.Sprintf("ground truth %s: %v", t.Name, err)) // the whole was read
		}
	}
	return &part
}

// Table returns the accuracies as a table of models and datasets. Its caption says what
// they are and, where it is known, how much seeds make of a difference.
func (t *Truth) Table() Table {
	table := Table{Corner: "model", Digits: 2, Columns: t.Datasets()}
	var models []string
	for _, d := range table.Columns {
		models = append(models, t.Models(d)...)
	}
	for _, model := range Distinct(models) {
		row := TableRow{Label: model}
		for _, d := range table.Columns {
			c := missing()
			if a, ok := t.Accuracy(d, model); ok {
				c = Cell{Value: a}
			}
			row.Cells = append(row.Cells, c)
		}
		table.Rows = append(table.Rows, row)
	}
	table.Caption = "Accuracy in percent (" + t.Name + ")."
	if t.Protocol != "" {
		table.Caption = "Accuracy in percent (" + t.Name + "): " + t.Protocol + "."
	}
	var spreads []string
	for _, d := range table.Columns {
		if sd, ok := t.Spread(d); ok {
			spread := fmt.Sprintf("%.2f on %s", sd, d)
			if n := t.Seeds[d]; n > 1 {
				spread += fmt.Sprintf(" (means of %d)", n)
			}
			spreads = append(spreads, spread)
		}
	}
	if spreads != nil {
		table.Notes = append(table.Notes, "Standard deviation over seeds, in points: "+strings.Join(spreads, ", ")+". Differences below it are noise.")
	} else {
		table.Notes = append(table.Notes, "Of one seed: how much another seed changes is not known.")
	}
	return table
}
