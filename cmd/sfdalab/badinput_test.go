package main

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestBadFeatures scores what cannot be scored: each case changes one of two good
// files.
func TestBadFeatures(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(t *testing.T, folder string) (features, labels string)
		want string // in the error
	}{
		{"NaN and Inf", func(t *testing.T, dir string) (string, string) {
			x := numbers(20, 3)
			x.Set(7, 2, math.NaN())
			x.Set(9, 0, math.Inf(1))
			return writeNpy(t, dir, "x.npy", x), writeNpy(t, dir, "y.npy", classes(2, 10))
		}, "2 of 60 numbers are NaN or infinite, the first in row 7, column 2"},
		{"rows do not match labels", func(t *testing.T, dir string) (string, string) {
			return writeNpy(t, dir, "x.npy", numbers(20, 3)), writeNpy(t, dir, "y.npy", classes(3, 7))
		}, "21 labels, but 20 rows in features"},
		{"one class", func(t *testing.T, dir string) (string, string) {
			return writeNpy(t, dir, "x.npy", numbers(20, 3)), writeNpy(t, dir, "y.npy", classes(1, 20))
		}, "at least two are needed"},
		{"constant features", func(t *testing.T, dir string) (string, string) {
			return writeNpy(t, dir, "x.npy", mat.NewDense(20, 3, nil)), writeNpy(t, dir, "y.npy", classes(2, 10))
		}, "all samples are identical"},
		{"truncated file", func(t *testing.T, dir string) (string, string) {
			x := writeNpy(t, dir, "x.npy", numbers(20, 3))
			if err := os.Truncate(x, 300); err != nil {
				t.Fatal(err)
			}
			return x, writeNpy(t, dir, "y.npy", classes(2, 10))
		}, "x.npy"},
		{"header claims terabytes", func(t *testing.T, dir string) (string, string) {
			header := "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000), }"
			header += strings.Repeat(" ", 127-10-len(header)) + "\n"
			x := write(t, dir, "x.npy", "\x93NUMPY\x01\x00\x76\x00"+header)
			return x, writeNpy(t, dir, "y.npy", classes(2, 10))
		}, "x.npy"},
		{"missing file", func(t *testing.T, dir string) (string, string) {
			writeNpy(t, dir, "resnet50_feature.npy", numbers(20, 3))
			return filepath.Join(dir, "resnet5_feature.npy"), writeNpy(t, dir, "y.npy", classes(2, 10))
		}, "resnet50_feature.npy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			features, labels := c.make(t, t.TempDir())
			code, stdout, stderr := sfdalab(t, "score", "--features", features, "--labels", labels)
			if code != failed || stdout != "" || !strings.Contains(stderr, c.want) {
				t.Errorf("exit %d, stdout %q, want an error with %q but got\n%s", code, stdout, c.want, stderr)
			}
		})
	}
}

// A class of one sample has no scatter of its own, and counts as any other.
func TestClassOfOneSample(t *testing.T) {
	dir := t.TempDir()
	labels := classes(2, 10)
	labels[19] = 2
	code, stdout, stderr := sfdalab(t, "score", "--json", "--features", writeNpy(t, dir, "x.npy", numbers(20, 3)), "--labels", writeNpy(t, dir, "y.npy", labels))
	if code != done || !strings.HasPrefix(stdout, `{"metric":"sfda","score":0.`) {
		t.Errorf("exit %d: %s%s", code, stderr, stdout)
	}
}

