package compare

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"

	"sfdalab/results"
)

// A Test is the one test that decides whether metrics differ. Which one it is must be said
// before the values are seen: by name, or by the rule of ByRule.
type Test string

const (
	// ByRule takes SignedRankTest where it can reach the level for as many pairs of metrics
	// on as many datasets, whatever the values; otherwise NemenyiTest.
	ByRule Test = ""

	// SignedRankTest is Wilcoxon's test of each pair of metrics, exact, with Holm's
	// correction for their number (Benavoli et al., "Should we really use post-hoc tests
	// based on mean-ranks?", JMLR 2016).
	SignedRankTest Test = "signed-rank"

	// NemenyiTest compares average ranks, of three metrics or more (Demšar 2006, section
	// 3.2.2). It is approximate, and a pair's outcome depends on the other metrics.
	NemenyiTest Test = "nemenyi"
)

// Tests lists the tests that can be named.
func Tests() []Test { return []Test{SignedRankTest, NemenyiTest} }

// LeastDatasets is the number of datasets below which nothing is decided: the signed-rank
// test of two metrics cannot reach 0.05 there.
const LeastDatasets = 6

// on returns the test that decides for k metrics on n datasets.
func (t Test) on(n, k int, alpha float64) Test {
	pairs := float64(k * (k - 1) / 2)
	switch {
	case k == 2, t == ByRule && leastSignedRank(n)*pairs <= alpha:
		return SignedRankTest
	case t == ByRule:
		return NemenyiTest
	}
	return t
}

// leastSignedRank is the least p of the signed-rank test on n datasets.
func leastSignedRank(n int) float64 { return math.Pow(2, float64(1-n)) }

// Versus compares one metric with the best.
type Versus struct {
	Metric     string
	Difference float64          // of the means: the best less this metric; above 0 the best is better
	Interval   results.Interval // of Difference, by the bootstrap over datasets
	P          float64          // by the deciding test, adjusted for all pairs; NaN without one

	// Effect is the matched-pairs rank-biserial correlation (Kerby, "The simple difference
	// formula", Comprehensive Psychology 2014), in [−1, 1]: the share of the signed ranks
	// that favours the best, less the share that favours this metric.
	Effect float64

	Wilcoxon  WilcoxonResult // supplementary, not adjusted
	Posterior Posterior      // supplementary: of the best being better than this metric
}

// A Verdict is what the deciding test says of a matrix at a level.
type Verdict struct {
	Test    Test        // that decided; ByRule where nothing did
	Best    string      // metric of the best average rank, the first of them in a tie
	Ties    []string    // metrics that share it
	Letters []string    // of each metric of the matrix: two that share one are not shown to differ; nil where no two are
	Others  []Versus    // all but the best, in the order of the matrix
	Least   float64     // p of the pair that differs the most; NaN where nothing decided
	P       [][]float64 // of each pair of metrics, k×k; nil where nothing decided

	Sentence  string   // the verdict
	Sentences []string // what is left out, and the verdict

	// Supplementary says what other tests find, which do not decide.
	Supplementary []string
	Friedman      FriedmanResult

	metrics  []string
	datasets int // N
	alpha    float64
}

// Decide is DecideBy the rule.
func Decide(mx Matrix, alpha, rope float64, seed uint64) Verdict {
	return DecideBy(ByRule, mx, alpha, rope, results.Resampling{Seed: seed})
}

