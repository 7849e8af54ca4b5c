package baselines

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"sfdalab/features"
	"sfdalab/features/files"
	"sfdalab/metric"
)

// sharedDir holds golden values and the feature files that they were computed on.
// Where it is absent, tests hold to the values in testdata alone, on the features that
// ship.
const sharedDir = "../../shared"

// zooPath returns the path of a file of the zoo; the error is fs.ErrNotExist for one
// that neither is shared nor ships.
func zooPath(name string) (string, error) {
	path := filepath.Join(sharedDir, "zoo", name)
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) && !strings.Contains(name, "_cifar10_") { // which ships rounded to float16
		path = filepath.Join("../experiments/zoo", name)
		_, err = os.Stat(path)
	}
	return path, err
}

// numbers is a golden value: one number, or the few of one metric.
type numbers []float64

func (v *numbers) UnmarshalJSON(b []byte) error {
	if b[0] == '[' {
		return json.Unmarshal(b, (*[]float64)(v))
	}
	*v = make(numbers, 1)
	return json.Unmarshal(b, &(*v)[0])
}

// sharedGolden is dataset → model → key → value.
var sharedGolden = sync.OnceValues(func() (golden map[string]map[string]map[string]numbers, err error) {
	err = readJSON(filepath.Join(sharedDir, "golden", "golden.json"), &golden)
	return golden, err
})

// eachGolden calls check for each cell of the zoo with a golden value called
// key: those of the shared golden values, and those that testdata/key.json holds.
func eachGolden(t *testing.T, key string, check func(t *testing.T, s *features.Set, want numbers)) {
	t.Helper()
	golden, err := sharedGolden()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	cells := make(map[[2]string]numbers)
	for dataset, models := range golden {
		for model, values := range models {
			if v, ok := values[key]; ok {
				cells[[2]string{dataset, model}] = v
			}
		}
	}
	var own struct {
		Values map[string]map[string]numbers // dataset → model → value
	}
	if err := readJSON(filepath.Join("testdata", key+".json"), &own); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for dataset, models := range own.Values {
		for model, v := range models {
			cells[[2]string{dataset, model}] = v
		}
	}
	switch {
	case len(cells) == 0 && err != nil:
		t.Skip("no golden values here: ", err)
	case len(cells) == 0:
		t.Fatalf("no golden value is called %q", key)
	}
	for cell, want := range cells {
		t.Run(cell[0]+"/"+cell[1], func(t *testing.T) {
			s, err := zooSet(cell[1], cell[0])
			if errors.Is(err, fs.ErrNotExist) {
				t.Skip("no features here: ", err)
			}
			if err != nil {
				t.Fatal(err)
			}
			check(t, s, want)
		})
	}
}

// testGolden holds the scores of m to the golden values called key, to a
// relative deviation of 1e-9.
func testGolden(t *testing.T, m metric.Metric, key string) {
	t.Helper()
	var worst float64
	eachGolden(t, key, func(t *testing.T, s *features.Set, want numbers) {
		score, err := m.Score(t.Context(), s)
		if errors.Is(err, fs.ErrNotExist) {
			t.Skip("no second features here: ", err)
		}
		if err != nil {
			t.Fatal(err)
		}
		deviation := relative(score.Value, want[0])
		if worst = max(worst, deviation); !(deviation <= 1e-9) {
			t.Errorf("score %.17g, want %.17g (off by %.1e of it)", score.Value, want[0], deviation)
		}
	})
	t.Logf("%s: largest relative deviation %.1e", key, worst)
}

// relative is the deviation of got from want, as a part of want.
func relative(got, want float64) float64 {
	if got == want {
		return 0
	}
	return math.Abs(got-want) / math.Abs(want)
}

var zooSets sync.Map // file stem → func() (*features.Set, error)

// zooSet returns a model's features on a dataset of the shared zoo. Tests share
// the Set, and with it the statistics that it has computed.
func zooSet(model, dataset string) (*features.Set, error) {
	stem := model + "_" + dataset
	read, _ := zooSets.LoadOrStore(stem, sync.OnceValues(func() (*features.Set, error) {
		x, err := zooPath(stem + "_feature.npy")
		outputs, err2 := zooPath(stem + "_output.npy")
		labels, err3 := zooPath(dataset + "_label.npy")
		if err := errors.Join(err, err2, err3); err != nil {
			return nil, err
		}
		return files.Open(files.Paths{Features: x, Outputs: outputs, Labels: labels, Model: model, Dataset: dataset})
	}))
	return read.(func() (*features.Set, error))()
}

func readJSON(path string, v any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}