// TestMisuse holds mistakes in what the user wrote to exit code 2 and a message that
// tells the nearest right thing.
func TestMisuse(t *testing.T) {
	dir := t.TempDir()
	spec := func(text string) string {
		f, err := os.CreateTemp(dir, "*.yaml")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString(text); err != nil {
			t.Fatal(err)
		}
		return f.Name()
	}
	const data = "features: f/{model}_{dataset}.npy\nlabels: f/{dataset}.npy\n"
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"unknown command", []string{"scor"}, `unknown command "scor"; the nearest is "score"`},
		{"a measure twice", []string{"correlate", "--scores", "s.csv", "--truth", "supervised", "--measure", "pairs@0.5,tau,pairs@.5"}, `measures: "pairs@0.5" is listed twice`},
		{"unknown topic of help", []string{"help", "specs"}, `unknown command "specs"; the nearest is "spec"`},
		{"unknown flag", []string{"runs", "--stor", "x"}, `unknown flag --stor; the nearest is "--store"`},
		{"unknown short flag", []string{"runs", "-x"}, "unknown shorthand flag: 'x'"},
		{"no features", []string{"score", "--labels", "y.npy"}, `--features is missing`},
		{"no flag of several", []string{"rank"}, "give one of --features, --list, --networks"},
		{"two flags for one", []string{"rank", "--features", "{model}.npy", "--list", "l.csv", "--labels", "y.npy"}, "give only one of --features, --list"},
		{"required flags", []string{"correlate"}, "--scores and --truth are missing"},
		{"text for a count", []string{"rank", "--subsets", "many"}, "--subsets many: want a whole number"},
		{"a time without unit", []string{"rank", "--time", "5"}, "--time 5: want a time with its unit, such as 30s or 5m"},
		{"unknown kind of labels", []string{"rank", "--features", "{model}.npy", "--labels", "y.npy", "--labels-are", "klasses"}, `the nearest is "classes"`},
		{"unknown device", []string{"extract", "--networks", "n.onnx", "--images", "p", "-o", "f", "--device", "gpu"}, "--device gpu: want cpu or cuda"},
		{"unknown metric", []string{"metrics", "sfdda"}, `the nearest is "sfda"`},
		{"wrapper alone", []string{"metrics", "ped"}, "ped:sfda"},
		{"wrapper of nothing", []string{"metrics", "sfda:ped"}, "does not wrap another"},
		{"unknown parameter", []string{"score", "--features", "x.npy", "--labels", "y.npy", "--set", "round=1"}, `the nearest is "rounds"`},
		{"parameter out of range", []string{"score", "--features", "x.npy", "--labels", "y.npy", "--set", "lambda=2"}, "0 to 1"},
		{"unknown option", []string{"score", "--features", "x.npy", "--labels", "y.npy", "--set", "shrinkage=adaptve"}, `the nearest is "adaptive"`},
		{"text for a number", []string{"score", "--features", "x.npy", "--labels", "y.npy", "--set", "rounds=two"}, "not a whole number"},
		{"unknown measure", []string{"correlate", "--scores", "model-spider", "--truth", "supervised", "--measure", "taw"}, "tauw"},
		{"unknown truth", []string{"truth", "supervise"}, "supervised"},
		{"unknown table format", []string{"correlate", "--scores", "model-spider", "--truth", "supervised", "--format", "pdf"}, "latex"},
		{"unknown table format before the work", []string{"rank", "--features", "{model}.npy", "--labels", "y.npy", "--format", "pdf"}, "--format pdf: want one of text"},
		{"labels are missing", []string{"rank", "--features", "{model}.npy"}, "--labels is missing"},
		{"labels beside a list", []string{"rank", "--list", "l.csv", "--labels", "y.npy"}, "--features is missing"},
		{"outputs beside a list", []string{"rank", "--list", "l.csv", "--outputs", "o.npy"}, "give only one of --list, --outputs"},
		{"images without networks", []string{"rank", "--features", "{model}.npy", "--labels", "y.npy", "--images", "photos"}, "--images needs --networks"},
		{"a layer without networks", []string{"score", "--features", "x.npy", "--labels", "y.npy", "--layer", "x"}, "--layer needs --networks"},
		{"a split without networks", []string{"run", "spec.yaml", "--split", "train"}, "--split needs --networks"},
		{"samples of networks", []string{"score", "--networks", "n.onnx", "--images", "p", "--samples", "s.csv"}, "give only one of --networks, --samples"},
		{"lines below 0", []string{"rank", "--features", "{model}.npy", "--labels", "y.npy", "--top", "-1"}, "--top -1: must not be negative"},
		{"a time below 0", []string{"rank", "--features", "{model}.npy", "--labels", "y.npy", "--time", "-5s"}, "--time -5s: must not be negative"},
		{"a tolerance that is no number", []string{"diff", "a", "b", "--tolerance", "nan"}, "--tolerance NaN: must be a finite number"},
		{"an endless tolerance", []string{"diff", "a", "b", "--tolerance", "inf"}, "--tolerance +Inf: must be a finite number"},
		{"a weight that is no number", []string{"ensembles", "s.yaml", "--ratio", "NaN"}, "--ratio NaN: must be a finite number"},
		{"a weight above 1", []string{"ensembles", "s.yaml", "--ratio", "1.5"}, "--ratio 1.5: want a weight from 0 to 1"},
		{"a tolerance below 0", []string{"diff", "a", "b", "--tolerance", "-0.1"}, "--tolerance -0.1: must not be negative"},
		{"a parameter twice", []string{"score", "--features", "x.npy", "--labels", "y.npy", "--set", "lambda=0.1", "--set", "lambda=0.2"}, "--set gives lambda twice"},
		{"a metric twice", []string{"score", "--features", "x.npy", "--labels", "y.npy", "--metric", "sfda,sfda"}, "--metric names sfda twice"},
		{"a report as PDF", []string{"report", "-o", "report.pdf"}, "-o report.pdf: the name must end in .html, or .md for Markdown"},
		{"no number of a shard", []string{"task", "lab.db", "job", "third"}, `shard "third": want a whole number`},
		{"no model in the pattern", []string{"rank", "--features", "x.npy", "--labels", "y.npy"}, "{model}"},
		{"missing spec", []string{"run", filepath.Join(zoo, "../specs/zo.yaml")}, "zoo.yaml"},
		{"unknown key in a spec", []string{"run", spec(data + "metrics: [sfda]\nmeasurs: [tauw]\n")}, `.yaml:4: unknown key "measurs"; the nearest is "measures"`},
		{"unknown key of a metric", []string{"run", spec(data + "metrics:\n  - metric: sfda\n    parms: {rounds: 1}\n")}, `.yaml:5: unknown key "parms"; the nearest is "params"`},
		{"unknown parameter in a spec", []string{"run", spec(data + "metrics:\n  - sfda\n  - metric: sfda\n    grid: {round: [1, 2]}\n")}, `.yaml:5: metric sfda: unknown parameter "round"; the nearest is "rounds"`},
		{"unknown metric in a spec", []string{"run", spec(data + "metrics: [sfad]\n")}, `.yaml:3: unknown metric "sfad"; the nearest is "sfda"`},
		{"unknown placeholder", []string{"run", spec("features: '{net}.npy'\nlabels: y.npy\nmetrics: [sfda]\n")}, "{net} is unknown"},
		{"no YAML", []string{"run", spec("features: [\n")}, ".yaml:"},
		{"a list", []string{"run", spec("- sfda\n")}, ".yaml:1: a spec is one mapping"},
		{"empty spec", []string{"run", spec("")}, ".yaml is empty"},
		{"wrong type", []string{"run", spec(data + "seed: many\nmetrics: [sfda]\n")}, ".yaml:3: "},
		{"bad query", []string{"runs", "after:yesterday"}, "column"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := sfdalab(t, append(c.args, storeFlag(dir, c.args[0])...)...)
			if code != misuse || stdout != "" || !strings.Contains(stderr, c.want) {
				t.Errorf("exit %d, stdout %q, want an error with %q but got\n%s", code, stdout, c.want, stderr)
			}
			if strings.Count(stderr, "\n") > 3 { // a query is shown below its error
				t.Errorf("a long error:\n%s", stderr)
			}
			if word := goWords.FindString(stderr); word != "" {
				t.Errorf("words of Go, %q, in\n%s", word, stderr)
			}
		})
	}
}

