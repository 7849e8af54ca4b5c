package ui

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sfdalab/finetune"
	"sfdalab/results"
	"sfdalab/results/record"
	"sfdalab/tracking"
)

const evil = `<script>alert("x")</script>`

// newSite serves a store of a few runs, two of which score the models of the
// truth "supervised".
func newSite(t testing.TB, token string) (*httptest.Server, *tracking.Store, []string) {
	t.Helper()
	s, err := tracking.Create(filepath.Join(t.TempDir(), "runs.db"))
	if err != nil {
		t.Fatal(err)
	}
	truth, err := results.LoadTruth("supervised")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for run := range 2 {
		var cells []tracking.Cell
		for _, d := range truth.Datasets()[:3] {
			for i, m := range truth.Models(d) {
				for _, k := range []int{5, 50} {
					params, _ := tracking.Canonical(map[string]any{"k": k})
					accuracy, _ := truth.Accuracy(d, m)
					cells = append(cells, tracking.Cell{
						Dataset: d, Model: m, Metric: "knn", Params: params,
						Score: accuracy + float64((i*k+run)%7), Warnings: []string{evil},
					})
				}
			}
		}
		id := logRun(t, s, tracking.Run{
			Experiment:  "zoo",
			Spec:        fmt.Sprintf("seed: %d\n", run),
			Annotation:  tracking.Annotation{Name: fmt.Sprintf("%s %d", evil, run), Tags: []string{"paper"}},
			Environment: tracking.Environment{Go: "go1.26", OS: "linux/amd64", CPU: "one", Host: "lab"},
		}, cells)
		ids = append(ids, id)
	}
	h, err := newHandler(Config{Store: s, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	site := httptest.NewServer(h)
	t.Cleanup(site.Close)
	return site, s, ids
}

// get returns status and body of a page.
func get(t testing.TB, url string, change ...func(*http.Request)) (int, string) {
	t.Helper()
	r, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range change {
		c(r)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// A run is shown against the truth that was recorded with it, which the server
// need not know; the table and the warnings come before the environment.
func TestRecordedTruth(t *testing.T) {
	site, store, _ := newSite(t, "")
	var accuracies []results.Accuracy
	var cells []tracking.Cell
	for i := range 5 {
		m := fmt.Sprint("net", i)
		accuracies = append(accuracies, results.Accuracy{Dataset: "own", Model: m, Percent: 90 - float64(i)})
		cells = append(cells, tracking.Cell{Dataset: "own", Model: m, Metric: "sfda", Score: -float64(i), Warnings: []string{"too few samples"}})
	}
	id := logRun(t, store, tracking.Run{Truths: []*results.Truth{newTruth(t, "mine.csv", accuracies...)}}, cells)
	_, body := get(t, site.URL+"/run/"+id)
	from := 0
	for _, want := range []string{"mine.csv", ">1.000<", "too few samples <small>(5 cells)", "<h2>Environment", `<h2 id="cells"`} {
		i := strings.Index(body[from:], want)
		if i < 0 {
			t.Fatalf("the page lacks %q after %q", want, body[:from])
		}
		from += i
	}
	if _, body := get(t, site.URL+"/plot/scatter?run="+id); strings.Count(body, ">net") != 5 {
		t.Errorf("the scatter does not name 5 models: %s", body)
	}
}

func newTruth(t *testing.T, name string, accuracies ...results.Accuracy) *results.Truth {
	t.Helper()
	truth, err := results.NewTruth(name, accuracies...)
	if err != nil {
		t.Fatal(err)
	}
	return truth
}

func TestPages(t *testing.T) {
	site, _, ids := newSite(t, "")
	both := "run=" + ids[0] + "&run=" + ids[1]
	for _, test := range []struct {
		path   string
		status int
		want   string
	}{
		{"/", 200, ids[1]},
		{"/", 200, "<h2>zoo</h2> <span>2 runs, 132 cells"},
		{"/?view=runs&q=tag:paper&sort=-name&col=name&col=metrics", 200, "knn"},
		{"/?view=runs&sort=-name", 200, `aria-sort="descending"`},
		{"/?q=tag:none", 200, "No run is selected"},
		{"/?q=score%3Ehigh", 400, "column 7"},
		{"/?page=99999999999999999999", 200, "No run"},
		{"/run/" + ids[0], 200, "k=50"},
		{"/run/" + ids[0] + "?q=k:5", 200, "1 to 33 of 33 cells"},
		{"/run/" + ids[0] + "?q=score%3E1000", 200, "No cell of this run"},
		{"/run/" + ids[0] + "?q=score%3Ehigh", 400, "column 7"},
		{"/run/" + ids[0] + "/progress", 200, "66 cells"},
		{"/run/nosuch", 404, "there is no run"},
		{"/run/nosuch/progress", 404, "there is no run"},
		{"/run/" + ids[0] + "/cell/00000000000000000000000000000000", 404, "has no cell"},
		{"/run/" + ids[0] + "/cell/..%2f..%2fguard.go", 404, "want 32 hex digits"},
		{"/compare?" + both, 200, "knn k=5 ("},
		{"/compare?q=dataset:nosuch", 200, "No run is selected"},
		{"/diff?" + both, 200, "seed: 1"},
		{"/diff", 400, "choose two"},
		{"/export/csv?" + both, 200, "dataset,model,metric,score"},
		{"/export/jsonl?" + both, 200, `"metric":"knn"`},
		{"/export/parquet?" + both, 200, "PAR1"},
		{"/export/latex?" + both, 200, `\toprule`},
		{"/export/table?" + both, 200, "metric"},
		{"/export/runs?col=name&col=cells", 200, "run,name,cells\n" + ids[1] + ","},
		{"/export/diff?" + both, 200, "seed: 1"},
		{"/export/diff", 400, "choose two"},
		{"/export/exe?" + both, 404, "there are"},
		{"/export/truth?" + both, 404, "it comes from one"},
		{"/export/truth?run=" + ids[0], 404, "tested no network"},
		{"/plot/scatter?" + both, 200, "<svg"},
		{"/plot/ranks?" + both, 200, "<svg"},
		{"/export/markdown?" + both, 200, "| metric"},
		{"/style.css", 200, "body"},
		{"/../../../../etc/passwd", 404, ""},
		{"/style.css/../../guard.go", 404, ""},
		{"/frame.html", 404, ""},
	} {
		status, body := get(t, site.URL+test.path, func(r *http.Request) { r.URL.Opaque, r.URL.RawQuery = "//"+r.URL.Host+test.path, "" })
		if status != test.status && !(test.status == 404 && status/100 == 3) {
			t.Errorf("%s: status %d, want %d\n%s", test.path, status, test.status, body)
		}
		if !strings.Contains(body, test.want) {
			t.Errorf("%s: lacks %q\n%s", test.path, test.want, body)
		}
		if strings.HasPrefix(body, "<!doctype") && strings.Contains(body, evil) {
			t.Errorf("%s: a name came through unescaped", test.path)
		}
	}
}

// logRun stores a finished run with cells, and returns its ID.
func logRun(t testing.TB, s *tracking.Store, r tracking.Run, cells []tracking.Cell) string {
	t.Helper()
	l, err := s.Begin(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cells {
		if err := l.Log(c); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Finish(tracking.Done, ""); err != nil {
		t.Fatal(err)
	}
	return l.Run()
}

// From an experiment to its runs to a cell of one, and all the way back up.
func TestTree(t *testing.T) {
	site, store, _ := newSite(t, "")
	params, _ := tracking.Canonical(map[string]any{"rounds": 2})
	c := tracking.Cell{
		Dataset: "own", Model: "net", Metric: "sfda", Version: 3, Params: params, Score: 0.25, Seed: 11,
		Files: map[string]string{"features": "9f86d081"}, Subset: "subset 1", Warnings: []string{"too few samples"},
		Details: tracking.Details{"condition": 51.5}, Seconds: 1.5, CPUSeconds: 2.5, PeakBytes: 4096,
	}
	c.ID = c.Identify()
	var ids []string
	for _, host := range []string{"first", "second"} {
		id := logRun(t, store, tracking.Run{
			Experiment:  `a "b" & c`,
			Inputs:      map[string]string{"net.npy": "9f86d081"},
			Environment: tracking.Environment{Go: "go1.26", Host: host},
		}, []tracking.Cell{c})
		ids = append(ids, id)
	}
	_, body := get(t, site.URL+"/?view=runs&q=run:"+ids[1])
	up := regexp.MustCompile(`href="(/\?[^"]*experiment%3A[^"]*)"`).FindStringSubmatch(body)
	if up == nil {
		t.Fatalf("no link to the experiment: %s", body)
	}
	link := html.UnescapeString(up[1])
	if _, body := get(t, site.URL+link); strings.Count(body, `name="run"`) != 2 {
		t.Errorf("%s does not list the two runs: %s", link, body)
	}
	cell := "/run/" + ids[1] + "/cell/" + c.ID.String()
	if _, body := get(t, site.URL+"/run/"+ids[1]); !strings.Contains(body, cell) || !strings.Contains(body, up[1]) {
		t.Errorf("the run does not lead to its cell and its experiment: %s", body)
	}
	_, body = get(t, site.URL+cell)
	for _, want := range []string{
		up[1], `href="/run/` + ids[1] + `"`, "0.25", "sfda, version 3", "subset 1", "<dd>11</dd>", "too few samples", "1.500000 s", "2.500000 s", "0.0 MiB",
		"<dt>rounds</dt><dd><code>2</code>", "<dt>condition</dt><dd>51.5", "<td>net.npy</td><td><code>9f86d081", c.ID.String(),
		`Computed by <a href="/run/` + ids[0], "Machine</dt><dd>first",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the cell lacks %q: %s", want, body)
		}
	}
}

// Groups hold counts, spans and the latest of all their runs, and list the first.
func TestGroups(t *testing.T) {
	at := func(day int) time.Time { return time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC) }
	var runs []tracking.Run
	for day := 30; day > 0; day-- {
		r := tracking.Run{Experiment: []string{"", "a", "b"}[day%3], Start: at(day), ID: fmt.Sprint(day)}
		r.Cells = day
		runs = append(runs, r)
	}
	runs = append(runs, tracking.Run{Experiment: "b", Start: at(31), ID: "the clock jumped back"})
	runs = append(runs, tracking.Run{Experiment: "alone", Start: at(5)})
	var got []string
	for _, g := range groups(runs) {
		got = append(got, fmt.Sprintf("%q: %d of %d runs, %d cells, %d to %d: %s, %v",
			g.Experiment, len(g.Runs), g.Count, g.Cells, g.First.Day(), g.Last.Day(), g.Latest.ID, g.Open))
	}
	want := []string{
		`"": 5 of 10 runs, 165 cells, 3 to 30: 30, true`,
		`"b": 5 of 11 runs, 155 cells, 2 to 31: the clock jumped back, true`,
		`"a": 5 of 10 runs, 145 cells, 1 to 28: 28, true`,
		`"alone": 1 of 1 runs, 0 cells, 5 to 5: , false`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// Scores that were read elsewhere name their row as split; those of subsets are not
// correlated with accuracies as those of all samples are.
func TestComparisonLeavesSubsetsOut(t *testing.T) {
	truth := newTruth(t, "mine", results.Accuracy{Dataset: "own", Model: "a", Percent: 1}, results.Accuracy{Dataset: "own", Model: "b", Percent: 2}, results.Accuracy{Dataset: "own", Model: "c", Percent: 3})
	var cells []tracking.Cell
	for i, m := range []string{"a", "b", "c"} {
		cells = append(cells,
			tracking.Cell{Dataset: "own", Model: m, Metric: "read", Score: float64(i), Subset: "own, " + m},
			tracking.Cell{Dataset: "own", Model: m, Metric: "sfda", Score: float64(-i), Subset: "subset 1 of 0.8"})
	}
	c := compared(t, tracking.Selection{Run: tracking.Run{Truths: []*results.Truth{truth}}, Cells: cells})
	if len(c.Lines) != 1 || c.Lines[0] != "read" || len(c.groups[0].Models) != 3 {
		t.Errorf("%+v", c)
	}
}

// compared returns the comparison of runs with what was recorded with them.
func compared(t *testing.T, all ...tracking.Selection) comparison {
	t.Helper()
	s := &server{}
	c, err := s.compareTo(s.recordOf(all), "")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Lines are called as the specs of their runs call them, also where two tables have
// scores of one metric.
func TestLinesAreLabelled(t *testing.T) {
	truth := newTruth(t, "mine", results.Accuracy{Dataset: "own", Model: "a", Percent: 1}, results.Accuracy{Dataset: "own", Model: "b", Percent: 2})
	var cells []tracking.Cell
	for i, m := range []string{"a", "b"} {
		for _, table := range []string{"", "11", "22"} {
			c := tracking.Cell{Dataset: "own", Model: m, Metric: "leep", Score: float64(i)}
			if table != "" {
				c.Files = map[string]string{tracking.TableRole: table}
			}
			cells = append(cells, c)
		}
	}
	run := tracking.Run{Truths: []*results.Truth{truth}, Variants: []record.Variant{
		{Label: "LEEP (ours)", Metric: "leep"}, {Label: "LEEP (theirs)", Metric: "leep", Table: "22"},
	}}
	c := compared(t, tracking.Selection{Run: run, Cells: cells})
	if want := []string{"LEEP (ours)", "LEEP (theirs)", "leep"}; !slices.Equal(c.Lines, want) {
		t.Errorf("%q, want %q", c.Lines, want)
	}
}

// Runs of one name are told apart.
func TestLinesOfRunsOfOneName(t *testing.T) {
	truth := newTruth(t, "mine", results.Accuracy{Dataset: "own", Model: "a", Percent: 1}, results.Accuracy{Dataset: "own", Model: "b", Percent: 2})
	cells := []tracking.Cell{{Dataset: "own", Model: "a", Metric: "sfda"}, {Dataset: "own", Model: "b", Metric: "sfda", Score: 1}}
	var all []tracking.Selection
	for _, id := range []string{"1", "2"} {
		all = append(all, tracking.Selection{Run: tracking.Run{ID: id, Truths: []*results.Truth{truth}, Annotation: tracking.Annotation{Name: "base"}}, Cells: cells})
	}
	if c := compared(t, all...); !slices.Equal(c.Lines, []string{"sfda (1)", "sfda (2)"}) {
		t.Errorf("%q", c.Lines)
	}
}

func TestOthersAreKeptOut(t *testing.T) {
	site, _, ids := newSite(t, "")
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	host := func(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }
	port := site.URL[strings.LastIndex(site.URL, ":"):]
	for name, test := range map[string]struct {
		change func(*http.Request)
		status int
	}{
		"localhost":           {host("localhost" + port), 200},
		"another name":        {host("evil.example" + port), 403},
		"a name like ours":    {host("localhost.evil.example" + port), 403},
		"another port":        {host("localhost:1"), 403},
		"another address":     {host("192.0.2.1" + port), 403},
		"own origin":          {header("Origin", site.URL), 200},
		"another origin":      {header("Origin", "http://evil.example"), 403},
		"no page's origin":    {header("Origin", "null"), 403},
		"script from outside": {header("Sec-Fetch-Site", "cross-site"), 403},
		"long address":        {func(r *http.Request) { r.URL.RawQuery = "q=" + strings.Repeat("a", 9000) }, 414},
	} {
		if status, body := get(t, site.URL+"/run/"+ids[0], test.change); status != test.status {
			t.Errorf("%s: status %d, want %d\n%s", name, status, test.status, body)
		}
	}
	resp, err := http.Get(site.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if csp := resp.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("policy %q", csp)
	}
}

var tokenField = regexp.MustCompile(`name="token" value="([0-9a-f]+)"`)

func TestChangesNeedTheSessionsToken(t *testing.T) {
	site, store, ids := newSite(t, "")
	post := func(c *http.Client, token string) int {
		resp, err := c.PostForm(site.URL+"/run/"+ids[0], url.Values{"token": {token}, "name": {"renamed"}, "tags": {"a, b"}, "notes": {"n"}})
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	open := func() (*http.Client, string) {
		jar, _ := cookiejar.New(nil)
		c := &http.Client{Jar: jar}
		resp, err := c.Get(site.URL + "/run/" + ids[0])
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		return c, string(tokenField.FindSubmatch(body)[1])
	}
	mine, token := open()
	_, other := open()
	if status := post(http.DefaultClient, token); status != 403 {
		t.Errorf("without a session: %d", status)
	}
	if status := post(mine, other); status != 403 {
		t.Errorf("with the token of another session: %d", status)
	}
	if r, _ := store.Run(ids[0]); r.Name == "renamed" {
		t.Error("the run was changed all the same")
	}
	if status := post(mine, token); status != 200 {
		t.Errorf("with the token: %d", status)
	}
	if r, _ := store.Run(ids[0]); r.Name != "renamed" || len(r.Tags) != 2 || r.Notes != "n" {
		t.Errorf("the run is %+v", r.Annotation)
	}
	big := url.Values{"token": {token}, "notes": {strings.Repeat("a", maxBody)}}
	if resp, err := mine.PostForm(site.URL+"/run/"+ids[0], big); err != nil || resp.StatusCode != 400 {
		t.Errorf("a form too long: %v, %v", resp, err)
	}
}

// Nobody may try tokens one after the other; who has the token still comes in.
func TestGuesses(t *testing.T) {
	site, _, _ := newSite(t, "secret")
	jar, _ := cookiejar.New(nil)
	mine := &http.Client{Jar: jar}
	if resp, err := mine.Get(site.URL + "/?token=secret"); err != nil || resp.StatusCode != 200 {
		t.Fatalf("with the token: %v, %v", resp, err)
	}
	for i := range mostGuesses {
		if status, _ := get(t, fmt.Sprint(site.URL, "/?token=guess", i)); status != 401 {
			t.Fatalf("guess %d: %d", i, status)
		}
	}
	if status, _ := get(t, site.URL+"/?token=secret"); status != 429 {
		t.Errorf("after many guesses: %d", status)
	}
	if resp, err := mine.Get(site.URL); err != nil || resp.StatusCode != 200 {
		t.Errorf("who was let in before: %v, %v", resp, err)
	}
	for a, b := range map[string]string{"192.0.2.1:80": "192.0.2.1:81", "[2001:db8::1]:80": "[2001:db8::2]:80"} {
		if network(a) != network(b) {
			t.Errorf("%s and %s count apart", a, b)
		}
	}
}

// However many ask, few answers are made at a time, and what many ask is made once.
func TestQueue(t *testing.T) {
	var now, most, made atomic.Int32
	q := newQueue(mostPages)
	ask := func(address string) {
		r := httptest.NewRequest(http.MethodGet, address, nil)
		got, err := q.answer(r, func() (any, error) {
			n := now.Add(1)
			defer now.Add(-1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			made.Add(1)
			time.Sleep(200 * time.Millisecond)
			return address, nil
		})
		if got != address || err != nil {
			t.Errorf("%s got %v, %v", address, got, err)
		}
	}
	var all sync.WaitGroup
	for i := range 4 {
		for range 8 {
			all.Go(func() { ask(fmt.Sprint("/run/", i)) })
		}
	}
	all.Wait()
	if n := most.Load(); n != mostPages {
		t.Errorf("%d answers at a time, want %d", n, mostPages)
	}
	if n := made.Load(); n >= 8 {
		t.Errorf("%d answers to 4 questions of many", n)
	}
}

// A page does not wait for exports that are being made.
func TestPagesDoNotWaitForExports(t *testing.T) {
	store, err := tracking.Create(filepath.Join(t.TempDir(), "runs.db"))
	if err != nil {
		t.Fatal(err)
	}
	exporting, done := make(chan bool, 1), make(chan bool)
	h, err := newHandler(Config{Store: store, Complete: func([]tracking.Selection) {
		select {
		case exporting <- true:
		default:
		}
		<-done
	}})
	if err != nil {
		t.Fatal(err)
	}
	site := httptest.NewServer(h)
	t.Cleanup(site.Close)
	var exports sync.WaitGroup
	for i := range 2 * mostPages {
		exports.Go(func() { get(t, fmt.Sprint(site.URL, "/export/table?", i)) })
	}
	<-exporting
	if status, _ := get(t, site.URL); status != 200 {
		t.Errorf("beside exports: %d", status)
	}
	close(done)
	exports.Wait()
}

// What an export is, or that it failed, is known before any of it is sent, and it leaves
// nothing behind.
func TestExportIsWhole(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	site, _, ids := newSite(t, "")
	address := site.URL + "/export/csv?run=" + ids[0]
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.ContentLength < 1000 || int64(len(body)) != resp.ContentLength {
		t.Errorf("%d bytes of %d, %v", len(body), resp.ContentLength, err)
	}
	half := errors.New("half of it cannot be read")
	if f, err := spool(func(w io.Writer) error { io.WriteString(w, "half"); return half }); f != nil || !errors.Is(err, half) {
		t.Errorf("%v, %v", f, err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	t.Setenv("TMPDIR", filepath.Join(folder, "gone"))
	if resp, err = http.Get(address); err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusInternalServerError || resp.Header.Get("Content-Disposition") != "" {
		t.Errorf("a failed export looks like a file: %v", resp)
	}
}

func TestPanicIsAnError(t *testing.T) {
	q := newQueue(mostPages)
	for range 2 * mostPages { // none of which keeps its turn
		r := httptest.NewRequest(http.MethodGet, "/run/1", nil)
		if _, err := q.answer(r, func() (any, error) { panic("index out of range") }); err == nil || !strings.Contains(err.Error(), "internal error") {
			t.Error(err)
		}
	}
}

func TestTokenForOtherMachines(t *testing.T) {
	store, err := tracking.Create(filepath.Join(t.TempDir(), "runs.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{"", `a&b=c #%"; é/?+`} {
		ctx, stop := context.WithCancel(t.Context())
		err := Serve(ctx, Config{Store: store, Address: "0.0.0.0:0", Token: token}, func(address string) {
			u, err := url.Parse(address)
			if err != nil || u.Query().Get("token") == "" {
				t.Fatalf("an address for all is %q, %v: it has no token", address, err)
			}
			go func() { // once it serves
				defer stop()
				jar, _ := cookiejar.New(nil)
				c := &http.Client{Jar: jar}
				if resp, err := c.Get(address); err != nil || resp.StatusCode != 200 || resp.Request.URL.RawQuery != "" {
					t.Errorf("%s leads to %+v, %v", address, resp, err)
				}
			}()
		})
		if err != nil {
			t.Error(err)
		}
	}
	site, _, _ := newSite(t, "secret")
	if status, _ := get(t, site.URL); status != 401 {
		t.Errorf("without the token: %d", status)
	}
	if status, _ := get(t, site.URL+"/?token=guess"); status != 401 {
		t.Errorf("with another token: %d", status)
	}
	own, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for host, status := range map[string]int{own: 303, "evil.example": 403} {
		port := site.URL[strings.LastIndex(site.URL, ":"):]
		if got, body := get(t, site.URL+"/?token=secret", func(r *http.Request) { r.Host = host + port }); got != status {
			t.Errorf("by the name %s: %d, want %d\n%s", host, got, status, body)
		}
	}
	jar, _ := cookiejar.New(nil)
	c := &http.Client{Jar: jar}
	resp, err := c.Get(site.URL + "/?token=secret")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 || resp.Request.URL.RawQuery != "" {
		t.Errorf("with the token: %d at %s", resp.StatusCode, resp.Request.URL)
	}
}

// A list says what each run came to once that is worked out, which no request waits for.
func TestHeadlines(t *testing.T) {
	site, _, ids := newSite(t, "")
	for _, path := range []string{"/", "/?view=runs"} {
		body := settled(t, site.URL+path)
		for _, want := range []string{`data-fill="run ` + ids[0] + `"`, "knn k=5", "mean weighted Kendall&#39;s τ"} {
			if !strings.Contains(body, want) {
				t.Errorf("%s lacks %q: %s", path, want, body)
			}
		}
		if spark := strings.Contains(body, `<svg class="spark"`); spark != (path == "/") {
			t.Errorf("%s has a spark line: %v", path, spark)
		}
	}
}

// settled returns a page once nothing on it is being made.
func settled(t *testing.T, address string) string {
	t.Helper()
	for range 600 {
		status, body := get(t, address)
		if status != 200 {
			t.Fatal(status, body)
		}
		if !strings.Contains(body, "data-pending") {
			return body
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("it takes too long")
	return ""
}

// The page of a run begins with its tables, and has its report once that is made.
func TestRunIsItsReport(t *testing.T) {
	site, _, ids := newSite(t, "")
	address := site.URL + "/run/" + ids[0]
	if _, body := get(t, address); !strings.Contains(body, "data-pending") || !strings.Contains(body, "knn k=50</th>") {
		t.Errorf("the page has no tables at first: %s", body)
	}
	for _, part := range []string{"/report", ""} {
		body := settled(t, address+part)
		for _, want := range []string{"In short", "Do the metrics differ?", "by the bootstrap over models", `class="point`, `<svg class="paper broad"`, `<svg class="paper narrow"`, "@inproceedings"} {
			if !strings.Contains(body, want) {
				t.Errorf("the page lacks %q", want)
			}
		}
		if strings.Contains(body, " style=") || strings.Contains(body, evil) {
			t.Error("the page has what its policy forbids")
		}
	}
}

func TestCellsAreSorted(t *testing.T) {
	site, store, _ := newSite(t, "")
	id := logRun(t, store, tracking.Run{}, []tracking.Cell{
		{Dataset: "d", Model: "low", Metric: "m", Score: -2, Seconds: 3},
		{Dataset: "d", Model: "none", Metric: "m", Error: "too few"},
		{Dataset: "d", Model: "part", Metric: "m", Score: 9, Seconds: 1, Subset: "subset 1 of 0.5"},
		{Dataset: "c", Model: "high", Metric: "m", Score: 4, Seconds: 2},
	})
	model := regexp.MustCompile(`<a href="/model\?name=(\w+)"`)
	for sort, want := range map[string]string{"": "high low part none", "score": "low high part none", "-score": "part high low none", "-seconds": "low high part none", "model": "high low none part", "nonsense": "high low part none"} {
		_, body := get(t, site.URL+"/run/"+id+"?sort="+sort)
		var got []string
		for _, m := range model.FindAllStringSubmatch(body, -1) {
			got = append(got, m[1])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("sorted by %q: %v, want %s", sort, got, want)
		}
	}
}

// Tables of scores that no ground truth is known for are exported, as the command does.
func TestExportWithoutTruth(t *testing.T) {
	site, store, _ := newSite(t, "")
	c := tracking.Cell{Dataset: "d", Model: "net", Metric: "m", Score: 0.25}
	id, err := store.Import(tracking.Run{}, strings.Repeat("0", 64), []tracking.Cell{c})
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"latex", "markdown", "html", "table"} {
		if status, body := get(t, site.URL+"/export/"+format+"?run="+id); status != 200 || !strings.Contains(body, "net") || !strings.Contains(body, "0.25") {
			t.Errorf("%s: %d, %q", format, status, body)
		}
	}
}

// Scores that were imported took no time here.
func TestImportedScoresHaveNoTime(t *testing.T) {
	site, store, _ := newSite(t, "")
	c := tracking.Cell{Dataset: "d", Model: "net", Metric: "m", Score: 1}
	id, err := store.Import(tracking.Run{Annotation: tracking.Annotation{Name: "theirs"}}, strings.Repeat("0", 64), []tracking.Cell{c})
	if err != nil {
		t.Fatal(err)
	}
	cells, err := store.Cells(id)
	if err != nil {
		t.Fatal(err)
	}
	_, body := get(t, site.URL+"/run/"+id+"/cell/"+cells[0].ID.String())
	if !strings.Contains(body, "not measured: the score was imported") || strings.Contains(body, "0.000000") {
		t.Errorf("the cell is %s", body)
	}
	if _, body := get(t, site.URL+"/run/"+id); strings.Contains(body, "0.000") || !strings.Contains(body, "<h1>theirs</h1>") {
		t.Errorf("the run is %s", body)
	}
}

func TestDatasetsModelsAndTruths(t *testing.T) {
	site, store, ids := newSite(t, "")
	odd := `a "b" & <c>`
	logRun(t, store, tracking.Run{Experiment: "odd"}, []tracking.Cell{{Dataset: odd, Model: odd, Metric: "m", Score: 1}})
	truth, err := results.LoadTruth("supervised")
	if err != nil {
		t.Fatal(err)
	}
	name := truth.Datasets()[0]
	for path, wants := range map[string][]string{
		"/dataset":                              {`<a href="/dataset?name=` + url.QueryEscape(name) + `">` + name, "a &#34;b&#34; &amp; &lt;c&gt;</a>"},
		"/dataset?name=" + name:                 {"<h1>" + name, "Accuracy over score of knn", `class="point`, "heat-", "most accurate model first", `href="/run/` + ids[0], "supervised"},
		"/model":                                {`<a href="/model?name=resnet50">resnet50`},
		"/model?name=resnet50":                  {"<h1>resnet50", "of 11", name, `href="/run/` + ids[1]},
		"/truth":                                {`<a href="/truth?name=supervised%2ffull">`},
		"/truth?name=supervised/full":           {"<h1>supervised/full", truth.SHA256, "resnet50</th>", "class=\"number mean\""},
		"/model?name=" + url.QueryEscape(odd):   {"<h1>a &#34;b&#34; &amp; &lt;c&gt;</h1>"},
		"/dataset?name=" + url.QueryEscape(odd): {"<h1>a &#34;b&#34; &amp; &lt;c&gt;</h1>"},
	} {
		status, body := get(t, site.URL+path)
		for _, want := range wants {
			if status != 200 || !strings.Contains(body, want) {
				t.Errorf("%s: %d, lacks %q: %s", path, status, want, body)
			}
		}
	}
	for path, status := range map[string]int{"/dataset?name=nosuch": 404, "/model?name=nosuch": 404, "/truth?name=nosuch": 404, "/truth?name=x&run=nosuch": 404} {
		if got, body := get(t, site.URL+path); got != status || !strings.Contains(body, "nosuch") && !strings.Contains(body, "no such") {
			t.Errorf("%s: %d %s", path, got, body)
		}
	}
}

// What completes a filter is a filter.
func TestWords(t *testing.T) {
	site, store, _ := newSite(t, "")
	logRun(t, store, tracking.Run{Experiment: `two "words", quoted\`}, []tracking.Cell{{Dataset: "d", Model: "m", Metric: "sfda", Details: tracking.Details{"rank": 3}}})
	_, body := get(t, site.URL+"/words")
	var words []string
	if err := json.Unmarshal([]byte(body), &words); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"metric:", "metric:knn", "tag:paper", "dataset:d", "error:yes", "rank:", `experiment:"two \"words\", quoted\\"`} {
		if !slices.Contains(words, want) {
			t.Errorf("%q is not among %q", want, words)
		}
	}
	for _, w := range words {
		if strings.HasSuffix(w, ":") {
			continue
		}
		if _, err := tracking.ParseQuery(w); err != nil {
			t.Errorf("%q: %v", w, err)
		}
	}
}

// What a comparison begins with is what differs: what was asked, and the means.
func TestComparisonBeginsWithDifferences(t *testing.T) {
	site, _, ids := newSite(t, "")
	_, body := get(t, site.URL+"/compare?run="+ids[0]+"&run="+ids[1])
	at := strings.Index(body, "largest difference")
	if at < 0 || at > strings.Index(body, "<h2>Tables") || !strings.Contains(body[:at], "What differs") {
		t.Errorf("the differences do not come first: %s", body)
	}
	all := []tracking.Selection{{Run: tracking.Run{Seed: 1, Summary: tracking.Summary{Models: []string{"a", "b"}}}}, {Run: tracking.Run{Seed: 2, Summary: tracking.Summary{Models: []string{"b"}}}}}
	if got := fmt.Sprint(facets(all)); got != "[{models [2, among them a 1]} {seed [1 2]}]" {
		t.Errorf("what differs is %s", got)
	}
	if got := facets(all[:1]); got != nil {
		t.Errorf("one run differs from itself: %v", got)
	}
}

func second(_ int, body string) string { return body }

// Trials are listed with their curves, and are on the pages of their datasets, models and
// cells.
func TestTrials(t *testing.T) {
	site, store, _ := newSite(t, "")
	var cells []tracking.Cell
	for _, model := range []string{"net", evil} {
		var progress []finetune.Progress
		for step := range 3 {
			loss := float64(3 - step)
			progress = append(progress, finetune.Progress{Step: step + 1, Loss: &loss})
		}
		cells = append(cells, tracking.Cell{Dataset: "pets", Model: model, Metric: tracking.FineTune, Subset: "test", Score: 91.5, Seconds: 60,
			Trial: &tracking.Trial{Protocol: "full", Label: "rate 0.1", Final: true, Curve: progress}})
	}
	id := logRun(t, store, tracking.Run{Annotation: tracking.Annotation{Name: "tuned"}}, cells)
	for path, want := range map[string]string{
		"/dataset?name=pets": ">91.50<", "/model?name=net": ">91.50<",
		regexp.MustCompile(`/run/[\w-]+/cell/\w+`).FindString(second(get(t, site.URL+"/run/"+id))): "Loss on pets",
	} {
		if _, body := get(t, site.URL+path); !strings.Contains(body, want) {
			t.Errorf("%s lacks %q: %s", path, want, body)
		}
	}
	_, body := get(t, site.URL+"/run/"+id)
	for _, want := range []string{"Fine-tuning</h2>", "Loss on pets", "<title>net, rate 0.1, seed 0</title>", "91.50", "/export/truth?run=" + id} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q: %s", want, body)
		}
	}
	if strings.Count(body, `class="curve main"`) != 2 || strings.Contains(body, "No ground truth was recorded") || strings.Contains(body, "Accuracy on pets") || strings.Contains(body, evil) {
		t.Errorf("the curves are not those of the trials: %s", body)
	}
}
