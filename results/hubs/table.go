package hubs

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"sfdalab/results"
)

// Table returns the leaderboard as a table: a line for each way to rank, each kind best
// first.
func (b Leaderboard) Table() results.Table {
	of := "no published scores"
	if b.Scores != "" {
		of = "scores " + b.Scores
	}
	t := results.Table{
		Caption: fmt.Sprintf("%s of %s (%s), %s: mean over datasets with %d models or more.",
			results.Capital(b.Measure.Title), b.Truth.Name, b.Truth.Protocol, of, least),
		Corner:       "ranked by",
		Columns:      []string{"kind", "mean", "gain", "won", "won, size", "won, family", "won, papers", "regret@1", "datasets"},
		Digits:       3,
		Intervals:    true,
		IntervalsAre: "the 95 % interval, by the bootstrap over datasets",
		Notes: []string{
			"gain is over the best baseline, which sees no target data, on the same models and datasets",
			"won is the share of random parts of the hub, of five models or more, on which the mean exceeds that of every baseline; won, size is the share of all groups of five models of neighbouring size; won, family is the share of the hubs that remain when one family of models is left out; won, papers counts the hubs that papers used, if all their models are ranked",
			"a ceiling says how well another sweep or protocol of the same models ranks them",
			"regret@1 is the loss, in points of accuracy, if only the model ranked first is fine-tuned",
		},
	}
	if b.Measure.Share {
		t.IntervalsAre = "the 95 % interval over datasets: Wilson's of a share, and of a gain by the bootstrap"
	}
	if names := b.doubted(); names != "" {
		t.Notes = append(t.Notes, "left out, as their accuracies are doubted: "+names)
	}
	if papers := b.papers(); papers != "" {
		t.Notes = append(t.Notes, "hubs of papers: "+papers)
	}
	for _, l := range b.Lines {
		gain := results.Cell{Text: "–", Unranked: true}
		if !math.IsNaN(l.Gain) {
			gain = results.Cell{Value: l.Gain, Interval: l.GainInterval, Unranked: true}
		}
		t.Rows = append(t.Rows, results.TableRow{Label: l.Name, Cells: []results.Cell{
			{Text: string(l.Kind), Unranked: true},
			{Value: l.Mean, Interval: l.Interval, Unranked: l.Kind != Metric},
			gain,
			{Value: l.Wins, Unranked: true},
			{Value: l.WinsOfSize, Unranked: true},
			{Value: l.WinsOfFamily, Unranked: true},
			{Text: l.wonOfPapers(), Unranked: true},
			{Text: fmt.Sprintf("%.2f", l.Regret), Unranked: true},
			{Text: fmt.Sprint(l.Datasets), Unranked: true},
		}})
	}
	return t
}

// doubted names the datasets of the ground truth that are doubted.
func (b Leaderboard) doubted() string {
	var names []string
	for _, dataset := range b.Truth.Datasets() {
		if b.Truth.Doubts[dataset] != "" {
			names = append(names, dataset)
		}
	}
	return strings.Join(names, ", ")
}

// papers names the hubs of papers that are counted.
func (b Leaderboard) papers() string {
	var names []string
	for _, l := range b.Lines {
		for _, name := range l.Papers {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return strings.Join(names, "; ")
}

// wonOfPapers says how many of the hubs of papers a line wins.
func (l Line) wonOfPapers() string {
	if math.IsNaN(l.WinsOfPapers) {
		return "–"
	}
	n := float64(len(l.Papers))
	return fmt.Sprintf("%g of %g", l.WinsOfPapers*n, n)
}
