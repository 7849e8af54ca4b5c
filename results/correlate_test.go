package results

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBuiltInDataReads(t *testing.T) {
	rows := map[string]int{
		"supervised/full": 121, "supervised/last-block": 121, "supervised/linear": 121, "supervised/tll": 80,
		"self-supervised/full": 132, "self-supervised/last-block": 132, "self-supervised/linear": 132, "self-supervised/remote": 20,
		"vit/full": 143, "parc/controlled": 196, "parc/all": 469, "back-to-basics/full": 110, "back-to-basics/frozen": 110,
		"medmnist/architectures": 99, "medmnist/sources": 168, "transfergraph/best": 5040, "transfergraph/released": 2142,
		"captioning/full": 45, "vlm/lovm": 805, "vlm/swab": 989,
	}
	for _, truth := range Truths() {
		if got := truth.Frame.Nrow(); got != rows[truth.Name] {
			t.Errorf("%s: %d rows, want %d", truth.Name, got, rows[truth.Name])
		}
		if truth.Source == "" || truth.Title == "" {
			t.Errorf("%s: no source or title", truth.Name)
		}
	}
	scores := map[string]int{
		"supervised/model-spider": 720, "supervised/tll": 310, "etran/cifar100": 22, "back-to-basics/released": 1540,
		"medmnist/architectures": 792, "medmnist/sources": 1232, "transfergraph/released": 2346, "vlm/lovm": 5635,
	}
	for _, b := range PublishedScores() {
		frame, err := LoadScores(b.Name)
		if err != nil {
			t.Errorf("scores %s: %v", b.Name, err)
		} else if got := frame.Nrow(); got != scores[b.Name] {
			t.Errorf("scores %s: %d rows, want %d", b.Name, got, scores[b.Name])
		}
	}
	if got := PublishedCorrelations().Nrow(); got != 135 {
		t.Errorf("%d published correlations, want 135", got)
	}
	if got := PublishedClaims().Nrow(); got != 8 {
		t.Errorf("%d published claims, want 8", got)
	}
}

func TestSpreadOfTruth(t *testing.T) {
	truth, err := ReadTruth(strings.NewReader("dataset,model,sd,accuracy\npets,a,3,90\npets,b,4,91\ncars,a,0,80\n"), "t")
	if err != nil {
		t.Fatal(err)
	}
	if sd, ok := truth.Spread("pets"); !ok || !near(sd, math.Sqrt(12.5), 1e-15) {
		t.Errorf("spread %v", sd)
	}
	if _, ok := truth.Spread("dogs"); ok {
		t.Error("a dataset that is not there has a spread")
	}
	for _, bad := range []string{"-1", "x", "Inf", ""} {
		if _, err := ReadTruth(strings.NewReader("dataset,model,sd,accuracy\npets,a,1,90\npets,b,"+bad+",90\n"), "t"); err == nil || !strings.Contains(err.Error(), "row 2") {
			t.Errorf("sd %q: %v", bad, err)
		}
	}
}

func TestReadTruth(t *testing.T) {
	for _, c := range []struct{ name, csv, want string }{
		{"no file", "", "the file is empty"},
		{"no rows", "dataset,model,accuracy\n", "no rows"},
		{"column", "dataset,name,accuracy\na,b,1\n", `no column "model" among dataset, name, accuracy: rename the one that holds it`},
		{"number", "dataset,model,accuracy\na,b,1\na,c,high\n", `line 3: accuracy "high" is not a finite number`},
		{"NaN", "dataset,model,accuracy\na,b,NaN\n", "line 2: accuracy"},
		{"infinite", "dataset,model,accuracy\na,b,+Inf\n", "line 2: accuracy"},
		{"twice", "dataset,model,accuracy\na,b,1\n\na,c,2\na,b,3\n", "line 5: a, b is already in line 2"},
		{"empty key", "dataset,model,accuracy\na,,1\n", "line 2: model is empty"},
		{"short row", "dataset,model,accuracy\na,b\n", "more or fewer fields than the first line"},
		{"missing", "dataset,model,accuracy\na,b,\n", "line 2: accuracy"},
	} {
		_, err := ReadTruth(strings.NewReader(c.csv), "mine.csv")
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "mine.csv") {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}

	truth, err := ReadTruth(strings.NewReader("\ufeffnote, accuracy,dataset,model\nx,71.5,d,NA\ny,60,d,b\n"), "mine.csv")
	if err != nil {
		t.Fatal(err)
	}
	if a, ok := truth.Accuracy("d", "NA"); a != 71.5 || !ok {
		t.Errorf("accuracy %v, %v", a, ok)
	}
	if got, want := truth.Frame.Names(), []string{"note", "accuracy", "dataset", "model"}; !cmp.Equal(got, want) {
		t.Errorf("columns %v, want %v", got, want)
	}
	if _, err := LoadTruth("supervized"); err == nil || !strings.Contains(err.Error(), "supervised") {
		t.Errorf("unknown name: %v", err)
	}
	if truth, err := LoadTruth(filepath.Join("data", "truth", "vit-full.csv")); err != nil || len(truth.Datasets()) != 11 {
		t.Errorf("a file: %v", err)
	}
}

