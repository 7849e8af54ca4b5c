package main

import (
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
		{"--images photos -o out", "--networks is missing"},
		{"--networks x.onnx --images photos", "with -o"},
		{"--networks x.onnx -o out", "--images or --dataset"},
		{"--networks x.onnx --images photos --dataset pets -o out", "not both"},
		{"--networks x.onnx --dataset pets -o out", "with --root"},
		{"--networks x.onnx --dataset pet --root data -o out", `the nearest is "pets"`},
		{"--networks x.onnx --images photos --transform sfdaa -o out", "unknown transform"},
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
	networks = t.TempDir()
	onnxtest.Classifier(1).Write(t, networks, "one.onnx")
	onnxtest.Classifier(2).Write(t, networks, "two.onnx")
	return onnxtest.Photos(t, 8, "cat", "dog"), filepath.Join(networks, "{model}.onnx")
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

func TestRankFromImages(t *testing.T) {
	images, networks := imagesAndNetworks(t)
	args := []string{"rank", "--subsets", "0", "--ensemble", "0", "--metric", "ncti,leep", "--networks", networks, "--images", images, "--name", "animals",
		"--store", filepath.Join(t.TempDir(), "lab.db"), "--onnxruntime", onnxtest.Library(t).Path}
	code, first, stderr := sfdalab(t, args...)
	if code != done || !strings.HasPrefix(first, "animals: models by NCTI, LEEP.") || !strings.Contains(first, " one ") || !strings.Contains(first, " two ") {
		t.Fatalf("exit %d, %s\n%s", code, stderr, first)
	}
	if code, second, stderr := sfdalab(t, args...); code != done || second != first || strings.Count(stderr, "there already") != 2 {
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
