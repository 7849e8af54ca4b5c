package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"sfdalab/experiments"
	"sfdalab/results"
	"sfdalab/results/record"
	"sfdalab/tracking"
	"sfdalab/tracking/ui"
)

// lab makes a folder with a small spec and all that it needs, works in it from then on,
// and runs the spec.
func lab(t *testing.T) (folder, id string) {
	t.Helper()
	folder = t.TempDir()
	t.Chdir(folder)
	random := rand.New(rand.NewPCG(1, 2))
	var accuracies, linear, theirs strings.Builder
	for _, table := range []*strings.Builder{&accuracies, &linear} {
		table.WriteString("dataset,model,accuracy\n")
	}
	theirs.WriteString("dataset,model,metric,score\n")
	for _, dataset := range []string{"pets", "cars"} {
		writeNpy(t, folder, dataset+"_y.npy", classes(3, 12))
		for m := range 6 {
			x := mat.NewDense(36, 4, nil)
			for i := range 36 {
				for j := range 4 {
					x.Set(i, j, random.NormFloat64()+float64(i/12*m*j)/9)
				}
			}
			writeNpy(t, folder, fmt.Sprintf("m%d_%s_x.npy", m, dataset), x)
			fmt.Fprintf(&accuracies, "%s,m%d,%g\n", dataset, m, 80+random.Float64())
			fmt.Fprintf(&linear, "%s,m%d,%g\n", dataset, m, 70+random.Float64())
			fmt.Fprintf(&theirs, "%s,m%d,leep,%g\n", dataset, m, random.Float64())
		}
	}
	write(t, folder, "accuracy.csv", accuracies.String())
	write(t, folder, "linear.csv", linear.String())
	write(t, folder, "theirs.csv", theirs.String())
	write(t, folder, "metric.sh", `sed 's/.*"model":"m\([0-9]*\)".*/{"score":\1}/'`+"\n")
	write(t, folder, "spec.yaml", `name: stands
features: "{model}_{dataset}_x.npy"
labels: "{dataset}_y.npy"
datasets: [pets, cars]
truth: accuracy.csv
protocols: [linear.csv]
measures: [tauw, tau]
subsets: {count: 2, fraction: 0.5}
metrics:
  - sfda
  - logistic
  - {program: [sh, metric.sh], name: mine}
  - {scores: theirs.csv}
`)
	must(t, "run", "spec.yaml", "--store", "lab.db")
	store, err := tracking.Open("lab.db")
	if err != nil {
		t.Fatal(err)
	}
	run, err := store.Run("latest")
	if err != nil {
		t.Fatal(err)
	}
	return folder, run.ID
}

// must runs a command that must succeed and returns what it printed.
func must(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	code, stdout, stderr := sfdalab(t, args...)
	if code != done {
		t.Fatalf("%s: exit %d, %s", strings.Join(args, " "), code, stderr)
	}
	return stdout, stderr
}

var token = regexp.MustCompile(`name="token" value="[^"]*"`)

// told returns all that the store in the working directory tells of a run: what commands
// print and write, and pages.
func told(t *testing.T, id string) map[string]string {
	t.Helper()
	all := make(map[string]string)
	for _, args := range []string{
		"show " + id, "show " + id + " --format latex --intervals", "show " + id + " --json", "runs", "compare experiment:stands", "compare experiment:stands --intervals",
		"export", "export -o tables.md", "export -o tables.tex", "report " + id + " -o report.html", "report " + id + " -o report.md", "diff latest latest",
	} {
		all[args], _ = must(t, append(strings.Fields(args), "--store", "lab.db")...)
		if _, file, ok := strings.Cut(args, "-o "); ok {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all[args] += string(text)
		}
	}
	store, err := tracking.Open("lab.db")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	address := make(chan string)
	go func() {
		c := ui.Config{Store: store, Address: "127.0.0.1:0", Complete: experiments.Complete}
		ended <- ui.Serve(ctx, c, func(url string) { address <- url })
	}()
	site := <-address
	for _, path := range []string{"", "run/" + id, "compare?run=" + id, "plot/scatter?run=" + id, "plot/ranks?run=" + id, "export/latex?run=" + id, "export/csv?run=" + id} {
		body := page(t, site+path)
		for strings.Contains(body, "data-pending") { // results that are still being computed
			time.Sleep(10 * time.Millisecond)
			body = page(t, site+path)
		}
		all["/"+path] = token.ReplaceAllString(body, "")
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	return all
}

// page returns a page of the program's own server.
func page(t *testing.T, address string) string {
	t.Helper()
	answer, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d, %v\n%s", address, answer.StatusCode, err, body)
	}
	return string(body)
}

