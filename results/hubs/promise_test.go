package hubs

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/stat"

	"sfdalab/results"
	"sfdalab/results/figures"
)

var update = flag.Bool("update", false, "rewrite docs/leaderboard.md, and the tables and the figures of docs/how-sure.md")

var levels = []float64{0.5, 0.6, 0.7, 0.8, 0.9, 0.95}

func knowing(what string) []Case {
	return slices.DeleteFunc(slices.Clone(Cases()), func(c Case) bool { return c.Knowing != what })
}

// TestPromiseIsKept leaves each hub and dataset out, and counts how often a shortlist of
// the others' gap has the best model: of all, and of those that leave a model out.
func TestPromiseIsKept(t *testing.T) {
	for _, what := range Knowledge {
		cases := knowing(what)
		n := float64(len(experiences(cases)))
		last := 0.0
		for _, level := range levels {
			p, ok := NewPromise(cases, what, level)
			if !ok {
				t.Fatalf("%s: no promise", what)
			}
			all := float64(p.Kept+p.Whole) / float64(p.Cases+p.Whole)
			narrowed := ofThese(p, n)
			if least := withinChance(level, n); all < least {
				t.Errorf("%s: %.0f %% promised, %.1f %% kept, below what chance explains (%.1f %% of %g)", what, 100*level, 100*all, 100*least, n)
			}
			if least := withinChance(level, narrowed); p.Share() < least {
				t.Errorf("%s: %.0f %% promised, %.1f %% kept by lists that leave a model out, below what chance explains (%.1f %% of %g)", what, 100*level, 100*p.Share(), 100*least, narrowed)
			}
			if p.Gap < last {
				t.Errorf("%s: a longer promise with a smaller gap", what)
			}
			last = p.Gap
			if p.LowestCases == 0 || p.Lowest != float64(p.LowestKept)/float64(p.LowestCases) {
				t.Errorf("%s: the lowest share is %v, its counts %d of %d", what, p.Lowest, p.LowestKept, p.LowestCases)
			}
		}
	}
}

// ofThese is how many of n distinct rankings a promise counts: those whose list leaves a
// model out, as far as protocols of one hub and dataset do not differ in it.
func ofThese(p Promise, n float64) float64 { return n * float64(p.Cases) / float64(p.Cases+p.Whole) }

// withinChance is the share of n that chance explains where level is the truth: below it
// are 5 % of the samples.
func withinChance(level, n float64) float64 { return level - 1.645*math.Sqrt(level*(1-level)/n) }

// TestWholePromiseIsKept leaves each hub out of all that rank prints at the level it
// promises, and counts on that hub how often the shortlist has the best model, and how
// often it costs no more than it says.
func TestWholePromiseIsKept(t *testing.T) {
	for _, what := range Knowledge {
		cases := knowing(what)
		kept, cheap := 0.0, 0.0
		for _, hub := range hubsOf(cases) {
			p, ok := NewPromise(slices.DeleteFunc(slices.Clone(cases), func(c Case) bool { return c.Hub == hub }), what, 0.9)
			if !ok {
				t.Fatalf("%s without %s: no promise", what, hub)
			}
			for _, c := range cases {
				if c.Hub != hub {
					continue
				}
				if c.Needs() <= p.Gap {
					kept++
				}
				if c.Loss(p.Gap) <= p.Loss {
					cheap++
				}
			}
		}
		n, least := float64(len(cases)), withinChance(0.9, float64(len(experiences(cases))))
		t.Logf("%s: the best in %.1f %%, the loss as promised in %.1f %%, least %.1f", what, 100*kept/n, 100*cheap/n, 100*least)
		if kept/n < least || cheap/n < least {
			t.Errorf("%s: in hubs left out the best is in %.1f %% of the lists, and the loss as promised in %.1f %%; chance explains %.1f %%", what, 100*kept/n, 100*cheap/n, 100*least)
		}
	}
}

// TestFirstLine compares what the first of a ranking costs with what the single metric
// costs that a user would have chosen with the same knowledge, over hubs.
func TestFirstLine(t *testing.T) {
	for _, what := range Knowledge {
		first, single := firstLines(knowing(what))
		if f, s := stat.Mean(first, nil), stat.Mean(single, nil); f > s {
			t.Errorf("%s: the first costs %.2f points, the best single metric %.2f", what, f, s)
		}
	}
}

// firstLines returns the mean regret@1 of each hub, of the ranking and of a single metric.
func firstLines(cases []Case) (first, single []float64) {
	var hubs []string
	for _, c := range cases {
		if !slices.Contains(hubs, c.Hub) && !math.IsNaN(c.Single) {
			hubs = append(hubs, c.Hub)
		}
	}
	for _, hub := range hubs {
		var f, s []float64
		for _, c := range cases {
			if c.Hub == hub && !math.IsNaN(c.Single) {
				f, s = append(f, c.First), append(s, c.Single)
			}
		}
		first, single = append(first, stat.Mean(f, nil)), append(single, stat.Mean(s, nil))
	}
	return first, single
}

