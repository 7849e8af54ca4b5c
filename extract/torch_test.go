package extract_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sfdalab/extract"
)

// TestEqualsPyTorch compares features and logits of each image with those that PyTorch
// and torchvision compute.
func TestEqualsPyTorch(t *testing.T) {
	models := []string{"resnet18", "vit"}
	root := t.TempDir()
	out, err := exec.Command("/usr/bin/python3", append([]string{"testdata/torch_features.py", root}, models...)...).CombinedOutput()
	if err != nil {
		if strings.Contains(string(out), "ModuleNotFoundError") {
			t.Skip("python3-torch and python3-torchvision are not installed")
		}
		t.Fatalf("%v\n%s", err, out)
	}
	for _, kind := range []struct {
		name string
		most float64 // relative distance of a vector
	}{{"lossless", 1e-4}, {"lossy", 1e-3}} {
		t.Run(kind.name, func(t *testing.T) {
			o := options(t, root)
			var err error
			if o.Transform, err = extract.Transforms("sfda"); err != nil {
				t.Fatal(err)
			}
			mustRun(t, filepath.Join(root, kind.name), o)
			for _, model := range models {
				for _, what := range []string{"feature", "output"} {
					name := model + "_" + kind.name + "_" + what + ".npy"
					want, got := floats(read(t, filepath.Join(root, name))), floats(read(t, filepath.Join(o.Folder, name)))
					n := provenance(t, filepath.Join(o.Folder, model+"_"+kind.name+".json")).Rows
					if len(want) != len(got) {
						t.Fatalf("%s: %d numbers, not %d", name, len(got), len(want))
					}
					var worst float64
					for d, i := len(want)/n, 0; i < n; i++ {
						worst = max(worst, distance(want[i*d:(i+1)*d], got[i*d:(i+1)*d]))
					}
					t.Logf("%s: within %.1e", name, worst)
					if !(worst <= kind.most) {
						t.Errorf("%s: an image differs by %g, at most %g is allowed", name, worst, kind.most)
					}
				}
			}
		})
	}
}
