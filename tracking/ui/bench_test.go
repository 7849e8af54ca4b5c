package ui

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sfdalab/results"
	"sfdalab/tracking"
)

// labSite serves the store of a lab: 1,000 runs of 100 cells in 20 experiments, each
// with the spec, the hashes of its inputs and the accuracies that runs record.
func labSite(b *testing.B) (site *httptest.Server, store string, ids []string) {
	b.Helper()
	s, err := tracking.Create(filepath.Join(b.TempDir(), "runs.db"))
	if err != nil {
		b.Fatal(err)
	}
	truth, err := results.LoadTruth("supervised")
	if err != nil {
		b.Fatal(err)
	}
	sum := func(file string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(file))) }
	recorded := truth.On(truth.Datasets()[:5])
	inputs := make(map[string]string)
	var names [][2]string // of dataset and model
	for _, d := range truth.Datasets()[:5] {
		for _, m := range truth.Models(d)[:10] {
			inputs["/data/features/"+m+"_"+d+".npy"] = sum(m + d)
			names = append(names, [2]string{d, m})
		}
	}
	for r := range 1000 {
		var cells []tracking.Cell
		for i := range 100 {
			params, _ := tracking.Canonical(map[string]any{"rounds": i / 50, "shrinkage": "adaptive", "step": r})
			cells = append(cells, tracking.Cell{
				Dataset: names[i%50][0], Model: names[i%50][1], Metric: "sfda", Version: 1, Params: params,
				Files:   map[string]string{"features": sum(names[i%50][1] + names[i%50][0]), "labels": sum(names[i%50][0])},
				Score:   float64((i*7919 + r) % 100),
				Details: tracking.Details{"shrinkage": 0.1, "condition": 1.5e10}, Seconds: 0.125,
			})
		}
		id := logRun(b, s, tracking.Run{
			Experiment:  fmt.Sprint("ablation ", r/50),
			Annotation:  tracking.Annotation{Name: fmt.Sprint("step ", r), Tags: []string{"paper"}},
			Spec:        strings.Repeat("metrics: [sfda]\n", 80),
			Inputs:      inputs,
			Truths:      []*results.Truth{recorded},
			Environment: tracking.Environment{Go: "go1.26", OS: "linux/amd64", CPU: "one", Host: "lab"},
		}, cells)
		ids = append(ids, id)
	}
	h, err := newHandler(Config{Store: s})
	if err != nil {
		b.Fatal(err)
	}
	site = httptest.NewServer(h)
	b.Cleanup(site.Close)
	return site, s.Path(), ids
}

// BenchmarkLab asks for pages of a store of 100,000 cells: of the server, and in
// Chromium: in one that has shown pages before, in one just started, and in such a one
// with the store not in memory.
func BenchmarkLab(b *testing.B) {
	site, store, ids := labSite(b)
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
	for _, p := range pages {
		b.Run(p.name+"-chromium", func(b *testing.B) {
			warm := newTab(b, site.URL)
			warm.open("/diff") // so that style and script have been read once
			benchmarkShown(b, func() tab { return warm }, p.path)
			b.ReportMetric(float64(warm.count("*")), "nodes")
		})
		b.Run(p.name+"-chromium-new", func(b *testing.B) {
			benchmarkShown(b, func() tab { return newTab(b, site.URL) }, p.path)
		})
		b.Run(p.name+"-chromium-cold", func(b *testing.B) {
			benchmarkShown(b, func() tab { forget(b, store); return newTab(b, site.URL) }, p.path)
		})
	}
}

// benchmarkShown opens a page again and again, each time in the tab that next
// returns, and reports the medians in milliseconds from navigation to the first
// content on the screen and to the end of loading.
func benchmarkShown(b *testing.B, next func() tab, path string) {
	var painted, loaded []float64
	for b.Loop() {
		t := next()
		t.open(path)
		times, err := chromedp.Run(t.ctx, chromedp.Evaluate[[]float64](`new Promise(resolve => {
			const look = () => {
				const paint = performance.getEntriesByName("first-contentful-paint")[0];
				const load = performance.getEntriesByType("navigation")[0].loadEventEnd;
				paint && load ? resolve([paint.startTime, load]) : setTimeout(look, 5);
			};
			look();
		})`, chromedp.EvalAwaitPromise))
		if err != nil {
			b.Fatal(err)
		}
		painted, loaded = append(painted, times[0]), append(loaded, times[1])
	}
	slices.Sort(painted)
	slices.Sort(loaded)
	b.ReportMetric(painted[len(painted)/2], "painted-ms")
	b.ReportMetric(loaded[len(loaded)/2], "loaded-ms")
}

// BenchmarkWhileWriting asks for the list of runs while eight runs log as fast as they
// can, and reports the longest that an answer took.
func BenchmarkWhileWriting(b *testing.B) {
	site, s, _ := newSite(b, "")
	ctx, stop := context.WithCancel(b.Context())
	var writers sync.WaitGroup
	for w := range 8 {
		l, err := s.Begin(tracking.Run{})
		if err != nil {
			b.Fatal(err)
		}
		writers.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				if err := l.Log(tracking.Cell{Dataset: fmt.Sprint(w), Model: fmt.Sprint(i), Metric: "sfda"}); err != nil {
					b.Error(err)
				}
			}
			if err := l.Finish(tracking.Done, ""); err != nil {
				b.Error(err)
			}
		})
	}
	var longest time.Duration
	for b.Loop() {
		time.Sleep(20 * time.Millisecond)
		start := time.Now()
		if status, body := get(b, site.URL); status != 200 {
			b.Fatal(status, body)
		}
		longest = max(longest, time.Since(start))
	}
	b.ReportMetric(float64(longest.Milliseconds()), "longest-ms")
	stop()
	writers.Wait()
}
