package baselines

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/metric"
)

// change is something done to a set that some scores promise not to notice.
type change uint

const (
	permuted change = 1 << iota // another order of samples
	renamed                     // classes in another order
	rotated                     // features turned, X Q
	scaledUp                    // features times 3
	shifted                     // features plus 2
	doubled                     // each sample twice
)

// promises are the metrics with the changes that leave their scores alone.
var promises = []struct {
	metric metric.Metric
	to     change
}{
	{LogME{}, permuted | renamed | rotated},
	{LogME{Version: "icml"}, permuted | renamed | rotated},
	{LEEP{}, permuted | renamed | rotated | scaledUp | shifted | doubled},
	{LEEP{Swapped: true}, permuted | renamed | rotated | scaledUp | shifted | doubled},
	{NCE{}, permuted | renamed | rotated | scaledUp | shifted | doubled},
	{NLEEP{Components: 2, Repeats: 2}, renamed | rotated | shifted}, // its draws follow the order of samples
	{HScore{}, permuted | renamed | rotated | scaledUp | shifted | doubled},
	{HScoreShrunk{}, permuted | renamed | rotated | scaledUp | shifted},
	{TransRate{}, permuted | renamed | rotated | shifted | doubled},
	{GBC{}, permuted | renamed | rotated | shifted | doubled},
	{GBC{Covariance: "diagonal"}, permuted | renamed | rotated | shifted | doubled},
	{GBC{Covariance: "diagonal", Dims: metric.Given(0)}, permuted | renamed | shifted | doubled},
	{GBC{Covariance: "full", Dims: metric.Given(0)}, permuted | renamed | rotated | shifted | doubled},
	{GBC{Covariance: "model-spider", Variance: "unbiased"}, permuted | renamed | rotated | shifted},
	{GBC{Variance: "unbiased", Dims: metric.Given(0), Rounding: "port"}, rotated | shifted},
	{LFC{Rounding: "none"}, permuted | renamed | rotated | scaledUp | doubled},
	{LFC{}, renamed | rotated | scaledUp},
	{PACTranDirichlet{}, permuted | renamed | rotated | scaledUp | shifted},
	{PACTranGamma{}, permuted | renamed | rotated | scaledUp | shifted},
	{PACTranGauss{}, permuted | renamed | rotated | shifted},
	{PARC{Rounding: "none"}, permuted | renamed | scaledUp | shifted},
	{PARC{Dims: 3, Rounding: "none"}, permuted | renamed | rotated | scaledUp | shifted},
	{PARC{}, scaledUp | shifted},
	{KNN{K: 1}, permuted | renamed | rotated | scaledUp | shifted},
	{KNN{K: 3}, permuted | rotated | scaledUp | shifted}, // the first class wins a tie
	{RSA{}, permuted | renamed | scaledUp | shifted},
	{DDS{}, permuted | renamed | scaledUp | shifted},
	{ID{}, permuted | renamed | rotated | scaledUp | shifted},
	{ConceptVariance{}, permuted | renamed | scaledUp | shifted},
	{FisherRatio{}, permuted | renamed | rotated | scaledUp | shifted | doubled},
	{Silhouette{}, permuted | renamed | rotated | scaledUp | shifted},
	{DaviesBouldin{}, permuted | renamed | rotated | scaledUp | shifted | doubled},
	{NCTI{}, permuted | renamed | rotated | shifted},
	{Energy{Input: "outputs", Percent: 100}, permuted | renamed | rotated | scaledUp | shifted | doubled},
	{Energy{Input: "features", Percent: 5, Tail: "high"}, permuted | renamed},
	{LDA{}, permuted | renamed | rotated | shifted | doubled},
	{LDA{Metric: "within"}, permuted | renamed | shifted | doubled},
	{ETran{Percent: 100}, permuted | renamed | rotated | shifted | doubled},
	{PED{Base: HScore{}}, permuted | renamed | scaledUp | shifted | doubled},
	{SA{Base: HScore{}}, permuted | renamed | rotated | scaledUp | shifted},
	{SA{Base: HScore{}, Variant: "described"}, permuted | renamed | rotated | shifted},
	{TMI{K: 2, Least: 1e-9}, permuted | renamed | shifted},
	{RankMe{}, permuted | renamed | rotated | scaledUp | doubled},
	{AlphaReQ{}, permuted | renamed | rotated | scaledUp | shifted | doubled},
	{KITE{}, permuted | renamed | rotated | scaledUp | shifted | doubled},
	{LEEP{Likelihood: "probability"}, permuted | renamed | rotated | scaledUp | shifted | doubled},
	{PARC{Dims: 3, Reduction: "randomised", Rounding: "none"}, renamed | scaledUp | shifted},
	{EMMS{}, permuted | renamed | rotated | scaledUp | shifted | doubled},
	{LEAD{}, permuted | renamed | scaledUp},
	{Logistic{}, renamed | scaledUp | shifted}, // folds follow the order of samples
	{LinearSVM{}, renamed | scaledUp | shifted},
	{NCM{}, renamed | rotated | scaledUp | shifted},
	{LDACV{}, renamed | rotated | scaledUp | shifted},
	{ITM{}, scaledUp | shifted}, // its draws follow the order of samples
}

