package compare

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"sfdalab/results"
)

// Versus compares one metric with the best.
type Versus struct {
	Metric    string
	Wilcoxon  WilcoxonResult
	Adjusted  float64   // Wilcoxon's p-value, adjusted by Holm over all metrics but the best
	Posterior Posterior // of the best being better than this metric
}

// A Verdict is what the tests say of a matrix at a level.
type Verdict struct {
	Best     string   // metric of the best average rank, the first of them in a tie
	Ties     []string // metrics that share it
	Friedman FriedmanResult
	Others   []Versus // all but the best, in the order of the matrix

	// Sentences say what is left out, and then which test was chosen, why, and what it
	// found: all that follow, which may be "".
	Sentences []string
	Overall   string // on Friedman's test
	Worse     string // on the signed-rank tests
	Probable  string // on the Bayesian signed-rank test, for three datasets or more

	datasets int // N
}

// Decide runs the tests that fit the matrix: Friedman's for three metrics or more, then
// the signed-rank test of each metric against the best with Holm's correction, and the
// Bayesian one with a region of practical equivalence of rope.
func Decide(mx Matrix, alpha, rope float64, seed uint64) Verdict {
	ranks := mx.AverageRanks()
	best := slices.Index(ranks, slices.Min(ranks))
	v := Verdict{Best: mx.Metrics[best], Friedman: Friedman(mx), datasets: len(mx.Datasets)}

	var p []float64
	for j, metric := range mx.Metrics {
		if j == best {
			continue
		}
		if ranks[j] == ranks[best] {
			v.Ties = append(v.Ties, metric)
		}
		x, y := mx.Metric(best), mx.Metric(j)
		o := Versus{Metric: metric, Wilcoxon: Wilcoxon(x, y), Posterior: SignedRank(x, y, rope, seed)}
		v.Others = append(v.Others, o)
		p = append(p, orOne(o.Wilcoxon.P))
	}
	for i, adjusted := range Holm(p) {
		v.Others[i].Adjusted = adjusted
	}
	v.Overall, v.Worse = v.friedmanSentence(mx, alpha), v.wilcoxonSentence(mx, alpha)
	if len(mx.Datasets) >= 3 {
		v.Probable = v.bayesianSentence(alpha, rope)
	}
	v.Sentences = slices.DeleteFunc(append(slices.Clone(mx.LeftOut), v.Overall, v.Worse, v.Probable), func(s string) bool { return s == "" })
	return v
}

func (v Verdict) bayesianSentence(alpha, rope float64) string {
	var better, same []string
	for _, o := range v.Others {
		switch p := o.Posterior; {
		case p.Better >= 1-alpha:
			better = append(better, o.Metric)
		case p.Same >= 1-alpha:
			same = append(same, o.Metric)
		}
	}
	or := func(names []string) string {
		if names == nil {
			return "none"
		}
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("With a probability of %g or more by the Bayesian signed-rank test, which needs no correction, %s is better than: %s; the same within %g as: %s.",
		1-alpha, v.Best, or(better), rope, or(same))
}

// worse returns the metrics that are worse than the best at level alpha.
func (v Verdict) worse(alpha float64) []string {
	var worse []string
	for _, o := range v.Others {
		if o.Adjusted < alpha {
			worse = append(worse, o.Metric)
		}
	}
	return worse
}

// Mark marks the mean, which is the last cell of a row, of each metric that is worse
// than the best at level alpha, and notes in the table what the mark means or why there
// is none.
func (v Verdict) Mark(t *results.Table, alpha float64) {
	worse := v.worse(alpha)
	for _, row := range t.Rows {
		if slices.Contains(worse, row.Label) {
			row.Cells[len(row.Cells)-1].Mark += "‡"
		}
	}
	note := strings.TrimSuffix(v.Worse, ".")
	if worse != nil {
		note = "‡ worse than " + v.against(alpha)
	}
	t.Notes = append(t.Notes, note)
}

// best names the best metric as such.
func (v Verdict) best() string {
	if v.Ties != nil {
		return fmt.Sprintf("%s, which shares the best average rank with %s,", v.Best, strings.Join(v.Ties, ", "))
	}
	return v.Best + ", the best by average rank,"
}

// against names the best, and the tests of the others against it.
func (v Verdict) against(alpha float64) string {
	return fmt.Sprintf("%s at the level of %g (signed-rank test, as metrics are paired by dataset, n = %d datasets; with Holm's correction, as there are %s)",
		v.best(), alpha, v.datasets, results.Count(len(v.Others), "comparison"))
}

func orOne(p float64) float64 {
	if math.IsNaN(p) {
		return 1
	}
	return p
}

func (v Verdict) friedmanSentence(mx Matrix, alpha float64) string {
	f, n, k := v.Friedman, len(mx.Datasets), len(mx.Metrics)
	if f.Err != nil {
		return results.Capital(f.Err.Error()) + "."
	}
	finding := "no difference between the metrics is shown"
	if f.best() < alpha {
		finding = "the metrics differ"
	}
	shown := fmt.Sprintf("F(%d, %d) = %.2f, p %s (Iman and Davenport)", k-1, (k-1)*(n-1), f.F, P(f.PF))
	if !math.IsNaN(f.Exact) {
		shown = fmt.Sprintf("χ² = %.2f, p %s (exact, as they are few)", f.ChiSquared, P(f.Exact))
	}
	return fmt.Sprintf("Friedman's test, as there are %d metrics on %d datasets and their values need not be normal: %s: %s at the level of %g.", k, n, shown, finding, alpha)
}

func (v Verdict) wilcoxonSentence(mx Matrix, alpha float64) string {
	n := len(mx.Datasets)
	if least := min(1, math.Pow(2, float64(1-n))*float64(len(v.Others))); least > alpha {
		return fmt.Sprintf("No metric can be shown to be worse than %s on %s: the signed-rank test of %s against it cannot reach the level of %g after Holm's correction, whatever the values (least p %s).",
			v.best(), results.Count(n, "dataset"), results.Count(len(v.Others), "metric"), alpha, P(least))
	}
	if worse := v.worse(alpha); worse != nil {
		return fmt.Sprintf("Worse than %s: %s.", v.against(alpha), strings.Join(worse, ", "))
	}
	return fmt.Sprintf("No metric is shown to be worse than %s.", v.against(alpha))
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
