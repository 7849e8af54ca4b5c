package hubs

import (
	"fmt"
	"math"
	"path"
	"slices"

	"gonum.org/v1/gonum/stat"

	"sfdalab/results"
	"sfdalab/results/figures"
)

// Figure draws leaderboards on one axis, a row for each.
func Figure(boards []Leaderboard) figures.Figure {
	var strips []figures.Strip
	for _, b := range boards {
		s := figures.Strip{Label: b.name(), Combination: math.NaN(), OtherHubs: math.NaN(), Baseline: math.NaN()}
		for _, l := range b.Lines {
			switch l.Kind {
			case Metric:
				s.Metrics = append(s.Metrics, l.Mean)
			case Ceiling:
				s.Ceilings = append(s.Ceilings, l.Mean)
			case Combination:
				if l.Name == byDatasets {
					s.Combination = l.Mean
				} else {
					s.OtherHubs = l.Mean
				}
			case Baseline:
				if math.IsNaN(s.Baseline) || b.Measure.Lower == (l.Mean < s.Baseline) {
					s.Baseline = l.Mean
				}
			}
		}
		strips = append(strips, s)
	}
	axis := "mean over datasets"
	if len(boards) > 0 {
		axis = "mean " + boards[0].Measure.Title + " over datasets"
	}
	return figures.Strips("What metrics add, hub by hub", axis, strips)
}

// name is the ground truth with whose scores they are.
func (b Leaderboard) name() string {
	if b.Scores == "" {
		return b.Truth.Name
	}
	return fmt.Sprintf("%s, %s", b.Truth.Name, path.Base(b.Scores))
}

// Summary counts over leaderboards how often metrics win.
type Summary struct {
	Boards, Metrics int // leaderboards, and metrics on all of them
	Ahead           int // metrics whose mean is above the best baseline's on the same models
	Shown           int // of these, with an interval of the gain above 0

	OfPapers     float64 // hubs of papers, one a metric, that it wins, ties counting half
	PaperHubs    int     // of so many
	BestAhead    int     // leaderboards on which the best metric, chosen with hindsight, is
	Ceilings     int     // leaderboards with a ceiling
	AboveCeiling int     // of these, those on which some baseline is above every ceiling

	Combinations []CombinationSummary
}

// A CombinationSummary says how a combination does, on the leaderboards where there is one.
type CombinationSummary struct {
	Name               string
	Boards             int
	Ahead              int              // of these, those on which it is above the best baseline
	AheadBest          int              // those on which it is above the best metric, chosen with hindsight
	Gain               float64          // over the best baseline: the mean over hubs of the mean over their leaderboards
	Interval           results.Interval // of Gain, by the bootstrap over hubs
	OverMetric         float64          // by how much it exceeds the best metric, in the same mean
	OverMetricInterval results.Interval // of OverMetric
	Hubs               int              // which Gain is over
}

// Summarize returns the summary of leaderboards.
func Summarize(boards []Leaderboard, r results.Resampling) Summary {
	s := Summary{Boards: len(boards)}
	for _, b := range boards {
		mean := map[Kind]float64{} // the best of each kind
		best := math.Inf(-1)       // gain of a metric
		for _, l := range b.Lines {
			if v, ok := mean[l.Kind]; !ok || b.better(l.Mean, v) {
				mean[l.Kind] = l.Mean
			}
			if l.Kind == Metric && !math.IsNaN(l.Gain) {
				best = max(best, l.Gain)
				s.Metrics++
				if n := len(l.Papers); n > 0 && !math.IsNaN(l.WinsOfPapers) {
					s.OfPapers += l.WinsOfPapers * float64(n)
					s.PaperHubs += n
				}
				if l.Gain > 0 {
					s.Ahead++
					if l.GainInterval.Exists() && l.GainInterval.Lo > 0 {
						s.Shown++
					}
				}
			}
		}
		if best > 0 {
			s.BestAhead++
		}
		if c, ok := mean[Ceiling]; ok {
			s.Ceilings++
			if b.better(mean[Baseline], c) {
				s.AboveCeiling++
			}
		}
	}
	for _, name := range []string{byDatasets, byHubs} {
		s.Combinations = append(s.Combinations, summarizeCombination(boards, name, r))
	}
	return s
}

// summarizeCombination returns the summary of the combination of that name.
func summarizeCombination(boards []Leaderboard, name string, r results.Resampling) CombinationSummary {
	s := CombinationSummary{Name: name}
	gains, over := map[string][]float64{}, map[string][]float64{} // by hub
	for _, b := range boards {
		i := slices.IndexFunc(b.Lines, func(l Line) bool { return l.Name == name && !math.IsNaN(l.Gain) })
		best := slices.IndexFunc(b.Lines, func(l Line) bool { return l.Kind == Metric }) // lines are best first
		if i < 0 || best < 0 {
			continue
		}
		l, hub := b.Lines[i], ModelSet(b.Truth.Name)
		beyond := l.Mean - b.Lines[best].Mean
		if b.Measure.Lower {
			beyond = -beyond
		}
		s.Boards++
		if l.Gain > 0 {
			s.Ahead++
		}
		if beyond > 0 {
			s.AheadBest++
		}
		gains[hub], over[hub] = append(gains[hub], l.Gain), append(over[hub], beyond)
	}
	if s.Hubs = len(gains); s.Hubs > 0 {
		s.Gain, s.OverMetric = stat.Mean(meansOf(gains), nil), stat.Mean(meansOf(over), nil)
		s.Interval, _ = results.BootstrapMean(meansOf(gains), r)
		s.OverMetricInterval, _ = results.BootstrapMean(meansOf(over), r)
	}
	return s
}

// better reports whether x is a better mean of the measure than y.
func (b Leaderboard) better(x, y float64) bool {
	if b.Measure.Lower {
		return x < y
	}
	return x > y
}
