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
	Best     string // metric of the best average rank, the first of them in a tie
	Friedman FriedmanResult
	Others   []Versus // all but the best, in the order of the matrix

	datasets int // N

	// Sentences say which tests were chosen, why, and what they found.
	Sentences []string
}

// Decide runs the tests that fit the matrix: Friedman's for three metrics or more, then
// the signed-rank test of each metric against the best with Holm's correction, and the
// Bayesian one with a region of practical equivalence of rope.
func Decide(mx Matrix, alpha, rope float64, seed uint64) Verdict {
	ranks := mx.AverageRanks()
	best := slices.Index(ranks, slices.Min(ranks))
	v := Verdict{Best: mx.Metrics[best], Friedman: Friedman(mx), datasets: len(mx.Datasets)}
	v.Sentences = append(v.Sentences, mx.LeftOut...)

	var p []float64
	for j, metric := range mx.Metrics {
		if j == best {
			continue
		}
		x, y := mx.Metric(best), mx.Metric(j)
		o := Versus{Metric: metric, Wilcoxon: Wilcoxon(x, y), Posterior: SignedRank(x, y, rope, seed)}
		v.Others = append(v.Others, o)
		p = append(p, orOne(o.Wilcoxon.P))
	}
	for i, adjusted := range Holm(p) {
		v.Others[i].Adjusted = adjusted
	}
	v.Sentences = append(v.Sentences, v.friedmanSentence(mx, alpha), v.wilcoxonSentence(mx, alpha))
	if len(mx.Datasets) >= 3 {
		v.Sentences = append(v.Sentences, v.bayesianSentence(alpha, rope))
	}
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
// than the best at level alpha, and notes in the table what the mark means.
func (v Verdict) Mark(t *results.Table, alpha float64) {
	worse := v.worse(alpha)
	for _, row := range t.Rows {
		if slices.Contains(worse, row.Label) {
			row.Cells[len(row.Cells)-1].Mark += "‡"
		}
	}
	note := fmt.Sprintf("‡ worse than %s", v.Best)
	if worse == nil {
		note = fmt.Sprintf("no metric is shown to be worse than %s", v.Best)
	}
	t.Notes = append(t.Notes, fmt.Sprintf("%s at the level of %g (signed-rank test, Holm, n = %d datasets)", note, alpha, v.datasets))
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
		return capital(f.Err.Error()) + "."
	}
	finding := "no difference between the metrics is shown"
	if f.PF < alpha {
		finding = "the metrics differ"
	}
	return fmt.Sprintf("Friedman's test, as there are %d metrics on %d datasets and their values need not be normal: F(%d, %d) = %.2f, p %s (Iman and Davenport): %s at the level of %g.",
		k, n, k-1, (k-1)*(n-1), f.F, P(f.PF), finding, alpha)
}

func (v Verdict) wilcoxonSentence(mx Matrix, alpha float64) string {
	n := len(mx.Datasets)
	if least := math.Pow(2, float64(1-n)); least*float64(len(v.Others)) > alpha {
		return fmt.Sprintf("The signed-rank test of %d metrics against %s on %d datasets cannot reach the level of %g after Holm's correction, whatever the values: the least p %s.",
			len(v.Others), v.Best, n, alpha, P(min(1, least*float64(len(v.Others)))))
	}
	found := "none is"
	if worse := v.worse(alpha); worse != nil {
		found = strings.Join(worse, ", ")
	}
	return fmt.Sprintf("Worse than %s at the level of %g: %s. (Signed-rank test, as two metrics are paired by dataset; with Holm's correction, as there are %d comparisons.)", v.Best, alpha, found, len(v.Others))
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

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