// DecideBy compares the metrics of a matrix with one test at level alpha; with fewer than
// six datasets, nothing is decided. What Friedman's test and the Bayesian one with a
// region of practical equivalence of rope find is supplementary.
func DecideBy(test Test, mx Matrix, alpha, rope float64, r results.Resampling) Verdict {
	ranks := mx.AverageRanks()
	best := slices.Index(ranks, slices.Min(ranks))
	n, k := len(mx.Datasets), len(mx.Metrics)
	v := Verdict{Best: mx.Metrics[best], Least: math.NaN(), Friedman: Friedman(mx), metrics: mx.Metrics, datasets: n, alpha: alpha}
	if n >= LeastDatasets {
		v.Test = test.on(n, k, alpha)
		v.P = mx.pairs(v.Test)
	}
	for j, metric := range mx.Metrics {
		if j == best {
			continue
		}
		if ranks[j] == ranks[best] {
			v.Ties = append(v.Ties, metric)
		}
		o := versus(mx.Metric(best), mx.Metric(j), rope, r)
		o.Metric, o.P = metric, math.NaN()
		if v.P != nil {
			o.P = v.P[best][j]
		}
		v.Others = append(v.Others, o)
	}
	v.letter(ranks)
	v.Sentence = v.sentence(best)
	v.Sentences = append(slices.Clone(mx.LeftOut), v.Sentence)
	if n >= LeastDatasets {
		v.Supplementary = []string{v.friedmanSentence(k, n), v.bayesianSentence(rope)}
	}
	return v
}

// versus compares two metrics by their values on the same datasets.
func versus(best, other []float64, rope float64, r results.Resampling) Versus {
	differences := make([]float64, len(best))
	for i := range best {
		differences[i] = best[i] - other[i]
	}
	o := Versus{Difference: stat.Mean(differences, nil), Wilcoxon: Wilcoxon(best, other), Posterior: SignedRank(best, other, rope, r.Seed)}
	if r.OrDefault().Resamples > 0 {
		o.Interval, _ = results.BootstrapMean(differences, r)
	}
	if sum := o.Wilcoxon.Plus + o.Wilcoxon.Minus; sum > 0 {
		o.Effect = (o.Wilcoxon.Plus - o.Wilcoxon.Minus) / sum
	}
	return o
}

// pairs returns the p-value of each pair of metrics by a test, adjusted for all of them.
func (mx Matrix) pairs(test Test) [][]float64 {
	if test == NemenyiTest {
		return mx.Nemenyi()
	}
	k := len(mx.Metrics)
	var p []float64
	for i := range k {
		for j := range i {
			p = append(p, orOne(Wilcoxon(mx.Metric(i), mx.Metric(j)).P))
		}
	}
	adjusted := Holm(p)
	all := make([][]float64, k)
	for i := range all {
		all[i] = make([]float64, k)
		all[i][i] = 1
		for j := range i {
			all[i][j], adjusted = adjusted[0], adjusted[1:]
			all[j][i] = all[i][j]
		}
	}
	return all
}

// letter sets the letters, where two metrics differ, and the least p.
func (v *Verdict) letter(ranks []float64) {
	if v.P == nil {
		return
	}
	order := make([]int, len(ranks)) // best first
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case ranks[a] < ranks[b]:
			return -1
		case ranks[a] > ranks[b]:
			return 1
		}
		return 0
	})
	v.Least = 1
	differ := make([][]bool, len(order))
	for a, i := range order {
		differ[a] = make([]bool, len(order))
		for b, j := range order {
			if i != j {
				v.Least = min(v.Least, v.P[i][j])
				differ[a][b] = v.P[i][j] < v.alpha
			}
		}
	}
	if v.Least >= v.alpha {
		return
	}
	v.Letters = make([]string, len(order))
	for a, s := range letters(differ) {
		v.Letters[order[a]] = s
	}
}

// sentence says what the deciding test found.
func (v Verdict) sentence(best int) string {
	if v.P == nil {
		return fmt.Sprintf("%s cannot show whether metrics differ: at least %d are needed.", results.Count(v.datasets, "dataset"), LeastDatasets)
	}
	if v.Letters == nil {
		return fmt.Sprintf("No two of %d metrics are shown to differ %s.", len(v.metrics), v.by())
	}
	var worse []string
	for j, metric := range v.metrics {
		if j != best && v.P[best][j] < v.alpha {
			worse = append(worse, metric)
		}
	}
	if worse == nil {
		return fmt.Sprintf("Some metrics differ, but none is shown to be worse than %s %s.", v.best(), v.by())
	}
	return fmt.Sprintf("Worse than %s: %s %s.", v.best(), strings.Join(worse, ", "), v.by())
}

