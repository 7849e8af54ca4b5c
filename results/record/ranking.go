package record

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"sfdalab/results"
	"sfdalab/results/hubs"
)

// A Ranking is the models of one dataset, best first.
type Ranking struct {
	Dataset string   `json:"dataset"`
	Metrics []string `json:"metrics"` // titles
	Models  []Ranked `json:"models"`
	Images  string   `json:"images,omitempty"` // that features were extracted from, with their split

	Subsets int `json:"subsets"` // random subsets of the samples, that ranges of ranks are from
	Middle  int `json:"middle"`  // of these, how many a range covers: all but the lowest and highest 5 %

	// Prior is what ranks models besides the metrics, without a look at their features, and
	// its weight, of 1 that it has together with the metrics; "" for nothing.
	Prior       string  `json:"prior,omitempty"`
	PriorFrom   string  `json:"prior_from,omitempty"`
	PriorWeight float64 `json:"prior_weight,omitempty"`

	// Agreement is the mean weighted τ of all pairs of metrics; nil where there is none.
	Agreement *float64 `json:"agreement"`

	// Candidates are the models that may be the best, as far as the samples can tell: those
	// whose range of ranks reaches that of the first; all where CannotTell has a reason.
	Candidates []string `json:"candidates"`
	CannotTell string   `json:"cannot_tell,omitempty"`

	// Shortlist are the models to fine-tune: those near the first, as near as Promise says,
	// and the candidates. All, without a promise, where CannotTell has a reason, or no model
	// can be left out; the candidates, where one metric alone ranks.
	Shortlist []string      `json:"shortlist"`
	Promise   *hubs.Promise `json:"promise,omitempty"`
	Shorter   *Shortlist    `json:"shorter,omitempty"` // for who cannot fine-tune so many; nil where it is not shorter

	Ensemble []string `json:"ensemble,omitempty"` // models to combine
	Stopped  string   `json:"stopped,omitempty"`  // what is missing, as the ranking was stopped
	Notes    []string `json:"notes,omitempty"`    // what failed, and why there is no ensemble
}

// A Shortlist is the models to fine-tune, and what such lists were worth.
type Shortlist struct {
	Models  []string     `json:"models"`
	Promise hubs.Promise `json:"promise"`
}

// Ranked is a model in a ranking. Models of equal value share a rank, and the next one has
// as many more as they are.
type Ranked struct {
	Rank     int      `json:"rank"`
	Group    int      `json:"group"` // models of a group are not told apart from its first
	Model    string   `json:"model"`
	Value    float64  `json:"value"` // mean standard rank, higher is better
	By       []Place  `json:"by"`    // each metric
	Prior    int      `json:"prior"` // its rank by the prior; 0 where that is silent
	Lo       int      `json:"lo"`    // range of its ranks in the subsets; 0 without any
	Hi       int      `json:"hi"`
	Warnings []string `json:"warnings,omitempty"`
}

// A Place is where one metric has a model.
type Place struct {
	Rank  int     `json:"rank"` // 0 where the metric failed
	Score float64 `json:"score"`
}

// Reaches reports whether m may be as good as another model that is ranked higher: whether
// the range of its ranks reaches the other's, or the two are equal.
func (m Ranked) Reaches(higher Ranked) bool {
	return m.Rank == higher.Rank || m.Lo > 0 && m.Lo <= higher.Hi
}

// Table returns the first models, or all for 0, as a table, and the warnings of those that
// it refers to by their numbers, from 1, in a column of its own where there are any.
func (r *Ranking) Table(top int) (t results.Table, warnings []string) {
	t = results.Table{Caption: r.caption(), Corner: "model", Columns: []string{"rank"}}
	if r.Subsets > 0 {
		t.Columns = append(t.Columns, "range")
	}
	if r.grouped() {
		t.Columns = append(t.Columns, "group")
	}
	if len(r.Metrics) == 1 {
		t.Columns = append(t.Columns, "score")
	} else {
		t.Columns = append(t.Columns, r.Metrics...)
	}
	if r.Prior != "" {
		t.Columns = append(t.Columns, r.Prior)
	}
	shown := r.Models
	if top > 0 {
		shown = shown[:min(top, len(shown))]
	}
	warned := slices.ContainsFunc(shown, func(m Ranked) bool { return len(m.Warnings) > 0 })
	if warned {
		t.Columns = append(t.Columns, "warnings")
	}
	for _, m := range shown {
		texts := []string{fmt.Sprint(m.Rank)}
		if r.Subsets > 0 {
			texts = append(texts, m.ranks())
		}
		if r.grouped() {
			texts = append(texts, fmt.Sprint(m.Group))
		}
		for _, place := range m.By {
			text := dashed(place.Rank)
			if place.Rank > 0 && len(r.Metrics) == 1 {
				text = fmt.Sprintf("%.4f", place.Score)
			}
			texts = append(texts, text)
		}
		if r.Prior != "" {
			texts = append(texts, dashed(m.Prior))
		}
		if warned {
			var marks string
			marks, warnings = numbered(m.Warnings, warnings)
			texts = append(texts, marks)
		}
		row := results.TableRow{Label: m.Model}
		for _, text := range texts {
			row.Cells = append(row.Cells, results.Cell{Value: math.NaN(), Text: text, Unranked: true}) // "" is a dash
		}
		t.Rows = append(t.Rows, row)
	}
	return t, warnings
}

