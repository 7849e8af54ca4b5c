package ui

import (
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sfdalab/results"
	"sfdalab/tracking"
)

// labSite serves the store of a lab: 1,000 runs of 100 cells in 20 experiments, each
// with the spec, the hashes of its inputs and the accuracies that runs record.
func labSite(b *testing.B) (site *httptest.Server, ids []string) {
	b.Helper()
	s, err := tracking.Create(filepath.Join(b.TempDir(), "runs.db"))
	if err != nil {
		b.Fatal(err)
	}
	truth, err := results.LoadTruth("supervised")
	if err != nil {
		b.Fatal(err)
	}
	const sum = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	recorded := tracking.Truth{Name: truth.Name, SHA256: sum, Accuracies: map[string]map[string]float64{}}
	inputs := make(map[string]string)
	var names [][2]string // of dataset and model
	for _, d := range truth.Datasets()[:5] {
		recorded.Accuracies[d] = make(map[string]float64)
		for _, m := range truth.Models(d)[:10] {
			recorded.Accuracies[d][m], _ = truth.Accuracy(d, m)
			inputs["/data/features/"+m+"_"+d+".npy"] = sum
			names = append(names, [2]string{d, m})
		}
	}
	for r := range 1000 {
		var cells []tracking.Cell
		for i := range 100 {
			params, _ := tracking.Canonical(map[string]any{"rounds": i / 50, "shrinkage": "adaptive", "step": r})
			cells = append(cells, tracking.Cell{
				Dataset: names[i%50][0], Model: names[i%50][1], Metric: "sfda", Version: 1, Params: params,
				Files: map[string]string{"features": sum, "labels": sum}, Score: float64((i*7919 + r) % 100),
				Details: tracking.Details{"shrinkage": 0.1, "condition": 1.5e10}, Seconds: 0.125,
			})
		}
		id, err := s.Import(tracking.Run{
			Experiment:  fmt.Sprint("ablation ", r/50),
			Annotation:  tracking.Annotation{Name: fmt.Sprint("step ", r), Tags: []string{"paper"}},
			Spec:        strings.Repeat("metrics: [sfda]\n", 80),
			Inputs:      inputs,
			Truths:      []tracking.Truth{recorded},
			Environment: tracking.Environment{Go: "go1.26", OS: "linux/amd64", CPU: "one", Host: "lab"},
		}, cells)
		if err != nil {
			b.Fatal(err)
		}
		ids = append(ids, id)
	}
	h, err := newHandler(Config{Store: s})
	if err != nil {
		b.Fatal(err)
	}
	site = httptest.NewServer(h)
	b.Cleanup(site.Close)
	return site, ids
}

// BenchmarkLab asks for pages of a store of 100,000 cells: of the server, and in
// Chromium, where it reports the milliseconds until the page was loaded.
func BenchmarkLab(b *testing.B) {
	site, ids := labSite(b)
	var twenty []string
	for i := range 20 {
		twenty = append(twenty, "run="+ids[i*50])
	}
	pages := []struct{ name, path string }{
		{"experiments", "/"},
		{"runs", "/?view=runs"},
		{"runs-by-name", "/?view=runs&sort=name"},
		{"runs-none", "/?view=runs&q=score%3E1000"},
		{"run", "/run/" + ids[500]},
		{"compare-20", "/compare?" + strings.Join(twenty, "&")},
	}
	for _, p := range pages {
		b.Run(p.name, func(b *testing.B) {
			var size int
			for b.Loop() {
				status, body := get(b, site.URL+p.path)
				if status != 200 {
					b.Fatal(status, body)
				}
				size = len(body)
			}
			b.ReportMetric(float64(size), "B/page")
		})
	}
	tab := newTab(b, site.URL)
	for _, p := range pages {
		b.Run(p.name+"-chromium", func(b *testing.B) {
			var total time.Duration
			for b.Loop() {
				tab.open(p.path)
				ms, err := chromedp.Run(tab.ctx, chromedp.Evaluate[float64](`performance.getEntriesByType("navigation")[0].loadEventEnd`))
				if err != nil {
					b.Fatal(err)
				}
				total += time.Duration(ms * float64(time.Millisecond))
			}
			b.ReportMetric(float64(total.Milliseconds())/float64(b.N), "shown-ms")
			b.ReportMetric(float64(tab.count("*")), "nodes")
		})
	}
}
