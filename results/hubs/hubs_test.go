package hubs

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"

	"sfdalab/results"
)

func boards(t *testing.T, r results.Resampling) []Leaderboard {
	t.Helper()
	all, err := Select(nil, "", results.Measures()[0], r)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (b Leaderboard) line(t *testing.T, kind Kind, name string) Line {
	t.Helper()
	i := slices.IndexFunc(b.Lines, func(l Line) bool { return l.Kind == kind && l.Name == name })
	if i < 0 {
		t.Fatalf("%s by %s has no %s %s", b.Scores, b.Truth.Name, kind, name)
	}
	return b.Lines[i]
}

func TestLeaderboard(t *testing.T) {
	all := boards(t, results.Resampling{Resamples: 200})
	if len(all) != 20 {
		t.Errorf("%d leaderboards", len(all))
	}
	for _, b := range all {
		for i, l := range b.Lines {
			if i > 0 && l.Kind == b.Lines[i-1].Kind && l.Mean > b.Lines[i-1].Mean {
				t.Errorf("%s by %s: %s comes after a worse one", b.Scores, b.Truth.Name, l.Name)
			}
			if l.Interval.Exists() && !(l.Interval.Lo <= l.Mean && l.Mean <= l.Interval.Hi) {
				t.Errorf("%s: %v is not in its interval %v", l.Name, l.Mean, l.Interval)
			}
			if l.Kind == Metric && b.Truth.Name != "medmnist/sources" && math.IsNaN(l.Gain) {
				t.Errorf("%s by %s: %s has no gain", b.Scores, b.Truth.Name, l.Name)
			}
		}
	}
	b := all[0] // supervised/full, whose best baseline is the mean accuracy elsewhere
	metric, base := b.line(t, Metric, "pactran-dirichlet"), b.line(t, Baseline, "mean accuracy elsewhere")
	var gains []float64
	for dataset, v := range metric.values {
		gains = append(gains, v-base.values[dataset])
	}
	if want := stat.Mean(gains, nil); len(gains) != 8 || math.Abs(metric.Gain-want) > 0.02 {
		t.Errorf("gain %v, want about %v", metric.Gain, want)
	}
}

// TestRules compares ways to combine what is known before any fine-tuning on the dataset
// at hand, over all published scores and ground truths with more than one dataset. The rule
// of consensusGroups has the highest mean weighted τ.
func TestRules(t *testing.T) {
	rules := map[string]func(task) []float64{
		"best metric":        func(d task) []float64 { return d.metrics[d.best(1)[0]] },
		"three best metrics": func(d task) []float64 { return Consensus(equal(d, d.best(3))) },
		"all metrics":        func(d task) []float64 { return Consensus(equal(d, d.best(len(d.metrics)))) },
		"history":            func(d task) []float64 { return d.history },
		"history and three, even": func(d task) []float64 {
			return Consensus([]Vote{{Values: d.history, Agreement: 1}, {Values: Consensus(equal(d, d.best(3))), Agreement: 1}})
		},
		"consensus": func(d task) []float64 { return Consensus(d.votes()) },
	}
	tau, regret := map[string]float64{}, map[string]float64{}
	n := 0.0
	for _, s := range results.PublishedScores() {
		for _, name := range s.Truths {
			truth := load(t, name)
			of := groups(t, truth, s.Name)
			of = slices.DeleteFunc(of, func(g results.Group) bool {
				return truth.Doubts[g.Dataset] != "" || slices.Contains(noTargetData, g.Metric)
			})
			all := tasks(truth, of)
			if len(all) < 2 {
				continue
			}
			n++
			for rule, rank := range rules {
				for _, d := range all {
					values := rank(d)
					tau[rule] += tauOrZero(values, d.group.Accuracies) / float64(len(all))
					regret[rule] += results.RegretAt(1, values, d.group.Accuracies) / float64(len(all))
				}
			}
		}
	}
	for rule := range rules {
		t.Logf("%-24s weighted τ %.3f, regret %.2f, over %g", rule, tau[rule]/n, regret[rule]/n, n)
		if rule != "consensus" && tau[rule] >= tau["consensus"] {
			t.Errorf("%s has a mean weighted τ of %.3f, the consensus of %.3f", rule, tau[rule]/n, tau["consensus"]/n)
		}
	}
}

func equal(d task, metrics []string) []Vote {
	var votes []Vote
	for _, m := range metrics {
		votes = append(votes, Vote{m, d.metrics[m], 1})
	}
	return votes
}

func TestConsensus(t *testing.T) {
	nan := math.NaN()
	a := Vote{"a", []float64{1, 2, 3}, 0.5}
	against := Vote{"against", []float64{3, 2, 1}, -0.9}
	silent := Vote{"silent", []float64{nan, 1, 2}, 0.5}
	for _, c := range []struct {
		name  string
		votes []Vote
		order []int // of models, best first
	}{
		{"one source", []Vote{a}, []int{2, 1, 0}},
		{"a source that disagreed elsewhere does not count", []Vote{a, against}, []int{2, 1, 0}},
		{"the more agreeable source decides", []Vote{{"", []float64{3, 2, 1}, 0.3}, a}, []int{2, 1, 0}},
		{"a model without history is judged by the others", []Vote{{"", []float64{3, 1, 2}, 0.5}, silent}, []int{0, 2, 1}},
	} {
		values := Consensus(c.votes)
		for i := 1; i < len(c.order); i++ {
			if !(values[c.order[i-1]] > values[c.order[i]]) {
				t.Errorf("%s: %v", c.name, values)
			}
		}
	}
	// Two sources that hardly agree: a model that one of them does not know is not first for
	// being so by the other alone.
	history := Vote{"history", []float64{nan, 5, 1, 4, 2, 3}, 0.8}
	metrics := Vote{"metrics", []float64{6, 3, 4, 5, 1, 2}, 0.5}
	if values := Consensus([]Vote{history, metrics}); !(values[0] < values[1]) {
		t.Errorf("a model that one source does not know is first: %v", values)
	}
	if values := Consensus([]Vote{silent}); !math.IsNaN(values[0]) {
		t.Errorf("a model of which all are silent has %v", values[0])
	}
	if values := Consensus([]Vote{against}); values[0] != 0 || values[2] != 0 {
		t.Errorf("no source counts, but %v", values)
	}
}

func TestConsensusDoesNotDependOnScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-5, 5), 3, 12).Draw(t, "x")
		y := rapid.SliceOfN(rapid.Float64Range(-5, 5), len(x), len(x)).Draw(t, "y")
		scaled := make([]float64, len(x))
		for i, v := range x {
			scaled[i] = 8 * v
		}
		one := Consensus([]Vote{{"x", x, 0.4}, {"y", y, 0.7}})
		two := Consensus([]Vote{{"x", scaled, 0.4}, {"y", y, 0.7}})
		if !slices.Equal(one, two) {
			t.Fatalf("%v, %v", one, two)
		}
	})
}

