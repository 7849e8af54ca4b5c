package results

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTablesAsPeopleWriteThem(t *testing.T) {
	for name, text := range map[string]string{
		"long":                 "dataset,model,accuracy\nA b,m,90.5\nA b,n,80\nC,m,70\n",
		"byte order mark":      "\ufeffdataset,model,accuracy\nA b,m,90.5\nA b,n,80\nC,m,70\n",
		"capitals":             "Dataset,Model,Accuracy\nA b,m,90.5\nA b,n,80\nC,m,70\n",
		"tabs":                 "dataset\tmodel\taccuracy\nA b\tm\t90.5\nA b\tn\t80\nC\tm\t70\n",
		"decimal commas":       "dataset;model;accuracy\nA b;m;90,5\nA b;n;80\nC;m;70\n",
		"percent signs":        "dataset,model,accuracy\nA b,m,90.5%\nA b,n,80 %\nC,m,70%\n",
		"spread":               "dataset,model,accuracy\nA b,m,90.5 ± 0.3\nA b,n,80+-1\nC,m,70+/-2\n",
		"a column a dataset":   "model,A b,C\nm,90.5,70\nn,80,–\n",
		"a column a model":     "dataset,m,n\nA b,90.5,80\nC,70,\n",
		"wide, with its sd":    "model,A b,C\nm,90.5 ± 0.3,70 ± 1\nn,80 ± 2,-\n",
		"blanks behind":        "dataset,model,accuracy\nA b,m,90.5 \nA b,n,80\t\nC,m, 70 \n",
		"commas in quotes":     "model,A b,C\nm,\"90,5\",70\nn,80,-\n",
		"told to Excel":        "sep=;\r\nmodel;A b;C\r\nm;90,5;70\r\nn;80;-\r\n",
		"wide, with all there": "model;A b;C\r\nm;90,5 %;70 %\r\nn;80 %;\r\n",
	} {
		truth, err := ReadTruth(strings.NewReader(text), name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, c := range []struct {
			dataset, model string
			want           float64
		}{{"A b", "m", 90.5}, {"A b", "n", 80}, {"C", "m", 70}} {
			if got, ok := truth.Accuracy(c.dataset, c.model); !ok || got != c.want {
				t.Errorf("%s: accuracy of %s on %s is %g, want %g", name, c.model, c.dataset, got, c.want)
			}
		}
		if _, ok := truth.Accuracy("C", "n"); ok {
			t.Errorf("%s: an accuracy that is not there", name)
		}
		if _, ok := truth.Spread("A b"); ok != (strings.Contains(text, "±")) {
			t.Errorf("%s: spread %v", name, ok)
		}
	}
	for text, want := range map[string]string{
		"dataset,model,accuracy\nA,m,90%\nA,n,0.8\n": "have a percent sign and 1 have none",
		"model,A\nm,0.912\nn,88\n":                   "accuracy 0.912 beside others up to 88: are some fractions",
		",m,n\nA,90,80\n":                            "the first column has no heading: write dataset or model there",
		"model;A\nm;90 \xb1 1\n":                     "not text in UTF-8",
		"model,A,note\nm,90,good\n":                  `row 1 has "good" under "note"`,
		"name,A\nm,90\n":                             `no column "dataset"`,
		"model,acc\nm,90\n":                          `no column "dataset"`,
		"dataset,model,acc,top1\nA,m,90,90\n":        `no column "accuracy"`,
		"dataset,model,accuracy\nA,m,high\n":         `accuracy "high" is not a finite number`,
		"dataset,model,accuracy\nA,m,9_1\n":          `accuracy "9_1" is not a finite number`,
		"dataset;model;accuracy\nA;m;9,5\nA;n;1.234": "column accuracy has 9,5 and 1.234: is the comma or the point the decimal sign?",
		"model,A\nm,\"9,5 ± 0.5\"\n":                 "column accuracy has 9,5 and 0.5",
		"dataset,model,accuracy,sd\nA,m,9 ± 1,2\n":   "spreads behind its numbers, and there is a column sd",
		"dataset,model,accuracy,Accuracy\nA,m,9,8\n": `there are two columns "accuracy"`,
		"dataset,model,accuracy,a,a\nA,m,9,8,7\n":    `there are two columns "a"`,
		"dataset,model,accuracy\nA,m,9\nA,m ,8\n":    "line 3: A, m is already in line 2",
	} {
		if _, err := ReadTruth(strings.NewReader(text), "t"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %q", text, err, want)
		}
	}
}

func TestReleasedScores(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "sfda")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "cifar10_metrics.json")
	if err := os.WriteFile(path, []byte(`{"resnet50": 0.61, "inception_v3": 0.7}`), 0o644); err != nil {
		t.Fatal(err)
	}
	frame, err := LoadScores(path)
	if err != nil {
		t.Fatal(err)
	}
	scores, err := ScoresOf(frame)
	want := Score{Dataset: "cifar10", Model: "inception_v3", Metric: "sfda", Value: 0.7}
	if err != nil || len(scores) != 2 || scores[0].Model != want.Model || scores[0].Dataset != want.Dataset || scores[0].Metric != want.Metric || scores[0].Value != want.Value {
		t.Errorf("%+v, %v, want %+v first", scores, err, want)
	}
}