// The store alone, in an empty folder on a machine that has none of the inputs, tells the
// same, byte for byte.
func TestStoreStandsAlone(t *testing.T) {
	folder, id := lab(t)
	want := told(t, id)
	for what, parts := range map[string][]string{
		"show " + id:                     {"SFDA", "mine", "leep (theirs)", "from 2 random subsets of 50 %"},
		"report " + id + " -o report.md": {"linear.csv", "Linear probe", "@inproceedings{shao2022sfda"},
	} {
		for _, part := range parts {
			if !strings.Contains(want[what], part) {
				t.Errorf("%s lacks %q:\n%s", what, part, want[what])
			}
		}
	}
	text, err := os.ReadFile("lab.db")
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := t.TempDir()
	t.Chdir(elsewhere)
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	write(t, elsewhere, "lab.db", string(text))
	for what, got := range told(t, id) {
		if got != want[what] {
			t.Errorf("%s tells\n%s\nand told\n%s", what, got, want[what])
		}
	}
}

// What changes on the disk changes no table of a finished run: it is said, and --truth now
// takes the ground truth as it is.
func TestDiskDiffersFromRecord(t *testing.T) {
	folder, id := lab(t)
	show := func(more ...string) (stdout, stderr string) {
		t.Helper()
		return must(t, append([]string{"show", id, "--format", "csv", "--store", "lab.db"}, more...)...)
	}
	want, _ := show()
	text, err := os.ReadFile("accuracy.csv")
	if err != nil {
		t.Fatal(err)
	}
	write(t, folder, "accuracy.csv", strings.Replace(string(text), "pets,m0,8", "pets,m0,9", 1))
	for _, step := range []struct {
		change func()
		noted  string
	}{
		{func() {}, "since the run: ground truth accuracy.csv;"},
		{func() { write(t, folder, "metric.sh", "echo '{\"score\": 7}'\n") }, "metric.sh"},
		{func() { os.Remove("metric.sh") }, "metric.sh (removed)"},
		{func() { os.Remove("theirs.csv") }, "theirs.csv (removed)"},
	} {
		step.change()
		if got, notes := show(); got != want || !strings.Contains(notes, step.noted) || strings.Count(notes, "note:") != 1 {
			t.Errorf("noted %q, want %q; shown\n%s\nwant\n%s", notes, step.noted, got, want)
		}
	}
	if now, _ := show("--truth", "now"); now == want {
		t.Error("--truth now takes the recorded ground truth")
	}
	os.Remove("accuracy.csv")
	if got, notes := show(); got != want || !strings.Contains(notes, "accuracy.csv (removed)") {
		t.Errorf("without the ground truth: noted %q, shown\n%s\nwant\n%s", notes, got, want)
	}
	if code, _, stderr := sfdalab(t, "show", id, "--truth", "now", "--store", "lab.db"); code != failed || !strings.Contains(stderr, "no longer exists") {
		t.Errorf("--truth now without it: exit %d, %s", code, stderr)
	}
}

