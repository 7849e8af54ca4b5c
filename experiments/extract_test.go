package experiments_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sfdalab/experiments"
	"sfdalab/experiments/plan"
	"sfdalab/extract"
	"sfdalab/extract/onnx/onnxtest"
	"sfdalab/internal/onnxruntime"
	"sfdalab/results/record"
	"sfdalab/tracking"
)

// fromImages is a spec in a folder with images and two networks.
func fromImages(t *testing.T, more string) *experiments.Spec {
	t.Helper()
	folder := t.TempDir()
	onnxtest.Classifier(1).Write(t, folder, "one.onnx")
	onnxtest.Classifier(2).Write(t, folder, "two.onnx")
	if err := os.Rename(onnxtest.Photos(t, 8, "cat", "dog"), filepath.Join(folder, "photos")); err != nil {
		t.Fatal(err)
	}
	spec, err := experiments.Parse("metrics: [logme, leep]\nextract:\n  networks: '{model}.onnx'\n  images: photos\n"+more, filepath.Join(folder, "spec.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(onnxruntime.Variable, onnxtest.Library(t).Path)
	return spec
}

func TestExtractThenScore(t *testing.T) {
	spec := fromImages(t, "")
	store, err := tracking.Create(filepath.Join(t.TempDir(), "lab.db"))
	if err != nil {
		t.Fatal(err)
	}
	run := func() (result *experiments.Result, reused int) {
		t.Helper()
		result, err := experiments.Run(t.Context(), spec, experiments.Options{Store: store, Extract: extract.Options{Say: func(text string) {
			if strings.HasSuffix(text, "there already") {
				reused++
			}
		}}})
		if err != nil || len(result.Cells) != 4 || len(result.Failed()) > 0 {
			t.Fatalf("%v, %v", err, result.Failures())
		}
		return result, reused
	}
	first, reused := run()
	if s := record.Extraction(first.Images); len(first.Images) != 1 || first.Images[0].Networks != 2 || s <= 0 {
		t.Errorf("extraction took %v s a network, of %+v", s, first.Images)
	}
	if reused != 0 || first.Reused != 0 {
		t.Errorf("the first time, %d features and %d scores were there", reused, first.Reused)
	}
	recorded, err := store.Run(first.Run)
	if err != nil || len(recorded.Layout.Images) != 1 || recorded.Layout.Images[0].String() != "all of photos (16)" {
		t.Errorf("the run does not record its images: %v, %+v", err, recorded.Layout)
	}
	rec := first.Record()
	tables, _, err := rec.Tables(false)
	if err != nil || !strings.HasPrefix(tables[0].Caption, "Scores on photos. Images: all of photos (16); ") {
		t.Errorf("the table does not say of which images it is: %v, %q", err, tables[0].Caption)
	}
	if again, reused := run(); reused != 2 || again.Reused != 4 {
		t.Errorf("the second time, %d of 2 features and %d of 4 scores were there", reused, again.Reused)
	}
	spec.Extract.Transform = "logme"
	if other, reused := run(); reused != 0 || other.Reused != 0 || other.Cells[0].ID == first.Cells[0].ID {
		t.Errorf("with another transform, %d features and %d scores were taken", reused, other.Reused)
	}
}

// What a table says of networks counts for more than what their files say.
func TestFactsOfNetworks(t *testing.T) {
	spec := fromImages(t, "truth: t.csv\nfacts: facts.csv\n")
	folder := filepath.Dir(spec.Path)
	larger := onnxtest.Classifier(3)
	for i, shape := range [][]int64{{8, 3, 5, 5}, {8, 5}} {
		larger.Weights[i].Shape = shape
		larger.Weights[i].Floats = slices.Repeat(larger.Weights[i].Floats, 2)
	}
	larger.Write(t, folder, "resnet50.onnx") // a name of which facts are built in
	for name, text := range map[string]string{
		"t.csv":     "dataset,model,accuracy\nphotos,one,1\nphotos,two,2\nphotos,resnet50,3\n",
		"facts.csv": "model,imagenet_top1,params_m\ntwo,50,7\none,60,\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	result, err := experiments.Run(t.Context(), spec, experiments.Options{Extract: extract.Options{Folder: t.TempDir()}})
	if err != nil || len(result.Failed()) > 0 {
		t.Fatalf("%v, %v", err, result.Failures())
	}
	rec := result.Record()
	got := map[string]map[string]float64{}
	for _, b := range rec.Baselines[rec.Truths[0].SHA256] {
		got[b.Name] = b.Values[""]
	}
	multiplyAdds := func(width float64) float64 { return (width*28*28*(3*5*5) + width*5) / 1e9 }
	want := map[string]map[string]float64{
		"imagenet_top1": {"one": 60, "two": 50, "resnet50": 76.13},
		"params_m":      {"one": 325e-6, "two": 7, "resnet50": 645e-6},
		"gmacs":         {"one": multiplyAdds(4), "two": multiplyAdds(4), "resnet50": multiplyAdds(8)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Labels of images are classes, however many there are.
func TestImagesOfManyClasses(t *testing.T) {
	spec := fromImages(t, "")
	var classes []string
	for i := range 60 {
		classes = append(classes, fmt.Sprintf("c%02d", i))
	}
	spec.Extract.Images = onnxtest.Photos(t, 2, classes...)
	result, err := experiments.Run(t.Context(), spec, experiments.Options{Extract: extract.Options{Folder: t.TempDir()}})
	if err != nil || len(result.Cells) != 4 || len(result.Failed()) > 0 {
		t.Errorf("%v, %v", err, result.Failures())
	}
}

func TestImagesOfEachDataset(t *testing.T) {
	spec := fromImages(t, "")
	spec.Extract.Images = "{dataset}/images"
	folder := filepath.Dir(spec.Path)
	for _, name := range []string{"pets", "birds"} {
		if err := os.MkdirAll(filepath.Join(folder, name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(onnxtest.Photos(t, 8, "cat", "dog"), filepath.Join(folder, name, "images")); err != nil {
			t.Fatal(err)
		}
	}
	result, err := experiments.Run(t.Context(), spec, experiments.Options{Extract: extract.Options{Folder: t.TempDir()}})
	if err != nil || len(result.Cells) != 8 || len(result.Failed()) > 0 || result.Cells[0].Dataset != "birds" || result.Cells[7].Dataset != "pets" {
		t.Errorf("%v, %v", err, result.Failures())
	}
}

func TestANetworkThatCannotRunCostsItsOwnCells(t *testing.T) {
	spec := fromImages(t, "")
	if err := os.WriteFile(filepath.Join(filepath.Dir(spec.Path), "bad.onnx"), []byte("no network"), 0o644); err != nil {
		t.Fatal(err)
	}
	result, err := experiments.Run(t.Context(), spec, experiments.Options{Extract: extract.Options{Folder: t.TempDir()}})
	if err != nil || len(result.Cells) != 6 || len(result.Failed()) != 2 || result.Failed()[0].Model != "bad" {
		t.Errorf("%v, %v", err, result.Failures())
	}
}

// TestRankWhatIsExtracted interrupts a ranking, or ends its time, when the features of one
// network are there.
func TestRankWhatIsExtracted(t *testing.T) {
	for _, store := range []string{"", filepath.Join(t.TempDir(), "lab.db")} {
		spec := fromImages(t, "")
		ctx, stop := context.WithCancel(t.Context())
		o := experiments.RankOptions{Ensemble: 3}
		if store != "" {
			var err error
			if o.Store, err = tracking.Create(store); err != nil {
				t.Fatal(err)
			}
		}
		o.Extract = extract.Options{Folder: t.TempDir(), Say: func(text string) {
			if strings.HasPrefix(text, "one: features") {
				stop()
			}
		}}
		rankings, err := experiments.Rank(ctx, spec, o)
		if !errors.Is(err, context.Canceled) || len(rankings) != 1 {
			t.Fatalf("%d rankings, %v", len(rankings), err)
		}
		r := rankings[0]
		if len(r.Models) != 1 || r.Models[0].Model != "one" || !strings.Contains(r.Stopped, "two is not extracted") {
			t.Errorf("stopped: %q, models %+v", r.Stopped, r.Models)
		}
	}
}

func TestTimeBeforeExtraction(t *testing.T) {
	spec := fromImages(t, "")
	rankings, err := experiments.Rank(t.Context(), spec, experiments.RankOptions{Options: experiments.Options{Extract: extract.Options{Folder: t.TempDir()}}, Time: 1})
	if rankings != nil || err == nil || !strings.Contains(err.Error(), "was over before the features of any model were ready") {
		t.Errorf("%d rankings, %v", len(rankings), err)
	}
}

func TestPlanOfExtraction(t *testing.T) {
	spec := fromImages(t, "  device: cuda\n")
	p, err := experiments.Plan(t.Context(), spec, nil)
	if err != nil || len(p.Tasks) != 4 || p.Needs().GPUs != 1 || p.Pieces() != 2 || p.Results() != 4 {
		t.Fatalf("%v, %+v", err, p)
	}
	for i, model := range []string{"one", "two"} {
		maker, task := p.Tasks[2*i], p.Tasks[2*i+1]
		if want := (plan.Key{Kind: plan.Extract, Model: model, Dataset: "photos"}); maker.Key != want || task.After[0] != want || task.Kind != plan.Score {
			t.Errorf("%+v makes the features of %+v", maker, task)
		}
	}
}

func TestShardsExtractTheirOwnPart(t *testing.T) {
	spec := fromImages(t, "")
	store := filepath.Join(t.TempDir(), "lab.db")
	for i := range 2 {
		result, err := experiments.RunShard(t.Context(), spec, experiments.Shard{Index: i + 1, Count: 2}, store, nil)
		if err != nil || len(result.Cells) != 2 || len(result.Failed()) > 0 {
			t.Fatalf("%v, %+v", err, result)
		}
	}
	if kept, _ := filepath.Glob(filepath.Join(experiments.FeatureFolder(store), "*", "*_feature.npy")); len(kept) != 2 {
		t.Errorf("%d of 2 feature files", len(kept))
	}
}

func TestExtractIsDescribedWrongly(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"extract: {images: p}", "the key networks is missing"},
		{"extract: {networks: n.onnx}", "give either images, or root"},
		{"extract: {networks: n.onnx, images: p, root: r}", "give either images, or root"},
		{"extract: {networks: n.onnx, root: r}", "under the key datasets"},
		{"datasets: [pets, dtd]\nextract: {networks: n.onnx, root: r}", "write {dataset} into the place"},
		{"datasets: [pet]\nextract: {networks: n.onnx, root: r}", `the nearest is "pets"`},
		{"extract: {networks: n.onnx, images: p, pool: median}", "mean, max or cls"},
		{"extract: {networks: n.onnx, images: p, device: gpu}", "cpu or cuda"},
		{"extract: {networks: n.onnx, images: p, pol: max}", `unknown key "pol"`},
		{"features: f.npy\nextract: {networks: n.onnx, images: p}", "leave out their keys"},
		{"datasets: [pets]\nextract: {networks: n.onnx, root: r, split: {dtd: train}}", "dtd is not among the datasets"},
	} {
		_, err := experiments.Parse("metrics: [logme]\n"+c.text+"\n", "spec.yaml")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.text, err)
		}
	}
}

func TestEachDatasetHasItsSplit(t *testing.T) {
	spec, err := experiments.Parse(`
metrics: [logme]
datasets: [pets, dtd, cars]
extract: {networks: n.onnx, root: "{dataset}", split: {pets: train, dtd: etran}}
`, "spec.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if want := (experiments.Splits{"pets": "train", "dtd": "etran"}); !maps.Equal(spec.Extract.Split, want) {
		t.Errorf("%v", spec.Extract.Split)
	}
}

// A spec of files whose features are extracted says so in its text, which runs record.
func TestSpecOfFilesFromImages(t *testing.T) {
	for _, name := range []string{"supervised", "self-supervised", "vit"} {
		spec, err := experiments.Load("specs/paper-" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		from, err := spec.FromImages(experiments.Extraction{Networks: "/onnx/{model}.onnx", Root: "/data/{dataset}", Split: experiments.Splits{"": "sfda"}, Transform: "sfda", Layer: "features"})
		if err != nil {
			t.Fatal(err)
		}
		again, err := experiments.Parse(from.Text, from.Path)
		if err != nil {
			t.Fatal(err)
		}
		x := again.Extract
		if x.Networks != "/onnx/{model}.onnx" || x.Root != "/data/{dataset}" || x.Split[""] != "sfda" || x.Layer != "features" || again.Features != "" {
			t.Errorf("%s: %+v", name, x)
		}
		if len(again.Metrics) != len(spec.Metrics) || !slices.Equal(again.Models, spec.Models) || again.Truth != spec.Truth {
			t.Errorf("%s: the rest of the spec changed:\n%s", name, from.Text)
		}
	}
}

// The paper from its data on, in miniature: two networks, one of its datasets.
func TestPaperFromItsData(t *testing.T) {
	folder := fromImages(t, "")
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "dtd", "labels"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(filepath.Dir(folder.Path), "photos"), filepath.Join(root, "dtd", "images")); err != nil {
		t.Fatal(err)
	}
	for split, from := range map[string]int{"train": 0, "val": 3, "test": 6} {
		var list strings.Builder
		for _, class := range []string{"cat", "dog"} {
			for i := from; i < min(from+3, 8); i++ {
				fmt.Fprintf(&list, "%s/%03d.png\n", class, i)
			}
		}
		if err := os.WriteFile(filepath.Join(root, "dtd", "labels", split+"1.txt"), []byte(list.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	networks := filepath.Dir(folder.Path)
	for was, name := range map[string]string{"one": "resnet34", "two": "resnet50"} {
		if err := os.Rename(filepath.Join(networks, was+".onnx"), filepath.Join(networks, name+".onnx")); err != nil {
			t.Fatal(err)
		}
	}
	spec, err := experiments.Parse("features: '{model}.npy'\nlabels: l.npy\ndatasets: [dtd]\ntruth: supervised\nmetrics: [logme, {metric: leep, params: {likelihood: probability}, name: LEEP}]\n", filepath.Join(networks, "paper.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if spec, err = spec.FromImages(experiments.Extraction{Networks: filepath.Join(networks, "{model}.onnx"), Root: filepath.Join(root, "{dataset}"), Split: experiments.Splits{"": "sfda"}}); err != nil {
		t.Fatal(err)
	}
	result, err := experiments.Run(t.Context(), spec, experiments.Options{Extract: extract.Options{Folder: t.TempDir()}})
	if err != nil || len(result.Failed()) > 0 {
		t.Fatalf("%v, %v", err, result.Failures())
	}
	if got := result.Images[0].String(); got != "train+test+val of dtd (16)" {
		t.Errorf("the images are %s", got)
	}
	rec := result.Record()
	findings, err := rec.Published()
	if err != nil || len(findings) != 2 {
		t.Fatalf("%v, %+v", err, findings)
	}
	for i, want := range []string{"LEEP on dtd", "LogME on dtd"} {
		if findings[i].What != want || findings[i].Note == "" {
			t.Errorf("%+v is not %s with the reason of its difference", findings[i], want)
		}
	}
}
