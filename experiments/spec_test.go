package experiments

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sfdalab/internal/strict"
	"sfdalab/tracking"
)

func TestSpecsThatShip(t *testing.T) {
	paths, err := filepath.Glob("specs/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatal("no specs: ", err)
	}
	for _, path := range paths {
		if _, err := Load(path); err != nil {
			t.Error(err)
		}
	}
}

func TestGridMakesVariants(t *testing.T) {
	spec := parse(t, onZoo+`
metrics:
  - sfda
  - {metric: sfda, params: {confidence: raw}, grid: {rounds: [0, 1], shrinkage: [eq3, adaptive]}}
  - {metric: sfda, name: mine, grid: {rounds: [3]}}
`)
	var labels []string
	for _, e := range spec.Metrics {
		variants, err := e.variants(spec)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range variants {
			labels = append(labels, v.Label)
		}
	}
	want := []string{
		"SFDA",
		"SFDA confidence=raw rounds=0 shrinkage=eq3", "SFDA confidence=raw rounds=0 shrinkage=adaptive",
		"SFDA confidence=raw rounds=1 shrinkage=eq3", "SFDA confidence=raw rounds=1 shrinkage=adaptive",
		"mine rounds=3",
	}
	if !slices.Equal(labels, want) {
		t.Errorf("got %q, want %q", labels, want)
	}
}