// goWords are those of errors of Go and its packages.
var goWords = regexp.MustCompile(`strconv|invalid (syntax|argument)|context |no such file or directory|\b(open|stat) \S+:|in the group`)

// A file that cannot be written costs one line, which names what is not there.
func TestNoFolder(t *testing.T) {
	store := filepath.Join(t.TempDir(), "lab.db")
	spec := write(t, t.TempDir(), "spec.yaml", smallSpec(t))
	if code, _, stderr := sfdalab(t, "run", spec, "--store", store); code != done {
		t.Fatal(stderr)
	}
	folder := filepath.Join(t.TempDir(), "none")
	for _, args := range [][]string{
		{"report", "--store", store, "-o", filepath.Join(folder, "x.html")},
		{"export", "--store", store, "-o", filepath.Join(folder, "x.csv")},
		{"export", "--store", store, "-o", filepath.Join(folder, "x.db")},
		{"backup", "--store", store, filepath.Join(folder, "x.db")},
		{"repair", "--store", store, filepath.Join(folder, "x.db")},
		{"init", filepath.Join(folder, "spec.yaml")},
	} {
		code, stdout, stderr := sfdalab(t, args...)
		if code != failed || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, folder+" does not exist") {
			t.Errorf("%s: exit %d, %q, %s", args[0], code, stdout, stderr)
		}
	}
}

