package hubs

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"

	"sfdalab/results"
	"sfdalab/results/compare"
)

// A Kind says what a line of a leaderboard stands for.
type Kind string

// The kinds of lines.
const (
	Metric      Kind = "metric"      // scores from the target data
	Baseline    Kind = "baseline"    // ranks without a look at it
	Combination Kind = "combination" // of the others, chosen without the dataset's accuracies
	Ceiling     Kind = "ceiling"     // another sweep or protocol of the same models
)

// A Line says how well one way to rank models does on a ground truth.
type Line struct {
	Kind     Kind
	Name     string
	Mean     float64          // of the measure over datasets
	Interval results.Interval // of Mean, over datasets: results.MeanInterval
	Datasets int              // that Mean is over
	Regret   float64          // mean regret@1, in points: what its first choice costs

	// Gain is by how much Mean exceeds that of the best baseline on the same models and
	// datasets; GainInterval is of the paired differences. Of metrics and combinations.
	Gain         float64
	GainInterval results.Interval

	// Wins are the shares of sub-hubs in which Mean exceeds that of every baseline, ties
	// counting half: of random ones, of five to all of the models; of all runs of five models
	// of similar size; of the hub without one family of models each. NaN where that is not
	// known. Of metrics and combinations.
	Wins, WinsOfSize, WinsOfFamily float64

	// WinsOfPapers is the share of the hubs that papers used; Papers says which these are,
	// of those all of whose models are ranked.
	WinsOfPapers float64
	Papers       []string

	values map[string]float64 // of the measure, by dataset
	groups []results.Group
}

// least is the number of models below which a dataset does not count.
const least = 8

// A Leaderboard compares all that ranks the models of one ground truth.
type Leaderboard struct {
	Truth   *results.Truth
	Scores  string // whose raw scores, "" for none
	Measure results.Measure
	Lines   []Line // metrics, combinations, baselines and ceilings, each kind best first
}

// Select returns all leaderboards, those of a ground truth, or that of a ground truth and raw
// scores of its models: none, one or two names or files. Facts of the models are read from
// a file, "" for those built in.
func Select(names []string, facts string, m results.Measure, r results.Resampling) ([]Leaderboard, error) {
	known, err := results.LoadFacts(facts)
	if err != nil {
		return nil, err
	}
	if len(names) == 2 {
		b, err := New(names[0], names[1], known, m, r)
		return []Leaderboard{b}, err
	}
	var only *results.Truth
	if len(names) == 1 {
		if only, err = results.LoadTruth(names[0]); err != nil {
			return nil, err
		}
	}
	var all []Leaderboard
	for _, s := range results.PublishedScores() {
		for _, truth := range s.Truths {
			if len(names) == 1 && only.Name != truth {
				continue
			}
			b, err := New(truth, s.Name, known, m, r)
			if err != nil {
				return nil, fmt.Errorf("%s by %s: %w", s.Name, truth, err)
			}
			all = append(all, b)
		}
	}
	if all == nil {
		return nil, fmt.Errorf("no published scores of %s are built in: name a file of scores as well", names[0])
	}
	return all, nil
}

// New returns the leaderboard of a ground truth and raw scores of its models, both by name
// or file. Datasets with fewer than eight models do not count, nor do those whose
// accuracies are doubted.
func New(truthName, scoresName string, facts results.Facts, m results.Measure, r results.Resampling) (Leaderboard, error) {
	b := Leaderboard{Scores: scoresName, Measure: m}
	truth, groups, err := read(truthName, scoresName)
	if err != nil {
		return b, err
	}
	b.Truth = truth
	baselines := results.Baselines(truth, facts)
	byMetric := map[string][]results.Group{}
	var metrics []string
	for _, g := range groups {
		if byMetric[g.Metric] == nil {
			metrics = append(metrics, g.Metric)
		}
		byMetric[g.Metric] = append(byMetric[g.Metric], g)
	}
	for _, metric := range metrics {
		if slices.Contains(noTargetData, metric) {
			b.add(Baseline, metric+" as released", byMetric[metric], nil, r)
			continue
		}
		b.add(Metric, metric, byMetric[metric], baselines, r)
	}
	groups = withTargetData(groups)
	for _, base := range baselines {
		var of []results.Group
		for _, dataset := range datasets(groups) {
			if g := base.Group(truth, dataset); len(g.Models) >= least {
				of = append(of, g)
			}
		}
		b.add(Baseline, base.Title, of, nil, r)
	}
	b.add(Combination, byDatasets, consensusGroups(truth, groups), baselines, r)
	b.add(Combination, byHubs, elsewhereGroups(truth, groups), baselines, r)
	for _, other := range results.Siblings(truth) {
		var of []results.Group
		for _, g := range results.Agreement(other, truth) {
			if len(g.Models) >= least && truth.Doubts[g.Dataset] == "" && other.Doubts[g.Dataset] == "" && slices.Contains(datasets(groups), g.Dataset) {
				of = append(of, g)
			}
		}
		b.add(Ceiling, other.Name, of, nil, r)
	}
	b.countWins(facts, r.Seed)
	slices.SortStableFunc(b.Lines, func(x, y Line) int {
		if m.Lower {
			x.Mean, y.Mean = y.Mean, x.Mean
		}
		return cmp.Or(cmp.Compare(slices.Index(kinds, x.Kind), slices.Index(kinds, y.Kind)), cmp.Compare(y.Mean, x.Mean))
	})
	return b, nil
}

