package experiments_test

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"sfdalab/experiments"
)

// coloured makes a folder of small images of three classes, which differ in their colours.
func coloured(t *testing.T, folder string) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	for split, n := range map[string]int{"train": 60, "test": 20} {
		for class := range 3 {
			for i := range n {
				m := image.NewNRGBA(image.Rect(0, 0, 32, 32))
				for p := range 32 * 32 {
					var c [3]uint8
					for k := range c {
						c[k] = uint8(60 + random.IntN(120))
					}
					c[class] = uint8(min(255, int(c[class])+random.IntN(80)))
					m.SetNRGBA(p%32, p/32, color.NRGBA{c[0], c[1], c[2], 255})
				}
				path := filepath.Join(folder, split, fmt.Sprint("class", class), fmt.Sprint(i, ".png"))
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				f, err := os.Create(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := png.Encode(f, m); err != nil {
					t.Fatal(err)
				}
				f.Close()
			}
		}
	}
}

// TestFineTuneWithTorch trains three small networks by the program of the Python package:
// a training that is killed on the way goes on from its checkpoint, and the ground truth is
// that of an undisturbed run.
func TestFineTuneWithTorch(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it trains networks")
	}
	python, err := filepath.Abs("../python")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PYTHONPATH", python)
	if out, err := exec.Command("python3", "-c", "import torch, torchvision, sfdalab.finetune").CombinedOutput(); err != nil {
		t.Skipf("skipped: python3 with PyTorch and torchvision is needed: %v\n%s", err, out)
	}
	folder := t.TempDir()
	coloured(t, filepath.Join(folder, "colours"))
	spec, err := experiments.Parse(`
finetune:
  networks: [shufflenet_v2_x0_5, mobilenet_v3_small, resnet18]
  images: colours
  program: [python3, -m, sfdalab.finetune, --weights, random, --save-every, "0"]
  protocol: {settings: {learning_rate: 0.02, steps: 12, batch: 16, resize: 32, crop: 32}}
  resources: {cores: 1}
`, filepath.Join(folder, "spec.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	undisturbed, err := experiments.Run(t.Context(), spec, experiments.Options{Store: createStore(t, filepath.Join(folder, "one.db"))})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range undisturbed.Trials {
		if c.Error != "" || c.Trial.Versions["torch"] == "" || len(c.Trial.Curve) == 0 {
			t.Fatalf("%s, %s: %s, versions %v, %d points", c.Model, c.Trial.Label, c.Error, c.Trial.Versions, len(c.Trial.Curve))
		}
	}
	want, _, err := undisturbed.Truth()
	if err != nil {
		t.Fatal(err)
	}
	// The first training program to reach step 5 is killed.
	store := createStore(t, filepath.Join(folder, "two.db"))
	var killed atomic.Bool
	first, err := experiments.Run(t.Context(), spec, experiments.Options{Store: store, Training: func(x experiments.Training) {
		if x.Step == 5 && !killed.Swap(true) {
			killTrainers(t)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if failed := first.FailedTrials(); len(failed) == 0 || !strings.Contains(failed[0].Error, "as where memory runs out") {
		t.Fatalf("no trial was killed: %+v", failed)
	}
	resumed, err := experiments.Run(t.Context(), spec, experiments.Options{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := resumed.Truth()
	if err != nil || got.SHA256 != want.SHA256 {
		t.Errorf("%v: accuracies %v, want %v", err, got, want)
	}
}

// killTrainers kills the training programs of this process.
func killTrainers(t *testing.T) {
	out, err := exec.Command("pgrep", "-P", fmt.Sprint(os.Getpid()), "-f", "sfdalab.finetune").Output()
	if err != nil {
		t.Error(err)
	}
	for _, pid := range strings.Fields(string(out)) {
		if err := exec.Command("kill", "-9", pid).Run(); err != nil {
			t.Error(err)
		}
	}
}