func TestInvariance(t *testing.T) {
	const n, d, c = 120, 6, 4
	x, labels := randomSamples(n, d, c)
	x.Scale(3, x) // enough variance for SA to perturb it
	outputs, _ := randomSamples(n, 7, 3)
	set := func(x, outputs *mat.Dense, labels []int64) *features.Set {
		s, err := features.New(features.Data{Features: features.Dense(x), Outputs: features.Dense(outputs), Second: features.Dense(outputs), Labels: features.Classes(labels)})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	alter := func(change func(v float64) float64) *mat.Dense {
		var changed mat.Dense
		changed.Apply(func(_, _ int, v float64) float64 { return change(v) }, x)
		return &changed
	}
	rows := func(x *mat.Dense, index []int) *mat.Dense { return gather(features.Dense(x), index) }

	order := rand.New(rand.NewPCG(1, 1)).Perm(n)
	reordered, others := make([]int64, n), make([]int64, n)
	for i, j := range order {
		reordered[i] = labels[j]
		others[i] = (labels[i] + 2) % c
	}
	twice := slices.Repeat([]int{0}, 2*n)
	for i := range twice {
		twice[i] = i % n
	}
	square, _ := randomSamples(d, d, 2)
	var qr mat.QR
	var q, turned mat.Dense
	qr.Factorize(square)
	qr.QTo(&q)
	turned.Mul(x, &q)

	same := set(x, outputs, labels)
	for name, changed := range map[string]struct {
		change
		set *features.Set
	}{
		"permuted": {permuted, set(rows(x, order), rows(outputs, order), reordered)},
		"renamed":  {renamed, set(x, outputs, others)},
		"rotated":  {rotated, set(&turned, outputs, labels)},
		"scaled":   {scaledUp, set(alter(func(v float64) float64 { return 3 * v }), outputs, labels)},
		"shifted":  {shifted, set(alter(func(v float64) float64 { return v + 2 }), outputs, labels)},
		"doubled":  {doubled, set(rows(x, twice), rows(outputs, twice), slices.Repeat(labels, 2))},
	} {
		for _, p := range promises {
			if p.to&changed.change == 0 {
				continue
			}
			t.Run(fmt.Sprintf("%s/%s%+v", name, p.metric.Info().Name, p.metric), func(t *testing.T) {
				before, err := p.metric.Score(t.Context(), same)
				if err != nil {
					t.Fatal(err)
				}
				after, err := p.metric.Score(t.Context(), changed.set)
				if err != nil {
					t.Fatal(err)
				}
				if deviation := relative(after.Value, before.Value); !(deviation <= 1e-9) {
					t.Errorf("score %.17g, and %.17g before (off by %.1e of it)", after.Value, before.Value, deviation)
				}
			})
		}
	}
}

func TestEnergy(t *testing.T) {
	outputs := mat.NewDense(4, 2, []float64{0, 0, 1, 1, 2, 2, 3, 3}) // energies i + log 2
	s, err := features.New(features.Data{Features: features.Dense(outputs), Outputs: features.Dense(outputs), Labels: features.Classes([]int64{0, 0, 1, 1})})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		metric Energy
		want   float64
	}{
		{Energy{Input: "outputs", Percent: 100, Tail: "low"}, 1.5 + math.Ln2},
		{Energy{Input: "features", Percent: 50, Tail: "low"}, 0.5 + math.Ln2},
		{Energy{Input: "features", Percent: 25, Tail: "high"}, 3 + math.Ln2},
		{Energy{Input: "features", Percent: 30, Tail: "high"}, 2.5 + math.Ln2}, // 1.2 samples, rounded up
	} {
		wantScore(t, c.metric, s, c.want, 1e-15)
	}
	if _, err := (Energy{Input: "outputs", Percent: 1}).Score(t.Context(), s); err == nil {
		t.Error("1 % of 4 samples have an energy")
	}
}