func FuzzTidy(f *testing.F) {
	for _, text := range []string{"model,A,B\nm,1,2\n", "dataset;model;accuracy\na;b;1,5\n", "dataset,model,accuracy\na,b,1 ± 2\n", "\"", ";\n\t"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(_ *testing.T, text []byte) {
		_, _ = ReadTruth(strings.NewReader(string(text)), "t")
		_, _ = ReadScores(strings.NewReader(string(text)))
	})
}

func TestNamesThatDifferInWriting(t *testing.T) {
	truth, err := ReadTruth(strings.NewReader("dataset,model,accuracy\nCIFAR-10,ResNet-50,90\nCIFAR-10,vgg_16,80\nCIFAR-10,a-b,70\nCIFAR-10,ab,60\n"), "t")
	if err != nil {
		t.Fatal(err)
	}
	scores := Scores{
		{Dataset: "cifar10", Model: "resnet_50", Metric: "x", Value: 1},
		{Dataset: "cifar10", Model: "vgg_16", Metric: "x", Value: 2},
		{Dataset: "cifar10", Model: "A_B", Metric: "x", Value: 3}, // a-b or ab
	}
	aligned, told := scores.Aligned(truth)
	if aligned[0].Dataset != "CIFAR-10" || aligned[0].Model != "ResNet-50" || aligned[1].Model != "vgg_16" || aligned[2].Model != "A_B" {
		t.Errorf("aligned %+v", aligned)
	}
	if len(told) != 2 || !strings.Contains(told[0], "dataset cifar10 is taken for the ground truth's CIFAR-10") {
		t.Errorf("told %q", told)
	}
	if err := aligned.NothingInCommon(truth); err != nil {
		t.Error(err)
	}
	other := Scores{{Dataset: "CIFAR-10", Model: "resnet50.npy", Metric: "x", Value: 1}}
	if err := other.NothingInCommon(truth); err == nil || !strings.Contains(err.Error(), `the nearest is "ResNet-50"`) {
		t.Errorf("error %v", err)
	}
}

func TestReadingOfATruthIsTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.csv")
	for _, c := range []struct {
		text, want string
		accuracy   float64 // of m on A
	}{
		{"dataset,model,accuracy\nA,m,1.5\n", "", 1.5},
		{"Model,A,B\nm,71,2\n", "with a column for each dataset", 71},
		{"dataset;m;n\nA;71;2\n", "with a column for each model", 71},
		{"network,A\nm,71\n", `has no column model: "network" is taken for it`, 71},
		{"Data set,model,Acc@1\nA,m,71\n", `has no column accuracy: "Acc@1" is taken for it`, 71},
		{"dataset,Architecture,Top-1 Acc. (%)\nA,m,71%\n", `"Top-1 Acc. (%)" is taken for it`, 71},
		{"dataset,model,accuracy\nA,m,0.57\nA,n,1\nB,m,0\n", "has accuracies between 0 and 1: they are read as shares, 57 to 100 %", 57},
		{"model,A\nm,0.57 ± 0.01\nn,7.1e-1 ± 0.02\n", "are read as shares", 57},
		{"model,params_m,A\nm,25,71\n", "with a column for each dataset: params_m, A", 71},
		{"dataset;model;accuracy\nA;m;71,234\n", "has decimal commas: 71,234 is read as 71.234", 71.234},
		{"dataset,model,accuracy\nA,m,71 ± 1\nA,n,72\n", "has a spread behind 1 of 2 numbers: it is left out", 71},
	} {
		if err := os.WriteFile(path, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		truth, err := LoadTruth(path)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if told := strings.Join(truth.Told, "\n"); (told == "") != (c.want == "") || !strings.Contains(told, c.want) {
			t.Errorf("%q: told %q, want %q", c.text, told, c.want)
		}
		if got, _ := truth.Accuracy("A", "m"); got != c.accuracy {
			t.Errorf("%q: accuracy %v, want %v", c.text, got, c.accuracy)
		}
		if sd, ok := truth.Spread("A"); ok && (sd < 1 || sd > 2) {
			t.Errorf("%q: spread %v, want that of 1 and 2 points", c.text, sd)
		}
	}
	if err := os.WriteFile(path, []byte("dataset,model,logme\nA,m,1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, told, err := LoadScoresTold(path); err != nil || len(told) != 1 || !strings.Contains(told[0], "with a column for each metric") {
		t.Errorf("told of scores %q", told)
	}
}
