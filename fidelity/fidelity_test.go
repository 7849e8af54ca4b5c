package fidelity

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
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

// Every reference agrees as closely as the record says, and differs where it says so.
func TestReferences(t *testing.T) {
	record, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	sets := make(map[string]*features.Set)
	for i, ref := range record.References {
		m, err := metric.New(ref.Metric, ref.Params)
		if err != nil {
			t.Fatal(err)
		}
		embeddings := 0
		if e, ok := m.(baselines.EMMS); ok && e.Count > 1 {
			embeddings = e.Count
		}
		var worst float64
		for cell, want := range ref.Values {
			key := cell
			if embeddings > 0 {
				key += "+embeddings"
			}
			if sets[key] == nil {
				sets[key] = open(t, record.Cells[cell], embeddings)
			}
			score, err := metric.Evaluate(t.Context(), m, sets[key])
			difference := math.Abs(score.Value-want) / max(math.Abs(want), math.SmallestNonzeroFloat64)
			if score.Value == want {
				difference = 0
			}
			reason, excepted := ref.Except[cell]
			switch {
			case excepted && err == nil && difference <= 1e-9:
				t.Errorf("%s on %s agrees, although it is excepted: %s", ref.Variant(), cell, reason)
			case excepted:
			case err != nil:
				t.Errorf("%s on %s: %v, and theirs is %v", ref.Variant(), cell, err, want)
			default:
				worst = max(worst, difference)
				if difference > 1e-9 {
					t.Errorf("%s on %s: %.17g, want %.17g (off by %.1e of it)", ref.Variant(), cell, score.Value, want, difference)
				}
			}
		}
		if *update {
			record.References[i].Agreement = bound(worst)
		} else if worst > ref.Agreement {
			t.Errorf("%s agrees to %.1e only, not to %.0e", ref.Variant(), worst, ref.Agreement)
		}
	}
	if *update {
		write(t, record)
	}
}

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
