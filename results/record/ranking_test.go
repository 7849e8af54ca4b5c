package record

import (
	"strings"
	"testing"

	"sfdalab/results/hubs"
)

// TestSentences says what rankings come to, and no more than they can tell.
func TestSentences(t *testing.T) {
	a, b := Ranked{Rank: 1, Model: "a", By: []Place{{1, 2}}}, Ranked{Rank: 2, Model: "b", By: []Place{{2, 1}}}
	promise := hubs.Promise{Level: 0.9, Cases: 10, Hubs: 3, Kept: 9, Lowest: 0.5, Loss: 0.2, Worst: 3}
	for _, c := range []struct {
		name       string
		ranking    Ranking
		want, lack string
	}{
		{"a promise", Ranking{Models: []Ranked{a, b}, Shortlist: []string{"a"}, Promise: &promise}, "In 9 of 10 rankings with known accuracies, of 3 hubs (90 %; 50 % in the lowest hub)", "no promise"},
		{"one metric", Ranking{Metrics: []string{"LogME"}, Models: []Ranked{a, b}}, "no promise", "Fine-tune"},
		{"one model", Ranking{Metrics: []string{"LogME"}, Models: []Ranked{a}}, "", "promise"},
		{"no signal", Ranking{Models: []Ranked{a, b}, CannotTell: "so", Shortlist: []string{"a", "b"}}, "Cannot tell: so. Each of the 2 models may be the best.", "Fine-tune"},
		{"stopped", Ranking{Models: []Ranked{a, b}, Stopped: "1 of 4 halves are scored", CannotTell: "so"}, "Stopped: 1 of 4 halves", "Fine-tune"},
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
	}}
	table, warnings := r.Table(0)
	var texts []string
	for _, c := range table.Rows[1].Cells {
		texts = append(texts, c.Text)
	}
	if got := strings.Join(texts, "|"); got != "2|2–3|2|2|–|–|2" || len(warnings) != 2 {
		t.Errorf("%q, warnings %q", got, warnings)
	}
	if table, warnings = r.Table(1); len(table.Rows) != 1 || len(warnings) != 2 {
		t.Errorf("%d lines, warnings %q", len(table.Rows), warnings)
	}
}
