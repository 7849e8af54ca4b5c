package results

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"sfdalab/internal/suggest"
)

// A Measure says how well scores predict accuracies.
type Measure struct {
	Name  string // as users write it, such as "tauw"
	Title string // as papers write it, such as "weighted Kendall's τ"

	// Lower is set where a lower value is better.
	Lower bool

	// Share is set where the value of a dataset is 0 or 1, or between them in a tie: its
	// mean over datasets is a share of them.
	Share bool

	Reference string    // whose value it has, such as "scipy.stats.kendalltau"; "" where nobody else's code is held to it
	Citation  *Citation // the paper that proposes it; nil for none

	// Func returns the measure of n scores and the n accuracies, in percent, of
	// the same models; NaN where it is not defined. The order of the models does
	// not matter.
	Func func(score, accuracy []float64) float64

	// resampler returns a quick Func of resamples; nil where there is none.
	resampler func(score, accuracy []float64) func(octet) [lanes]float64

	// permuter returns a quick Func of scores in another order; nil where there is none.
	permuter func(score, accuracy []float64) func(order []int) float64
}

// A Citation is an entry of a bibliography.
type Citation struct {
	Key     string `json:"key"`          // such as "shao2022sfda"
	Of      string `json:"of,omitempty"` // what it is cited for, such as "SFDA (version 2)"
	Authors string `json:"authors"`
	Title   string `json:"title"`
	Venue   string `json:"venue"`
	Year    int    `json:"year"`
}

// The papers that propose the measures.
var (
	vigna      = &Citation{Key: "vigna2015weighted", Authors: "Vigna, Sebastiano", Title: "A weighted correlation index for rankings with ties", Venue: "WWW", Year: 2015}
	kendall45  = &Citation{Key: "kendall1945treatment", Authors: "Kendall, Maurice G.", Title: "The treatment of ties in ranking problems", Venue: "Biometrika", Year: 1945}
	spearman04 = &Citation{Key: "spearman1904proof", Authors: "Spearman, Charles", Title: "The proof and measurement of association between two things", Venue: "The American Journal of Psychology", Year: 1904}
	pearson95  = &Citation{Key: "pearson1895note", Authors: "Pearson, Karl", Title: "Note on regression and inheritance in the case of two parents", Venue: "Proceedings of the Royal Society of London", Year: 1895}
	you2021    = &Citation{Key: "you2021logme", Authors: "You, Kaichao and Liu, Yong and Wang, Jianmin and Long, Mingsheng", Title: "LogME: Practical assessment of pre-trained models for transfer learning", Venue: "ICML", Year: 2021}
	singh2026  = &Citation{Key: "singh2026site", Authors: "Singh, Prabhant and Hess, Sibylle and Vanschoren, Joaquin", Title: "How NOT to benchmark your SITE metric: Beyond static leaderboards and towards realistic evaluation", Venue: "ICLR", Year: 2026}
	shao2022   = &Citation{Key: "shao2022sfda", Authors: "Shao, Wenqi and Zhao, Xun and Ge, Yixiao and Zhang, Zhaoyang and Yang, Lei and Wang, Xiaogang and Shan, Ying and Luo, Ping", Title: "Not all models are equal: Predicting model transferability in a self-challenging Fisher space", Venue: "ECCV", Year: 2022}
)

// Measures returns the measures built in, the field's own first. The last four stand for
// families: MeasureByName knows them for every k, or number of points.
func Measures() []Measure {
	return []Measure{
		{Name: "tauw", Title: "weighted Kendall's τ", Reference: "scipy.stats.weightedtau", Citation: vigna, Func: WeightedTau, resampler: countedTau, permuter: permutedTau},
		{Name: "tau", Title: "Kendall's τ-b", Reference: "scipy.stats.kendalltau", Citation: kendall45, Func: TauB, resampler: countedTauB},
		{Name: "spearman", Title: "Spearman's ρ", Reference: "scipy.stats.spearmanr", Citation: spearman04, Func: Spearman, resampler: countedSpearman, permuter: permutedSpearman},
		{Name: "pearson", Title: "Pearson's r", Reference: "scipy.stats.pearsonr", Citation: pearson95, Func: Pearson, resampler: countedPearson},
		{Name: "wpearson", Title: "weighted Pearson's r", Citation: shao2022, Func: WeightedPearson, resampler: countedWeightedPearson},
		{Name: "fidelity", Title: "fidelity", Citation: singh2026, Func: Fidelity, resampler: countedFidelity},
		topK("rel", 1), topK("hit", 3), topK("regret", 1), pairsBeyond(1),
	}
}

// pairsBeyond returns the measure of pairs of models more than so many points apart.
func pairsBeyond(points float64) Measure {
	unit := "points"
	if points == 1 {
		unit = "point"
	}
	return Measure{
		Name:  fmt.Sprintf("pairs@%g", points),
		Title: fmt.Sprintf("pairwise accuracy beyond %g %s", points, unit),
		Func:  func(score, accuracy []float64) float64 { return PairAccuracy(points, score, accuracy) },
		resampler: func(score, accuracy []float64) func(octet) [lanes]float64 {
			return countedPairAccuracy(points, score, accuracy)
		},
	}
}

