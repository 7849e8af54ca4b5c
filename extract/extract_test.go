package extract_test

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sfdalab/extract"
	"sfdalab/extract/datasets"
	"sfdalab/extract/onnx/onnxtest"
	"sfdalab/extract/transform"
	"sfdalab/internal/onnxruntime"
)

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// small is a transform to 32×32 pixels, so that tests are quick.
func small(string) (transform.Transform, error) {
	t, err := transform.Named("torchvision")
	t.Width, t.Height, t.CropWidth, t.CropHeight = 36, 36, 32, 32
	return t, err
}

// options extract by all networks of a folder to a new one.
func options(t testing.TB, networks string) extract.Options {
	return extract.Options{
		Networks: filepath.Join(networks, "{model}.onnx"), Folder: filepath.Join(t.TempDir(), "out"),
		Transform: small, Runtime: onnxtest.Library(t).Path, NetworkOptions: extract.NetworkOptions{Threads: 1},
	}
}

func run(t testing.TB, images string, o extract.Options) ([]string, error) {
	t.Helper()
	d, err := datasets.Folder(images)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	o.Say = func(text string) { said = append(said, text) }
	return said, extract.Run(context.Background(), d, o)
}

func mustRun(t testing.TB, images string, o extract.Options) []string {
	t.Helper()
	said, err := run(t, images, o)
	if err != nil {
		t.Fatal(err)
	}
	return said
}