func TestLEADEvolution(t *testing.T) {
	x, labels := randomSamples(60, 4, 3)
	s := newSet(t, features.Dense(x), features.Classes(labels))
	previous := math.Inf(-1)
	for _, time := range []float64{0, 0.1, 1, 10} {
		score, err := LEAD{Time: metric.Given(time)}.Score(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if score.Value <= previous || score.Value > 0 {
			t.Errorf("score %v at time %v, and %v before", score.Value, time, previous)
		}
		previous = score.Value
	}
}

func TestSourceAccuracy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "accuracy.csv")
	x, labels := randomSamples(6, 2, 2)
	s, err := features.New(features.Data{Model: "resnet50", Features: features.Dense(x), Labels: features.Classes(labels)})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, csv string
		want      float64
		err       string // part of it; "" for none
	}{
		{"found", "model,year,accuracy\nresnet34,2015,73.3\nresnet50,2015,76.1\n", 76.1, ""},
		{"twice the same", "model,accuracy\nresnet50,76.1\nresnet50,76.10\n", 76.1, ""},
		{"two accuracies", "model,accuracy\nresnet50,76.1\nresnet34,73.3\nresnet50,80.9\n", 0, `record 4: model "resnet50" has the accuracy 80.9, and 76.1 before: keep one`},
		{"infinite", "model,accuracy\nresnet50,Inf\n", 0, `record 2: "Inf" is not a number`},
		{"missing", "model,accuracy\nresnet34,73.3\n", 0, `no accuracy of model "resnet50"`},
		{"no column", "model,top1\nresnet50,76.1\n", 0, "model and accuracy are needed"},
		{"no number", "model,accuracy\nresnet50,high\n", 0, `record 2: "high" is not a number`},
		{"empty", "", 0, "is empty"},
		{"ragged", "model,accuracy\nresnet50\n", 0, "more or fewer fields than the first line"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := os.WriteFile(path, []byte(c.csv), 0o644); err != nil {
				t.Fatal(err)
			}
			score, err := SourceAccuracy{File: path}.Score(t.Context(), s)
			switch {
			case c.err == "" && err != nil:
				t.Fatal(err)
			case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
				t.Errorf("error %v, want one with %q", err, c.err)
			case score.Value != c.want:
				t.Errorf("accuracy %v, want %v", score.Value, c.want)
			}
		})
	}
}

// KITE is a ratio, whatever the unit of the features: products of their fourth powers may be out
// of the range of float64 where the ratio is not.
func TestKITEOfAnyUnit(t *testing.T) {
	x, labels := randomSamples(40, 5, 3)
	y, _ := randomSamples(40, 4, 3)
	var want float64
	for _, unit := range []float64{1, 0x1p190, 0x1p-190} {
		scale := func(m *mat.Dense) features.Rows {
			var scaled mat.Dense
			scaled.Scale(unit, m)
			return features.Dense(&scaled)
		}
		s, err := features.New(features.Data{Features: scale(x), Second: scale(y), Labels: features.Classes(labels)})
		if err != nil {
			t.Fatal(err)
		}
		score, err := KITE{}.Score(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if unit == 1 {
			want = score.Value
		}
		if math.Abs(score.Value-want) > 1e-12*want {
			t.Errorf("in a unit of %g it is %v, want %v", unit, score.Value, want)
		}
	}
}

// A column whose range has no inverse counts as constant, and does not make the score NaN.
func TestConceptVarianceOfTinyRange(t *testing.T) {
	x, labels := randomSamples(20, 3, 2)
	for i := range 20 {
		x.Set(i, 1, float64(i%2)*0x1p-1050)
	}
	s, err := features.New(features.Data{Features: features.Dense(x), Labels: features.Classes(labels)})
	if err != nil {
		t.Fatal(err)
	}
	if score, err := (ConceptVariance{}).Score(t.Context(), s); err != nil || !(score.Value >= -1 && score.Value <= 0) {
		t.Errorf("%v, %v", score.Value, err)
	}
}
