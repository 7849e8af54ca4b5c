package results

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sample has a tie at the printed digits, a negative zero, a missing cell, and names
// that every format must escape.
func sample() Table {
	nan := math.NaN()
	row := func(dataset, metric string, value, lo, hi float64) Row {
		return Row{Dataset: dataset, Metric: metric, Measure: "tauw", Value: value, Interval: interval(lo, hi), N: 11}
	}
	return NewTable([]Row{
		row("pets", "sfda", 0.61249, 0.2, 0.8), row("pets", "a_b & <c>", 0.6116, 0.1, 0.75), row("pets", "nce", -0.00001, nan, nan),
		row("cars|x", "sfda", 0.5, 0.1, 0.9), row("cars|x", "a_b & <c>", -0.25, -0.5, 0.3),
	}, Measures()[0], "supervised")
}

func TestTableFormats(t *testing.T) {
	for _, c := range []struct {
		format Format
		want   string
	}{
		{Text, `
 metric      pets  cars|x    mean
──────────────────────────────────
 sfda       0.612   0.500  0.556
 a_b & <c>  0.612  -0.250  0.181
 nce        0.000       –  0.000†
† mean over fewer datasets, not ranked
`},
		{CSV, `
metric,pets,cars|x,mean,mean mark
sfda,0.61249,0.5,0.556245,
a_b & <c>,0.6116,-0.25,0.18080000000000002,
nce,-1e-05,,-1e-05,†
`},
		{Markdown, `
Weighted Kendall's τ of scores and fine-tuned accuracies (supervised, 11 models).

| metric       |         pets |       cars\|x |         mean |     |
| ------------ | -----------: | ------------: | -----------: | --- |
| sfda         |    **0.612** |     **0.500** |    **0.556** |     |
| a_b & &lt;c> |    **0.612** | <u>-0.250</u> | <u>0.181</u> |     |
| nce          | <u>0.000</u> |             – |        0.000 | †   |

† mean over fewer datasets, not ranked.
`},
		{LaTeX, `
% needs \usepackage{booktabs,siunitx,graphicx}
\begin{table}
\centering
\setlength{\belowcaptionskip}{6pt}
\caption{Weighted Kendall's $\tau$ of scores and fine-tuned accuracies (supervised, 11 models). Best in bold, second underlined. $^\dagger$ mean over fewer datasets, not ranked.}
\sisetup{detect-weight, table-number-alignment=right, table-text-alignment=right}
\resizebox*{!}{\ifdim\totalheight>0.8\textheight 0.8\textheight\else\totalheight\fi}{%
\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%
\begin{tabular}{l S[table-format=1.3] S[table-format=-1.3] S[table-format=1.3] @{\,}l}
\toprule
metric & {pets} & {cars\textbar{}x} & \multicolumn{2}{c}{mean} \\
\midrule
sfda & \bfseries 0.612 & \bfseries 0.500 & \bfseries 0.556 &  \\
a\_b \& \textless{}c\textgreater{} & \bfseries 0.612 & {\underline{$-$0.250}} & {\underline{0.181}} &  \\
nce & {\underline{0.000}} & {--} & 0.000 & $^\dagger$ \\
\bottomrule
\end{tabular}}}
\end{table}
`},
		{HTML, `
<table style="text-align:right; font-variant-numeric:tabular-nums">
<caption>Weighted Kendall&#39;s τ of scores and fine-tuned accuracies (supervised, 11 models). Best in bold, second underlined. † mean over fewer datasets, not ranked.</caption>
<thead><tr><th scope="col">metric</th><th scope="col">pets</th><th scope="col">cars|x</th><th scope="col">mean</th><th></th></tr></thead>
<tbody>
<tr><th scope="row">sfda</th><td><b>0.612</b></td><td><b>0.500</b></td><td><b>0.556</b></td><td style="text-align:left; padding-left:0"></td></tr>
<tr><th scope="row">a_b &amp; &lt;c&gt;</th><td><b>0.612</b></td><td><u>-0.250</u></td><td><u>0.181</u></td><td style="text-align:left; padding-left:0"></td></tr>
<tr><th scope="row">nce</th><td><u>0.000</u></td><td>–</td><td>0.000</td><td style="text-align:left; padding-left:0">†</td></tr>
</tbody>
</table>
`},
	} {
		var b strings.Builder
		if err := sample().Write(&b, c.format); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.TrimPrefix(c.want, "\n"), b.String()); diff != "" {
			t.Errorf("%s (−want +got):\n%s", c.format, diff)
		}
	}
}

