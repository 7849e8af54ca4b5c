package hubs

import (
	"bytes"
	"fmt"
	"math"
	"path"
	"slices"
	"strings"

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
		s.Gain, s.OverMetric = stat.Mean(hubMeans(gains), nil), stat.Mean(hubMeans(over), nil)
		s.Interval, _ = results.BootstrapMean(hubMeans(gains), r)
		s.OverMetricInterval, _ = results.BootstrapMean(hubMeans(over), r)
	}
	return s
}

func (b Leaderboard) better(x, y float64) bool {
	if b.Measure.Lower {
		return x < y
	}
	return x > y
}

// Page returns the leaderboards built in as a page in Markdown, which shows the figure of
// that file.
func Page(boards []Leaderboard, figure string, r results.Resampling) ([]byte, error) {
	var b bytes.Buffer
	s := Summarize(boards, r)
	said, err := claims()
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(&b, `# Leaderboard

Every set of raw scores that was published and is built in, by every ground truth of its models. "sfdalab leaderboard" prints these tables; a test makes this page again and compares.

Three things stand beside the metrics, as a correlation says little alone:

- **Baselines** rank the models without a look at the target data: by ImageNet accuracy, parameters, multiply-adds, or the mean accuracy on the *other* datasets. *Gain* is over the best of them.
- A **combination** of the last one, the *history*, and three metrics. Which three, and how much each counts, is learned in two ways: on the other datasets of the hub, without the dataset's own accuracies; and on other hubs, which share no model with this one, so that of this hub's accuracies only the history is used. Filled squares in the figure are the first, open ones the second.
- The **ceiling**: how well another fine-tuning of the same models ranks them.

![Metrics, baselines, combinations and ceilings, hub by hub](%s)

## What comes out

- Of %d metrics on %d leaderboards, %d are above the best baseline on the same models and datasets; the 95 %% interval of the gain is above 0 for %d.
- Even the best metric of a leaderboard, chosen with hindsight, is above the best baseline on %d of %d.
- On the hubs that papers used, named below the tables, a metric exceeds every baseline in %g of %d comparisons.
%s- On %d of the %d leaderboards with a ceiling, the best baseline is above it: accuracies elsewhere are from the same sweep, which the ceiling is not.
- No published set of raw scores spans two hubs, so there is no mixed hub to draw: a metric's win is counted on parts of one hub at a time.

## Claims beside raw scores

- %s

`, figure, s.Metrics, s.Boards, s.Ahead, s.Shown, s.BestAhead, s.Boards, s.OfPapers, s.PaperHubs, sentences(s.Combinations), s.AboveCeiling, s.Ceilings, strings.Join(said, "\n- "))
	for _, board := range boards {
		t := board.Table()
		fmt.Fprintf(&b, "## %s\n\n", results.EscapeMarkdown(board.name()))
		notes := t.Notes
		t.Notes = nil
		for _, n := range notes {
			if ofOneBoard(n) {
				t.Notes = append(t.Notes, n)
			}
		}
		t.IntervalsAre = "" // said once
		if err := t.Write(&b, results.Markdown); err != nil {
			return nil, err
		}
		b.WriteString("\n")
	}
	if len(boards) > 0 {
		b.WriteString("## Columns\n\nBrackets hold the 95 % interval, by the bootstrap over datasets.\n\n")
		for _, n := range boards[0].Table().Notes {
			if !ofOneBoard(n) {
				fmt.Fprintf(&b, "- %s.\n", results.EscapeMarkdown(results.Capital(n)))
			}
		}
	}
	return b.Bytes(), nil
}

// sentences says of combinations how they do.
func sentences(all []CombinationSummary) string {
	var b strings.Builder
	where := map[string]string{byDatasets: "learned on the other datasets", byHubs: "learned on other hubs"}
	for _, c := range all {
		fmt.Fprintf(&b, "- The combination %s is above the best baseline on %d of %d leaderboards, and above the best single metric, chosen with hindsight, on %d. ", where[c.Name], c.Ahead, c.Boards, c.AheadBest)
		fmt.Fprintf(&b, "In the mean over %d hubs it gains %+.3f%s over the best baseline, and %+.3f%s over the best metric.\n", c.Hubs, c.Gain, bracket(c.Interval), c.OverMetric, bracket(c.OverMetricInterval))
	}
	b.WriteString("- The intervals are by the bootstrap over hubs. Hubs are few, so they are rough; and the rule of both combinations, three metrics and what they count, was chosen among those tried on these hubs, which flatters it.\n")
	return b.String()
}

func bracket(in results.Interval) string {
	if !in.Exists() {
		return ""
	}
	return fmt.Sprintf(" [%.3f, %.3f]", in.Lo, in.Hi)
}

// ofOneBoard reports whether a note is of one leaderboard, not of the columns of all.
func ofOneBoard(note string) bool {
	return strings.HasPrefix(note, "left out") || strings.HasPrefix(note, "hubs of papers")
}
