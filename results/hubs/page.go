package hubs

import (
	"bytes"
	"fmt"
	"math"
	"path"
	"strings"

	"gonum.org/v1/gonum/stat"

	"sfdalab/results"
	"sfdalab/results/figures"
)

// Figure draws leaderboards on one axis, a row for each.
func Figure(boards []Leaderboard) figures.Figure {
	var strips []figures.Strip
	for _, b := range boards {
		s := figures.Strip{Label: b.name(), Combination: math.NaN(), Baseline: math.NaN()}
		for _, l := range b.Lines {
			switch l.Kind {
			case Metric:
				s.Metrics = append(s.Metrics, l.Mean)
			case Ceiling:
				s.Ceilings = append(s.Ceilings, l.Mean)
			case Combination:
				s.Combination = l.Mean
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

	CombinationAhead int     // leaderboards on which the combination is above the best baseline
	CombinationGain  float64 // its mean gain over them
	BestAhead        int     // leaderboards on which the best metric, chosen with hindsight, is
	CombinationBest  int     // leaderboards on which the combination is above the best metric
	Ceilings         int     // leaderboards with a ceiling
	AboveCeiling     int     // of these, those on which some baseline is above every ceiling
}

// Summarize returns the summary of leaderboards.
func Summarize(boards []Leaderboard) Summary {
	s := Summary{Boards: len(boards)}
	var gains []float64
	for _, b := range boards {
		mean := map[Kind]float64{} // the best of each kind
		gain := map[Kind]float64{}
		for _, l := range b.Lines {
			if v, ok := mean[l.Kind]; !ok || b.better(l.Mean, v) {
				mean[l.Kind] = l.Mean
			}
			if v, ok := gain[l.Kind]; !math.IsNaN(l.Gain) && (!ok || l.Gain > v) {
				gain[l.Kind] = l.Gain
			}
			if l.Kind == Metric && !math.IsNaN(l.Gain) {
				s.Metrics++
				if l.Gain > 0 {
					s.Ahead++
					if l.GainInterval.Exists() && l.GainInterval.Lo > 0 {
						s.Shown++
					}
				}
			}
		}
		if gain[Metric] > 0 {
			s.BestAhead++
		}
		if g, ok := gain[Combination]; ok {
			gains = append(gains, g)
			if g > 0 {
				s.CombinationAhead++
			}
			if b.better(mean[Combination], mean[Metric]) {
				s.CombinationBest++
			}
		}
		if c, ok := mean[Ceiling]; ok {
			s.Ceilings++
			if b.better(mean[Baseline], c) {
				s.AboveCeiling++
			}
		}
	}
	if gains != nil {
		s.CombinationGain = stat.Mean(gains, nil)
	}
	return s
}

func (b Leaderboard) better(x, y float64) bool {
	if b.Measure.Lower {
		return x < y
	}
	return x > y
}

// Page returns the leaderboards as a page in Markdown, which shows the figure of that file.
func Page(boards []Leaderboard, figure string) ([]byte, error) {
	var b bytes.Buffer
	s := Summarize(boards)
	fmt.Fprintf(&b, `# Leaderboard

Every set of raw scores that was published and is built in, by every ground truth of its models. "sfdalab leaderboard" prints these tables; a test makes this page again and compares.

Three things stand beside the metrics, as a correlation says little alone:

- **Baselines** rank the models without a look at the target data: by ImageNet accuracy, parameters, multiply-adds, or the mean accuracy on the *other* datasets. *Gain* is over the best of them.
- A **combination** of the last one and the three metrics that did best on the other datasets. Neither is chosen with the dataset's own accuracies.
- The **ceiling**: how well another fine-tuning of the same models ranks them.

![Metrics, baselines, a combination and ceilings, hub by hub](%s)

## What comes out

- Of %d metrics on %d leaderboards, %d are above the best baseline on the same models and datasets; the 95 %% interval of the gain is above 0 for %d.
- Even the best metric of a leaderboard, chosen with hindsight, is above the best baseline on %d of %d.
- The combination is above the best baseline on %d of %d, by %+.3f in the mean over all, and above the best single metric, chosen with hindsight, on %d.
- On %d of the %d leaderboards with a ceiling, the best baseline is above it: accuracies elsewhere are from the same sweep, which the ceiling is not.

## Claims beside raw scores

- ETran (Gholami et al., ICCV 2023) prints 0.900 for CIFAR-100: its raw scores give it, on one dataset.
- MedMNIST's authors correlate 1 − LEEP, 1 − NLEEP, 1 − PARC and 1 − NCTI: the raw scores of these four correlate with the opposite sign of what is printed.
- The Transfer Learning Library prints correlations for Aircraft and Pets that do not follow from its accuracies; the others do.
- "How NOT to benchmark your SITE metric" (arXiv 2510.06448) reports 0.91 for a fixed list. The best fixed order of the 11 supervised CNNs reaches 0.837 on their 11 datasets, so 0.91 must be of other models, datasets or another mean.

`, figure, s.Metrics, s.Boards, s.Ahead, s.Shown, s.BestAhead, s.Boards, s.CombinationAhead, s.Boards, s.CombinationGain, s.CombinationBest, s.AboveCeiling, s.Ceilings)
	for _, board := range boards {
		t := board.Table()
		fmt.Fprintf(&b, "## %s\n\n", results.EscapeMarkdown(board.name()))
		notes := t.Notes
		t.Notes = nil
		for _, n := range notes {
			if strings.HasPrefix(n, "left out") {
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
			if !strings.HasPrefix(n, "left out") {
				fmt.Fprintf(&b, "- %s.\n", results.EscapeMarkdown(results.Capital(n)))
			}
		}
	}
	return b.Bytes(), nil
}
