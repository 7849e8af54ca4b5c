package extract_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sfdalab/extract"
	"sfdalab/extract/onnx/onnxtest"
	"sfdalab/extract/transform"
)

// TestSizesEqualPyTorch compares parameters with those that PyTorch counts, and
// multiply-adds with sums by hand.
func TestSizesEqualPyTorch(t *testing.T) {
	folder := t.TempDir()
	out, err := exec.Command("/usr/bin/python3", "testdata/torch_sizes.py", folder).CombinedOutput()
	if err != nil {
		if strings.Contains(string(out), "ModuleNotFoundError") {
			t.Skip("python3-torch is not installed")
		}
		t.Fatalf("%v\n%s", err, out)
	}
	o := options(t, folder)
	o.Transform = func(string) (transform.Transform, error) {
		t, err := transform.Named("torchvision")
		t.Width, t.Height, t.CropWidth, t.CropHeight = 24, 24, 24, 24
		return t, err
	}
	mustRun(t, onnxtest.Photos(t, 2, "cat", "dog"), o)

	convolutions := int64(12*12*8*(3*3*3) + 12*12*16*(2*3*3) + 16*5)
	attention := int64(3*3*8*(3*8*8) + 9*8*24 + 9*9*8 + 9*8*9 + 8*5)
	for _, c := range []struct {
		name         string
		folded       int64 // biases of batch normalizations that stand for two parameters
		multiplyAdds int64
	}{{"folded", 8, convolutions}, {"unfolded", 0, convolutions}, {"attention", 0, attention}} {
		t.Run(c.name, func(t *testing.T) {
			var parameters int64
			for line := range strings.Lines(string(out)) {
				_, _ = fmt.Sscanf(line, c.name+" %d", &parameters)
			}
			want := &extract.Size{Parameters: parameters - c.folded, MultiplyAdds: c.multiplyAdds}
			if diff := cmp.Diff(want, provenance(t, filepath.Join(o.Folder, c.name+"_photos.json")).Size); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Where weights or products hide from the count, nothing is said.
func TestUnknownSizes(t *testing.T) {
	folder := t.TempDir()
	known := onnxtest.Classifier(1)
	known.Write(t, folder, "known.onnx")
	other := onnxtest.Classifier(1)
	other.Nodes = append(other.Nodes, onnxtest.Node{
		Op: "ConvTranspose", Inputs: []string{"r", "t"}, Outputs: []string{"u"},
	}, onnxtest.Node{Op: "GlobalAveragePool", Inputs: []string{"u"}, Outputs: []string{"v"}})
	other.Weights = append(other.Weights, onnxtest.Weight{Name: "t", Shape: []int64{4, 1, 1, 1}, Floats: make([]float32, 4)})
	other.Write(t, folder, "transposed.onnx")
	quantized := onnxtest.Classifier(1)
	quantized.Nodes = append([]onnxtest.Node{
		{Op: "QuantizeLinear", Inputs: []string{"w", "s"}, Outputs: []string{"q"}},
		{Op: "DequantizeLinear", Inputs: []string{"q", "s"}, Outputs: []string{"d"}},
	}, quantized.Nodes...)
	quantized.Nodes[len(quantized.Nodes)-1].Inputs[1] = "d"
	quantized.Weights = append(quantized.Weights, onnxtest.Weight{Name: "s", Floats: []float32{0.1}})
	quantized.Write(t, folder, "quantized.onnx")

	o := options(t, folder)
	mustRun(t, onnxtest.Photos(t, 2, "cat", "dog"), o)
	products := int64(4*4*4*(3*5*5) + 4*5) // of 32×32 pixels, in steps of 8
	for name, want := range map[string]extract.Size{
		"known":      {Parameters: 4*3*5*5 + 4*5 + 5, MultiplyAdds: products},
		"transposed": {Parameters: 4*3*5*5 + 4*5 + 5 + 4},
		"quantized":  {MultiplyAdds: products},
	} {
		if diff := cmp.Diff(&want, provenance(t, filepath.Join(o.Folder, name+"_photos.json")).Size); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
