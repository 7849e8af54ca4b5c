package ui

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sfdalab/results"
	"sfdalab/tracking"
)

// A tab is a page open in a headless Chromium.
type tab struct {
	testing.TB
	ctx  context.Context
	site string
}

// newTab returns a tab, or skips the test where there is no Chromium.
func newTab(t testing.TB, site string) tab {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium to test the page in")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1200, 900),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Skip("chromium does not start:", err)
	}
	ctx, cancel = context.WithTimeout(ctx, time.Minute)
	t.Cleanup(cancel)
	return tab{t, ctx, site}
}

func (t tab) do(steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(t.ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func (t tab) open(path string) {
	t.Helper()
	t.do(chromedp.Navigate(t.site + path))
}

func (t tab) click(selector string) {
	t.Helper()
	t.do(chromedp.Click(chromedp.CSS(selector)))
}

func (t tab) shows(selector string) {
	t.Helper()
	t.do(chromedp.WaitVisible(chromedp.CSS(selector)))
}

// count returns how many elements match.
func (t tab) count(selector string) int {
	t.Helper()
	n, err := chromedp.Run(t.ctx, chromedp.Evaluate[int](fmt.Sprintf("document.querySelectorAll(%q).length", selector)))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (t tab) text(selector string) string {
	t.Helper()
	text, err := chromedp.Run(t.ctx, chromedp.Text(chromedp.CSS(selector)))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// screenshot keeps what is shown as test output.
func (t tab) screenshot(name string) {
	t.Helper()
	image, err := chromedp.Run(t.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(t.ArtifactDir(), name+".png"), image, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestInBrowser(t *testing.T) {
	site, store, ids := newSite(t, "")
	b := newTab(t, site.URL)

	b.open("/")
	if n := b.count("#runs tbody tr"); n != 2 {
		t.Errorf("%d runs are listed, want 2", n)
	}
	b.screenshot("runs")
	// By keyboard alone: the slash leads to the filter.
	b.do(chromedp.KeyEvent("/"), chromedp.KeyEvent("tag:paper\r"))
	b.shows(`input[value="tag:paper"]`)

	b.click(`input[value="` + ids[0] + `"]`)
	b.click(`input[value="` + ids[1] + `"]`)
	b.click(`button[formaction="/compare"]`)
	b.shows("main .chart")
	b.shows("main .paper")
	b.screenshot("compare")

	b.click(`a[href^="/diff"]`)
	b.shows("h2")
	if text := b.text("main"); !strings.Contains(text, "seed: 0") {
		t.Errorf("the difference does not tell of the specs: %s", text)
	}
	b.screenshot("diff")

	b.open("/run/" + ids[0])
	if name := b.text("h1"); !strings.Contains(name, evil) || b.count("main script") > 0 {
		t.Errorf("the name of the run is shown as %q", name)
	}
	b.screenshot("run")
	b.do(chromedp.SetValue(chromedp.CSS(`input[name="name"]`), "named here"))
	b.click(".stack button")
	b.shows(`input[name="name"][value="named here"]`)
	if r, err := store.Run(ids[0]); err != nil || r.Name != "named here" {
		t.Errorf("the run is named %q, %v", r.Name, err)
	}
}

// By keys alone: to a run, into it, and to a model's point in its figure.
func TestKeysInBrowser(t *testing.T) {
	site, _, ids := newSite(t, "")
	settled(t, site.URL+"/run/"+ids[0]+"/report")
	b := newTab(t, site.URL)
	b.open("/?view=runs")
	b.shows(".headline")
	b.do(chromedp.KeyEvent("jjk"), chromedp.KeyEvent("x"))
	if n := b.count("[name=run]:checked"); n != 1 {
		t.Errorf("%d runs are chosen, want 1", n)
	}
	b.do(chromedp.KeyEvent("j"), chromedp.KeyEvent("\r"))
	b.shows("#report .chart")
	if id := b.evaluate("location.pathname"); id != "/run/"+ids[0] {
		t.Errorf("Enter leads to %s, not to %s", id, ids[0])
	}
	if name := b.evaluate(`(document.querySelector("#report .point").focus(), document.activeElement.querySelector("title").textContent)`); !strings.Contains(name, "accuracy") {
		t.Errorf("a point that is stepped to tells %q", name)
	}
	b.open("/")
	b.do(chromedp.KeyEvent("/"), chromedp.KeyEvent("tag:paper metric:k"))
	b.shows("main")
	b.waits(`document.querySelector('#words option[value="tag:paper metric:knn"]') !== null`)
}

// In a narrow window nothing but tables and figures scrolls sideways, in which the first
// column and the mean stay in sight.
func TestNarrowInBrowser(t *testing.T) {
	site, _, ids := newSite(t, "")
	for _, id := range ids {
		settled(t, site.URL+"/run/"+id)
	}
	b := newTab(t, site.URL)
	b.do(chromedp.EmulateViewport(400, 800))
	for _, path := range []string{"/", "/?view=runs", "/run/" + ids[0], "/compare?run=" + ids[0] + "&run=" + ids[1], "/diff?a=" + ids[0] + "&b=" + ids[1], "/dataset?name=aircraft", "/model?name=resnet50", "/truth?name=supervised/full"} {
		b.open(path)
		if wide := b.evaluate("String(document.documentElement.scrollWidth)"); wide != "400" {
			t.Errorf("%s is %s pixels wide", path, wide)
		}
	}
	inSight := `(() => {
		const wide = document.querySelector(".table .wide"), frame = wide.getBoundingClientRect();
		return ["tbody th", "tbody .mean"].every((cell) => {
			const at = wide.querySelector(cell).getBoundingClientRect();
			return at.left >= frame.left - 1 && at.right <= frame.right + 1;
		});
	})()`
	for _, scrolled := range []string{"0", "60"} {
		b.waits(`(document.querySelector(".table .wide").scrollLeft = ` + scrolled + `, true)`)
		b.waits(inSight)
	}
}

// Names that are long or hostile are shown as text: they bring no element, run no script,
// break no policy, and make no page wider than the window.
func TestHostileNamesInBrowser(t *testing.T) {
	site, store, _ := newSite(t, "")
	names := []string{
		strings.Repeat("n", 4000), evil, `"><img src=x onerror=alert(1)>`, "\u202Etxet", "__proto__", "../../etc/passwd", "%2e%2e%2f",
		"a\nb", "\x00\x1b[31m", "\xff\xfe", `</title><script>alert(2)</script>`, "//evil.example/x", "javascript:alert(3)", "{{.}}",
	}
	details := make(tracking.Details)
	params := make(map[string]any)
	for i, name := range names {
		details[name], params[name] = float64(i), name
	}
	var cells []tracking.Cell
	var accuracies []results.Accuracy
	raw, _ := tracking.Canonical(params)
	for i, model := range names {
		dataset := names[i/7] + " set"
		accuracies = append(accuracies, results.Accuracy{Dataset: dataset, Model: model, Percent: float64(50 + i)})
		cells = append(cells, tracking.Cell{Dataset: dataset, Model: model, Metric: "sfda", Score: float64(i % 5), Params: raw, Details: details, Warnings: names,
			Files: tracking.Files{model: model}})
	}
	run := tracking.Run{Experiment: names[0], Annotation: tracking.Annotation{Name: names[0], Tags: names, Notes: strings.Join(names, "\n")}, Warnings: names,
		Truths: []*results.Truth{newTruth(t, names[0], accuracies...)}, Spec: strings.Join(names, "\n"), Inputs: map[string]string{names[0]: names[0]}}
	id := logRun(t, store, run, cells)
	other := logRun(t, store, tracking.Run{Experiment: names[1]}, cells[:3])
	stored, err := store.Cells(id)
	if err != nil {
		t.Fatal(err)
	}
	b := newTab(t, site.URL)
	b.do(chromedp.EmulateViewport(900, 700))
	for _, path := range []string{
		"/", "/?view=runs", "/run/" + id, "/run/" + id + "/cell/" + stored[0].ID.String(), "/compare?run=" + id + "&run=" + other, "/diff?a=" + id + "&b=" + other,
		"/dataset", "/model", "/dataset?name=" + url.QueryEscape(stored[0].Dataset), "/model?name=" + url.QueryEscape(names[2]),
		"/truth?run=" + id + "&name=" + names[0],
	} {
		b.open(path)
		b.shows("main h1")
		if found := b.evaluate(`JSON.stringify([document.querySelectorAll("script").length, document.querySelectorAll("img, iframe, object").length,
			[...document.querySelectorAll("*")].filter(e => [...e.attributes].some(a => /^(on|style$)/i.test(a.name))).length,
			[...document.querySelectorAll("a")].filter(a => a.origin !== location.origin).length,
			document.documentElement.scrollWidth])`); found != "[1,0,0,0,900]" {
			t.Errorf("%.60s has %s scripts, embedded elements, handlers, foreign links, pixels", path, found)
		}
	}
}

// evaluate returns a text that an expression comes to.
func (t tab) evaluate(expression string) string {
	t.Helper()
	text, err := chromedp.Run(t.ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// waits waits until an expression is true.
func (t tab) waits(expression string) {
	t.Helper()
	_, err := chromedp.Run(t.ctx, chromedp.Evaluate[bool](`new Promise(resolve => {
		const look = () => `+expression+` ? resolve(true) : setTimeout(look, 20);
		look();
	})`, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
}

func TestLiveProgressInBrowser(t *testing.T) {
	site, store, _ := newSite(t, "")
	b := newTab(t, site.URL)
	l, err := store.Begin(tracking.Run{Planned: 3})
	if err != nil {
		t.Fatal(err)
	}
	b.open("/run/" + l.Run())
	for i := range 3 {
		b.shows(fmt.Sprintf(`progress[value="%d"]`, i))
		if err := l.Log(tracking.Cell{Dataset: fmt.Sprint(i), Model: "m", Metric: "sfda"}); err != nil {
			t.Fatal(err)
		}
		if err := l.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Finish(tracking.Done, ""); err != nil {
		t.Fatal(err)
	}
	b.shows(".outcome.done")
}
