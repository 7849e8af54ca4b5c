package experiments

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sfdalab/features"
	"sfdalab/features/files"
	"sfdalab/internal/par"
	"sfdalab/results"
	"sfdalab/results/hubs"
	"sfdalab/results/record"

	"gonum.org/v1/gonum/mat"
)

// noise writes features of n samples without any relation to the labels, and returns a
// spec for them.
func noise(t *testing.T, models, n int) *Spec {
	t.Helper()
	folder := t.TempDir()
	random := rand.New(rand.NewPCG(1, 0))
	for m := range models {
		var text strings.Builder
		for range n {
			fmt.Fprintf(&text, "%g,%g,%g\n", random.NormFloat64(), random.NormFloat64(), random.NormFloat64())
		}
		writeText(t, filepath.Join(folder, fmt.Sprintf("m%d.csv", m)), text.String())
	}
	var labels strings.Builder
	for i := range n {
		fmt.Fprintln(&labels, i%4)
	}
	writeText(t, filepath.Join(folder, "y.csv"), labels.String())
	return &Spec{
		Features: folder + "/m{model}.csv", Labels: folder + "/y.csv",
		Metrics: []Entry{{Metric: "ncti"}, {Metric: "lda-cv"}},
		Subsets: Subsets{Count: 4, Fraction: Fractions{0.5}},
	}
}

