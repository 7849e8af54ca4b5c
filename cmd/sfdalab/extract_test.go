package main

import (
	"strings"
	"testing"
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

func TestDatasetsSayWhichSplitPapersTook(t *testing.T) {
	code, out, _ := sfdalab(t, "datasets", "cars")
	for _, want := range []string{"196 classes", "cars_train_annos.mat", "train+test", "train80", "8144"} {
		if code != done || !strings.Contains(out, want) {
			t.Errorf("exit %d, no %q in\n%s", code, want, out)
		}
	}
}
