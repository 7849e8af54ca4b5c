package hubs

import (
	"encoding/csv"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"testing"

	"gonum.org/v1/gonum/stat"

	"sfdalab/results"
)

// TestMeasured recomputes figures that were measured with SciPy on the hubs that are
// built in: of static baselines, of published scores, and of what two protocols of the
// same models agree on. Each is a mean over datasets with eight models or more.
func TestMeasured(t *testing.T) {
	f, err := os.Open("testdata/measured.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records[1:] {
		var values []float64
		switch section, truth, other, leftOut, who, dataset := r[0], load(t, r[1]), r[2], r[3], r[4], r[5]; section {
		case "static":
			values = static(t, truth, leftOut, who)
		case "scores":
			values = scored(t, truth, other, leftOut, who)
		case "same-cells":
			values = sameCells(t, truth, other, leftOut, who)
		case "ceiling", "ceiling-dataset":
			values = agreement(t, truth, load(t, other), leftOut, who, dataset)
		}
		want, err := strconv.ParseFloat(r[6], 64)
		if err != nil {
			t.Fatal(err)
		}
		tolerance := 0.0005 + 1e-9 // half of the last digit
		if len(r[6])-slices.Index([]byte(r[6]), '.') == 3 {
			tolerance = 0.005 + 1e-9 // of points
		}
		if got := stat.Mean(values, nil); !(math.Abs(got-want) <= tolerance) {
			t.Errorf("%v: %.4f of %d", r, got, len(values))
		}
		if sd := r[7]; sd != "" {
			want, _ := strconv.ParseFloat(sd, 64)
			if _, got := stat.PopMeanStdDev(values, nil); !(math.Abs(got-want) <= tolerance) {
				t.Errorf("%v: standard deviation %.4f", r, got)
			}
		}
		if n := r[8]; n != "" && n != strconv.Itoa(len(values)) {
			t.Errorf("%v: %d datasets", r, len(values))
		}
	}
}

var truths = map[string]*results.Truth{}

func load(t testing.TB, name string) *results.Truth {
	t.Helper()
	if truths[name] == nil {
		truth, err := results.LoadTruth(name)
		if err != nil {
			t.Fatal(err)
		}
		truths[name] = truth
	}
	return truths[name]
}

func tau(g results.Group) float64 { return results.Measures()[0].Of(g.Scores, g.Accuracies).Value }

func baseline(t *testing.T, truth *results.Truth, name string) results.Baseline {
	switch name {
	case "lodo":
		return results.History(truth)
	case "lodo-z":
		return standardHistory(t, truth)
	case "fixed":
		return fixedList(truth)
	}
	facts, err := results.LoadFacts("")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range results.Baselines(truth, facts) {
		if b.Name == name {
			return b
		}
	}
	t.Fatalf("%s has no baseline %s", truth.Name, name)
	return results.Baseline{}
}

// standardHistory is History after each dataset's accuracies were brought to mean 0 and
// standard deviation 1: it differs where models lack datasets, or datasets have unlike
// spreads.
func standardHistory(t *testing.T, truth *results.Truth) results.Baseline {
	var standard []results.Accuracy
	for _, dataset := range truth.Datasets() {
		var accuracies []float64
		for _, model := range truth.Models(dataset) {
			a, _ := truth.Accuracy(dataset, model)
			accuracies = append(accuracies, a)
		}
		mean, sd := stat.PopMeanStdDev(accuracies, nil)
		for i, model := range truth.Models(dataset) {
			standard = append(standard, results.Accuracy{Dataset: dataset, Model: model, Percent: (accuracies[i] - mean) / sd})
		}
	}
	of, err := results.NewTruth("standard", standard...)
	if err != nil {
		t.Fatal(err)
	}
	return results.History(of)
}

