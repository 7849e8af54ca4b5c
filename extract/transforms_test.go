package extract_test

import (
	"path/filepath"
	"strings"
	"testing"

	"sfdalab/extract"
)

func TestTransformsBesideNetworks(t *testing.T) {
	const yaml = "resize: 40\ninterpolation: lanczos\ncrop: 32\nmean: [0, 0, 0]\nstd: [1, 1, 1]\n"
	const timm = `{"pretrained_cfg": {"input_size": [3, 48, 48], "interpolation": "bicubic", "crop_pct": 1.0, "mean": [0, 0, 0], "std": [1, 1, 1]}}`
	many, alone := t.TempDir(), t.TempDir()
	for _, network := range []string{filepath.Join(many, "a.onnx"), filepath.Join(many, "b.onnx"), filepath.Join(alone, "c.onnx")} {
		write(t, network, []byte("a network"))
	}
	write(t, filepath.Join(many, "a.yaml"), []byte(yaml))
	write(t, filepath.Join(many, "config.json"), []byte(timm))
	write(t, filepath.Join(alone, "config.json"), []byte(timm))
	find, err := extract.Transforms("")
	if err != nil {
		t.Fatal(err)
	}
	for network, want := range map[string]string{
		filepath.Join(many, "a.onnx"):  "40 (lanczos)",
		filepath.Join(many, "b.onnx"):  "224 (bicubic)", // config.json could be of either
		filepath.Join(alone, "c.onnx"): "48 (bicubic)",
	} {
		if got, err := find(network); err != nil || !strings.Contains(got.String(), want) {
			t.Errorf("%s: %v, %v, want %s", network, got, err, want)
		}
	}
}
