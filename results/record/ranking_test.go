package record

import (
	"slices"
	"strings"
	"testing"

	"sfdalab/results/hubs"
)

// TestSentences says what rankings come to, and no more than they can tell.
func TestSentences(t *testing.T) {
	a, b := Ranked{Rank: 1, Model: "a", By: []Place{{1, 2}}}, Ranked{Rank: 2, Model: "b", By: []Place{{2, 1}}}
	promise := hubs.Promise{Level: 0.9, Cases: 10, Hubs: 3, Kept: 9, Lowest: 0.5, LowestKept: 1, LowestCases: 2, Loss: 0.2, Worst: 3}
	short := &Shortlist{Models: []string{"a"}, Promise: hubs.Promise{Level: 0.5, Cases: 10, Hubs: 3, Kept: 6, Lowest: 0.2, Worst: 9}}
	both, one := []string{"a", "b"}, []string{"LogME"}
	for _, c := range []struct {
		name       string
		ranking    Ranking
		want, lack string
	}{
		{"a promise", Ranking{Models: []Ranked{a, b}, Shortlist: both[:1], Promise: &promise},
			"In 9 of 10 rankings with known accuracies (90 %), a list made this way held the best model; in the worst of 3 hubs (sets of models), in 1 of 2. Fine-tuning such a list instead of all models cost at most 0.2 points of accuracy in 90 % of these rankings, and 3.0 points in the worst of them.", "One metric"},
		{"all are listed", Ranking{Models: []Ranked{a, b}, Shortlist: both, Shorter: short},
			"None of the 2 models can be left out: where accuracies are known, models this close to the first were the best too often. More samples, or accuracies of these models on other datasets (--history), may tell.\nIf that is too many, fine-tune this one: a. In 6 of 10 rankings with known accuracies (60 %), a list made this way held the best model; in the worst of 3 hubs (sets of models), in 20 %. Fine-tuning such a list instead of all models cost no accuracy in 90 % of these rankings, and 9.0 points in the worst of them.", "One metric"},
		{"all are listed, by a record of old", Ranking{Models: []Ranked{a, b}, Shortlist: both, Promise: &promise}, "can be left out", "Fine-tune"},
		{"halves reorder all", Ranking{Models: []Ranked{a, b}, Shortlist: both, Candidates: both, Prior: "history"},
			"None of the 2 models can be left out: in random halves of the samples each is about as good as the first. More samples may tell.", "--history"},
		{"one metric", Ranking{Metrics: one, Models: []Ranked{a, b}, Shortlist: both[:1]}, "One metric alone does not tell how sure this order is", "Fine-tune"},
		{"one model", Ranking{Metrics: one, Models: []Ranked{a}, Shortlist: both[:1]}, "There is only one model, so there is nothing to rank.", "promise"},
		{"no signal", Ranking{Models: []Ranked{a, b}, CannotTell: "so", Shortlist: both}, "Cannot tell which is best: so. Any of the 2 models may be.", "Fine-tune"},
		{"stopped", Ranking{Models: []Ranked{a, b}, Stopped: "1 of 4 halves are scored", CannotTell: "so", Shortlist: both}, "Stopped: 1 of 4 halves", "Fine-tune"},
	} {
		text := strings.Join(c.ranking.Sentences(), "\n")
		if !strings.Contains(text, c.want) || strings.Contains(text, c.lack) {
			t.Errorf("%s: %q", c.name, text)
		}
	}
}

// TestRankingTable shows the first lines, and refers to each warning once.
func TestRankingTable(t *testing.T) {
	r := Ranking{Dataset: "pets", Metrics: []string{"NCTI", "LEEP"}, Subsets: 20, Middle: 18, Prior: "history", Models: []Ranked{
		{Rank: 1, Group: 1, Model: "a", By: []Place{{1, 2}, {1, 2}}, Prior: 1, Lo: 1, Hi: 1, Warnings: []string{"x", "y"}},
		{Rank: 2, Group: 2, Model: "b", By: []Place{{2, 1}, {}}, Lo: 2, Hi: 3, Warnings: []string{"y"}},
		{Rank: 3, Group: 2, Model: "c", By: []Place{{3, 0}, {2, 1}}, Lo: 2, Hi: 3, Warnings: []string{"z", "y", "x"}},
	}}
	table, warnings := r.Table(0)
	for i, want := range map[int]string{1: "2|2–3|2|2|–|–|2", 2: "3|2–3|2|3|2|–|1, 2, 3"} {
		var texts []string
		for _, c := range table.Rows[i].Cells {
			texts = append(texts, c.Text)
		}
		if got := strings.Join(texts, "|"); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
	if want := []string{"x", "y", "z"}; !slices.Equal(warnings, want) {
		t.Errorf("warnings %q", warnings)
	}
	if table, warnings = r.Table(1); len(table.Rows) != 1 || len(warnings) != 2 {
		t.Errorf("%d lines, warnings %q", len(table.Rows), warnings)
	}
}