// by says which test decided, with its least p and n, as in "(p < 0.001, n = 11 datasets;
// Nemenyi's test at the level of 0.05)".
func (v Verdict) by() string {
	name := fmt.Sprintf("signed-rank test of each of %s with Holm's correction", results.Count(len(v.metrics)*(len(v.metrics)-1)/2, "pair"))
	switch {
	case v.Test == NemenyiTest:
		name = "Nemenyi's test"
	case len(v.metrics) == 2:
		name = "signed-rank test"
	}
	return fmt.Sprintf("(least p %s, n = %d datasets; %s, level %g)", P(v.Least), v.datasets, name, v.alpha)
}

// Mark puts letters behind the means, which are in the given column, and notes in the table
// what they mean or why there are none.
func (v Verdict) Mark(t *results.Table, column int) {
	note := strings.TrimSuffix(v.Sentence, ".")
	if v.Letters != nil {
		note = "metrics that share a letter are not shown to differ " + v.by()
		for _, row := range t.Rows {
			if i := slices.Index(v.metrics, row.Label); i >= 0 {
				row.Cells[column].Mark += " " + v.Letters[i]
			}
		}
	}
	t.Notes = append(t.Notes, note)
}

// best names the best metric as such.
func (v Verdict) best() string {
	if v.Ties != nil {
		return fmt.Sprintf("%s, which shares the best average rank with %s", v.Best, strings.Join(v.Ties, ", "))
	}
	return v.Best + ", the best by average rank"
}

// bayesianSentence says which metrics the Bayesian signed-rank test finds worse than the best,
// and which practically the same.
func (v Verdict) bayesianSentence(rope float64) string {
	var better, same []string
	for _, o := range v.Others {
		switch p := o.Posterior; {
		case p.Better >= 1-v.alpha:
			better = append(better, o.Metric)
		case p.Same >= 1-v.alpha:
			same = append(same, o.Metric)
		}
	}
	or := func(names []string) string {
		if names == nil {
			return "none"
		}
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("Bayesian signed-rank test of each metric against %s, with a probability of %g or more: worse are %s; the same within %g are %s. It is not corrected for choosing the best.",
		v.Best, 1-v.alpha, or(better), rope, or(same))
}

// friedmanSentence says whether k metrics differ on n datasets, by Friedman's test.
func (v Verdict) friedmanSentence(k, n int) string {
	f := v.Friedman
	if f.Err != nil {
		return results.Capital(f.Err.Error()) + "."
	}
	finding := "no difference between the metrics is shown"
	if f.best() < v.alpha {
		finding = "the metrics differ"
	}
	shown := fmt.Sprintf("F(%d, %d) = %.2f, p %s (Iman and Davenport)", k-1, (k-1)*(n-1), f.F, P(f.PF))
	if !math.IsNaN(f.Exact) {
		shown = fmt.Sprintf("χ² = %.2f, p %s (exact)", f.ChiSquared, P(f.Exact))
	}
	return fmt.Sprintf("Friedman's test of %d metrics on %d datasets: %s: %s at the level of %g.", k, n, shown, finding, v.alpha)
}

// orOne returns a p-value, and 1 for one that no test gave.
func orOne(p float64) float64 {
	if math.IsNaN(p) {
		return 1
	}
	return p
}

// P writes a p-value as papers do, with its sign: "= 0.032" or "< 0.001".
func P(p float64) string {
	switch {
	case math.IsNaN(p):
		return "–"
	case p < 0.001:
		return "< 0.001"
	}
	return fmt.Sprintf("= %.3f", p)
}
