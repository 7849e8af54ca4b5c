// Command images measures how fast features are extracted: of JPEGs of about 500×375 by a
// ResNet-50, in turns with PyTorch's DataLoader (2 workers) and eager inference on the same
// files. It says how many images a second each computes, how busy ONNX Runtime is kept, how
// many images a second one core decodes and resizes in processor time, and the most memory
// that extraction took, the network's own included.
package main

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"sfdalab/extract"
	"sfdalab/extract/datasets"
	"sfdalab/extract/transform"
	"sfdalab/tracking"
)

//go:embed images.py
var script []byte

func main() {
	log.SetFlags(0)
	log.SetPrefix("bench images: ")
	python := flag.String("python", "python3", "an interpreter with PyTorch and torchvision")
	count := flag.Int("n", 500, "images")
	turns := flag.Int("runs", 3, "runs of each side, in turns, of which the median counts")
	flag.Parse()
	if err := bench(*python, *count, *turns); err != nil {
		log.Fatal(err)
	}
}

// bench makes images and a network in a temporary folder, measures both sides in turns, and
// prints the medians.
func bench(python string, count, turns int) error {
	folder, err := os.MkdirTemp("", "sfdalab-images-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	program := filepath.Join(folder, "images.py")
	if err := os.WriteFile(program, script, 0o644); err != nil {
		return err
	}
	if _, err := output(python, program, "make", folder, strconv.Itoa(count)); err != nil {
		return err
	}
	d, err := datasets.Folder(filepath.Join(folder, "images"))
	if err != nil {
		return err
	}
	rate, err := decoding(d)
	if err != nil {
		return err
	}
	var ours, theirs, busy []float64
	for i := range turns {
		p, err := features(d, folder, i)
		if err != nil {
			return err
		}
		ours, busy = append(ours, float64(count)/p.Seconds), append(busy, 100*p.Computing/p.Seconds)
		text, err := output(python, program, "run", folder)
		if err != nil {
			return err
		}
		seconds, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil {
			return err
		}
		theirs = append(theirs, float64(count)/seconds)
	}
	fmt.Printf("%d JPEGs of about 500×375, ResNet-50, %d cores, the median of %d runs in turns\n", count, runtime.GOMAXPROCS(0), turns)
	fmt.Printf("sfdalab    %6.1f images a second, ONNX Runtime busy %.0f %% of the time\n", median(ours), median(busy))
	fmt.Printf("PyTorch    %6.1f images a second (DataLoader with 2 workers, eager)\n", median(theirs))
	fmt.Printf("decoding   %6.1f images a second on one core, with resizing\n", rate)
	fmt.Printf("memory     %6.1f MiB at most, with the network\n", float64(tracking.Used().Peak)/(1<<20))
	return nil
}

// features extracts the features of all images, and returns how long that took.
func features(d *datasets.Dataset, folder string, turn int) (p extract.Provenance, err error) {
	o := extract.Options{Networks: filepath.Join(folder, "resnet50.onnx"), Folder: filepath.Join(folder, fmt.Sprint("run", turn))}
	if o.Transform, err = extract.Transforms("sfda"); err != nil {
		return p, err
	}
	extracted, err := extract.Cached(context.Background(), d, o)
	if err != nil {
		return p, err
	}
	return extracted[0].Made, extracted[0].Err
}

// decoding returns how many images a second one core decodes and resizes, of at most 100.
func decoding(d *datasets.Dataset) (float64, error) {
	t, err := transform.Named("sfda")
	if err != nil {
		return 0, err
	}
	samples := d.Samples[:min(100, len(d.Samples))]
	height, width := t.Size()
	pixels := make([]float32, 3*height*width)
	start := tracking.Used().CPU
	for _, s := range samples {
		data, err := s.Bytes()
		if err != nil {
			return 0, err
		}
		img, err := s.Image(data)
		if err != nil {
			return 0, err
		}
		if err := t.Apply(img, pixels); err != nil {
			return 0, err
		}
	}
	return float64(len(samples)) / (tracking.Used().CPU - start).Seconds(), nil
}

// output runs a command, and returns what it printed.
func output(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	return string(out), err
}

// median returns the middle of the sorted values, the upper one of two.
func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
