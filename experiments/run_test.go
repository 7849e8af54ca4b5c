package experiments

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sfdalab/features"
	"sfdalab/features/files"
	"sfdalab/internal/par"
	"sfdalab/metric"
	"sfdalab/results/record"
	"sfdalab/sfda"
	"sfdalab/tracking"
)

// parse returns the spec of text, with paths that begin in this folder.
func parse(t *testing.T, text string) *Spec {
	t.Helper()
	spec, err := Parse(text, "spec.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// onZoo is the part of a spec that names the shipped data.
const onZoo = `
features: zoo/{model}_{dataset}_feature.npy
labels: zoo/{dataset}_label.npy
outputs: zoo/{model}_{dataset}_output.npy
datasets: [vehicles, sign]
models: [plain16, resnet16, resnet20-cifar]
truth: zoo/finetuned_accuracy.csv
`

func newStore(t *testing.T) *tracking.Store {
	t.Helper()
	store, err := tracking.Create(filepath.Join(t.TempDir(), "lab.db"))
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// scores returns what a result says of each cell, in its order.
func scores(r *Result) []string {
	var lines []string
	for _, c := range r.Cells {
		lines = append(lines, fmt.Sprintf("%s %s %s %d: %x %s", c.Dataset, c.Model, r.Variants[c.Variant].Label, c.SubsetNumber, c.Score, c.Error))
	}
	return lines
}

func run(t *testing.T, spec *Spec, o Options) *Result {
	t.Helper()
	r, err := Run(t.Context(), spec, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestShippedGolden holds cells of the shipped zoo, in the datasets whose features are
// the golden ones to the bit, to what the authors' released code says of them.
func TestShippedGolden(t *testing.T) {
	text, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden map[string]map[string]map[string]any // dataset, model, key: a number or several
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	spec := parse(t, strings.Replace(onZoo, "[vehicles, sign]", "[animals, vehicles, sign]", 1)+`
metrics:
- {metric: sfda, name: sfda}
- {metric: sfda, name: sfda.regfda, params: {rounds: 0}}
- {metric: logme, name: logme}
- {metric: leep, name: leep}
- {metric: nce, name: nce}
- {metric: hscore, name: hscore}
- {metric: transrate, name: transrate}
- {metric: gbc, name: gbc.spherical, params: {dims: 0, variance: unbiased, rounding: port}}
- {metric: gbc, name: gbc.diagonal, params: {covariance: diagonal, dims: 0, variance: unbiased, rounding: port}}
- {metric: lfc, name: lfc}
- {metric: pactran-dirichlet, name: pactran.dirichlet}
- {metric: pactran-gamma, name: pactran.gamma}
- {metric: parc, name: parc}
- {metric: knn, name: knn1, params: {k: 1}}
- {metric: knn, name: knn5}
- {metric: lda, name: etran.lda}
- {metric: energy, name: energy, params: {input: outputs, percent: 100}}
- {metric: "ped:sfda", name: ped.sfda}
- {metric: "ped:logme", name: ped.logme}
- {metric: ncti, name: ncti.parts}
- {metric: nleep, name: nleep}
`)
	checked := make(map[string]int)
	for _, c := range run(t, spec, Options{}).Cells {
		key := spec.Metrics[c.Variant].Name
		near := func(got float64, want any) {
			t.Helper()
			checked[key]++
			if deviation := math.Abs(got/want.(float64) - 1); !(deviation <= 1e-9) {
				t.Errorf("%s of %s on %s: %.17g, want %.17g (%s)", key, c.Model, c.Dataset, got, want, c.Error)
			}
		}
		switch want := golden[c.Dataset][c.Model][key].(type) {
		case float64:
			if strings.HasPrefix(key, "pactran") { // golden has the released sign
				want = -want
			}
			near(c.Score, want)
			if key == "sfda" {
				near(c.Details["shrinkage"], golden[c.Dataset][c.Model]["sfda.shrinkage"])
			}
		case []any:
			if key == "ncti.parts" {
				for i, part := range []string{"seli", "ncc", "vc"} {
					near(c.Details[part], want[i])
				}
				continue
			}
			// The mean of few mixtures, from other random starts than ours.
			mean, spread := want[0].(float64), want[1].(float64)
			checked[key]++
			if deviation := math.Abs(c.Score - mean); !(deviation <= 4*max(spread, c.Details["spread"])) {
				t.Errorf("%s of %s on %s: %g (%s), want %g with a spread of %g", key, c.Model, c.Dataset, c.Score, c.Error, mean, spread)
			}
		}
	}
	for _, e := range spec.Metrics {
		want := 9
		switch e.Name {
		case "sfda":
			want *= 2
		case "ncti.parts":
			want *= 3
		}
		if checked[e.Name] != want {
			t.Errorf("%s: %d values held to golden ones, want %d", e.Name, checked[e.Name], want)
		}
	}
}

func TestSecondRunComputesNothing(t *testing.T) {
	spec := parse(t, onZoo+"metrics: [sfda, leep, ncti, etran]\nsubsets: {count: 2}\n")
	store := newStore(t)
	first := run(t, spec, Options{Store: store})
	computed := 0
	second := run(t, spec, Options{Store: store, Progress: func(int, int) { computed++ }})
	if computed != 0 || second.Reused != len(first.Cells) || len(first.Cells) != 2*3*4*3 {
		t.Errorf("%d of %d cells computed again, %d reused", computed, len(first.Cells), second.Reused)
	}
	if !slices.Equal(scores(first), scores(second)) {
		t.Error("the scores differ")
	}
	fresh := run(t, spec, Options{Store: store, Fresh: true})
	if fresh.Reused != 0 || !slices.Equal(scores(first), scores(fresh)) {
		t.Error("a fresh run reuses cells or differs")
	}

	cells, err := store.Cells(first.Run)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := store.Run(first.Run)
	if err != nil {
		t.Fatal(err)
	}
	truth, err := spec.LoadTruth()
	if err != nil {
		t.Fatal(err)
	}
	if len(stored.Truths) != 1 || len(stored.Truths[0].SHA256) != 64 {
		t.Fatalf("the run was recorded with the truths %+v, want one", stored.Truths)
	}
	for _, c := range cells {
		want, ok := truth.Accuracy(c.Dataset, c.Model)
		if got := stored.Truths[0].Accuracies[c.Dataset][c.Model]; !ok || got != want {
			t.Fatalf("%s %s: accuracy recorded as %v, want %v", c.Dataset, c.Model, got, want)
		}
	}
	recalled := tracking.Selection{Run: stored, Cells: cells}
	sameRecord(t, recalled.Record(), first.Record())
	if stored.Outcome != tracking.Done || stored.Planned != len(cells) || len(stored.Inputs) != 2*(3+3+1) {
		t.Errorf("stored run: %+v", stored)
	}
}

// sameRecord reports tables that are not as those of another record.
func sameRecord(t *testing.T, got, want record.Record) {
	t.Helper()
	tables, warnings, err := got.Tables(false)
	if err != nil {
		t.Fatal(err)
	}
	wantTables, wantWarnings, err := want.Tables(false)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wantTables, tables, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("tables differ (−want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wantWarnings, warnings); diff != "" {
		t.Errorf("warnings differ (−want +got):\n%s", diff)
	}
}

func TestSameBitsForAnyNumberOfWorkers(t *testing.T) {
	defer par.SetLimit(par.Limit())
	spec := parse(t, onZoo+"metrics: [sfda, logme, ncti, 'ped:sfda']\nsubsets: {count: 1, fraction: 0.5}\n")
	var want []string
	for _, workers := range []int{1, 2, 5} {
		par.SetLimit(workers)
		got := scores(run(t, spec, Options{}))
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d workers: other scores", workers)
		}
	}
}

// An added model changes no score but those of group metrics.
func TestGroupsAreOfTheModelsOfTheRun(t *testing.T) {
	store := newStore(t)
	run(t, parse(t, onZoo+"metrics: [sfda, ncti]\n"), Options{Store: store})
	more := parse(t, strings.Replace(onZoo, "[plain16,", "[plain16, resnet16-rot,", 1)+"metrics: [sfda, ncti]\n")
	if r := run(t, more, Options{Store: store}); r.Reused != 2*3 {
		t.Errorf("%d cells reused, want those of SFDA", r.Reused)
	}
}

func TestInterruptedRunGoesOn(t *testing.T) {
	defer par.SetLimit(par.Limit())
	par.SetLimit(1)
	spec := parse(t, onZoo+"metrics: [sfda, logme, hscore]\n")
	store := newStore(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stopped, err := Run(ctx, spec, Options{Store: store, Progress: func(done, _ int) {
		if done == 7 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || len(stopped.Cells) != 7 {
		t.Fatalf("stopped with %d cells: %v", len(stopped.Cells), err)
	}
	if stored, err := store.Run(stopped.Run); err != nil || stored.Outcome != tracking.Interrupted || stored.Cells != 7 {
		t.Errorf("stored as %s with %d cells: %v", stored.Outcome, stored.Cells, err)
	}
	rest := run(t, spec, Options{Store: store})
	if rest.Reused != 7 || !slices.Equal(scores(rest), scores(run(t, spec, Options{}))) {
		t.Errorf("%d cells reused, want 7, or the scores differ", rest.Reused)
	}
	if d, err := Reproduce(t.Context(), store, stopped.Run, nil); err != nil || !d.Equal() || d.Same != 7 {
		t.Errorf("reproducing the stopped run: %d agree, %v differ, %v; want 7 and none", d.Same, d.Scores, err)
	}
}

// faulty fails in the way that its parameter says, on one model.
type faulty struct {
	How string `param:"how" default:"error" options:"error,panic,nan" doc:"how it fails"`
}

func (faulty) Info() metric.Info { return metric.Info{Name: "faulty", Title: "Faulty", Version: 1} }

func init() { metric.Register(faulty{}) }

var faultyCalls atomic.Int32

func (m faulty) Score(_ context.Context, s *features.Set) (metric.Score, error) {
	faultyCalls.Add(1)
	if s.Model != "resnet16" {
		return metric.Score{Value: 1}, nil
	}
	switch m.How {
	case "panic":
		panic("as asked")
	case "nan":
		return metric.Score{Value: math.NaN()}, nil
	}
	return metric.Score{}, errors.New("as asked")
}

func TestFailedCellStopsNoOther(t *testing.T) {
	spec := parse(t, onZoo+"metrics: [sfda, {metric: faulty, grid: {how: [error, panic, nan]}}, ncti]\n")
	store := newStore(t)
	r := run(t, spec, Options{Store: store})
	var errs []string
	for _, c := range r.Failed() {
		if c.Model != "resnet16" || c.Metric != "faulty" {
			t.Errorf("%s by %s failed: %s", c.Model, c.Metric, c.Error)
		}
		errs = append(errs, strings.SplitN(c.Error, ":", 2)[0])
	}
	if want := []string{"as asked", "as asked", "the score is NaN", "as asked", "as asked", "the score is NaN"}; !slices.Equal(errs, want) {
		t.Errorf("errors %q, want %q", errs, want)
	}
	stored, err := store.Run(r.Run)
	if err != nil || stored.Outcome != tracking.Failed || stored.Failed != 6 || stored.Reason != "6 of 30 cells failed" {
		t.Errorf("stored as %+v: %v", stored, err)
	}
	faultyCalls.Store(0)
	run(t, spec, Options{Store: store})
	if n := faultyCalls.Load(); n != 6 {
		t.Errorf("%d cells computed again, want the 6 that failed", n)
	}
}

// A subset has its share of each class, is the same for all models, and differs from
// the next.
func TestSubset(t *testing.T) {
	labels := features.Classes(slices.Concat(slices.Repeat([]int64{3}, 50), slices.Repeat([]int64{1}, 10), []int64{7}))
	seen := map[string]bool{}
	for number := range 5 {
		index := drawSubset(labels, 0.8, 1, number)
		if again := drawSubset(labels, 0.8, 1, number); !slices.Equal(index, again) {
			t.Error("drawn twice, a subset differs")
		}
		var counts [3]int
		for _, n := range index {
			counts[labels.Index[n]]++
		}
		if counts != [3]int{8, 40, 1} || !slices.IsSorted(index) {
			t.Errorf("classes have %v samples, want 8, 40 and 1", counts)
		}
		seen[fmt.Sprint(index)] = true
	}
	if len(seen) != 5 {
		t.Errorf("%d different subsets of 5", len(seen))
	}
}

// The score of a subset is that of the samples alone.
func TestSubsetsAreScored(t *testing.T) {
	spec := parse(t, onZoo+"metrics: [sfda]\nseed: 3\nsubsets: {count: 1, fraction: 0.5}\n")
	spec.Datasets, spec.Models = []string{"sign"}, []string{"plain16"}
	r := run(t, spec, Options{})
	set, err := files.Open(spec.input("plain16", "sign"))
	if err != nil {
		t.Fatal(err)
	}
	part, err := set.Subset(drawSubset(set.Labels, 0.5, 3, 1))
	if err != nil {
		t.Fatal(err)
	}
	want, err := sfda.SFDA{}.Score(t.Context(), part)
	if err != nil || len(r.Cells) != 2 || r.Cells[1].Score != want.Value {
		t.Errorf("got %+v, want %g: %v", r.Cells, want.Value, err)
	}
}

func TestFileOfParameterIsInput(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("x.csv", "1,2\n3,5\n8,4\n2,2\n")
	write("y.csv", "a\na\nb\nb\n")
	write("source.csv", "model,accuracy\nx,70\n")
	spec, err := Parse("features: '{model}.csv'\nmodels: [x]\nlabels: y.csv\nmetrics: [{metric: accuracy-source, params: {file: source.csv}}]\n",
		filepath.Join(folder, "spec.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	store := newStore(t)
	for _, c := range []struct {
		accuracy string
		reused   int
	}{{"70", 0}, {"70", 1}, {"71", 0}} {
		write("source.csv", "model,accuracy\nx,"+c.accuracy+"\n")
		r := run(t, spec, Options{Store: store})
		if cell := r.Cells[0]; r.Reused != c.reused || fmt.Sprint(cell.Score) != c.accuracy {
			t.Errorf("accuracy %s: score %g (%s), %d reused; want %d", c.accuracy, cell.Score, cell.Error, r.Reused, c.reused)
		}
	}
	os.Remove(filepath.Join(folder, "source.csv"))
	if _, err := Run(t.Context(), spec, Options{Store: store}); err == nil || !strings.Contains(err.Error(), "spec.yaml:4") {
		t.Errorf("a missing file of accuracies: error %v", err)
	}
}

// Subsets of several fractions are cells of their own, and stay so in the store.
func TestSubsetsOfSeveralFractions(t *testing.T) {
	spec := parse(t, onZoo+"metrics: [sfda]\nseed: 3\nsubsets: {count: 2, fraction: [0.5, 0.25]}\n")
	spec.Datasets, spec.Models = []string{"sign"}, []string{"plain16"}
	store := newStore(t)
	r := run(t, spec, Options{Store: store})
	want := []string{"", "subset 1 of 0.5, seed 3", "subset 2 of 0.5, seed 3", "subset 1 of 0.25, seed 3", "subset 2 of 0.25, seed 3"}
	for i, c := range r.Cells {
		if c.SubsetNumber != i || c.Subset != want[i] {
			t.Errorf("cell %d is subset %d, %q; want %q", i, c.SubsetNumber, c.Subset, want[i])
		}
	}
	stored, err := store.Run(r.Run)
	if err != nil {
		t.Fatal(err)
	}
	cells, err := store.Cells(r.Run)
	if err != nil {
		t.Fatal(err)
	}
	selected := tracking.Selection{Run: stored, Cells: cells}
	recalled := selected.Record()
	if !slices.Equal(recalled.Subsets, want[1:]) {
		t.Errorf("recalled subsets %q, want %q", recalled.Subsets, want[1:])
	}
	sameRecord(t, recalled, r.Record())
	labels := features.Classes(slices.Repeat([]int64{0, 1}, 40))
	half, quarter := drawSubset(labels, 0.5, 3, 1), drawSubset(labels, 0.25, 3, 1)
	if slices.ContainsFunc(quarter, func(n int) bool { return !slices.Contains(half, n) }) {
		t.Error("a quarter of the samples is no part of the half")
	}
}