func TestTerminalShowsTheBest(t *testing.T) {
	var b strings.Builder
	if err := sample().Write(&b, Terminal); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\x1b[1m0.612\x1b[0m", "\x1b[4m-0.250\x1b[0m"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if err := sample().Write(&b, "xlsx"); err == nil {
		t.Error("an unknown format is written")
	}
}

func TestTableShowsIntervals(t *testing.T) {
	nan := math.NaN()
	table := Table{
		Caption: "Of two.", Corner: "metric", Columns: []string{"pets", "mean"}, Digits: 2,
		Intervals: true, IntervalsAre: "the 95 % interval",
		Rows: []TableRow{
			{Label: "a", Cells: []Cell{{Value: 0.5, Interval: interval(-0.25, 0.996)}, {Value: 0.25, Interval: interval(0.25, 0.254), Mark: "‡"}}},
			{Label: "b", Cells: []Cell{{Value: -0.125}, {Value: nan, Interval: interval(0, 1)}}},
		},
		Tests: []string{"A test."},
	}
	// Rounded from exact differences: 0.996 − 0.5 is +0.50, and 0.254 − 0.25 is +0.00.
	for _, c := range []struct {
		format    Format
		plusMinus bool
		want      string
	}{
		{Text, false, `
 metric                 pets                mean
─────────────────────────────────────────────────
 a        0.50 [-0.25, 1.00]  0.25 [0.25, 0.25]‡
 b       -0.12                   –
brackets hold the 95 % interval
A test.
`},
		{Text, true, `
 metric               pets               mean
──────────────────────────────────────────────
 a        0.50 +0.50/-0.75  0.25 +0.00/-0.00‡
 b       -0.12                 –
+ and − lead to the ends of the 95 % interval
A test.
`},
		{Markdown, false, `
Of two.

| metric |         pets |               |     mean |               |
| ------ | -----------: | ------------- | -------: | ------------- |
| a      |     **0.50** | [-0.25, 1.00] | **0.25** | [0.25, 0.25]‡ |
| b      | <u>-0.12</u> |               |        – |               |

Brackets hold the 95 % interval.

A test.
`},
		{LaTeX, true, `
a & \bfseries 0.50 & $^{+0.50}_{-0.75}$ & \bfseries 0.25 & $^{+0.00}_{-0.00}$$^\ddagger$ \\
b & {\underline{$-$0.12}} &  & {--} &  \\
`},
		{LaTeX, false, `
a & \bfseries 0.50 & {\scriptsize [$-$0.25, 1.00]} & \bfseries 0.25 & {\scriptsize [0.25, 0.25]}$^\ddagger$ \\
`},
		{LaTeX, true, `
\caption{Of two. Best in bold, second underlined. + and $-$ lead to the ends of the 95~\% interval.}
`},
		{HTML, false, `
<tr><th scope="row">a</th><td><b>0.50</b><br><small>[-0.25, 1.00]</small></td><td><b>0.25</b><br><small>[0.25, 0.25]</small></td><td style="text-align:left; padding-left:0">‡</td></tr>
`},
		{CSV, true, `
metric,pets,pets lo,pets hi,mean,mean lo,mean hi,mean mark
a,0.5,-0.25,0.996,0.25,0.25,0.254,‡
b,-0.125,,,,,,
`},
	} {
		table.PlusMinus = c.plusMinus
		var b strings.Builder
		if err := table.Write(&b, c.format); err != nil {
			t.Fatal(err)
		}
		if want := strings.TrimPrefix(c.want, "\n"); !strings.Contains(b.String(), want) {
			t.Errorf("%s: no\n%s\nin\n%s", c.format, want, b.String())
		}
	}
}

func TestMeanIntervals(t *testing.T) {
	var rows []Row
	for i, d := range []string{"a", "b", "c", "d", "e"} {
		rows = append(rows, Row{Dataset: d, Metric: "m", Measure: "tauw", Value: float64(i)})
	}
	table := NewTable(rows, Measures()[0], "t")
	table.MeanIntervals(Measures()[0], Resampling{Resamples: 500})
	if mean := table.Rows[0].Cells[5]; mean.Value != 2 || !(0 <= mean.Lo && mean.Lo < 2 && 2 < mean.Hi && mean.Hi <= 4) {
		t.Errorf("mean %+v", mean)
	}
	few := NewTable(rows[:4], Measures()[0], "t")
	few.MeanIntervals(Measures()[0], Resampling{Resamples: 500})
	if mean := few.Rows[0].Cells[4]; mean.Exists() {
		t.Errorf("mean of four datasets %+v", mean)
	}
}

func TestLowerIsBetter(t *testing.T) {
	m, err := MeasureByName("regret@1")
	if err != nil {
		t.Fatal(err)
	}
	table := NewTable([]Row{
		{Dataset: "d", Metric: "a", Measure: "regret@1", Value: 3},
		{Dataset: "d", Metric: "b", Measure: "regret@1", Value: 0},
		{Dataset: "d", Metric: "c", Measure: "regret@1", Value: 1},
	}, m, "t")
	if got, want := table.places(), [][]place{{other}, {best}, {second}}; !cmp.Equal(got, want) {
		t.Errorf("places %v, want %v", got, want)
	}
}

// interval returns none where an end is NaN.
func interval(lo, hi float64) Interval {
	if math.IsNaN(lo) {
		return Interval{}
	}
	return Interval{Lo: lo, Hi: hi, Level: 0.95, Kind: Confidence}
}

// TestHugeNumber prints a number of 300 digits in a few letters.
func TestHugeNumber(t *testing.T) {
	for v, want := range map[float64]string{1e308: "1e+308", -2.5e20: "-2.5e+20", 123456789012345: "123456789012345.00"} {
		if got := (Table{Digits: 2}).number(v); got != want {
			t.Errorf("%g is printed as %s, want %s", v, got, want)
		}
	}
}