// storeFlag keeps the store of commands that make one in a folder.
func storeFlag(dir, command string) []string {
	if command == "run" {
		return []string{"--store", filepath.Join(dir, "lab.db")}
	}
	return nil
}

// A model that cannot be scored costs only its own cells.
func TestFailureKeepsTheRest(t *testing.T) {
	dir := t.TempDir()
	spec := strings.Replace(smallSpec(t), "models: [", "models: [resnet18, ", 1)
	args := []string{"run", write(t, dir, "spec.yaml", spec), "--store", filepath.Join(dir, "lab.db")}
	code, stdout, stderr := sfdalab(t, args...)
	if code != failed || !strings.Contains(stdout, "SFDA rounds=2") || !strings.Contains(stdout, "5 models") {
		t.Errorf("exit %d and\n%s", code, stdout)
	}
	for _, want := range []string{"failed: resnet18 on vehicles by SFDA", "the nearest names in its folder are", "10 of 60 cells failed"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("no %q in\n%s", want, stderr)
		}
	}
	if code, again, _ := sfdalab(t, args...); code != failed || again != stdout {
		t.Errorf("again: exit %d and\n%s", code, again)
	}
}

// A ground truth that lacks a model is a warning; the rest is correlated.
func TestTruthWithoutAModel(t *testing.T) {
	dir := t.TempDir()
	truth, err := os.ReadFile(zoo + "/finetuned_accuracy.csv")
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "truth.csv", strings.ReplaceAll(string(truth), "sign,plain16,", "sign,other,"))
	spec := write(t, dir, "spec.yaml", strings.Replace(smallSpec(t), "truth: ", "truth: truth.csv #", 1))
	code, stdout, stderr := sfdalab(t, "run", spec, "--store", filepath.Join(dir, "lab.db"))
	if code != done || !strings.Contains(stdout, "4 to 5 models") || !strings.Contains(stderr, "lacks them: plain16") {
		t.Errorf("exit %d, %s\n%s", code, stderr, stdout)
	}
}

