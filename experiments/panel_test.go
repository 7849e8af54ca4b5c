package experiments

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"

	"sfdalab/results"
	"sfdalab/results/hubs"
)

// TestPanel compares the consensus of the panel with the metric that is chosen on the
// other datasets of the shipped zoo, of all that are cheap: by regret@1 in points.
func TestPanel(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	result, err := zoo()
	if err != nil {
		t.Fatal(err)
	}
	all, datasets := cheap, result.Spec.Datasets
	truth, err := results.LoadTruth("zoo/finetuned_accuracy.csv")
	if err != nil {
		t.Fatal(err)
	}
	panels := map[string][]string{
		"panel": Panel(false), "panel with outputs": Panel(true),
		"quick panel": QuickPanel(),
	}
	regret := map[string][]float64{} // by metric and panel, of each dataset
	for _, dataset := range datasets {
		sheet := result.scores(dataset)[0]
		var accuracies []float64
		for _, m := range sheet.models {
			a, _ := truth.Accuracy(dataset, m)
			accuracies = append(accuracies, a)
		}
		for v, name := range all {
			regret[name] = append(regret[name], results.RegretAt(1, sheet.by[v], accuracies))
		}
		for name, panel := range panels {
			var votes []hubs.Vote
			for _, name := range panel {
				votes = append(votes, hubs.Vote{Values: sheet.by[slices.Index(all, name)], Agreement: 1})
			}
			regret[name] = append(regret[name], results.RegretAt(1, hubs.Consensus(votes), accuracies))
		}
	}
	chosen := 0.0
	for d := range datasets {
		best, least := "", math.Inf(1)
		for _, name := range all {
			if sum := total(regret[name]) - regret[name][d]; sum < least {
				best, least = name, sum
			}
		}
		chosen += regret[best][d]
	}
	for name := range panels {
		got := total(regret[name])
		t.Logf("regret@1 over %v: metric chosen on the others %.2f, %s %.2f", datasets, chosen/4, name, got/4)
		if got > chosen {
			t.Errorf("the %s costs %.2f points, the metric chosen on the other datasets %.2f", name, got/4, chosen/4)
		}
	}
}

func total(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum
}

// TestLEEPJoinsThePanel adds a metric to every pair of others and counts what their first
// then costs more than before, in points: the mean over the rankings of each hub. A metric
// joins the panel if that is not above 0 in the mean over hubs, also without the hub that
// speaks most for it. Energy gains in one hub and costs points in the others: it sees no
// labels, and as a log-sum over features it depends on how many there are.
func TestLEEPJoinsThePanel(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	pairs := knownPairs(t)
	for _, c := range []struct {
		metric []string // its names
		joins  bool
	}{{[]string{"leep"}, true}, {[]string{"energy", "etran-energy"}, false}} {
		var costs []float64
		for hub, of := range added(t, pairs, c.metric) {
			costs = append(costs, stat.Mean(of, nil))
			t.Logf("%s in %s: %+.2f points over %d rankings", c.metric[0], hub, stat.Mean(of, nil), len(of))
		}
		most := stat.Mean(costs, nil) // over all hubs but the one where it is worth most
		most = (most*float64(len(costs)) - slices.Min(costs)) / float64(len(costs)-1)
		if (most <= 0) != c.joins {
			t.Errorf("%s beside two other metrics costs %+.2f points, without the hub where it is worth most", c.metric[0], most)
		}
	}
}

// added returns by hub what a metric beside two others costs on each dataset, in points of
// regret@1: the mean over all pairs of others.
func added(t *testing.T, pairs []knownPair, metric []string) map[string][]float64 {
	t.Helper()
	type task struct{ truth, dataset string }
	groups := map[task][]results.Group{}
	for _, p := range pairs {
		of, err := p.scores.Groups(p.truth)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range of {
			if len(g.Models) >= hubs.LeastCase && p.truth.Doubts[g.Dataset] == "" && g.Metric != "imagenet-top1" {
				groups[task{p.truth.Name, g.Dataset}] = append(groups[task{p.truth.Name, g.Dataset}], g)
			}
		}
	}
	costs := map[string][]float64{}
	for task, of := range groups {
		at := slices.IndexFunc(of, func(g results.Group) bool { return slices.Contains(metric, g.Metric) })
		if at < 0 {
			continue
		}
		with := of[at]
		others := slices.DeleteFunc(of, func(g results.Group) bool {
			return slices.Contains(metric, g.Metric) || !slices.Equal(g.Models, with.Models)
		})
		var cost []float64
		for i := range others {
			for j := range i {
				two := [][]float64{others[i].Scores, others[j].Scores}
				before := results.RegretAt(1, hubs.Together(two, 1, nil), with.Accuracies)
				after := results.RegretAt(1, hubs.Together(append(two, with.Scores), 1, nil), with.Accuracies)
				cost = append(cost, after-before)
			}
		}
		if len(cost) > 0 {
			hub := hubs.ModelSet(task.truth)
			costs[hub] = append(costs[hub], stat.Mean(cost, nil))
		}
	}
	return costs
}
