package fidelity

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sfdalab/baselines"
	"sfdalab/features"
	"sfdalab/features/files"
	"sfdalab/metric"
	"sfdalab/sfda"
)

var update = flag.Bool("update", false, "write what is measured to references.json and README.md")

func TestMain(m *testing.M) {
	metric.Register(sfda.SFDA{})
	metric.Register(baselines.All()...)
	os.Exit(m.Run())
}

const zoo = "../experiments/zoo"

// second is the model whose features are the second set of all cells.
const second = "resnet16-cifar"

func open(t *testing.T, c Cell, embeddings int) *features.Set {
	t.Helper()
	file := func(name string) string { return filepath.Join(zoo, name+".npy") }
	whole, err := files.Open(files.Paths{
		Features: file(c.Model + "_" + c.Dataset + "_feature"), Outputs: file(c.Model + "_" + c.Dataset + "_output"),
		Second: file(second + "_" + c.Dataset + "_feature"), Labels: file(c.Dataset + "_label"),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { whole.Close() })
	set := whole
	if c.Rows != nil {
		if set, err = whole.Subset(c.Rows); err != nil {
			t.Fatal(err)
		}
	}
	if embeddings == 0 {
		return set
	}
	const size = 7
	e := mat.NewDense(set.C(), size*embeddings, nil)
	e.Apply(func(c, j int, _ float64) float64 {
		k, j := j/size, j%size
		return math.Sin(1 + 3*float64(c) + 0.5*float64(c)*float64(j) + float64(j) + float64(k))
	}, e)
	data := set.Data
	data.Embeddings = features.Dense(e)
	if set, err = features.New(data); err != nil {
		t.Fatal(err)
	}
	return set
}

// sets opens each cell once.
type sets map[string]*features.Set

func (s sets) of(t *testing.T, name string, c Cell, embeddings int) *features.Set {
	t.Helper()
	key := fmt.Sprint(name, embeddings)
	if s[key] == nil {
		s[key] = open(t, c, embeddings)
	}
	return s[key]
}

// scores returns ours on the cells of ref, with the errors of those that have none.
func (s sets) scores(t *testing.T, r *Record, ref Reference) (map[string]metric.Score, map[string]error) {
	t.Helper()
	m, err := metric.New(ref.Metric, ref.Params)
	if err != nil {
		t.Fatal(err)
	}
	embeddings := 0
	if e, ok := m.(baselines.EMMS); ok && e.Count > 1 {
		embeddings = e.Count
	}
	scores, errs := make(map[string]metric.Score), make(map[string]error)
	var group []metric.Score
	cells := slices.Sorted(maps.Keys(ref.Values))
	for _, cell := range cells {
		scores[cell], errs[cell] = metric.Evaluate(t.Context(), m, s.of(t, cell, r.Cells[cell], embeddings))
		group = append(group, scores[cell])
	}
	if !ref.Group {
		return scores, errs
	}
	if group, err = m.(metric.GroupMetric).Combine(group); err != nil {
		t.Fatal(err)
	}
	for i, cell := range cells {
		scores[cell] = group[i]
	}
	return scores, errs
}

// difference returns how far got is from theirs on a cell: a part of it, or a number of
// standard errors where theirs is the mean of Runs and ours that of repeats.
func (r Reference) difference(cell string, got float64, repeats int) float64 {
	want := r.Values[cell]
	apart := math.Abs(got - want)
	switch {
	case apart == 0:
		return 0
	case r.Runs > 0:
		return apart / (r.Spread[cell] * math.Sqrt(1/float64(r.Runs)+1/float64(repeats)))
	default:
		return apart / max(math.Abs(want), math.SmallestNonzeroFloat64)
	}
}

// Every reference agrees as closely as the record says, and differs where it says so.
func TestReferences(t *testing.T) {
	record, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	sets := make(sets)
	for i, ref := range record.References {
		scores, errs := sets.scores(t, record, ref)
		most := 1e-9
		if ref.Runs > 0 {
			most = 3.5 // standard errors: by chance once in 2000 cells
		}
		var worst float64
		for cell, want := range ref.Values {
			value := scores[cell].Value
			if ref.Detail != "" {
				value = scores[cell].Details[ref.Detail]
			}
			difference := ref.difference(cell, value, nleepRepeats)
			reason, excepted := ref.Except[cell]
			switch err := errs[cell]; {
			case excepted && err == nil && difference <= most:
				t.Errorf("%s on %s agrees, although it is excepted: %s", ref.Variant(), cell, reason)
			case excepted:
			case err != nil:
				t.Errorf("%s on %s: %v, and theirs is %v", ref.Variant(), cell, err, want)
			default:
				worst = max(worst, difference)
				if difference > most {
					t.Errorf("%s on %s: %.17g, want %.17g (off by %.1e)", ref.Variant(), cell, value, want, difference)
				}
			}
		}
		switch {
		case *update && ref.Runs > 0:
			record.References[i].Agreement = math.Ceil(10*worst) / 10
		case *update:
			record.References[i].Agreement = bound(worst)
		case worst > ref.Agreement:
			t.Errorf("%s agrees to %.1e only, not to %.0e", ref.Variant(), worst, ref.Agreement)
		}
	}
	if *update {
		write(t, record)
	}
}

// nleepRepeats is how many mixtures NLEEP averages over by default.
const nleepRepeats = 3

// bound returns the least power of ten that is four times the difference or more: another
// processor rounds otherwise.
func bound(difference float64) float64 {
	if difference == 0 {
		return 0
	}
	return math.Pow(10, math.Ceil(math.Log10(4*difference)))
}

func write(t *testing.T, r *Record) {
	t.Helper()
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(r); err != nil {
		t.Fatal(err)
	}
	var lines bytes.Buffer // a reference a line
	lines.Write(bytes.ReplaceAll(b.Bytes(), []byte(`{"metric":`), []byte("\n"+`{"metric":`)))
	for name, text := range map[string][]byte{"references.json": lines.Bytes(), "README.md": []byte(r.Markdown())} {
		if err := os.WriteFile(name, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPageIsOfTheRecord(t *testing.T) {
	record, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(page) != record.Markdown() && !*update {
		t.Error("README.md is not what the record says: run go test ./fidelity -update")
	}
	for _, m := range metric.All() {
		if name := m.Info().Name; len(record.Of(name)) == 0 {
			t.Errorf("%s is not in references.json: say what it was compared with", name)
		}
	}
}

// Each kind of hard input is among the cells of every reference that has values.
func TestEveryReferenceHasHardCells(t *testing.T) {
	record, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range record.References {
		for _, cell := range []string{"imbalanced"} {
			if _, ok := ref.Values[cell]; !ok && len(ref.Values) > 0 {
				t.Errorf("%s has no value for %s", ref.Variant(), cell)
			}
		}
	}
}
