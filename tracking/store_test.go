package tracking

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"
)

// newStore returns an empty store.
func newStore(t testing.TB) *Store {
	t.Helper()
	s, err := Create(filepath.Join(t.TempDir(), "runs.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.update(func(*bolt.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	return s
}

// A store is made when something is written to it: until then it reads as one without runs,
// and leaves no file.
func TestCreateWritesNothing(t *testing.T) {
	folder := t.TempDir()
	s, err := Create(filepath.Join(folder, "runs.db"))
	if err != nil {
		t.Fatal(err)
	}
	if runs, err := s.Runs(Query{}, 0, 0); len(runs) != 0 || err != nil {
		t.Errorf("runs of a new store: %v, %v", runs, err)
	}
	if found, err := s.Lookup([]Identity{{}}); len(found) != 0 || err != nil {
		t.Errorf("cells of a new store: %v, %v", found, err)
	}
	if selected, err := s.Select(Query{}); len(selected) != 0 || err != nil {
		t.Errorf("selection of a new store: %v, %v", selected, err)
	}
	if _, err := s.Run("latest"); !errors.Is(err, ErrNoStore) {
		t.Errorf("latest run of a new store: %v", err)
	}
	if left, err := os.ReadDir(folder); len(left) != 0 || err != nil {
		t.Errorf("a store without runs leaves %v, %v", left, err)
	}
	id := logRun(t, s, Run{}, cell("a", 1))
	if runs, err := s.Runs(Query{}, 0, 0); len(runs) != 1 || runs[0].ID != id || err != nil {
		t.Errorf("runs after the first: %v, %v", runs, err)
	}
}

// A build without the git tree is told its revision.
func TestLinkedRevision(t *testing.T) {
	defer func(was string) { linked = was }(linked)
	for told, want := range map[string]bool{"0123abc": false, "0123abc-dirty": true} {
		linked = told
		if rev, dirty := revision(); rev != "0123abc" || dirty != want {
			t.Errorf("%s is revision %s, dirty %t", told, rev, dirty)
		}
	}
}

// cell returns a cell as a sweep logs them: number i of the given run.
func cell(run string, i int) Cell {
	params, _ := Canonical(map[string]any{"shrinkage": "adaptive", "rounds": 2, "step": i, "run": run})
	c := Cell{
		Dataset: fmt.Sprintf("dataset%d", i%10), Model: fmt.Sprintf("resnet%d", i/10%12),
		Metric: "sfda", Version: 1, Params: params,
		Files: map[string]string{
			"features": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
			"labels":   "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
		},
		Score:   -math.Sqrt(float64(i) + 0.1),
		Details: Details{"shrinkage": 0.1 + float64(i)*1e-5, "iterations": 2, "condition": 1.2345678e10},
		Seconds: 0.123456, CPUSeconds: 0.234567, PeakBytes: 123456789,
	}
	c.ID = c.Identify()
	return c
}

// logRun stores a finished run with cells.
func logRun(t testing.TB, s *Store, r Run, cells ...Cell) string {
	t.Helper()
	l, err := s.Begin(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cells {
		if err := l.Log(c); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Finish(Done, ""); err != nil {
		t.Fatal(err)
	}
	return l.Run()
}

// TestIdentitiesStay holds identities to those under which stores have scores.
func TestIdentitiesStay(t *testing.T) {
	for want, c := range map[string]Cell{
		"4d02d246ff8a2b604241d9f1de9721bd": {
			Dataset: "sign", Model: "resnet", Metric: "sfda", Version: 2, Params: []byte(`{"rounds":1}`),
			Files: map[string]string{"labels": "b1", "features": "a0"}, Subset: "subset 1 of 0.8, seed 3", Seed: 3,
		},
		"e4f8d509cc78f251269da692fa27828b": {Dataset: "sign", Model: "resnet", Metric: "sfda"},
	} {
		if got := c.Identify().String(); got != want {
			t.Errorf("%+v is known as %s, want %s", c, got, want)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	s := newStore(t)
	want := cell("a", 1)
	want.Warnings = []string{"shrinkage is at its bound", "line\nbreak"}
	want.Details["condition"] = math.Inf(1)
	want.Details["ratio"] = math.NaN()
	want.Details["zero"] = math.Copysign(0, -1)
	want.Seed = math.MaxUint64
	want.ID = want.Identify()
	failed := cell("a", 2)
	failed.Score, failed.Error = 0, "class 3 has one sample"

	l, err := s.Begin(Run{Experiment: "zoo", Spec: "metrics: [sfda]\n", Planned: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []Cell{want, failed} {
		if err := l.Log(c); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Flush(); err != nil {
		t.Fatal(err)
	}
	if r, err := s.Run("latest"); err != nil || r.Outcome != Running || r.Cells != 2 {
		t.Errorf("while running: %v, %v", r, err)
	}
	if err := l.Finish(Failed, "1 cell has no score"); err != nil {
		t.Fatal(err)
	}

	got, err := s.Cells(l.Run())
	if err != nil {
		t.Fatal(err)
	}
	bits := cmp.Transformer("bits", math.Float64bits)
	if d := cmp.Diff([]Cell{want, failed}, got, cmp.Transformer("details", func(d Details) map[string]float64 { return d }), bits); d != "" {
		t.Errorf("cells (-logged +read):\n%s", d)
	}
	r, err := s.Run(l.Run())
	if err != nil {
		t.Fatal(err)
	}
	if r.Outcome != Failed || r.Cells != 2 || r.Failed != 1 || r.End.IsZero() || r.Environment.Go == "" || r.Spec != "metrics: [sfda]\n" {
		t.Errorf("run: %+v", r)
	}
	found, err := s.Lookup([]Identity{want.ID, failed.ID, {1, 2, 3}})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || found[want.ID].Score != want.Score {
		t.Errorf("lookup found %v, want only the cell that succeeded", found)
	}
}

func TestSameCellIsStoredOnce(t *testing.T) {
	s := newStore(t)
	first := logRun(t, s, Run{}, cell("a", 1), cell("a", 2))
	renamed := cell("a", 2)
	renamed.Model = "resnet-renamed"
	second := logRun(t, s, Run{}, cell("a", 1), cell("a", 1), renamed)

	var stored int
	s.view(func(tx *bolt.Tx) error {
		stored = tx.Bucket([]byte(cellsTable)).Stats().KeyN
		return nil
	})
	if stored != 3 {
		t.Errorf("%d cells stored, want 3: the same, and one under another name", stored)
	}
	for run, model := range map[string]string{first: "resnet0", second: "resnet-renamed"} {
		cells, err := s.Cells(run)
		if err != nil {
			t.Fatal(err)
		}
		if len(cells) != 2 || cells[1].Model != model {
			t.Errorf("run %s has %v", run, cells)
		}
	}
}

func TestDifferentScoreOfSameIdentity(t *testing.T) {
	s := newStore(t)
	logRun(t, s, Run{}, cell("a", 1))
	changed := cell("a", 1)
	changed.Score++
	id := logRun(t, s, Run{}, changed)
	r, err := s.Run(id)
	if err != nil {
		t.Fatal(err)
	}
	cells, err := s.Cells(id)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Warnings) != 1 || cells[0].Score != changed.Score {
		t.Errorf("warnings %q, score %v: want one warning and the score of this run", r.Warnings, cells[0].Score)
	}
}

func TestRefusals(t *testing.T) {
	s := newStore(t)
	l, err := s.Begin(Run{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Finish(Done, "")
	nan := cell("a", 1)
	nan.Score = math.NaN()
	if err := l.Log(nan); err == nil {
		t.Error("a score of NaN was taken")
	}
	if err := l.Log(Cell{Metric: "sfda"}); err == nil {
		t.Error("a cell without model and dataset was taken")
	}
	if _, err := s.Run("nosuch"); !errors.Is(err, ErrNoRun) {
		t.Errorf("unknown run: %v", err)
	}
	if _, err := s.Begin(Run{ID: l.Run()}); err == nil {
		t.Error("two runs got the same ID")
	}
}

func TestCanonical(t *testing.T) {
	type params struct {
		B float64
		A uint64 `json:"a"`
	}
	a, err := Canonical(params{A: math.MaxUint64, B: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Canonical(map[string]any{"a": uint64(math.MaxUint64), "B": 0.1})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"B":0.1,"a":18446744073709551615}`; string(a) != want || string(b) != want {
		t.Errorf("got %s and %s, want %s", a, b, want)
	}
	if _, err := Canonical([]int{1}); err == nil {
		t.Error("a list was taken for parameters")
	}
}
