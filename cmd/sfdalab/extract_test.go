package main

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sfdalab/extract/onnx/onnxtest"
)

func TestExtractIsUsedWrongly(t *testing.T) {
	for _, c := range []struct {
		args string
		want string
	}{
		{"--images photos -o out", `required flag(s) "networks" not set`},
		{"--networks x.onnx --images photos", "-o names the folder"},
		{"--networks x.onnx -o out", "--images or --dataset"},
		{"--networks x.onnx --images photos --dataset pets -o out", "exclude each other"},
		{"--networks x.onnx --dataset pets -o out", "--root names the folder"},
		{"--networks x.onnx --dataset pet --root data -o out", `the nearest is "pets"`},
		{"--networks x.onnx --images photos --transform sfdaa -o out", "no transform is named"},
		{"--networks x.onnx --images photos --pool median -o out", "mean, max or cls"},
	} {
		code, _, stderr := sfdalab(t, append([]string{"extract"}, strings.Fields(c.args)...)...)
		if code != misuse || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: exit %d, %s", c.args, code, stderr)
		}
	}
}

// imagesAndNetworks makes a folder of photos of two classes, and two networks.
func imagesAndNetworks(t *testing.T) (images, networks string) {
	t.Helper()
	images, networks = filepath.Join(t.TempDir(), "photos"), t.TempDir()
	for i := range 12 {
		class := filepath.Join(images, []string{"dark", "light"}[i%2])
		img := image.NewGray(image.Rect(0, 0, 24, 24))
		for p := range img.Pix {
			img.Pix[p] = uint8(100*(i%2) + 7*i + p%(20+i))
		}
		img.SetGray(0, 0, color.Gray{uint8(i)})
		if err := os.MkdirAll(class, 0o755); err != nil {
			t.Fatal(err)
		}
		f, err := os.Create(filepath.Join(class, string(rune('a'+i))+".png"))
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(f, img); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for i, name := range []string{"one.onnx", "two.onnx"} {
		kernel := onnxtest.Weight{Name: "k", Shape: []int64{4, 3, 4, 4}}
		for j := range 4 * 3 * 4 * 4 {
			kernel.Floats = append(kernel.Floats, float32((j*(7+i))%11-5)/9)
		}
		weights := onnxtest.Weight{Name: "w", Shape: []int64{4, 3}, Floats: []float32{1, 0, -1, 2, 1, 0, 0, 1, 2, -1, 1, 0}}
		op := func(op, inputs, output string) onnxtest.Node {
			return onnxtest.Node{Op: op, Inputs: strings.Fields(inputs), Outputs: []string{output}}
		}
		conv := op("Conv", "x k", "c")
		conv.Attributes = map[string]any{"strides": []int64{4, 4}}
		onnxtest.Graph{
			Inputs:  []onnxtest.Value{{Name: "x", Shape: []int64{-1, 3, -1, -1}}},
			Outputs: []onnxtest.Value{{Name: "y"}},
			Weights: []onnxtest.Weight{kernel, weights},
			Nodes: []onnxtest.Node{
				conv, op("Relu", "c", "r"), op("GlobalAveragePool", "r", "g"), op("Flatten", "g", "h"), op("MatMul", "h w", "y"),
			},
		}.Write(t, networks, name)
	}
	return images, filepath.Join(networks, "{model}.onnx")
}

func TestScoreFromImages(t *testing.T) {
	images, networks := imagesAndNetworks(t)
	args := []string{"score", "--metric", "logme,leep", "--networks", networks, "--images", images,
		"--store", filepath.Join(t.TempDir(), "lab.db"), "--onnxruntime", onnxtest.Library(t).Path}
	code, first, stderr := sfdalab(t, args...)
	if code != done || !strings.HasPrefix(first, "one\nLogME ") || !strings.Contains(first, "\ntwo\nLogME ") || !strings.Contains(first, "\nLEEP ") {
		t.Fatalf("exit %d, %s\n%s", code, stderr, first)
	}
	code, second, stderr := sfdalab(t, args...)
	if code != done || second != first || strings.Count(stderr, "there already") != 2 {
		t.Errorf("the second time: exit %d, %s\n%s", code, stderr, second)
	}
}

func TestDatasetsSayWhichSplitPapersTook(t *testing.T) {
	code, out, _ := sfdalab(t, "datasets", "cars")
	for _, want := range []string{"196 classes", "cars_train_annos.mat", "train+test", "train80", "8144"} {
		if code != done || !strings.Contains(out, want) {
			t.Errorf("exit %d, no %q in\n%s", code, want, out)
		}
	}
}