// Metrics that need what the spec does not name are left out; the others go on.
func TestSpecWithoutOutputs(t *testing.T) {
	dir := t.TempDir()
	spec := write(t, dir, "spec.yaml", strings.Replace(smallSpec(t), "outputs: ", "#", 1))
	code, stdout, stderr := sfdalab(t, "run", spec, "--store", filepath.Join(dir, "lab.db"))
	if code != done || strings.Contains(stdout, "LEEP") || !strings.Contains(stdout, "NCTI") || !strings.Contains(stderr, "LEEP is left out: it needs source outputs (the key outputs") {
		t.Errorf("exit %d, %s\n%s", code, stderr, stdout)
	}
}

func TestBadStore(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good.db")
	if code, _, stderr := sfdalab(t, "run", write(t, dir, "spec.yaml", smallSpec(t)), "--store", good); code != done {
		t.Fatal(stderr)
	}
	text, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, content, want string }{
		{"not a store", "dataset,model,score\n", "store"},
		{"truncated", string(text[:9000]), "damaged"},
		{"overwritten", strings.Repeat("x", 8192) + string(text[8192:]), "store"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := write(t, dir, c.name+".db", c.content)
			for _, args := range [][]string{{"run", filepath.Join(dir, "spec.yaml")}, {"runs"}, {"show"}} {
				code, stdout, stderr := sfdalab(t, append(args, "--store", path)...)
				if code != failed || stdout != "" || !strings.Contains(stderr, c.want) || !strings.Contains(stderr, path) {
					t.Errorf("%v: exit %d, stdout %q, stderr %s", args, code, stdout, stderr)
				}
			}
		})
	}
	t.Run("cells overwritten", func(t *testing.T) {
		path := write(t, dir, "cells.db", strings.ReplaceAll(string(text), "\x01P", "\x01Q")) // the heads of their identities, in CBOR
		code, stdout, stderr := sfdalab(t, "runs", "--store", path)
		if code != done || !strings.Contains(stdout, "done") || !strings.Contains(stderr, "warning: results of runs are missing: store "+path) {
			t.Errorf("exit %d, stdout %s, stderr %s", code, stdout, stderr)
		}
	})
	t.Run("none", func(t *testing.T) {
		code, _, stderr := sfdalab(t, "runs", "--store", filepath.Join(dir, "none.db"))
		if code != failed || !strings.Contains(stderr, "there is no store") {
			t.Errorf("exit %d: %s", code, stderr)
		}
	})
}

// What an error quotes of a file is shortened.
func TestLongError(t *testing.T) {
	scores := write(t, t.TempDir(), "scores.csv", "dataset,model,metric,score\nd,m,q,"+strings.Repeat("1", 1e6)+"\n")
	code, _, stderr := sfdalab(t, "import", scores, "--store", filepath.Join(t.TempDir(), "lab.db"))
	if code != failed || !strings.Contains(stderr, "line 2: score") || len(stderr) > 3000 {
		t.Errorf("exit %d, %d bytes: %.300s", code, len(stderr), stderr)
	}
}

// A ground truth that is not there is found before anything is computed.
func TestUnknownTruthInSpec(t *testing.T) {
	dir := t.TempDir()
	store := filepath.Join(dir, "lab.db")
	spec := write(t, dir, "spec.yaml", strings.Replace(smallSpec(t), "truth: ", "truth: supervise #", 1))
	code, _, stderr := sfdalab(t, "run", spec, "--store", store)
	if code != failed || !strings.Contains(stderr, "supervised") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if left, err := filepath.Glob(store + "*"); len(left) > 0 || err != nil {
		t.Errorf("a run that did not begin leaves %v, %v", left, err)
	}
}

// What fails for one reason costs one line, whatever the number of metrics.
func TestOneLineForOneReason(t *testing.T) {
	code, stdout, stderr := sfdalab(t, "score", "--metric", "sfda,logme,lda", "--features", filepath.Join(t.TempDir(), "x.npy"), "--labels", "y.npy")
	if code != failed || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "sfdalab: sfda, logme, lda: ") {
		t.Errorf("exit %d, %q, %s", code, stdout, stderr)
	}
}