func TestFindByPattern(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{
		"res_net_big_cats_feature.npy", "vit_big_cats_feature.npy", "vit_dogs_feature.npy", "vit_dogs_output.npy",
		"big_cats_label.npy", "dogs_label.npy", "big_cats_testlabel.npy", "one.npz",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ name, spec, want string }{
		{"datasets by the labels", "features: '{model}_{dataset}_feature.npy'\nlabels: '{dataset}_label.npy'", "big_cats/res_net big_cats/vit dogs/vit"},
		{"dataset listed", "features: '{model}_{dataset}_feature.npy'\nlabels: '{dataset}_label.npy'\ndatasets: [dogs]", "dogs/vit"},
		{"both listed", "features: '{model}_{dataset}_feature.npy'\nlabels: '{dataset}_label.npy'\ndatasets: [dogs]\nmodels: [vit, none]", "dogs/vit dogs/none"},
		{"one dataset", "features: '{model}_dogs_feature.npy'\nlabels: dogs_label.npy", "dogs_label/vit"},
		{"arrays of archives", "features: '{model}.npz:x'\nlabels: 'dogs_label.npy'", "dogs_label/one"},
	} {
		t.Run(c.name, func(t *testing.T) {
			spec, err := Parse(c.spec+"\nmetrics: [sfda]\n", filepath.Join(dir, "spec.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			inputs, err := spec.Inputs()
			var found []string
			for _, in := range inputs {
				found = append(found, in.Dataset+"/"+in.Model)
			}
			if got := strings.Join(found, " "); err != nil || got != c.want {
				t.Errorf("found %s, want %s: %v", got, c.want, err)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	text, err := os.ReadFile("specs/zoo.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add("metrics: [{metric: sfda, grid: {rounds: [0, 1]}}, {scores: s.csv}]\nfeatures: x\nlabels: y\n")
	f.Add("- 1\n")
	f.Add("metrics: {}\n")
	f.Fuzz(func(t *testing.T, text string) {
		spec, err := Parse(text, "spec.yaml")
		if err != nil {
			if !strings.HasPrefix(err.Error(), "spec.yaml:") {
				t.Errorf("error without its place: %v", err)
			}
			return
		}
		if len(spec.Metrics) == 0 {
			t.Error("a spec without metrics")
		}
	})
}

// TestSpecIsBounded reads specs that ask for more than there can be: each is refused at
// once, with its line.
func TestSpecIsBounded(t *testing.T) {
	aliases := "features: x.npy\nlabels: y.npy\nmetrics:\n- metric: knn\n  params:\n    a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
	for i := range 9 {
		alias := fmt.Sprintf("*a%d", i)
		aliases += fmt.Sprintf("    a%d: &a%d [%s]\n", i+1, i+1, strings.Join(slices.Repeat([]string{alias}, 10), ", "))
	}
	const data = "features: x.npy\nlabels: y.npy\n"
	eight := "[1, 2, 3, 4, 5, 6, 7, 8]"
	var grid strings.Builder
	for i := range 8 {
		fmt.Fprintf(&grid, "    p%d: %s\n", i, eight)
	}
	for name, c := range map[string]struct{ text, want string }{
		"lists":           {"features: " + strings.Repeat("[", 100_000), "spec.yaml:1: lists and mappings are nested more than 50 deep"},
		"mappings":        {"features:\n  " + strings.Repeat("{a: ", 25_000), "spec.yaml:2: lists and mappings are nested more than 50"},
		"lists of lines":  {"features:\n" + strings.Repeat("- ", 50_000) + "x", "spec.yaml:2: lists and mappings are nested more than 50"},
		"questions":       {strings.Repeat("? ", 50_000) + "x", "spec.yaml:1: "},
		"anchors":         {"features: " + strings.Repeat("&a ", 30_000) + "x", "spec.yaml:1: "},
		"tags":            {"features: " + strings.Repeat("!!map ", 15_000) + "x", "spec.yaml:1: "},
		"size":            {"# " + strings.Repeat("x", strict.MostYAML), "spec.yaml: "},
		"keys":            {data + strings.Repeat("a: 1\n", 20_000), "spec.yaml:10001: a spec may have at most 10000 keys"},
		"keys in braces":  {data + "metrics: [{metric: knn, params: {" + strings.Repeat("a: 1,", 20_000) + "}}]\n", "spec.yaml:3: a spec may have at most 10000 keys"},
		"long key":        {data + strings.Repeat("x", 3_000_000) + ": 1\n", `spec.yaml:3: unknown key "` + strings.Repeat("x", 80) + `…"; "sfdalab help spec" lists all`},
		"rounds":          {data + "metrics:\n- {metric: sfda, params: {rounds: 2000000000}}\n", "spec.yaml:4: metric sfda: parameter rounds: 2000000000 is out of range"},
		"values":          {"models: [" + strings.Repeat("a,", 600_000) + "a]\n", "spec.yaml:1: a spec may have at most 1000000 values"},
		"empty entries":   {data + "metrics:\n" + strings.Repeat("-\n", 300_000), "spec.yaml:4: an entry of a list is empty"},
		"aliases":         {aliases, "aliases expand to more than 1000000 values"},
		"alias of itself": {data + "metrics:\n- metric: knn\n  params: &p {k: *p}\n", "spec.yaml:5: "},
		"subsets":         {data + "metrics: [knn]\nsubsets: {count: 1000000000}\n", "spec.yaml:4: subsets: count 1000000000: want a number from 0 to 100000"},
		"most subsets":    {data + "metrics: [knn]\nsubsets:\n  count: 9223372036854775807\n  fraction: [0.5, 0.8]\n", "spec.yaml:5: subsets: count 9223372036854775807: want a number from 0 to 50000"},
		"no integer":      {data + "metrics: [knn]\nsubsets: {count: 9223372036854775808}\n", "spec.yaml:4: "},
		"grid":            {data + "metrics:\n- metric: knn\n  grid:\n" + grid.String(), "spec.yaml:4: metrics: more than 10000 variants"},
		"grids":           {data + "metrics:\n" + strings.Repeat("- {metric: knn, grid: {k: ["+numbers(1, 3000)+"]}}\n", 4), "spec.yaml:7: metrics: more than 10000 variants"},
		"models":          {data + "metrics: [knn]\nmodels: [" + numbers(0, 20_000) + ", 7]\n", `spec.yaml:4: models: "7" is listed twice`},
		"datasets":        {data + "metrics: [knn]\ndatasets: [a, b, a]\n", `spec.yaml:4: datasets: "a" is listed twice`},
		"protocols":       {data + "metrics: [knn]\nprotocols: [" + strings.Repeat("t.csv, ", 20_000) + "u.csv]\n", `spec.yaml:4: protocols: "t.csv" is listed twice`},
		"measures":        {data + "metrics: [knn]\nmeasures: [hit@" + strings.ReplaceAll(numbers(1, 101), " ", " hit@") + "]\n", "spec.yaml:4: measures: 101 are too many: a spec may have at most 100"},
		"a measure as 01": {data + "metrics: [knn]\nmeasures: [rel@1, tau, rel@01]\n", `spec.yaml:4: measures: "rel@1" is listed twice`},
		"no count":        {data + "metrics: [knn]\nsubsets: {fraction: 0.5}\n", "spec.yaml:4: subsets: a fraction without a count"},
		"same measures":   {data + "metrics: [knn]\nmeasures: [tau, tauw, tau]\n", `spec.yaml:4: measures: "tau" is listed twice`},
		"fractions":       {data + "metrics: [knn]\nsubsets: {count: 1, fraction: [0." + strings.ReplaceAll(numbers(100_000, 200_000), " ", " 0.") + "]}\n", "spec.yaml:4: subsets: count 1: want a number from 0 to 0"},
		"arguments":       {data + "metrics:\n- {name: p, program: [sh, " + numbers(1, 10_000) + "]}\n", "spec.yaml:4: program: 10000 arguments are too many: a command may have at most 999"},
		"parameter":       {data + "metrics:\n- {metric: knn, params: {k: [" + numbers(1, 10_000) + "]}}\n", "spec.yaml:4: metric knn: parameter k: [1 2 3 4"},
		"seeds":           {"finetune: {networks: [a], images: p, seeds: [" + numbers(0, 5000) + "]}\n", "spec.yaml:1: finetune: 5001 seeds are too many: a spec may have at most 1000"},
		"timeout":         {data + "metrics:\n- program: [sh]\n  timeout: .inf\n", "spec.yaml:4: timeout must be positive"},
		"no timeout":      {data + "metrics:\n- program: [sh]\n  timeout: .nan\n", "spec.yaml:4: timeout must be positive and at most 2592000 seconds (30 days), not NaN"},
	} {
		t.Run(name, func(t *testing.T) {
			before := tracking.Used().CPU // other processes may slow this one down
			_, err := Parse(c.text, "spec.yaml")
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 500 {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
			if took := tracking.Used().CPU - before; took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// numbers lists whole numbers as specs do.
func numbers(from, to int) string {
	var b strings.Builder
	for i := from; i <= to; i++ {
		if i > from {
			b.WriteString(", ")
		}
		fmt.Fprint(&b, i)
	}
	return b.String()
}

// TestLargePlans plans what is large and legal: the time grows with the cells, and not with
// their square.
func TestLargePlans(t *testing.T) {
	list := filepath.Join(t.TempDir(), "list.csv")
	rows := []byte("model,features,labels\n")
	for i := range 50_000 {
		rows = fmt.Appendf(rows, "%d,f.npy,y.npy\n", i)
	}
	if err := os.WriteFile(list, rows, 0o644); err != nil {
		t.Fatal(err)
	}
	models := "models: [" + numbers(0, 49_999) + "]\n"
	for name, c := range map[string]struct {
		text  string
		cells int
	}{
		"models":   {"features: x/{model}.npy\nlabels: y.npy\nmetrics: [logme]\n" + models, 50_000},
		"list":     {"list: " + list + "\nmetrics: [logme]\n" + models, 50_000},
		"variants": {"features: x/{model}.npy\nlabels: y.npy\nmodels: [a, b, c]\nmetrics: [{metric: knn, grid: {k: [" + numbers(1, 10_000) + "]}}]\n", 30_000},
		"subsets":  {"features: x/{model}.npy\nlabels: y.npy\nmodels: [a, b, c]\nmetrics: [logme]\nsubsets: {count: 1, fraction: [0." + strings.ReplaceAll(numbers(10_000, 30_000), ", ", "1, 0.") + "1]}\n", 3 * 20_002},
	} {
		t.Run(name, func(t *testing.T) {
			before := tracking.Used().CPU
			p, err := Plan(t.Context(), parse(t, c.text), nil)
			if err != nil || p.Results() != c.cells {
				t.Fatalf("%v, %d cells, want %d", err, p.Results(), c.cells)
			}
			if took := tracking.Used().CPU - before; p.Pieces() == 0 || took > 15*time.Second {
				t.Errorf("%d pieces; it took %v", p.Pieces(), took)
			}
		})
	}
}

// TestSameMetricTwice lists a metric in two ways: its scores are known by what it is, and so
// a table could show but one of them.
func TestSameMetricTwice(t *testing.T) {
	for entries, want := range map[string]string{
		"[logme, logme]":                                                 `spec.yaml:8: "LogME" is listed twice: remove one`,
		"[{metric: knn, grid: {k: [1, 5, 1]}}]":                          `spec.yaml:8: "k-NN k=1" is listed twice: remove one`,
		"[knn, {metric: logme, name: k-NN}]":                             `spec.yaml:8: "k-NN" names two variants: give one another name`,
		"\n  - logme\n  - {metric: logme, name: mine}":                   `spec.yaml:10: "mine" is the same metric with the same parameters as "LogME" in line 9: remove one`,
		"\n  - logme\n  - {metric: logme, name: mine, truth: other.csv}": `spec.yaml:10: "mine" is the same`,
		"\n  - sfda\n  - metric: sfda\n    grid: {rounds: [0, 1]}":       `spec.yaml:10: "SFDA rounds=1" is the same metric with the same parameters as "SFDA" in line 9: remove one`,
	} {
		spec := parse(t, onZoo+"metrics: "+entries+"\n")
		if _, err := Run(t.Context(), spec, Options{}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", entries, err, want)
		}
	}
}

// TestTextIsBounded reads a spec and a protocol that are too long, and such that never end.
func TestTextIsBounded(t *testing.T) {
	long := filepath.Join(t.TempDir(), "long.yaml")
	if err := os.WriteFile(long, make([]byte, strict.MostYAML+1), 0o644); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{long: "more than 4194304 bytes", os.DevNull: "is not a file"} {
		if _, err := Load(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Error(err)
		}
		if _, err := readProtocol(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Error(err)
		}
	}
}

// TestParameterNamesNoFile runs a metric whose parameter names what never ends.
func TestParameterNamesNoFile(t *testing.T) {
	v, err := newVariant("accuracy-source", map[string]any{"file": os.DevNull}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]error{"identify": v.identify(make(map[string]string)), "addFiles": v.addFiles(make(map[string]string))} {
		if got == nil || !strings.Contains(got.Error(), os.DevNull+" is not a file") {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestRunIsBounded asks for more cells than a run may have, each bound kept.
func TestRunIsBounded(t *testing.T) {
	k := strings.TrimSuffix(strings.Repeat("1, ", 60), ", ")
	spec := parse(t, onZoo+"metrics: [{metric: knn, grid: {k: ["+k+"]}}]\nsubsets: {count: 90000}\n")
	for i := range spec.Metrics[0].Grid["k"] {
		spec.Metrics[0].Grid["k"][i] = uint64(i + 1)
	}
	if _, err := Run(t.Context(), spec, Options{}); err == nil || !strings.Contains(err.Error(), "cells are too many: a run may have at most 20000000") {
		t.Error(err)
	}
}

// TestEarlierKeys reads a spec as earlier versions had it.
func TestEarlierKeys(t *testing.T) {
	const text = "features: x.npy\nlabels: y.npy\nmetrics: [knn]\nKEY: {count: 3, fraction: [0.8, 0.5]}\n"
	for _, key := range []string{"subsets", "repeats"} {
		if spec := parse(t, strings.Replace(text, "KEY", key, 1)); spec.Subsets.Total() != 6 {
			t.Errorf("%s: %d subsets, want 6", key, spec.Subsets.Total())
		}
	}
}

// Names stay as they are written, whatever YAML would make of them; and what editors put
// around a text does no harm.
func TestNamesAsTheyAreWritten(t *testing.T) {
	text := "\ufefffeatures: f/{model}.npy\nlabels: y.npy\nmodels: [050, 1.10, no, 0x1F, 1e3, true, .inf, null, ~, '7', a]\ndatasets: 010\nignore_label: -1\nname: 1.0\nmetrics: [sfda]\n"
	for _, text := range []string{text, strings.ReplaceAll(text, "\n", "\r\n")} {
		s, err := Parse(text, "s.yaml")
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{"050", "1.10", "no", "0x1F", "1e3", "true", ".inf", "null", "~", "7", "a"}; !slices.Equal(s.Models, want) {
			t.Errorf("models %q, want %q", s.Models, want)
		}
		if !slices.Equal(s.Datasets, []string{"010"}) || s.Name != "1.0" || !slices.Equal(s.IgnoreLabel, []string{"-1"}) {
			t.Errorf("datasets %q, name %q, ignored %q", s.Datasets, s.Name, s.IgnoreLabel)
		}
	}
}

func TestWhatEditorsWrite(t *testing.T) {
	for text, want := range map[string]string{
		"features: f/{model}.npy\nmetrics:\n\t- sfda\n": "s.yaml:3: the line is indented with a tab",
		"features:\u00a0f/{model}.npy\n":                "s.yaml:1: the line has a non-breaking space",
		"\xff\xfef\x00":                                 "s.yaml:1: is not text in UTF-8",
	} {
		if _, err := Parse(text, "s.yaml"); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}