// numbered returns the numbers of some warnings among all that are told, from 1, and these
// with those of them that are new.
func numbered(some, told []string) (marks string, all []string) {
	var numbers []int
	for _, w := range some {
		at := slices.Index(told, w)
		if at < 0 {
			at, told = len(told), append(told, w)
		}
		numbers = append(numbers, at+1)
	}
	slices.Sort(numbers)
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(numbers), "[]"), " ", ", "), told
}

// caption says what is ranked by what, and what its columns are, each in a line.
func (r *Ranking) caption() string {
	lines := []string{fmt.Sprintf("%s: models by %s.", r.Dataset, strings.Join(r.Metrics, ", "))}
	if r.Images != "" {
		lines = append(lines, r.Images+".")
	}
	if r.Prior != "" {
		lines = append(lines, fmt.Sprintf("Known of models with these names: %s. This weighs %.2f, the metrics %.2f.", r.PriorFrom, r.PriorWeight, 1-r.PriorWeight))
	}
	if r.Subsets > 0 {
		of := fmt.Sprintf("A range covers the ranks of a model in %d random halves of the samples", r.Subsets)
		switch tail := (r.Subsets - r.Middle) / 2; {
		case tail == 1:
			of += ", without the lowest and the highest"
		case tail > 1:
			of += fmt.Sprintf(", without the lowest and the highest %d", tail)
		}
		if r.grouped() {
			of += ". Models of one group are not clearly behind the group's first: their ranges reach its range"
		}
		lines = append(lines, of+".")
	}
	for i, line := range lines {
		lines[i] = results.OneLine(line)
	}
	return strings.Join(lines, "\n")
}

// grouped reports whether halves of the samples tell groups of models apart.
func (r *Ranking) grouped() bool {
	return len(r.Models) > 0 && r.Models[len(r.Models)-1].Group > 1 && r.Subsets > 0
}

// ranks is the range of a model's ranks.
func (m Ranked) ranks() string {
	if m.Lo == m.Hi {
		return dashed(m.Lo)
	}
	return fmt.Sprintf("%d–%d", m.Lo, m.Hi)
}

func dashed(rank int) string {
	if rank == 0 {
		return "–"
	}
	return fmt.Sprint(rank)
}

// Sentences say what follows from the ranking.
func (r *Ranking) Sentences() []string {
	var all []string
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if r.Stopped != "" {
		say("Stopped: %s.", r.Stopped)
	}
	if r.Agreement != nil {
		say("Agreement between the metrics: weighted τ %.2f, the mean of all pairs (1: the same order; 0: no relation).", *r.Agreement)
	}
	n := len(r.Models)
	switch p := r.Promise; {
	case n == 1:
		say("There is only one model, so there is nothing to rank.")
	case r.CannotTell != "":
		say("Cannot tell which is best: %s. Any of the %d models may be.%s", r.CannotTell, n, r.wouldHelp())
	case len(r.Shortlist) == n:
		say("None of the %d models can be left out: %s.%s", n, r.whyAll(), r.wouldHelp())
	case p != nil:
		say("Fine-tune %s: %s.", these(r.Shortlist, n), strings.Join(r.Shortlist, ", "))
		say("%s", worth(*p))
	default:
		say("One metric alone does not tell how sure this order is. Rank by two or more metrics, or add accuracies of these models on other datasets (--history).")
	}
	if r.Shorter != nil {
		say("If that is too many, fine-tune %s: %s. %s", these(r.Shorter.Models, n), strings.Join(r.Shorter.Models, ", "), worth(r.Shorter.Promise))
	}
	if r.Subsets > 0 && r.CannotTell == "" && len(r.Candidates) > 1 && len(r.Candidates) < n {
		say("The samples cannot tell which of these is the best, as their ranges reach that of the first: %s.", strings.Join(r.Candidates, ", "))
	}
	if len(r.Ensemble) > 0 {
		say("For an ensemble of %d, take models that rank high and whose features differ: %s.", len(r.Ensemble), strings.Join(r.Ensemble, ", "))
	}
	return all
}

// worth says how often lists of a promise held the best model, and how many points of
// accuracy they lost.
func worth(p hubs.Promise) string {
	lowest := fmt.Sprintf("%d of %d", p.LowestKept, p.LowestCases)
	if p.LowestCases == 0 {
		lowest = fmt.Sprintf("%.0f %%", 100*p.Lowest)
	}
	most := fmt.Sprintf("at most %.1f points of accuracy", p.Loss)
	if p.Loss < 0.05 {
		most = "no accuracy"
	}
	return fmt.Sprintf("In %d of %d rankings with known accuracies (%.0f %%), a list made this way held the best model; in the worst of %d hubs (sets of models), in %s. "+
		"Fine-tuning such a list instead of all models cost %s in %.0f %% of these rankings, and %.1f points in the worst of them.",
		p.Kept, p.Cases, 100*p.Share(), p.Hubs, lowest, most, 100*hubs.LossLevel, p.Worst)
}

// whyAll says why no model can be left out of the shortlist.
func (r *Ranking) whyAll() string {
	if len(r.Candidates) == len(r.Models) {
		return "in random halves of the samples each is about as good as the first"
	}
	return "where accuracies are known, models this close to the first were the best too often"
}

// wouldHelp says what may narrow a ranking down, with a blank before it.
func (r *Ranking) wouldHelp() string {
	if r.Prior == "" {
		return " More samples, or accuracies of these models on other datasets (--history), may tell."
	}
	return " More samples may tell."
}

func these(list []string, of int) string {
	if len(list) == 1 {
		return "this one"
	}
	return fmt.Sprintf("these %d of %d", len(list), of)
}
