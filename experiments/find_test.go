package experiments

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// laid returns a folder with empty files.
func laid(t *testing.T, names ...string) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range names {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestFind(t *testing.T) {
	for _, c := range []struct {
		name             string
		files            []string
		features, labels string
		spec             Spec
		found            string // "model@dataset …", or the error behind "!"
		told             string
	}{
		{name: "plain", files: []string{"f/b.npy", "f/a.npy", "y.npy"}, features: "f/{model}.npy", labels: "y.npy", found: "a@y b@y"},
		{name: "hidden files", files: []string{"f/a.npy", "f/._a.npy", "f/.DS_Store.npy"}, features: "f/{model}.npy", labels: "y.npy", found: "a@y"},
		{name: "extensions in capitals", files: []string{"f/a.NPY", "f/b.npy", "f/b.NPY", "f/c.npy", "f/A_y.Npy"}, features: "f/{model}.npy", labels: "y.npy", found: "a@y b@y c@y", told: "not taken for features"},
		{name: "labels within features", files: []string{"f/a.csv", "f/b.csv"}, features: "f/{model}.csv:feat_*", labels: "f/a.csv:label", found: "a@a b@a"},
		{name: "brackets", files: []string{"f[1]/a*b.npy", "f1/c.npy"}, features: "f[1]/{model}.npy", labels: "y.npy", found: "a*b@y"},
		{name: "star", files: []string{"f/x/a.npy"}, features: "f/*/{model}.npy", labels: "y.npy", found: "!only {model} and {dataset} stand for names"},
		{name: "paths to clean", files: []string{"d/a.npy"}, features: "./d//x/../{model}.npy", labels: "y.npy", found: "a@y"},
		{name: "labels beside", files: []string{"d/a.npy", "d/labels.npy"}, features: "d/{model}.npy", labels: "d/labels.npy", found: "a@labels", told: "not taken for features: "},
		{name: "other labels beside", files: []string{"d/a.npy", "d/train_labels.npy", "d/y.npy"}, features: "d/{model}.npy", labels: "other.npy", found: "a@other", told: "not taken for features: "},
		{name: "outputs beside", files: []string{"d/a.npy", "d/a_output.npy"}, features: "d/{model}.npy", labels: "y.npy", spec: Spec{Outputs: "d/{model}_output.npy"}, found: "a@y"},
		{name: "owners", files: []string{"f/timm/a.b.npy", "f/google/c.npy"}, features: "f/{model}.npy", labels: "y.npy", found: "google/c@y timm/a.b@y", told: "names of models have folders in them"},
		{name: "owners, not where a file lies", files: []string{"f/a.npy", "f/old/b.npy"}, features: "f/{model}.npy", labels: "y.npy", found: "a@y"},
		{name: "listed models", files: []string{"f/a.npy", "f/b.npy"}, features: "f/{model}.npy", labels: "y.npy", spec: Spec{Models: []string{"timm/b", "a"}}, found: "timm/b@y a@y"},
		{name: "datasets of labels", files: []string{"m_x_a_b.npy", "m_x_c.npy", "a_b_y.npy", "c_y.npy"}, features: "{model}_{dataset}.npy", labels: "{dataset}_y.npy", found: "m_x@a_b m_x@c"},
		{name: "released layout", files: []string{"r/resnet34_cifar10_feature.npy", "r/resnet34_stanford_cars_feature.npy", "r/inception_v3_cifar10_feature.npy", "r/inception_v3_stanford_cars_feature.npy"},
			features: "r/{model}_{dataset}_feature.npy", labels: "r/{model}_{dataset}_label.npy",
			found: "inception_v3@cifar10 resnet34@cifar10 inception_v3@stanford_cars resnet34@stanford_cars", told: "taken for 2 models on 2 datasets"},
		{name: "two ways", files: []string{"a_b_c.npy", "d_b_c.npy"}, features: "{model}_{dataset}.npy", labels: "{model}_{dataset}_y.npy", found: "!can be split in several ways, a on b_c; or a_b on c"},
		{name: "two ways, datasets listed", files: []string{"a_b_c.npy", "d_b_c.npy"}, features: "{model}_{dataset}.npy", labels: "{model}_{dataset}_y.npy", spec: Spec{Datasets: []string{"b_c"}}, found: "a@b_c d@b_c"},
		{name: "a dataset within another", files: []string{"m_cars.npy", "m_stanford_cars.npy", "cars_y.npy", "stanford_cars_y.npy"}, features: "{model}_{dataset}.npy", labels: "{dataset}_y.npy", found: "m@cars m@stanford_cars"},
		{name: "one file of labels for several datasets", files: []string{"f/x/a.npy", "f/z/a.npy"}, features: "f/{dataset}/{model}.npy", labels: "y.npy", found: "!all would have the labels y.npy"},
		{name: "nothing", files: []string{"g/a.npy"}, features: "f/{model}.npy", labels: "y.npy", found: "!there is no folder"},
		{name: "joined", files: []string{"f/a_train.npy", "f/a_test.npy"}, features: "f/{model}_train.npy+f/{model}_test.npy", labels: "ytrain.npy+ytest.npy", found: "a@ytrain+ytest"},
		{name: "shards", files: []string{"s/a/p-1.npy", "s/b/p-1.npy"}, features: "s/{model}/*.npy", labels: "y.npy", found: "a@y b@y"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := c.spec
			s.Path = filepath.Join(laid(t, c.files...), "spec.yaml")
			s.Features, s.Labels = c.features, c.labels
			var told []string
			s.Told = func(text string) { told = append(told, text) }
			inputs, err := s.Inputs()
			want, refused := strings.CutPrefix(c.found, "!")
			if refused != (err != nil) {
				t.Fatalf("found %v, error %v", inputs, err)
			}
			if err != nil {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %v, want one with %q", err, want)
				}
				return
			}
			var found []string
			for _, in := range inputs {
				found = append(found, in.Model+"@"+in.Dataset)
			}
			if strings.Join(found, " ") != want {
				t.Errorf("found %s, want %s", found, want)
			}
			if !strings.Contains(strings.Join(told, "\n"), c.told) {
				t.Errorf("told %q, want %q", told, c.told)
			}
		})
	}
}