// TestHistory is the mean on the other datasets that have the model, to the last bit, also of
// a hub of many datasets.
func TestHistory(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var all []Accuracy
	for d := range 40 {
		for m := range 6 {
			if random.IntN(4) > 0 {
				all = append(all, Accuracy{Dataset: fmt.Sprint("d", d), Model: fmt.Sprint("m", m), Percent: 100 * random.Float64()})
			}
		}
	}
	all = append(all, Accuracy{Dataset: "d0", Model: "once", Percent: 1})
	truth, err := NewTruth("t", all...)
	if err != nil {
		t.Fatal(err)
	}
	history := History(truth)
	for _, a := range all {
		var sum, n float64
		for _, other := range all { // in the order of the datasets
			if other.Model == a.Model && other.Dataset != a.Dataset {
				sum, n = sum+other.Percent, n+1
			}
		}
		if got, ok := history.Of(a.Dataset, a.Model); ok != (n > 0) || ok && got != sum/n {
			t.Errorf("%s on %s: %v, %v, want %v", a.Model, a.Dataset, got, ok, sum/n)
		}
	}
}

// TestWriteCSV writes what is read again to the last bit, and numbers that six decimals hold
// with six.
func TestWriteCSV(t *testing.T) {
	text := "dataset,model,accuracy,note\n\"a, b\",c,0.12345678912,1e-9\na,\"b, c\",71.5,2.5\n"
	truth, err := ReadTruth(strings.NewReader(text), "mine.csv")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := truth.WriteCSV(&out); err != nil {
		t.Fatal(err)
	}
	if want := "dataset,model,accuracy,note\n\"a, b\",c,0.12345678912,1e-09\na,\"b, c\",71.500000,2.500000\n"; out.String() != want {
		t.Errorf("%s, want\n%s", &out, want)
	}
	other, err := ReadTruth(strings.NewReader(strings.Replace(text, "8912", "8913", 1)), "mine.csv")
	if err != nil || other.SHA256 == truth.SHA256 {
		t.Errorf("another accuracy has the same hash, %v", err)
	}
}

func FuzzReadTruth(f *testing.F) {
	f.Add("dataset,model,accuracy\na,b,1\n")
	f.Add("\ufeffaccuracy,model,dataset,x\n\"1\",\"b\nc\",d,\n")
	f.Fuzz(func(t *testing.T, csv string) {
		truth, err := ReadTruth(strings.NewReader(csv), "fuzz")
		if err != nil {
			return
		}
		for _, d := range truth.Datasets() {
			for _, m := range truth.Models(d) {
				if a, ok := truth.Accuracy(d, m); !ok || math.IsNaN(a) {
					t.Errorf("%q, %q: %v, %v", d, m, a, ok)
				}
			}
		}
	})
}

func correlateText(t *testing.T, scores string, measures ...string) []Row {
	t.Helper()
	truth, err := ReadTruth(strings.NewReader(`dataset,model,accuracy
d,a,10
d,b,20
d,c,30
d,e,40
d,f,50
d,g,60
`), "t.csv")
	if err != nil {
		t.Fatal(err)
	}
	frame, err := ReadScores(strings.NewReader(scores))
	if err != nil {
		t.Fatal(err)
	}
	var ms []Measure
	for _, name := range measures {
		m, err := MeasureByName(name)
		if err != nil {
			t.Fatal(err)
		}
		ms = append(ms, m)
	}
	rows, err := Correlate(frame, truth, ms, Resampling{Resamples: 200})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestMissingScores leaves out what a table has no score of, as of a metric that failed.
func TestMissingScores(t *testing.T) {
	rows := correlateText(t, "metric,dataset,model,score\nm,d,a,1\nm,d,b,\nm,d,c,NaN\nm,d,e, 4\nm,d,f,5\n", "tau")
	if rows[0].N != 3 || rows[0].Value != 1 || !strings.Contains(sentences(rows[0].Warnings)[0], "without a score: b, c") {
		t.Errorf("%+v", rows[0])
	}
	if _, err := ReadScores(strings.NewReader("metric,dataset,model,score\nm,d,a,Inf\n")); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("an infinite score: %v", err)
	}
}

