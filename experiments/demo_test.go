package experiments_test

import (
	"slices"
	"strings"
	"testing"

	"sfdalab/experiments"
	"sfdalab/extract"
	"sfdalab/extract/onnx/onnxtest"
)

// TestDemo goes from the shipped images and networks to a table, as make demo does.
func TestDemo(t *testing.T) {
	spec, err := experiments.Load("specs/demo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	spec.Subsets = experiments.Subsets{}
	result, err := experiments.Run(t.Context(), spec, experiments.Options{Extract: extract.Options{Folder: t.TempDir(), Runtime: onnxtest.Library(t).Path}})
	if err != nil || len(result.Failed()) > 0 {
		t.Fatalf("%v, %v", err, result.Failures())
	}
	if want := 7 * len(spec.Metrics); len(result.Cells) != want {
		t.Errorf("%d cells, want %d", len(result.Cells), want)
	}
	rec := result.Record()
	tables, _, err := rec.Tables(false)
	if err != nil || !strings.HasSuffix(tables[0].Caption, "(finetuned_accuracy.csv, 7 models). Images: all of photos (400); resize to 48×48 (bilinear), divide by 255, mean [0.5 0.5 0.5], std [0.5 0.5 0.5].") {
		t.Fatalf("%v, %q", err, tables[0].Caption)
	}
	// The networks differ by 20 points: a linear classifier on their features must tell them apart.
	if probe := tables[0].Rows[len(spec.Metrics)-1]; probe.Label != "Cross-validated LDA" || !(probe.Cells[0].Value > 0.5) {
		t.Errorf("%s correlates with fine-tuned accuracies at %v", probe.Label, probe.Cells[0].Value)
	}
	var baselines []string
	for _, row := range tables[0].Rows[len(spec.Metrics):] {
		baselines = append(baselines, row.Label)
	}
	if !slices.Equal(baselines, []string{"baseline: parameters", "baseline: multiply-adds"}) {
		t.Errorf("below the metrics are %q", baselines)
	}
}