func TestListOfModels(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("models.csv", "model;features;labels;outputs\ntimm/a;x/a.npy;y.npy;\n010;x/b.npy;y.npy;x/o.npy\n")
	s := Spec{Path: filepath.Join(folder, "spec.yaml"), List: "models.csv"}
	inputs, err := s.Inputs()
	if err != nil {
		t.Fatal(err)
	}
	if len(inputs) != 2 || inputs[0].Model != "timm/a" || inputs[1].Model != "010" || inputs[1].Dataset != "y" || inputs[1].Outputs != filepath.Join(folder, "x/o.npy") || inputs[0].Outputs != "" {
		t.Errorf("listed %+v", inputs)
	}
	write("models.csv", "model,features,labels\na,x.npy,y.npy\na,z.npy,y.npy\n")
	if _, err := s.Inputs(); err == nil || !strings.Contains(err.Error(), "lists model a on dataset y twice") {
		t.Errorf("error %v", err)
	}
	write("models.csv", "name,file\na,x.npy\n")
	if _, err := s.Inputs(); err == nil || !strings.Contains(err.Error(), "a model, its features and labels are needed") {
		t.Errorf("error %v", err)
	}
}

// Labels of one dataset that lie in several files must be the same.
func TestLabelsOfEachModelMustAgree(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"a_x.csv": "1,2\n", "b_x.csv": "3,4\n", "a_y.csv": "0\n1\n0\n", "b_y.csv": "0\n1\n0\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := Spec{Path: filepath.Join(folder, "spec.yaml"), Features: "{model}_x.csv", Labels: "{model}_y.csv"}
	inputs, err := s.Inputs()
	if err != nil || len(inputs) != 2 || inputs[0].Dataset != inputs[1].Dataset {
		t.Errorf("%+v, %v", inputs, err)
	}
	if err := os.WriteFile(filepath.Join(folder, "b_y.csv"), []byte("0\n0\n1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Inputs(); err == nil || !strings.Contains(err.Error(), "must have the same labels, in the same order") {
		t.Errorf("error %v", err)
	}
}

func FuzzSplits(f *testing.F) {
	f.Add("f/{model}_{dataset}.npy", "f/a_b_c.npy")
	f.Add("{model}{model}", "aa")
	f.Fuzz(func(t *testing.T, pattern, path string) {
		if len(pattern) > 100 || len(path) > 40 {
			return
		}
		p := newPattern(pattern)
		for _, pair := range p.splits(path, false) {
			filled := strings.NewReplacer("{model}", pair.model, "{dataset}", pair.dataset).Replace(filepath.ToSlash(p.text))
			if filled != filepath.ToSlash(path) {
				t.Errorf("%q for %q gives %q", pair, path, filled)
			}
		}
	})
}

// TestLabelsAreToldOfTheFirstModel names the same file of labels, of several alike, whichever
// is read first.
func TestLabelsAreToldOfTheFirstModel(t *testing.T) {
	folder := t.TempDir()
	const n, models = 24, 12
	labels := rowsOf(n, 1, func(i, _ int) float64 { return float64(i % 3) })
	random := rand.New(rand.NewPCG(1, 2))
	for m := range models {
		features := rowsOf(n, 4, func(i, j int) float64 { return random.NormFloat64() })
		for name, text := range map[string]string{"x": features, "y": labels} {
			if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("m%02d_%s.csv", m, name)), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 10 {
		spec := Spec{Path: filepath.Join(folder, "spec.yaml"), Features: "{model}_x.csv", Labels: "{model}_y.csv", Datasets: []string{"d"}, Metrics: []Entry{{Metric: "ncm"}}}
		var mu sync.Mutex
		var told []string
		spec.Told = func(text string) {
			mu.Lock()
			defer mu.Unlock()
			if strings.Contains(text, "taken for 3 classes") {
				told = append(told, text)
			}
		}
		if _, err := Run(t.Context(), &spec, Options{}); err != nil {
			t.Fatal(err)
		}
		if len(told) != 1 || !strings.Contains(told[0], "m00_y.csv") {
			t.Fatalf("told %q, want once of m00_y.csv", told)
		}
	}
}
