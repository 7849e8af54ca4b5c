package transform

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sfdalab/extract/imageio"
)

// python is Debian's, for which the Makefile installs torchvision.
const python = "/usr/bin/python3"

// configs are the files that say what testdata/transforms.py does.
var configs = map[string]struct{ file, content string }{
	"yaml": {"t.yaml", "resize: [90, 120]\ninterpolation: lanczos\ncrop: [100, 111]\n" +
		"mean: [0.485, 0.456, 0.406]\nstd: [0.229, 0.224, 0.225]\n"},
	"crop_only": {"t.yml", "crop: 75\nmean: [0.485, 0.456, 0.406]\nstd: [0.229, 0.224, 0.225]\n"},
	"timm_center": {"config.json", `{"architecture": "vit_base_patch16_224", "num_classes": 1000, "pretrained_cfg": {
		"input_size": [3, 224, 224], "test_input_size": [3, 288, 288], "interpolation": "bicubic", "crop_pct": 0.9,
		"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "classifier": "head"}}`},
	"timm_squash": {"config.json", `{"pretrained_cfg": {"input_size": [3, 96, 96], "crop_pct": 0.95, "crop_mode": "squash"}}`},
	"timm_border": {"config.json", `{"input_size": [3, 96, 96], "crop_pct": 0.95, "crop_mode": "border"}`},
	"timm_oblong": {"config.json", `{"pretrained_cfg": {"input_size": [3, 96, 128]}}`},
	"vit": {"preprocessor_config.json", `{"image_processor_type": "ViTFeatureExtractor", "do_resize": true, "size": 224,
		"resample": 2, "do_normalize": true, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}`},
	"clip": {"preprocessor_config.json", `{"image_processor_type": "CLIPImageProcessor", "do_resize": true,
		"size": {"shortest_edge": 97}, "resample": 3, "do_center_crop": true, "crop_size": {"height": 96, "width": 96},
		"do_rescale": true, "rescale_factor": 0.00392156862745098, "do_convert_rgb": true, "do_normalize": true,
		"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}`},
	"convnext": {"preprocessor_config.json", `{"feature_extractor_type": "ConvNextFeatureExtractor", "do_resize": true,
		"size": 96, "crop_pct": 0.875, "resample": 3, "do_normalize": true,
		"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}`},
	"convnext384": {"preprocessor_config.json", `{"image_processor_type": "ConvNextImageProcessor",
		"size": {"shortest_edge": 384}, "crop_pct": 0.875, "resample": 3,
		"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}`},
	"raw": {"preprocessor_config.json", `{"image_processor_type": "BitImageProcessor", "size": {"shortest_edge": 40},
		"crop_size": 50, "resample": 2, "do_rescale": false, "do_normalize": false}`},
}

// named gives a transform of Named or of configs.
func named(t testing.TB, name string) Transform {
	t.Helper()
	config, ok := configs[name]
	if !ok {
		transform, err := Named(name)
		if err != nil {
			t.Fatal(err)
		}
		return transform
	}
	path := filepath.Join(t.TempDir(), config.file)
	if err := os.WriteFile(path, []byte(config.content), 0o600); err != nil {
		t.Fatal(err)
	}
	transform, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return transform
}

// TestTorchvision compares pixels with Pillow's and inputs with torchvision's, timm's and Hugging Face's: all bits.
func TestTorchvision(t *testing.T) {
	if out, err := exec.Command(python, "-c", "import torchvision").CombinedOutput(); err != nil {
		t.Skipf("install python3-torchvision to compare with it: %v\n%s", err, out)
	}
	dir := t.TempDir()
	if out, err := exec.Command(python, "testdata/transforms.py", dir).CombinedOutput(); err != nil {
		t.Fatalf("transforms.py: %v\n%s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.*.*"))
	if err != nil || len(files) < 400 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(name, ".")
		img := pixels(t, filepath.Join(dir, parts[0]+".rgb"))
		if parts[len(parts)-1] == "rgb" {
			var w, h int
			fmt.Sscanf(parts[1], "%dx%d", &w, &h)
			got := tight(resample(img, w, h, Interpolation(parts[2]), window{0, 0, w, h}, new(scratch)), w, h)
			if !bytes.Equal(got, want[8:]) {
				t.Errorf("%s: %d of %d samples differ from Pillow's", name, different(got, want[8:]), len(got))
			}
			continue
		}
		transform := named(t, parts[1])
		height, width := transform.Size()
		got := make([]float32, 3*height*width)
		if err := transform.Apply(img, got); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(want) != 4*len(got) {
			t.Errorf("%s: %d floats, want %d", name, len(got), len(want)/4)
			continue
		}
		count := 0
		for i, v := range got {
			if math.Float32bits(v) != binary.LittleEndian.Uint32(want[4*i:]) {
				count++
			}
		}
		if count > 0 {
			t.Errorf("%s: %d of %d floats differ", name, count, len(got))
		}
	}
}

func different(a, b []uint8) (n int) {
	for i := range a {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

func pixels(t *testing.T, path string) *imageio.RGB {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return &imageio.RGB{Width: int(binary.LittleEndian.Uint32(data)), Height: int(binary.LittleEndian.Uint32(data[4:])), Pix: data[8:]}
}