// The combinations differ in where their three metrics are chosen, and all is weighted.
const (
	byDatasets = "history and the three best metrics"      // on the other datasets
	byHubs     = "history and three metrics of other hubs" // that share no model with this one
)

// read reads a ground truth and raw scores of its models, by name or file, and returns the
// groups that count.
func read(truthName, scoresName string) (*results.Truth, []results.Group, error) {
	truth, err := results.LoadTruth(truthName)
	if err != nil {
		return nil, nil, err
	}
	frame, err := results.LoadScores(scoresName)
	if err != nil {
		return nil, nil, err
	}
	groups, err := results.Groups(frame, truth)
	if err != nil {
		return nil, nil, err
	}
	groups = slices.DeleteFunc(groups, func(g results.Group) bool {
		return len(g.Models) < least || truth.Doubts[g.Dataset] != ""
	})
	if len(groups) == 0 {
		return nil, nil, fmt.Errorf("no dataset has %d models with scores and undoubted accuracies", least)
	}
	return truth, groups, nil
}

// withTargetData returns the groups of metrics that see the target data.
func withTargetData(groups []results.Group) []results.Group {
	return slices.DeleteFunc(groups, func(g results.Group) bool { return slices.Contains(noTargetData, g.Metric) })
}

// noTargetData are what published sets of scores list as metrics, though it sees no target
// data.
var noTargetData = []string{"imagenet-top1"}

var kinds = []Kind{Metric, Combination, Baseline, Ceiling}

// datasets returns the datasets of groups, in their order.
func datasets(groups []results.Group) []string {
	var names []string
	for _, g := range groups {
		if !slices.Contains(names, g.Dataset) {
			names = append(names, g.Dataset)
		}
	}
	return names
}

// add adds the line of groups, one for each dataset; none where the measure has no value.
func (b *Leaderboard) add(kind Kind, name string, groups []results.Group, baselines []results.Baseline, r results.Resampling) {
	l := Line{Kind: kind, Name: name, Gain: math.NaN(), Wins: math.NaN(), WinsOfSize: math.NaN(), WinsOfFamily: math.NaN(), WinsOfPapers: math.NaN(), values: map[string]float64{}, groups: groups}
	var values, regrets []float64
	for _, g := range groups {
		v := b.Measure.Of(g.Scores, g.Accuracies).Value
		if math.IsNaN(v) {
			continue
		}
		l.values[g.Dataset] = v
		values = append(values, v)
		regrets = append(regrets, results.RegretAt(1, g.Scores, g.Accuracies))
	}
	if len(values) == 0 {
		return
	}
	l.Mean, l.Regret, l.Datasets = stat.Mean(values, nil), stat.Mean(regrets, nil), len(values)
	l.Interval, _ = results.MeanInterval(b.Measure, values, r)
	if g := compare.GainOver(baselines, groups, b.Measure, r); g.Over != "" {
		l.Gain, l.GainInterval = g.Mean, g.Interval
	}
	b.Lines = append(b.Lines, l)
}

// countWins sets the shares of sub-hubs that each metric and combination wins over the
// baselines which can rank the same models.
func (b *Leaderboard) countWins(facts results.Facts, seed uint64) {
	var baselines [][]results.Group
	for _, l := range b.Lines {
		if l.Kind == Baseline {
			baselines = append(baselines, l.groups)
		}
	}
	ranked := map[string][]*Line{} // the lines of the same models: baselines are computed once for all
	for i := range b.Lines {
		if l := &b.Lines[i]; l.Kind == Metric || l.Kind == Combination {
			var models strings.Builder
			for _, g := range l.groups {
				fmt.Fprintf(&models, "%q %q\n", g.Dataset, g.Models)
			}
			ranked[models.String()] = append(ranked[models.String()], l)
		}
	}
	for _, lines := range ranked {
		var names [][]results.Group
		for _, l := range lines {
			names = append(names, l.groups)
		}
		c := newContest(append(names, baselines...))
		models := c.models()
		random := c.shares(len(lines), b.Measure, randomParts(models, seed))
		similar := c.shares(len(lines), b.Measure, similarParts(models, facts))
		family := c.shares(len(lines), b.Measure, familyParts(models))
		papers := paperHubsOf(models)
		used := c.shares(len(lines), b.Measure, papers.parts())
		for i, l := range lines {
			l.Wins, l.WinsOfSize, l.WinsOfFamily = random[i], similar[i], family[i]
			l.WinsOfPapers, l.Papers = used[i], papers.names()
		}
	}
}