// What an error or a note quotes, such as the name of a file or what a program wrote, begins
// no line of its own. Several causes have a line each.
func TestOneLineForOneCause(t *testing.T) {
	dir := t.TempDir()
	broken := writeNpy(t, dir, "a\nsfdalab: b.npy", numbers(20, 3))
	labels := writeNpy(t, dir, "y.npy", classes(2, 10))
	if err := os.Truncate(broken, 300); err != nil {
		t.Fatal(err)
	}
	spec := write(t, dir, "spec.yaml", "features: '{model}.npy'\nlabels: y.npy\nmodels: [\"a\\nsfdalab: b\", c]\nmetrics: [{program: [sh, program.sh], name: p}]\n")
	write(t, dir, "program.sh", "printf 'Traceback\\n  line 3\\n\\nbad value\\n' >&2; exit 1\n")
	writeNpy(t, dir, "c.npy", numbers(20, 3))
	store := filepath.Join(dir, "lab.db")
	for _, c := range []struct {
		args []string
		want []string // of each line, the beginning and an end
	}{
		{[]string{"score", "--metric", "knn", "--features", broken, "--labels", labels}, []string{"sfdalab: knn: ", "follow the header"}},
		{[]string{"score", "--metric", "knn", "--features", filepath.Join(dir, "no\nfolder", "x.npy"), "--labels", labels}, []string{"sfdalab: knn: ", "does not exist"}},
		{[]string{"check", "--store", filepath.Join(dir, "no\nstore.db")}, []string{"sfdalab: store ", "--store"}},
		{[]string{"merge", "--store", store, broken, labels}, []string{"sfdalab: store ", "--store"}},
		{[]string{"run", spec, "--store", store}, []string{
			"note: ", "", "warning: c on y by p: ", "", "failed: a sfdalab: b on y by p: ", "follow the header",
			"failed: c on y by p: program program.sh: exit status 1; it wrote: Traceback line 3 bad value", "",
			"sfdalab: all 2 cells failed", "",
		}},
	} {
		code, _, stderr := sfdalab(t, c.args...)
		lines := strings.Split(strings.TrimSuffix(stderr, "\n"), "\n")
		if code != failed || 2*len(lines) != len(c.want) {
			t.Errorf("%q: exit %d, want %d lines, not\n%s", c.args, code, len(c.want)/2, stderr)
			continue
		}
		for i, line := range lines {
			if !strings.HasPrefix(line, c.want[2*i]) || !strings.HasSuffix(line, c.want[2*i+1]) {
				t.Errorf("%q: line %q, want %q … %q", c.args, line, c.want[2*i], c.want[2*i+1])
			}
		}
	}
}

// Nor does a name in what is printed of scores.
func TestOneLineForOneSentence(t *testing.T) {
	dir := t.TempDir()
	spec := "features: '{model}.npy'\nlabels: \"d\\nNB: e.npy\"\ntruth: \"t\\nNB: u.csv\"\nmetrics: [knn]\n"
	truth := "dataset,model,accuracy\n"
	writeNpy(t, dir, "d\nNB: e.npy", classes(2, 10))
	for i := range 3 {
		model := fmt.Sprintf("m\nNB: %d", i)
		writeNpy(t, dir, model+".npy", numbers(20, 3+i))
		truth += fmt.Sprintf("\"d\nNB: e\",\"%s\",%d\n", model, 60+i)
	}
	write(t, dir, "t\nNB: u.csv", truth)
	store := filepath.Join(dir, "lab.db")
	for _, args := range [][]string{
		{"run", write(t, dir, "spec.yaml", spec), "--store", store},
		{"show", "--store", store}, {"compare", "--store", store},
		{"rank", "--metric", "knn", "--features", filepath.Join(dir, "m{model}.npy"), "--labels", filepath.Join(dir, "d\nNB: e.npy")},
	} {
		code, stdout, stderr := sfdalab(t, args...)
		if args[0] == "rank" && !strings.Contains(stdout, ".\nA range covers") {
			t.Errorf("what columns are does not begin a line\n%s", stdout)
		}
		if code != done || !strings.Contains(stdout, " NB: ") || strings.Contains(stdout+stderr, "\nNB: ") {
			t.Errorf("%q: exit %d\n%s%s", args, code, stdout, stderr)
		}
	}
	if code, _, stderr := sfdalab(t, "runs", "model:a\nb:", "--store", store); code == done || strings.Count(stderr, "\n") != 3 {
		t.Errorf("exit %d\n%s", code, stderr)
	}
}