func TestSharesOfSubHubs(t *testing.T) {
	truth := load(t, "supervised/full")
	var perfect, reversed []results.Group
	for _, dataset := range truth.Datasets() {
		g := results.Baseline{Values: truth.Accuracies}.Group(truth, dataset)
		perfect = append(perfect, g)
		g.Scores = slices.Clone(g.Scores)
		for i := range g.Scores {
			g.Scores[i] = -g.Scores[i]
		}
		reversed = append(reversed, g)
	}
	tau := results.Measures()[0]
	for _, c := range []struct {
		name  string
		names [][]results.Group
		want  float64
	}{
		{"the accuracies themselves win everywhere", [][]results.Group{perfect, reversed}, 1},
		{"their reverse wins nowhere", [][]results.Group{reversed, perfect}, 0},
		{"equals share", [][]results.Group{perfect, perfect}, 0.5},
	} {
		contest := newContest(c.names)
		facts, err := results.LoadFacts("")
		if err != nil {
			t.Fatal(err)
		}
		for kind, parts := range map[string][][]string{"random": randomParts(contest.models(), 0), "of similar size": similarParts(contest.models(), facts), "without a family": familyParts(contest.models())} {
			if got := contest.shares(1, tau, parts)[0]; got != c.want {
				t.Errorf("%s, %s: %v", c.name, kind, got)
			}
		}
	}
}

func TestParts(t *testing.T) {
	models := load(t, "supervised/full").Models("pets")
	facts, err := results.LoadFacts("")
	if err != nil {
		t.Fatal(err)
	}
	similar := similarParts(models, facts)
	if len(similar) != 7 || !slices.Equal(similar[0], []string{"mobilenet_v2", "mnasnet1_0", "googlenet", "densenet121", "densenet169"}) {
		t.Errorf("of similar size: %v", similar)
	}
	families := familyParts(models)
	if len(families) != 6 || slices.ContainsFunc(families[0], func(m string) bool { return family(m) == "densenet" }) || len(families[0]) != 8 {
		t.Errorf("without a family: %v", families)
	}
}

// The mean of a share over datasets has its own interval, also where all are the same.
func TestLeaderboardOfShares(t *testing.T) {
	m, err := results.MeasureByName("hit@8")
	if err != nil {
		t.Fatal(err)
	}
	all, err := Select([]string{"supervised/full", "supervised/model-spider"}, "", m, results.Resampling{Resamples: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all[0].Lines {
		if l.Mean == 1 && l.Datasets >= 5 && (!l.Interval.Exists() || l.Interval.Hi != 1) {
			t.Errorf("%s has a share of 1 on %d datasets, and the interval %+v", l.Name, l.Datasets, l.Interval)
		}
	}
}