func writeText(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestCannotTell ranks models whose features know nothing of the labels.
func TestCannotTell(t *testing.T) {
	rankings, err := Rank(t.Context(), noise(t, 5, 200), RankOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if r := rankings[0]; !strings.Contains(r.CannotTell, "predict the labels") || len(r.Candidates) != 5 {
		t.Errorf("%q, candidates %v", r.CannotTell, r.Candidates)
	}
}

// TestLevelOfNearChance draws features that know nothing of the labels, and counts how often
// the best of five cross-validated accuracies is taken for more than chance: in at most 5 %.
// By the binomial test of all samples it is in more than twice as many.
func TestLevelOfNearChance(t *testing.T) {
	const draws, models, n = 200, 5, 100
	var above atomic.Int64
	par.For(draws, func(d int) {
		random := rand.New(rand.NewPCG(3, uint64(d)))
		labels := make([]int, n)
		for i := range labels {
			labels[i] = i % 2
		}
		best := 0.0
		for range models {
			x := mat.NewDense(n, 8, nil)
			for i := range n {
				for j := range 8 {
					x.Set(i, j, random.NormFloat64())
				}
			}
			set, err := features.New(features.Data{Features: features.Dense(x), Labels: features.Classes(labels)})
			if err != nil {
				t.Error(err)
				return
			}
			best = max(best, scoreOf(t, "lda-cv", set))
		}
		if !atChance(best, []int{n / 2, n / 2}, models) {
			above.Add(1)
		}
	})
	if above.Load() > draws/20 {
		t.Errorf("noise is above chance in %d of %d draws", above.Load(), draws)
	}
}

// TestCannotTellShuffledLabels ranks real features for labels that have nothing to do with
// them.
func TestCannotTellShuffledLabels(t *testing.T) {
	labels, _, err := files.ReadLabels("zoo/animals_label.npy", files.Reading{})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, i := range rand.New(rand.NewPCG(1, 0)).Perm(labels.N()) {
		fmt.Fprintln(&text, labels.Index[i])
	}
	shuffled := filepath.Join(t.TempDir(), "y.csv")
	writeText(t, shuffled, text.String())
	spec := &Spec{
		Features: "zoo/{model}_animals_feature.npy", Labels: shuffled,
		Models: []string{"dense16", "resnet16", "plain16", "resnet16-rot", "resnet32-cifar"}, Metrics: []Entry{{Metric: "ncti"}, {Metric: "lda-cv"}},
	}
	rankings, err := Rank(t.Context(), spec, RankOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if r := rankings[0]; !strings.Contains(r.CannotTell, "predict the labels") {
		t.Errorf("%q, shortlist %v", r.CannotTell, r.Shortlist)
	}
}

// TestTiesShareARank gives the same features under two names.
func TestTiesShareARank(t *testing.T) {
	spec := noise(t, 2, 100)
	folder := filepath.Dir(spec.Labels)
	text, err := os.ReadFile(filepath.Join(folder, "m0.csv"))
	if err != nil {
		t.Fatal(err)
	}
	writeText(t, filepath.Join(folder, "mcopy.csv"), string(text))
	rankings, err := Rank(t.Context(), spec, RankOptions{})
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]record.Ranked{}
	for _, m := range rankings[0].Models {
		of[m.Model] = m
	}
	a, b := of["0"], of["copy"]
	if a.Rank != b.Rank || a.Lo != b.Lo || a.Hi != b.Hi || a.Value != b.Value {
		t.Errorf("the same features: %+v and %+v", a, b)
	}

	if err := os.Remove(filepath.Join(folder, "m1.csv")); err != nil {
		t.Fatal(err)
	}
	spec.Subsets.Count = 0
	if rankings, err = Rank(t.Context(), spec, RankOptions{}); err != nil {
		t.Fatal(err)
	}
	r := rankings[0]
	if r.CannotTell != "all models have the same scores" || r.Models[1].Rank != 1 || r.Models[1].Lo != 0 {
		t.Errorf("%+v", r)
	}
}

func TestMiddle(t *testing.T) {
	ranks := make([]int, 40)
	for i := range ranks {
		ranks[i] = 40 - i
	}
	if lo, hi := middle(ranks); lo != 3 || hi != 38 {
		t.Errorf("the middle of 1 to 40 is %d to %d", lo, hi)
	}
	if lo, hi := middle([]int{2, 1, 5}); lo != 1 || hi != 5 {
		t.Errorf("the middle of three is %d to %d", lo, hi)
	}
}

func TestCompetitionRanks(t *testing.T) {
	if got := competitionRanks([]float64{2, math.NaN(), 3, 2, 1}); !slices.Equal(got, []int{2, 0, 1, 2, 4}) {
		t.Errorf("%v", got)
	}
}

// TestHistoryCounts ranks models without any signal, of which the accuracies elsewhere
// are known for all but one.
func TestHistoryCounts(t *testing.T) {
	spec := noise(t, 8, 100)
	text := "dataset,model,accuracy\n"
	for d := range 3 {
		for m := range 7 {
			text += fmt.Sprintf("other%d,%d,%d\n", d, m, 50+5*m)
		}
	}
	path := filepath.Join(t.TempDir(), "history.csv")
	writeText(t, path, text)
	truth, err := results.LoadTruth(path)
	if err != nil {
		t.Fatal(err)
	}
	rankings, err := Rank(t.Context(), spec, RankOptions{History: []*results.Truth{truth}})
	if err != nil {
		t.Fatal(err)
	}
	r := rankings[0]
	agreed := hubs.MetricsAgreement([]string{"ncti", "lda-cv"})
	if r.Prior != "history" || math.Abs(r.PriorWeight-1/(1+agreed*agreed)) > 1e-12 || len(r.Models) != 8 {
		t.Errorf("%q with weight %v over %d models", r.Prior, r.PriorWeight, len(r.Models))
	}
	for _, m := range r.Models {
		want := 0 // what is known of the eighth
		if m.Model != "7" {
			want = 7 - int(m.Model[0]-'0')
		}
		if m.Prior != want {
			t.Errorf("%+v, want rank %d by the history", m, want)
		}
	}
	first := slices.IndexFunc(r.Models, func(m record.Ranked) bool { return m.Prior > 0 })
	if m := r.Models[first]; m.Prior > 3 {
		t.Errorf("the first with a history is %+v", m)
	}
}

// TestStopped ends a ranking after all samples and the first half are scored.
func TestStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	spec := noise(t, 5, 200)
	o := RankOptions{Time: time.Hour}
	o.Progress = func(done, total int) {
		if done == 2*5+2*5+3 {
			stop()
		}
	}
	rankings, err := Rank(ctx, spec, o)
	if !errors.Is(err, context.Canceled) || len(rankings) != 1 {
		t.Fatalf("%d rankings, %v", len(rankings), err)
	}
	if r := rankings[0]; r.Subsets < 1 || r.Subsets > 2 || len(r.Models) != 5 || r.Models[0].By[0].Rank == 0 || !strings.Contains(r.Stopped, "of 4 halves") {
		t.Errorf("%d halves, %q, %+v", r.Subsets, r.Stopped, r.Models)
	}
}

// TestFewerSubsets asks for fewer halves of large data.
func TestFewerSubsets(t *testing.T) {
	for bytes, want := range map[int64]int{1000: 20, 500 << 20: 20, 1 << 30: 10, 10 << 30: 4} {
		if got := halves(20, bytes); got != want {
			t.Errorf("%d halves of %d bytes, want %d", got, bytes, want)
		}
	}
}

func TestRankingWithoutAModelIsAnError(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"net.csv": "f0,f1\n1,2\n3,5\n5,8\n7,1\n", "y.csv": "label\n1.0\n2.0\n1.0\n2.0\n",
		"spec.yaml": "features: '{model}.csv'\nmodels: [net]\nlabels: y.csv\nmetrics: [logme]\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	spec, err := Load(filepath.Join(folder, "spec.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	rankings, err := Rank(t.Context(), spec, RankOptions{})
	if rankings != nil || err == nil || !strings.Contains(err.Error(), "classes or targets") {
		t.Errorf("rankings %v, error %v", rankings, err)
	}
}

// TestPanelOfFewSamples leaves cross-validated LDA out of halves that have fewer samples
// than folds, and calls nothing incomplete.
func TestPanelOfFewSamples(t *testing.T) {
	var told []string
	spec := noise(t, 2, 8)
	spec.Told = func(text string) { told = append(told, text) }
	rankings, err := Rank(t.Context(), spec, RankOptions{Panel: true, Ensemble: 3})
	if err != nil || len(rankings) != 1 || len(rankings[0].Notes) > 0 {
		t.Fatalf("%+v, %v", rankings, err)
	}
	all := strings.Join(told, "\n")
	for _, want := range []string{"Cross-validated LDA has no score on halves of y", "no ensemble"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not in what is told:\n%s", want, all)
		}
	}
}