func TestCorrelateLeavesOutWhatTheTruthLacks(t *testing.T) {
	rows := correlateText(t, `metric,dataset,model,score
m,d,a,1
m,d,b,3
m,d,c,2
m,d,e,4
m,d,f,6
m,d,z,9
m,other,a,1
`, "tau", "rel@1")
	if len(rows) != 4 {
		t.Fatalf("%d rows, want 4", len(rows))
	}
	tau := rows[0]
	if !near(tau.Value, 0.8, 1e-12) || tau.N != 5 || !(tau.Lo < tau.Value && tau.Value <= tau.Hi) {
		t.Errorf("tau %+v", tau)
	}
	if got := sentences(tau.Warnings); len(got) != 1 || !strings.Contains(got[0], "lacks them: z") {
		t.Errorf("warnings %q", got)
	}
	other := rows[2]
	if !math.IsNaN(other.Value) || !strings.Contains(sentences(other.Warnings)[0], "no dataset other") {
		t.Errorf("other %+v", other)
	}

	line, err := json.Marshal(other)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"dataset":"other","metric":"m","measure":"tau","value":null,"lo":null,"hi":null,"n":0,"warnings":["the ground truth t.csv has no dataset other","0 models with a score and an accuracy: a correlation needs two"]}`
	if string(line) != want {
		t.Errorf("JSON\n%s\nwant\n%s", line, want)
	}
	if frame := Frame(rows); frame.Nrow() != 4 || frame.Ncol() != 8 {
		t.Errorf("frame of %d×%d, want 4×8", frame.Nrow(), frame.Ncol())
	}
}

func TestGroupsRefuseTwoScores(t *testing.T) {
	frame, err := ReadScores(strings.NewReader("dataset,model,metric,score\npets,resnet34,m,1\npets,resnet50,m,2\n"))
	if err != nil {
		t.Fatal(err)
	}
	truth, err := LoadTruth("supervised")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Groups(frame.RBind(frame), truth); err == nil || !strings.Contains(err.Error(), "two scores of resnet34 by m on pets") {
		t.Errorf("error %v", err)
	}
}

func TestCorrelateRefuses(t *testing.T) {
	truth, err := LoadTruth("supervised")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Correlate(truth.Frame, truth, nil, Resampling{}); err == nil || !strings.Contains(err.Error(), `no column "metric"`) {
		t.Errorf("frame without metric: %v", err)
	}
}

// A ground truth made of values has any names, and refuses what is no accuracy.
func TestNewTruth(t *testing.T) {
	truth, err := NewTruth("mine", Accuracy{Dataset: "pets", Model: `a"b`, Percent: 90}, Accuracy{Dataset: "pets", Model: "c,d\n", Percent: 80}, Accuracy{Dataset: "cars", Model: `a"b`, Percent: 70})
	if err != nil {
		t.Fatal(err)
	}
	if a, ok := truth.Accuracy("pets", `a"b`); !ok || a != 90 || len(truth.Models("pets")) != 2 {
		t.Errorf("accuracy %v, models %q", a, truth.Models("pets"))
	}
	if got := truth.Datasets(); len(got) != 2 || got[0] != "pets" {
		t.Errorf("datasets %q", got)
	}
	other, err := NewTruth("mine", Accuracy{Dataset: "pets", Model: `a"b`, Percent: 91})
	if err != nil || other.SHA256 == truth.SHA256 {
		t.Errorf("another truth has the same hash, %v", err)
	}
	one := func(dataset, model string, percent float64) Accuracy {
		return Accuracy{Dataset: dataset, Model: model, Percent: percent}
	}
	for _, bad := range [][]Accuracy{nil, {one("", "a", 1)}, {one("d", "", 1)}, {one("d", "a", math.NaN())}, {one("d", "a", math.Inf(1))}, {one("d", "a", 1), one("d", "a", 2)}} {
		if _, err := NewTruth("mine", bad...); err == nil || !strings.Contains(err.Error(), "ground truth mine") {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

// A part of a truth says of its datasets what the whole does, and parts make the whole.
func TestPartsOfTruth(t *testing.T) {
	whole, err := ReadTruth(strings.NewReader("dataset,model,sd,accuracy\npets,a,3,90\npets,b,4,91\ncars,a,0,80\n"), "t")
	if err != nil {
		t.Fatal(err)
	}
	part := whole.On([]string{"pets", "nosuch"})
	if sd, ok := part.Spread("pets"); !ok || !near(sd, math.Sqrt(12.5), 1e-15) || part.SHA256 != whole.SHA256 {
		t.Errorf("%+v", part)
	}
	if _, ok := part.Accuracy("cars", "a"); ok || len(part.Datasets()) != 1 {
		t.Errorf("a part has %q", part.Datasets())
	}
	joined := part.With(whole.On([]string{"cars"}))
	if d := cmp.Diff(whole.Accuracies, joined.Accuracies); d != "" || !cmp.Equal(whole.SD, joined.SD) || len(part.Datasets()) != 1 {
		t.Errorf("joined %+v: %s", joined, d)
	}
	if got := joined.With(whole).Datasets(); !slices.Equal(got, []string{"pets", "cars"}) {
		t.Errorf("what both know comes again: %q", got)
	}
}