func provenance(t testing.TB, path string) (p extract.Provenance) {
	t.Helper()
	if err := json.Unmarshal(read(t, path), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRun(t *testing.T) {
	networks := t.TempDir()
	onnxtest.Classifier(1).Write(t, networks, "a.onnx")
	onnxtest.Classifier(2).Write(t, networks, "b.onnx")
	images := onnxtest.Photos(t, 10, "cat", "dog", "Emu")
	o := options(t, networks)
	mustRun(t, images, o)

	var files []string
	entries, err := os.ReadDir(o.Folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		files = append(files, e.Name())
	}
	want := []string{
		"a_photos.json", "a_photos_feature.npy", "a_photos_output.npy",
		"b_photos.json", "b_photos_feature.npy", "b_photos_output.npy",
		"photos_label.npy", "photos_samples.csv",
	}
	if diff := cmp.Diff(want, files); diff != "" {
		t.Error(diff)
	}
	samples := strings.Split(string(read(t, filepath.Join(o.Folder, "photos_samples.csv"))), "\n")
	if diff := cmp.Diff([]string{"path,class,split", "Emu/000.png,Emu,"}, samples[:2]); diff != "" {
		t.Error(diff)
	}
	p := provenance(t, filepath.Join(o.Folder, "a_photos.json"))
	if p.Rows != 30 || p.Columns != 4 || p.Outputs != 5 || p.Inputs.Layer != "h" || p.Inputs.Logits != "y" || len(p.Inputs.Images) != 30 {
		t.Errorf("%+v", p)
	}

	before := read(t, filepath.Join(o.Folder, "a_photos_feature.npy"))
	blocks := filepath.Join(o.Folder, ".a_photos.blocks") // as after a kill at the very end
	if err := os.Mkdir(blocks, 0o755); err != nil {
		t.Fatal(err)
	}
	said := mustRun(t, images, o)
	if !slices.Contains(said, "a: the features are there already") {
		t.Errorf("computed again: %q", said)
	}
	if _, err := os.Stat(blocks); !os.IsNotExist(err) {
		t.Errorf("blocks of finished features are left: %v", err)
	}
	o.Transform = func(string) (transform.Transform, error) { return transform.Named("sfda") }
	if _, err := run(t, images, o); err == nil || !strings.Contains(err.Error(), "another transform") {
		t.Errorf("features of another transform are replaced: %v", err)
	}
	if !bytes.Equal(before, read(t, filepath.Join(o.Folder, "a_photos_feature.npy"))) {
		t.Error("the features changed")
	}
}

func TestWorkersDoNotChangeBits(t *testing.T) {
	networks := t.TempDir()
	onnxtest.Classifier(1).Write(t, networks, "a.onnx")
	images := onnxtest.Photos(t, 150, "cat", "dog")
	var first []byte
	for _, c := range []struct{ workers, threads int }{{1, 1}, {3, 1}, {2, 2}} {
		o := options(t, networks)
		o.Workers, o.Threads = c.workers, c.threads
		mustRun(t, images, o)
		got := append(read(t, filepath.Join(o.Folder, "a_photos_feature.npy")), read(t, filepath.Join(o.Folder, "a_photos_output.npy"))...)
		if first == nil {
			first = got
		}
		if !bytes.Equal(first, got) {
			t.Errorf("%d workers, %d threads: other bits", c.workers, c.threads)
		}
	}
}

func TestBadImages(t *testing.T) {
	networks := t.TempDir()
	onnxtest.Classifier(1).Write(t, networks, "a.onnx")
	onnxtest.Classifier(2).Write(t, networks, "b.onnx")
	images := onnxtest.Photos(t, 10, "cat", "dog")
	broken := filepath.Join(images, "cat", "004.png")
	write(t, broken, read(t, broken)[:100])
	o := options(t, networks)
	if _, err := run(t, images, o); err == nil || !strings.Contains(err.Error(), "cat/004.png") || !strings.Contains(err.Error(), "--skip-bad") {
		t.Fatalf("error %v", err)
	}
	o.SkipBad = true
	mustRun(t, images, o)
	for _, model := range []string{"a", "b"} {
		p := provenance(t, filepath.Join(o.Folder, model+"_photos.json"))
		if p.Rows != 19 || len(p.LeftOut) != 1 || p.LeftOut[0].Path != "cat/004.png" {
			t.Errorf("%s: %d rows, left out %v", model, p.Rows, p.LeftOut)
		}
	}
	if list := string(read(t, filepath.Join(o.Folder, "photos_samples.csv"))); strings.Contains(list, "004.png,cat") || strings.Count(list, "\n") != 20 {
		t.Errorf("samples:\n%s", list)
	}
}

func TestDuplicatesAreTold(t *testing.T) {
	networks := t.TempDir()
	onnxtest.Classifier(1).Write(t, networks, "a.onnx")
	images := onnxtest.Photos(t, 4, "cat", "dog")
	write(t, filepath.Join(images, "dog", "copy.png"), read(t, filepath.Join(images, "cat", "001.png")))
	said := mustRun(t, images, options(t, networks))
	want := "cat/001.png (class cat) and dog/copy.png (class dog) are the same image"
	if !slices.Contains(said, want) {
		t.Errorf("%q", said)
	}
}

func TestOtherSamplesAreRefused(t *testing.T) {
	networks := t.TempDir()
	onnxtest.Classifier(1).Write(t, networks, "a.onnx")
	images := onnxtest.Photos(t, 4, "cat", "dog")
	o := options(t, networks)
	mustRun(t, images, o)
	if err := os.Remove(filepath.Join(images, "dog", "002.png")); err != nil {
		t.Fatal(err)
	}
	if _, err := run(t, images, o); err == nil || !strings.Contains(err.Error(), "lists other samples") {
		t.Errorf("error %v", err)
	}
}

func TestOneClassIsRefused(t *testing.T) {
	networks := t.TempDir()
	onnxtest.Classifier(1).Write(t, networks, "a.onnx")
	if _, err := run(t, onnxtest.Photos(t, 3, "cat"), options(t, networks)); err == nil || !strings.Contains(err.Error(), "one class") {
		t.Errorf("error %v", err)
	}
}

func TestNetworksThatCannotBeRead(t *testing.T) {
	bytes := onnxtest.Classifier(1)
	bytes.Inputs[0].Type = onnxruntime.Uint8
	two := onnxtest.Classifier(1)
	two.Inputs = append(two.Inputs, onnxtest.Value{Name: "z", Shape: []int64{-1, 3, 8, 8}})
	text := onnxtest.Classifier(1)
	text.Inputs = append(text.Inputs, onnxtest.Value{Name: "ids", Type: onnxruntime.Int64, Shape: []int64{-1, 77}})
	last := onnxtest.Classifier(1)
	last.Inputs[0].Shape = []int64{-1, 224, 224, 3}
	fixed := onnxtest.Classifier(1)
	fixed.Inputs[0].Shape = []int64{-1, 3, 299, 299}
	many := onnxtest.Classifier(1)
	many.Inputs[0].Shape = []int64{1e9, 3, 32, 32}
	infinite := onnxtest.Classifier(1)
	infinite.Weights[0].Floats[0] = float32(math.Inf(1))
	headless := onnxtest.Classifier(1)
	headless.Outputs[0].Name, headless.Nodes = "h", headless.Nodes[:4]
	for _, c := range []struct {
		name  string
		graph onnxtest.Graph
		want  string
	}{
		{"uint8", bytes, "uint8"},
		{"two inputs", two, "2 inputs"},
		{"text", text, "takes text"},
		{"channels last", last, "channels first"},
		{"fixed size", fixed, "299×299"},
		{"a billion images at once", many, "of more than 4096 images"},
		{"infinite weights", infinite, "not finite"},
		{"no classifier", headless, "--layer h takes the output itself"},
	} {
		t.Run(c.name, func(t *testing.T) {
			networks := t.TempDir()
			c.graph.Write(t, networks, "a.onnx")
			if _, err := run(t, onnxtest.Photos(t, 2, "cat", "dog"), options(t, networks)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

// TestCUDA says ONNX Runtime's own reason where the library has been built without CUDA.
func TestCUDA(t *testing.T) {
	networks := t.TempDir()
	onnxtest.Classifier(1).Write(t, networks, "m.onnx")
	o := options(t, networks)
	o.Device = "cuda"
	_, err := run(t, onnxtest.Photos(t, 1, "a", "b"), o)
	if err == nil {
		t.Skip("ONNX Runtime has CUDA here")
	}
	if !strings.Contains(err.Error(), "cannot use CUDA: CUDA execution provider is not enabled in this build: install it with CUDA") {
		t.Error(err)
	}
}

func TestLayersAndPools(t *testing.T) {
	networks := t.TempDir()
	onnxtest.Classifier(1).Write(t, networks, "a.onnx")
	images := onnxtest.Photos(t, 5, "cat", "dog")
	o := options(t, networks)
	mustRun(t, images, o)
	features := read(t, filepath.Join(o.Folder, "a_photos_feature.npy"))

	o = options(t, networks)
	o.Layer = "r"
	if _, err := run(t, images, o); err == nil || !strings.Contains(err.Error(), "--pool") {
		t.Errorf("error %v", err)
	}
	o.Pool = extract.MeanPool
	mustRun(t, images, o)
	// The mean over positions is what the network's own pooling computes, but for rounding.
	near(t, floats(features), floats(read(t, filepath.Join(o.Folder, "a_photos_feature.npy"))), 1e-6)
	if p := provenance(t, filepath.Join(o.Folder, "a_photos.json")); p.Outputs != 5 {
		t.Errorf("%d outputs", p.Outputs)
	}
	layers, err := extract.Layers(onnxtest.Library(t), filepath.Join(networks, "a.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	want := extract.Layer{Name: "h", Op: "Flatten", Shape: "?×4", Taken: true}
	if !slices.Contains(layers, want) {
		t.Errorf("%v", layers)
	}
}

func TestFixedBatch(t *testing.T) {
	images := onnxtest.Photos(t, 9, "cat", "dog")
	var all [][]float32
	for _, batch := range []int64{-1, 1, 5} {
		networks := t.TempDir()
		g := onnxtest.Classifier(1)
		g.Inputs[0].Shape = []int64{batch, 3, 32, 32}
		g.Write(t, networks, "a.onnx")
		o := options(t, networks)
		mustRun(t, images, o)
		all = append(all, floats(read(t, filepath.Join(o.Folder, "a_photos_feature.npy"))))
	}
	near(t, all[0], all[1], 1e-6)
	near(t, all[0], all[2], 1e-6)
}