// Tables are reproduced too, and of those that are not it is said why.
func TestReproduceComparesTables(t *testing.T) {
	folder, id := lab(t)
	if stdout, _ := must(t, "reproduce", id, "--store", "lab.db"); !strings.Contains(stdout, "so are the tables") {
		t.Errorf("reproduced: %s", stdout)
	}
	text, err := os.ReadFile("accuracy.csv")
	if err != nil {
		t.Fatal(err)
	}
	write(t, folder, "accuracy.csv", strings.Replace(string(text), "pets,m0,8", "pets,m0,9", 1))
	code, stdout, stderr := sfdalab(t, "reproduce", id, "--store", "lab.db")
	if code != failed || !strings.Contains(stderr, "the scores are the same, but of the tables") || !strings.Contains(stderr, "ground truth accuracy.csv") {
		t.Errorf("another ground truth: exit %d, %s\n%s", code, stderr, stdout)
	}
}

// A run without a score hides none that has some, and its messages are true.
func TestFailedRunsHideNothing(t *testing.T) {
	folder, id := lab(t)
	write(t, folder, "bad.yaml", "features: \"{model}_{dataset}_x.npy\"\nlabels: \"{dataset}_y.npy\"\ntruth: accuracy.csv\nmetrics: [{program: [sh, bad.sh]}]\n")
	write(t, folder, "bad.sh", "echo no >&2; exit 1\n")
	if code, _, stderr := sfdalab(t, "run", "bad.yaml", "--store", "lab.db"); code != failed || !strings.Contains(stderr, "all 12 cells failed") {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	for _, command := range []string{"show", "compare", "report"} {
		_, stderr := must(t, command, "--store", "lab.db")
		if !strings.Contains(stderr, "this is run "+id) {
			t.Errorf("%s: %s", command, stderr)
		}
	}
	if code, _, stderr := sfdalab(t, "report", "latest", "--store", "lab.db"); code != failed || strings.Contains(stderr, "truth of the spec") || !strings.Contains(stderr, "no cell has a score") {
		t.Errorf("report of a failed run: exit %d, %s", code, stderr)
	}
}

// What no program of today knows is shown under what it was: a metric that was removed,
// one with other parameters, and a run of an earlier program.
func TestUnknownMetricsAreShown(t *testing.T) {
	t.Chdir(t.TempDir())
	store, err := tracking.Create("lab.db")
	if err != nil {
		t.Fatal(err)
	}
	var accuracies []results.Accuracy
	var cells []tracking.Cell
	for i := range 6 {
		model := fmt.Sprint("m", i)
		accuracies = append(accuracies, results.Accuracy{Dataset: "pets", Model: model, Percent: 80 + float64(i*i%7)})
		cells = append(cells,
			tracking.Cell{Dataset: "pets", Model: model, Metric: "gone", Version: 3, Params: []byte(`{"old":1}`), Score: float64(i)},
			tracking.Cell{Dataset: "pets", Model: model, Metric: "sfda", Params: []byte(`{"renamed":true}`), Score: float64(i % 4)})
	}
	truth, err := results.NewTruth("mine.csv", accuracies...)
	if err != nil {
		t.Fatal(err)
	}
	for name, run := range map[string]tracking.Run{
		"whole": {
			Truths: []*results.Truth{truth}, Layout: &tracking.Layout{Datasets: []string{"pets"}, Measures: []string{"tauw"}},
			Variants: []record.Variant{
				{Label: "Gone", Metric: "gone", Params: []byte(`{"old":1}`), Title: "Gone", Version: 3, Truth: truth.SHA256,
					Citation: &results.Citation{Key: "who2020gone", Of: "Gone (version 3)", Authors: "Who et al.", Title: "Gone", Venue: "ICML", Year: 2020}},
				{Label: "SFDA, renamed", Metric: "sfda", Params: []byte(`{"renamed":true}`), Truth: truth.SHA256},
			},
		},
		"earlier": {
			Spec: "features: x\nlabels: y\ntruth: mine.csv\nmetrics: [gone, sfda]\n", SpecPath: filepath.Join(t.TempDir(), "spec.yaml"),
			Truths:   []*results.Truth{{Name: "mine.csv", SHA256: truth.SHA256, Accuracies: truth.Accuracies}},
			Variants: []record.Variant{{Label: "Gone", Metric: "gone", Params: []byte(`{"old":1}`)}},
		},
	} {
		run.Name = name
		log, err := store.Begin(run)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cells {
			if err := log.Log(c); err != nil {
				t.Fatal(err)
			}
		}
		if err := log.Finish(tracking.Done, ""); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{"whole": "SFDA, renamed", "earlier": "sfda"}
	for name, label := range want {
		stdout, _ := must(t, "show", name, "--format", "csv", "--store", "lab.db")
		if lines := strings.Split(stdout, "\n"); len(lines) < 3 || !strings.HasPrefix(lines[1], "Gone,") || !strings.HasPrefix(lines[2], label) && !strings.HasPrefix(lines[2], `"`+label) {
			t.Errorf("%s: %s", name, stdout)
		}
		must(t, "report", name, "-o", name+".md", "--store", "lab.db")
	}
	if text, err := os.ReadFile("whole.md"); err != nil || !strings.Contains(string(text), "Gone (version 3) [who2020gone]") {
		t.Errorf("the report does not cite what was recorded: %v", err)
	}
}

// A run that came from elsewhere may have any text as its spec: its scores are shown
// nevertheless.
func TestHostileSpecIsShown(t *testing.T) {
	t.Chdir(t.TempDir())
	other, err := tracking.Create("other.db")
	if err != nil {
		t.Fatal(err)
	}
	var aliases strings.Builder
	aliases.WriteString("features: x\nlabels: y\nmetrics:\n- metric: knn\n  params:\n    a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n")
	for i := range 9 {
		fmt.Fprintf(&aliases, "    a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", "))
	}
	for name, spec := range map[string]string{
		"lists":    "metrics: " + strings.Repeat("[", 50_000) + strings.Repeat("]", 50_000),
		"mappings": "metrics: " + strings.Repeat("{a: ", 25_000),
		"lines":    "metrics:\n" + strings.Repeat("- ", 50_000) + "x",
		"aliases":  aliases.String(),
		"subsets":  "features: x\nlabels: y\nmetrics: [sfda]\nsubsets: {count: 9223372036854775807}\n",
		"grid":     "features: x\nlabels: y\nmetrics: [{metric: knn, grid: {k: [" + strings.Repeat("1, ", 30_000) + "1]}}]\n",
		"no text":  "\x00\xff",
	} {
		log, err := other.Begin(tracking.Run{Annotation: tracking.Annotation{Name: name}, Spec: spec})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 4 {
			if err := log.Log(tracking.Cell{Dataset: "pets", Model: fmt.Sprint("m", i), Metric: "sfda", Score: float64(i)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := log.Finish(tracking.Done, ""); err != nil {
			t.Fatal(err)
		}
	}
	must(t, "merge", "other.db", "--store", "lab.db")
	runs, err := other.List(tracking.Query{}, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range runs {
		before := tracking.Used().CPU
		if stdout, _ := must(t, "show", r.ID, "--store", "lab.db"); !strings.Contains(stdout, "pets") {
			t.Errorf("show of %s: %s", r.Name, stdout)
		}
		must(t, "compare", "run:"+r.ID, "--store", "lab.db")
		must(t, "export", "run:"+r.ID, "-o", "tables.md", "--store", "lab.db")
		must(t, "diff", r.ID, runs[0].ID, "--store", "lab.db")
		if code, _, stderr := sfdalab(t, "report", r.ID, "-o", "report.md", "--store", "lab.db"); code == misuse || len(stderr) > 2000 {
			t.Errorf("report of %s: exit %d, %.300s", r.Name, code, stderr)
		}
		if code, _, stderr := sfdalab(t, "reproduce", r.ID, "--store", "lab.db"); code == done || len(stderr) > 2000 {
			t.Errorf("reproduce of %s: exit %d, %.300s", r.Name, code, stderr)
		}
		if took := tracking.Used().CPU - before; took > 20*time.Second {
			t.Errorf("%s: %v", r.Name, took)
		}
	}
}