// topK returns the measure of a family that looks at the k models of highest score.
func topK(family string, k int) Measure {
	worth := map[string]func(a, best float64) float64{"rel": rel, "hit": hit, "regret": regret}[family]
	m := Measure{
		Name:  fmt.Sprintf("%s@%d", family, k),
		Title: fmt.Sprintf("%s@%d", strings.ToUpper(family[:1])+family[1:], k),
		Lower: family == "regret",
		Func:  func(score, accuracy []float64) float64 { return atK(worth, k, score, accuracy) },
		resampler: func(score, accuracy []float64) func(octet) [lanes]float64 {
			return oneByOne(chosen(worth, k, score, accuracy))
		},
	}
	switch family {
	case "rel":
		m.Citation = you2021
	case "hit":
		m.Title, m.Share = fmt.Sprintf("P(best in top %d)", k), true
	case "regret":
		m.Title = fmt.Sprintf("regret@%d in points", k)
	}
	return m
}

// MeasureByName returns the measure that users call name: one of Measures, or
// rel@k, hit@k, regret@k for any k from 1, or pairs@p for any number of points p.
func MeasureByName(name string) (Measure, error) {
	var known []string
	for _, m := range Measures() {
		if m.Name == name {
			return m, nil
		}
		known = append(known, m.Name)
	}
	family, digits, _ := strings.Cut(name, "@")
	switch family {
	case "rel", "hit", "regret":
		k, err := strconv.Atoi(digits)
		if err != nil || k < 1 {
			return Measure{}, fmt.Errorf("measure %q: want %s@k with a whole number k, 1 or above", name, family)
		}
		return topK(family, k), nil
	case "pairs":
		points, err := strconv.ParseFloat(digits, 64)
		if err != nil || !(points >= 0) || math.IsInf(points, 0) {
			return Measure{}, fmt.Errorf("measure %q: want pairs@p with a number of points p, 0 or above", name)
		}
		return pairsBeyond(points), nil
	}
	return Measure{}, fmt.Errorf("unknown measure %q%s: want one of %s", name, suggest.Hint(name, known), strings.Join(known, ", "))
}

// MeasuresByName returns the measures that users call by these names, as MeasureByName does.
// None may be there twice, nor under two names, as rel@1 and rel@01 are.
func MeasuresByName(names []string) ([]Measure, error) {
	measures := make([]Measure, len(names))
	for i, name := range names {
		m, err := MeasureByName(name)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(measures[:i], func(known Measure) bool { return known.Name == m.Name }) {
			return nil, fmt.Errorf("measures: %q is listed twice", m.Name)
		}
		measures[i] = m
	}
	return measures, nil
}

// A Correlation is what a Measure says of N models.
type Correlation struct {
	Value    float64 // NaN where Warnings says why
	N        int
	Warnings []error // reasons to trust Value less
}

// few is the number of models below which a rank correlation says little: with 4
// models, a perfect order comes by chance once in 24 times.
const few = 5

// Of returns the measure of scores and accuracies of the same models, in the same
// order. Whatever makes the value mean little is among the warnings: NaN or
// constant input and fewer than two models, where the value is NaN; fewer than
// five models; models tied in score.
func (m Measure) Of(score, accuracy []float64) Correlation {
	c := Correlation{Value: math.NaN(), N: len(score)}
	switch {
	case len(score) != len(accuracy):
		c.warn("%d scores for %d accuracies", len(score), len(accuracy))
	case len(score) < 2:
		c.warn("%s with a score and an accuracy: a correlation needs two", Count(len(score), "model"))
	case hasNaN(score):
		c.warn("a score is NaN")
	case hasNaN(accuracy):
		c.warn("an accuracy is NaN")
	case constant(score):
		c.warn("all %d scores are equal: they do not rank the models", len(score))
	case constant(accuracy):
		c.warn("all %d accuracies are equal: there is nothing to rank", len(score))
	default:
		c.Value = m.Func(score, accuracy)
		if math.IsNaN(c.Value) {
			c.warn("%s is not defined for these %d models", m.Title, len(score))
		}
		if len(score) < few {
			c.warn("only %s", Count(len(score), "model"))
		}
		if tied := tiedElements(score); 2*tied >= len(score) {
			c.warn("%d of %d models share their score with another", tied, len(score))
		}
	}
	return c
}

// warn adds a reason to trust the value less.
func (c *Correlation) warn(format string, args ...any) {
	c.Warnings = append(c.Warnings, fmt.Errorf(format, args...))
}

// Err joins the warnings into one error, nil without any.
func (c Correlation) Err() error { return errors.Join(c.Warnings...) }

// tiedElements returns how many elements of x equal another one.
func tiedElements(x []float64) int {
	count := map[float64]int{}
	for _, v := range x {
		count[v]++
	}
	var tied int
	for _, n := range count {
		if n > 1 {
			tied += n
		}
	}
	return tied
}
