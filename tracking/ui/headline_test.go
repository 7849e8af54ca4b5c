package ui

import (
	"html/template"
	"strings"
	"testing"

	"sfdalab/results"
	"sfdalab/results/compare"
	"sfdalab/results/record"
)

// What a run came to stands beside its gain over the best baseline and its ceiling.
func TestHeadlineHasGainAndCeiling(t *testing.T) {
	h := headline{Known: true, Headline: record.Headline{
		Metric: "SFDA", Measure: results.Measures()[0], Mean: 0.5, Datasets: 1,
		Gain: compare.Gain{Over: "parameters", Mean: 0.1}, Ceiling: compare.Ceiling{Of: "other <truth>", Mean: 0.7, Partly: true},
	}}
	var b strings.Builder
	pages, err := template.New("").Funcs(functions).Funcs(template.FuncMap{"version": func() string { return "" }}).ParseFS(assets, "assets/*.html")
	if err != nil {
		t.Fatal(err)
	}
	if err := pages.ExecuteTemplate(&b, "headline", h); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"&#43;0.100</span> <small>over baseline</small>", "<small>· ceiling</small> 0.700 °", `title="how well other &lt;truth&gt; ranks the same models, of those`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s lacks %s", b.String(), want)
		}
	}
}