// A metric without the files that it needs names their flag, and the others are scored.
func TestScoreWithoutOutputs(t *testing.T) {
	dir := t.TempDir()
	code, stdout, stderr := sfdalab(t, "score", "--metric", "sfda,ped:leep,kite", "--features", writeNpy(t, dir, "x.npy", numbers(20, 3)), "--labels", writeNpy(t, dir, "y.npy", classes(2, 10)))
	if code != failed || !strings.HasPrefix(stdout, "SFDA") || !strings.Contains(stderr, "sfdalab: ped:leep: needs source outputs, but there are none (--outputs)\n") || !strings.Contains(stderr, "\nkite: needs ") || !strings.Contains(stderr, " (--second)\n") {
		t.Errorf("exit %d, %s\n%s", code, stdout, stderr)
	}
}

// TestListFlag says in plain words what is wrong with a list.
func TestListFlag(t *testing.T) {
	var errs bytes.Buffer
	if rc := execute(t.Context(), []string{"annotate", "latest", "--tag", `a"b`}, io.Discard, &errs); rc != misuse ||
		!strings.Contains(errs.String(), "sfdalab: --tag a\"b: a quotation mark stands within a field") {
		t.Errorf("%d: %s", rc, errs.String())
	}
}

// TestReadingIsTold says at every command how a table is read where that is not plain, and
// that a score is missing.
func TestReadingIsTold(t *testing.T) {
	dir := t.TempDir()
	truth := write(t, dir, "truth.csv", "model;d\na;0,5\nb;0,6\nc;0,7\n")
	scores := write(t, dir, "scores.csv", "dataset;model;q\nd;a;1,5\nd;b;2,5\nd;c;3\n")
	spec := write(t, dir, "spec.yaml", "datasets: [d]\nmodels: [a, b, c]\nmetrics:\n  - scores: scores.csv\ntruth: truth.csv\n")
	store := filepath.Join(dir, "lab.db")
	if code, _, stderr := sfdalab(t, "import", write(t, dir, "blank.csv", "dataset,model,metric,score\nd,a,q,1\nd,b,q,\n"), "--store", store); code != done || !strings.Contains(stderr, "1 row without a score") {
		t.Errorf("import: exit %d: %s", code, stderr)
	}
	if _, stdout, _ := sfdalab(t, "show", "--json", "--store", store); !strings.Contains(stdout, `"score":1}`) || !strings.Contains(stdout, `"score":null}`) {
		t.Errorf("show: %s", stdout)
	}
	const ofTruth, ofScores = "truth.csv is read as a wide table, with a column for each dataset: d", "scores.csv has decimal commas: 1,5 is read as 1.5"
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"truth", truth}, []string{ofTruth, "read as shares"}},
		{[]string{"correlate", "--scores", scores, "--truth", truth}, []string{ofTruth, ofScores}},
		{[]string{"run", spec, "--store", store}, []string{ofTruth, ofScores}},
		{[]string{"compare", "--truth", truth, "--store", store}, []string{ofTruth}},
	} {
		code, _, stderr := sfdalab(t, c.args...)
		for _, want := range c.want {
			if code != done || strings.Count(stderr, want) != 1 {
				t.Errorf("%s: exit %d: %s, want once %q", c.args[0], code, stderr, want)
			}
		}
	}
}
