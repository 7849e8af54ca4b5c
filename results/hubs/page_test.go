package hubs

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sfdalab/results"
)

// TestPage makes the page of the documentation again. To rewrite it:
//
//	go test ./results/hubs -run TestPage -update
func TestPage(t *testing.T) {
	r := results.Resampling{} // as "sfdalab leaderboard" has it
	all := boards(t, r)
	page, err := markdownPage(all, "leaderboard.svg", r)
	if err != nil {
		t.Fatal(err)
	}
	var figure, png bytes.Buffer
	if err := Figure(all).Write(&figure, "svg"); err != nil {
		t.Fatal(err)
	}
	if file := os.Getenv("FIGURE"); file != "" {
		if err := Figure(all).Write(&png, "png"); err != nil {
			t.Fatal(err)
		}
		os.WriteFile(file, png.Bytes(), 0o644)
	}
	for file, got := range map[string][]byte{"../../docs/leaderboard.md": page, "../../docs/leaderboard.svg": figure.Bytes()} {
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), string(got)); d != "" {
			t.Errorf("%s differs (−committed +regenerated); if it should, run with -update:\n%s", file, d)
		}
	}
}

// markdownPage returns the leaderboards built in as a page in Markdown, which shows the figure
// of that file.
func markdownPage(boards []Leaderboard, figure string, r results.Resampling) ([]byte, error) {
	var b bytes.Buffer
	s := Summarize(boards, r)
	said, err := claims()
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(&b, `# Leaderboard

This page correlates every built-in set of published raw scores with every ground truth of the same models. "sfdalab leaderboard" prints the same tables. A test computes the page again and compares it.

A correlation alone says little. So each table has three more kinds of rows:

- **Baselines** rank the models without looking at the target data: by ImageNet accuracy, parameters, multiply-adds, or the mean accuracy on the *other* datasets. *Gain* is how much a row exceeds the best of them.
- **Combinations** average three metrics with the last of these baselines, the *history*. Which three metrics, and with which weights, is learned in one of two ways. The first learns on the other datasets of the hub (set of models), without the accuracies of the dataset itself: filled squares in the figure. The second learns on other hubs, which share no model with this one; of this hub, only the history uses accuracies: open squares.
- **Ceilings** say how well another fine-tuning of the same models ranks them.

![Metrics, baselines, combinations and ceilings, hub by hub](%s)

## What comes out

- The %d rows of metrics on %d leaderboards were compared with the best baseline on the same models and datasets. %d of them exceed it; the whole 95 %% interval of the gain is above 0 for %d.
- The best metric of each leaderboard, chosen with hindsight, exceeds the best baseline on %d of %d leaderboards.
- Papers used smaller hubs, which are named below the tables. On these, a metric exceeds every baseline in %g of %d comparisons.
%s- On %d of the %d leaderboards with a ceiling, the best baseline exceeds the ceiling. This can happen because accuracies on other datasets come from the same fine-tuning sweep, and the ceiling comes from another one.
- No published set of raw scores covers two hubs. So the columns *won* count parts of one hub at a time, and no mixture of hubs.

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
		fmt.Fprintf(&b, "- The combination %s exceeds the best baseline on %d of %d leaderboards, and the best single metric, chosen with hindsight, on %d. ", where[c.Name], c.Ahead, c.Boards, c.AheadBest)
		fmt.Fprintf(&b, "Averaged over %d hubs, it gains %+.3f%s over the best baseline, and %+.3f%s over the best metric.\n", c.Hubs, c.Gain, bracket(c.Interval), c.OverMetric, bracket(c.OverMetricInterval))
	}
	b.WriteString("- These intervals come from the bootstrap over hubs. There are few hubs, so the intervals are rough. They also favour the combinations, because the rule of both (three metrics, and their weights) was chosen among rules that were tried on these hubs.\n")
	return b.String()
}

// bracket returns an interval in brackets, with a blank before it; "" for none.
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