// fixedList ranks models by the sum of their ranks over all datasets, the one that is ranked
// included: about what the best fixed list can reach. Models that lack a dataset have no
// place in it.
func fixedList(truth *results.Truth) results.Baseline {
	sum, n := map[string]float64{}, map[string]int{}
	datasets := truth.Datasets()
	for _, dataset := range datasets {
		models := truth.Models(dataset)
		accuracies := make([]float64, len(models))
		for i, m := range models {
			accuracies[i], _ = truth.Accuracy(dataset, m)
		}
		for i, r := range results.Ranks(accuracies) {
			sum[models[i]] += r
			n[models[i]]++
		}
	}
	maps.DeleteFunc(sum, func(model string, _ float64) bool { return n[model] < len(datasets) })
	return results.Baseline{Name: "fixed", Values: map[string]map[string]float64{"": sum}}
}

func static(t *testing.T, truth *results.Truth, leftOut, who string) []float64 {
	truth = without(truth, leftOut)
	b := baseline(t, truth, who)
	var values []float64
	for _, dataset := range truth.Datasets() {
		if g := b.Group(truth, dataset); len(g.Models) >= least {
			values = append(values, tau(g))
		}
	}
	return values
}

// without returns the ground truth without a dataset, or of the paper's models alone.
func without(truth *results.Truth, what string) *results.Truth {
	if what == "" {
		return truth
	}
	inPaper := map[string]bool{}
	if what == "paper" {
		models := truth.Frame.Col("model").Records()
		for i, in := range truth.Frame.Col("in_paper_hub").Records() {
			inPaper[models[i]] = in == "true"
		}
	}
	return truth.Select(func(dataset, model string) bool {
		return dataset != what && (what != "paper" || inPaper[model])
	})
}

func groups(t *testing.T, truth *results.Truth, scores string) []results.Group {
	t.Helper()
	frame, err := results.LoadScores(scores)
	if err != nil {
		t.Fatal(err)
	}
	all, err := results.Groups(frame, truth)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(g results.Group) bool { return len(g.Models) < least })
}

func scored(t *testing.T, truth *results.Truth, scores, leftOut, who string) []float64 {
	var values []float64
	for _, g := range groups(t, without(truth, leftOut), scores) {
		if v := tau(g); g.Metric == who && !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	return values
}

func sameCells(t *testing.T, truth *results.Truth, scores, leftOut, who string) []float64 {
	truth = without(truth, leftOut)
	b := baseline(t, truth, who)
	models := map[string][]string{} // by dataset
	for _, g := range groups(t, truth, scores) {
		if len(g.Models) > len(models[g.Dataset]) {
			models[g.Dataset] = g.Models
		}
	}
	part := truth.Select(func(dataset, model string) bool { return slices.Contains(models[dataset], model) })
	var values []float64
	for dataset := range models {
		if g := b.Group(part, dataset); len(g.Models) >= least {
			values = append(values, tau(g))
		}
	}
	return values
}

func agreement(t *testing.T, a, b *results.Truth, leftOut, who, dataset string) []float64 {
	var values []float64
	for _, g := range results.Agreement(a, b) {
		if g.Dataset == leftOut || dataset != "" && g.Dataset != dataset || len(g.Models) < least {
			continue
		}
		switch who {
		case "tau":
			values = append(values, results.TauB(g.Scores, g.Accuracies))
		case "regret-ab":
			values = append(values, regretOfFirst(g.Scores, g.Accuracies))
		case "regret-ba":
			values = append(values, regretOfFirst(g.Accuracies, g.Scores))
		default:
			values = append(values, tau(g))
		}
	}
	return values
}

// regretOfFirst is the regret at 1 where the first of tied models is chosen, as the
// figures have it. RegretAt takes the mean over all of them: 0.43 and not 0.35 for
// supervised/linear against supervised/full.
func regretOfFirst(score, accuracy []float64) float64 {
	return slices.Max(accuracy) - accuracy[slices.Index(score, slices.Max(score))]
}
