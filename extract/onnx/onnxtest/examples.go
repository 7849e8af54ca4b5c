package onnxtest

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Classifier is a small classifier of 5 source classes whose features are 4 means.
func Classifier(seed uint64) Graph {
	r := rand.New(rand.NewPCG(seed, 0))
	weight := func(name string, shape ...int64) Weight {
		n := int64(1)
		for _, d := range shape {
			n *= d
		}
		w := Weight{Name: name, Shape: shape}
		for range n {
			w.Floats = append(w.Floats, float32(r.NormFloat64()))
		}
		return w
	}
	op := func(op, inputs, output string) Node {
		return Node{Op: op, Inputs: strings.Fields(inputs), Outputs: []string{output}}
	}
	conv := op("Conv", "x k", "c")
	conv.Attributes = map[string]any{"strides": []int64{8, 8}}
	return Graph{
		Inputs:  []Value{{Name: "x", Shape: []int64{-1, 3, -1, -1}}},
		Outputs: []Value{{Name: "y"}},
		Weights: []Weight{weight("k", 4, 3, 5, 5), weight("w", 4, 5), weight("b", 5)},
		Nodes: []Node{
			conv, op("Relu", "c", "r"), op("GlobalAveragePool", "r", "g"), op("Flatten", "g", "h"), op("Gemm", "h w b", "y"),
		},
	}
}

// Photos makes a folder of n small images for each class, and returns it.
func Photos(t testing.TB, n int, classes ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "photos")
	r := rand.New(rand.NewPCG(1, 2))
	for _, class := range classes {
		for i := range n {
			img := image.NewNRGBA(image.Rect(0, 0, 20+i%3, 24))
			for p := range img.Pix {
				img.Pix[p] = uint8(r.Uint32())
			}
			img.Set(0, 0, color.NRGBA{uint8(i), 0, 0, 255})
			var b bytes.Buffer
			if err := png.Encode(&b, img); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, class, fmt.Sprintf("%03d.png", i))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}