func TestSteps(t *testing.T) {
	steps := NewSteps([]float64{2, 0, 1.5, 2}, []float64{80, 90, 79, 85})
	if d := cmp.Diff([]Step{{0, 5}, {2, 0}}, steps); d != "" {
		t.Error(d)
	}
	c := Case{Steps: steps}
	if c.Needs() != 2 || c.Loss(1.9) != 5 || c.Loss(2) != 0 {
		t.Errorf("%v, %v, %v", c.Needs(), c.Loss(1.9), c.Loss(2))
	}
	in := Promise{Gap: 0.5}.Shortlist([]float64{math.NaN(), 1, 1.5, 0.9})
	if !slices.Equal(in, []bool{false, true, true, false}) {
		t.Errorf("%v", in)
	}
}

func TestQuantileCountsHubsAlike(t *testing.T) {
	var cases []Case
	for i := range 99 {
		cases = append(cases, Case{Hub: "large", Dataset: fmt.Sprint(i), Steps: []Step{{1, 0}}})
	}
	cases = append(cases, Case{Hub: "small", Dataset: "d", Steps: []Step{{3, 0}}})
	if got := quantile(cases, 0.9); got != 3 {
		t.Errorf("the gap that suffices for 90 %% is %v", got)
	}
	if got := quantile(cases, 0.5); got != 1 {
		t.Errorf("the gap that suffices for 50 %% is %v", got)
	}
}

// TestHowSure holds the tables and the figure of docs/how-sure.md:
//
//	go test ./results/hubs -run TestHowSure -update
func TestHowSure(t *testing.T) {
	const file, figure = "../../docs/how-sure.md", "../../docs/how-sure.svg"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got := string(text)
	for name, table := range map[string]string{"promises": promisesTable(), "first": firstTable(), "size": sizeTable(t), "agreements": agreementsTable()} {
		begin, end := "<!-- "+name+" -->\n", "<!-- end -->"
		before, rest, ok := strings.Cut(got, begin)
		_, after, ok2 := strings.Cut(rest, end)
		if !ok || !ok2 {
			t.Fatalf("%s has no table %s", file, name)
		}
		got = before + begin + table + end + after
	}
	var svg bytes.Buffer
	if err := reliability().Write(&svg, "svg"); err != nil {
		t.Fatal(err)
	}
	for path, now := range map[string]string{file: got, figure: svg.String()} {
		if *update {
			if err := os.WriteFile(path, []byte(now), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		committed, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(committed), now); d != "" {
			t.Errorf("%s differs (−committed +recomputed); if it should, run with -update:\n%s", path, d)
		}
	}
}

// reliability draws which share of promises was kept by which was aimed at.
func reliability() figures.Figure {
	lines := []figures.Line{{Name: "as promised", X: levels, Y: levels}}
	for _, what := range Knowledge {
		l := figures.Line{Name: knowingAs[what], X: levels}
		n := float64(len(experiences(knowing(what))))
		for _, level := range levels {
			p, _ := NewPromise(Cases(), what, level)
			kept := p.Share()
			half := 1.96 * math.Sqrt(kept*(1-kept)/ofThese(p, n))
			l.Y = append(l.Y, kept)
			l.Intervals = append(l.Intervals, results.Interval{Lo: kept - half, Hi: min(kept+half, 1), Kind: results.Confidence})
		}
		lines = append(lines, l)
	}
	return figures.Lines("How often shortlists held the best network, calibrated on other hubs and datasets", "share promised", "share kept", lines)
}

var knowingAs = map[string]string{"history": "history and metrics", "ImageNet top-1": "ImageNet and metrics", "metrics": "metrics alone"}

func promisesTable() string {
	var b strings.Builder
	b.WriteString("| ranked by | promised | kept | shortlists with the best | not counted: lists of all | hubs | worst hub | points lost in 90 % of the cases | points lost in the worst case |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, what := range Knowledge {
		for _, level := range levels {
			p, _ := NewPromise(Cases(), what, level)
			fmt.Fprintf(&b, "| %s | %.0f %% | %.0f %% | %d of %d | %d | %d | %d of %d | %.1f | %.1f |\n", knowingAs[what], 100*level, 100*p.Share(), p.Kept, p.Cases, p.Whole, p.Hubs, p.LowestKept, p.LowestCases, p.Loss, p.Worst)
		}
	}
	return b.String()
}

func firstTable() string {
	var b strings.Builder
	b.WriteString("| ranked by | the first of `rank` | one metric, chosen with the same knowledge | hubs |\n|---|---|---|---|\n")
	for _, what := range Knowledge {
		first, single := firstLines(knowing(what))
		fmt.Fprintf(&b, "| %s | %.2f | %.2f | %d |\n", knowingAs[what], stat.Mean(first, nil), stat.Mean(single, nil), len(first))
	}
	return b.String()
}

func agreementsTable() string {
	var b strings.Builder
	b.WriteString("| metric | weighted τ | counts as | hubs | datasets |\n|---|---|---|---|---|\n")
	for _, a := range Agreements() {
		fmt.Fprintf(&b, "| %s | %.2f | %.2f | %d | %d |\n", a.Metric, a.Tau, MetricsAgreement([]string{a.Metric}), a.Hubs, a.Datasets)
	}
	return b.String()
}
